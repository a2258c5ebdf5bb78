import type { Sql } from '#core/database'
import type { LatLng } from '#core/geo'

/**
 * What is expected of the hour to come, learned only from the past: the same hour of the same weekday, some weeks back; in a zone that
 * has no such week, the hours just gone.
 */

const WEEKS = 4
const HOURS_JUST_GONE = 2
const KITCHENS_MAX = 40
/** It changes with the hour, not with the minute. */
const KEPT_MS = 10 * 60_000
/** A zone that has just opened soon knows more. */
const NOTHING_KEPT_MS = 10_000

export type ExpectedKitchen = { chefId: string; at: LatLng; ratePerSecond: number }

type Row = { chefId: string; lat: number; lng: number; ratePerSecond: number }

/** The busiest kitchens, by the zone's own clock. A zone younger than the weeks looked at has fewer. */
const readDemand = (sql: Sql, zoneId: string, now: Date) => sql<Row[]>`
  with zone as (
    select id, time_zone, least(${WEEKS}, floor(extract(epoch from ${now}::timestamptz - created_at) / 604800))::integer as weeks
    from zones where id = ${zoneId}
  ), hours as (
    select z.id as zone_id, z.weeks as hours, interval '1 hour' as lasted,
      (${now}::timestamptz at time zone z.time_zone - week * interval '7 days') at time zone z.time_zone as began_at
    from zone z, generate_series(1, z.weeks) week
    union all
    select id, ${HOURS_JUST_GONE}, interval '1 hour' * ${HOURS_JUST_GONE}::integer,
      ${now}::timestamptz - interval '1 hour' * ${HOURS_JUST_GONE}::integer
    from zone where weeks = 0
  )
  select o.chef_id, c.location[1] as lat, c.location[0] as lng,
    count(*)::float8 / (max(h.hours) * 3600) as rate_per_second
  from hours h join orders o on o.zone_id = h.zone_id and o.ready_at >= h.began_at
      and o.ready_at < h.began_at + h.lasted and o.prep_seconds is not null
    join chefs c on c.id = o.chef_id
  group by o.chef_id, c.location[1], c.location[0]
  order by rate_per_second desc, o.chef_id limit ${KITCHENS_MAX}`

/** Of one zone: read anew every few minutes. */
export const createDemand = () => {
  let known: { kitchens: ExpectedKitchen[]; untilMs: number } | undefined
  return {
    expected: async (sql: Sql, zoneId: string, now: Date): Promise<ExpectedKitchen[]> => {
      if (known && performance.now() < known.untilMs) return known.kitchens
      const rows = await readDemand(sql, zoneId, now)
      const kitchens = rows.map(({ chefId, lat, lng, ratePerSecond }) => ({ chefId, at: { lat, lng }, ratePerSecond }))
      known = { kitchens, untilMs: performance.now() + (kitchens.length > 0 ? KEPT_MS : NOTHING_KEPT_MS) }
      return kitchens
    },
  }
}

export type Demand = ReturnType<typeof createDemand>
