import type { Sql } from '#core/database'
import type { VerificationStatus } from '../chefs/schema.ts'

export type DriverRow = {
  id: string
  userId: string
  firstName: string
  vehicleType: 'car' | 'bike' | 'scooter' | 'motorcycle'
  licensePlate: string | null
  verificationStatus: VerificationStatus
  isAvailable: boolean
  availableSince: string | null
  availableUntil: string | null
  activeOrderIds: string[]
  createdAt: string
}

export type SuggestionRow = { name: string; lat: number; lng: number; reason: string; expiresAt: string }

/** Where he had better wait, while he is idle and it holds. */
export const findSuggestion = async (sql: Sql, driverId: string, now: Date) => {
  const [row] = await sql<SuggestionRow[]>`
    select c.name, c.location[1] as lat, c.location[0] as lng, s.reason, s.expires_at
    from driver_suggestions s join drivers d on d.id = s.driver_id join chefs c on c.id = s.chef_id
    where s.driver_id = ${driverId} and s.expires_at > ${now} and d.is_available and not exists (select from deliveries a
      where a.driver_id = d.id and a.status in ('assigned', 'at_pickup', 'picked_up', 'in_transit', 'at_dropoff'))`
  return row
}

const selectDrivers = (sql: Sql) => sql`
  select d.id, d.user_id, u.first_name, d.vehicle_type, d.license_plate, d.verification_status, d.is_available,
    d.available_since, d.available_until, d.created_at, array(select a.order_id::text from deliveries a
      where a.driver_id = d.id and a.status in ('assigned', 'at_pickup', 'picked_up', 'in_transit', 'at_dropoff')
      order by a.order_id) as active_order_ids
  from drivers d join users u on u.id = d.user_id`

export const findDriverOfUser = async (sql: Sql, userId: string) => {
  const [row] = await sql<DriverRow[]>`${selectDrivers(sql)} where d.user_id = ${userId} and u.deleted_at is null`
  return row
}

export const findDriver = async (sql: Sql, id: string) => {
  const [row] = await sql<DriverRow[]>`${selectDrivers(sql)} where d.id = ${id}`
  return row
}

/** For admins: the newest first. */
export const listDrivers = (
  sql: Sql,
  status: VerificationStatus | undefined,
  beforeId: string | undefined,
  limit: number,
) =>
  sql<DriverRow[]>`
    ${selectDrivers(sql)}
    where u.deleted_at is null ${status ? sql`and d.verification_status = ${status}` : sql``}
      ${beforeId ? sql`and d.id < ${beforeId}` : sql``}
    order by d.id desc limit ${limit}`

export const insertDriver = (
  sql: Sql,
  driver: { id: string; userId: string; vehicleType: string; licensePlate: string | null; now: Date },
) => sql`
  insert into drivers (id, user_id, vehicle_type, license_plate, created_at)
  values (${driver.id}, ${driver.userId}, ${driver.vehicleType}, ${driver.licensePlate}, ${driver.now})`

export const updateDriver = (
  sql: Sql,
  id: string,
  change: { vehicleType?: string; licensePlate?: string | null },
) => sql`
  update drivers set vehicle_type = coalesce(${change.vehicleType ?? null}, vehicle_type),
    license_plate = case when ${change.licensePlate !== undefined} then ${change.licensePlate ?? null} else license_plate end
  where id = ${id}`

export const setAvailability = async (
  sql: Sql,
  userId: string,
  { isAvailable, until = null }: { isAvailable: boolean; until?: string | null },
  now: Date,
) => {
  const [row] = await sql<{ id: string; openOfferId: string | null }[]>`
    update drivers set is_available = ${isAvailable}, available_until = case when ${isAvailable} then ${until}::timestamptz end,
      available_since = case when not ${isAvailable} then null when is_available then available_since else ${now}::timestamptz end
    where user_id = ${userId} and (verification_status = 'approved' or not ${isAvailable})
    returning id, (select o.id from offers o where o.driver_id = drivers.id and o.status = 'open') as open_offer_id`
  return row
}

/** A driver who may not work any more takes no offers either. */
export const setVerification = async (sql: Sql, id: string, status: VerificationStatus) => {
  const [row] = await sql<{ id: string }[]>`
    update drivers set verification_status = ${status}, is_available = is_available and ${status} = 'approved'
    where id = ${id} returning id`
  return row
}

export const findDriverId = async (sql: Sql, userId: string) => {
  const [row] = await sql<{ id: string }[]>`
    select d.id from drivers d join users u on u.id = d.user_id where d.user_id = ${userId} and u.deleted_at is null`
  return row?.id
}
