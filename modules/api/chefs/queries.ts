import type { Sql } from '#core/database'
import type { Box } from '#core/geo'
import type { OpeningHours, VerificationStatus } from './schema.ts'

export type ChefRow = {
  id: string
  userId: string
  zoneId: string
  name: string
  description: string
  cuisines: string[]
  street: string
  city: string
  postalCode: string
  lat: number
  lng: number
  timeZone: string
  hours: OpeningHours | null
  vacationFrom: string | null
  vacationUntil: string | null
  minimumOrderCents: number
  deliveryRadiusMeters: number
  verificationStatus: VerificationStatus
  ratingSum: number
  ratingCount: number
  createdAt: string
  currency: string
}

/** A kitchen with what a search looks at. */
export type CandidateRow = ChefRow & {
  /** The dietary tags of its dishes that can be ordered. */
  dietaryTags: string[]
  /** Names of dishes, for the text search. */
  dishes: string
  /** The middle of its dishes' preparation times. */
  prepMinutes: number
}

const columns = (sql: Sql) => sql`
  c.id, c.user_id, c.zone_id, c.name, c.description, c.cuisines, c.street, c.city, c.postal_code,
  c.location[1] as lat, c.location[0] as lng, c.time_zone, c.hours, c.vacation_from, c.vacation_until,
  c.minimum_order_cents, c.delivery_radius_meters, c.verification_status, c.rating_sum, c.rating_count, c.created_at,
  z.currency`

/** The kitchens in a box that may be shown, by the index chefs_by_location. */
export const findCandidates = (sql: Sql, box: Box, limit: number) => sql<CandidateRow[]>`
  select ${columns(sql)}, coalesce(i.tags, '{}') as dietary_tags, coalesce(i.dishes, '') as dishes,
    coalesce(i.prep_minutes, 20)::float8 as prep_minutes
  from chefs c
  join zones z on z.id = c.zone_id
  left join lateral (
    select array_agg(distinct tag) filter (where tag is not null) as tags, string_agg(distinct name, ' ') as dishes,
      percentile_cont(0.5) within group (order by prep_minutes) as prep_minutes
    from menu_items left join unnest(dietary_tags) as tag on true
    where chef_id = c.id and deleted_at is null and is_available
  ) i on true
  where c.verification_status = 'approved'
    and c.location <@ box(point(${box.west}, ${box.south}), point(${box.east}, ${box.north}))
  order by c.id limit ${limit}`

export const findChef = async (sql: Sql, id: string) => {
  const [row] = await sql<ChefRow[]>`
    select ${columns(sql)} from chefs c join zones z on z.id = c.zone_id where c.id = ${id}`
  return row
}

export const findChefOfUser = async (sql: Sql, userId: string) => {
  const [row] = await sql<ChefRow[]>`
    select ${columns(sql)} from chefs c join zones z on z.id = c.zone_id where c.user_id = ${userId}`
  return row
}

/** For admins: the newest first. */
export const listChefs = (
  sql: Sql,
  status: VerificationStatus | undefined,
  beforeId: string | undefined,
  limit: number,
) =>
  sql<ChefRow[]>`
    select ${columns(sql)} from chefs c join zones z on z.id = c.zone_id
    where true ${status ? sql`and c.verification_status = ${status}` : sql``} ${beforeId ? sql`and c.id < ${beforeId}` : sql``}
    order by c.id desc limit ${limit}`

/** The zone that a point lies in; the oldest where zones overlap. */
export const findZoneAt = async (sql: Sql, lat: number, lng: number) => {
  const [row] = await sql<{ id: string; timeZone: string }[]>`
    select id, time_zone from zones where area @> point(${lng}, ${lat}) order by id limit 1`
  return row
}

export type ChefColumns = {
  name?: string
  description?: string
  cuisines?: string[]
  street?: string
  city?: string
  postalCode?: string
  coordinates?: { lat: number; lng: number }
  zoneId?: string
  timeZone?: string
  hours?: OpeningHours | null
  vacationFrom?: string | null
  vacationUntil?: string | null
  minimumOrderCents?: number
  deliveryRadiusMeters?: number
}

export const insertChef = (
  sql: Sql,
  chef: Required<Omit<ChefColumns, 'vacationFrom' | 'vacationUntil'>> & { id: string; userId: string; now: Date },
) => sql`
  insert into chefs (id, user_id, zone_id, name, description, cuisines, street, city, postal_code, location, time_zone,
    hours, minimum_order_cents, delivery_radius_meters, created_at)
  values (${chef.id}, ${chef.userId}, ${chef.zoneId}, ${chef.name}, ${chef.description}, ${chef.cuisines}, ${chef.street},
    ${chef.city}, ${chef.postalCode}, point(${chef.coordinates.lng}, ${chef.coordinates.lat}), ${chef.timeZone},
    ${chef.hours === null ? null : sql.json(chef.hours)}, ${chef.minimumOrderCents}, ${chef.deliveryRadiusMeters}, ${chef.now})`

export const updateChef = (sql: Sql, id: string, change: ChefColumns) => {
  const { coordinates, hours, ...plain } = change
  const assignments = Object.entries(plain)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => sql`${sql(snake(name))} = ${value as string}`)
  if (hours !== undefined) assignments.push(sql`hours = ${hours === null ? null : sql.json(hours)}`)
  if (coordinates) assignments.push(sql`location = point(${coordinates.lng}, ${coordinates.lat})`)
  const [first, ...rest] = assignments
  if (!first) return
  return sql`update chefs set ${rest.reduce((all, next) => sql`${all}, ${next}`, first)} where id = ${id}`
}

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

export const setVerification = async (sql: Sql, id: string, status: VerificationStatus) => {
  const [row] = await sql<{ id: string }[]>`
    update chefs set verification_status = ${status} where id = ${id} returning id`
  return row
}
