import type { Sql } from '#core/database'
import type { Profile } from '../graph/road-graph'
import { RECENT_HALF_LIFE_SECONDS, TRIPS_MIN, TYPICAL_HALF_LIFE_SECONDS } from './estimate'
import type { Observations } from './observations'
import { RECENT_BUCKET } from './time-of-day'

/** A time in which a driver had a delivery, and up to when his fixes are in the sums. */
export type DrivingRow = {
  driverId: string
  vehicleType: string
  matchedUntil: string | null
  from: string
  until: string | null
}

/** How far back a delivery may have ended for its drive to be of use. */
const ENDED_MINUTES_MAX = 60

/** Only drives with a delivery count: where drivers go on their own is not looked at. */
export const drivingOf = (sql: Sql, driverIds: readonly string[]) => sql<DrivingRow[]>`
  select d.id as driver_id, d.vehicle_type, c.matched_until, t.assigned_at as from, t.delivered_at as until
  from drivers d
  join deliveries t on t.driver_id = d.id
  left join road_speed_cursors c on c.driver_id = d.id
  where d.id = any(${driverIds as string[]}::uuid[]) and t.assigned_at is not null
    and (t.status in ('assigned', 'at_pickup', 'picked_up', 'in_transit', 'at_dropoff')
      or t.delivered_at > now() - ${ENDED_MINUTES_MAX} * interval '1 minute')`

export type Cursor = { driverId: string; from: Date | null; to: Date }

/** Moves the cursors on. False where one is not where it was when the fixes were read: somebody else has added them. */
export const moveCursors = async (tx: Sql, cursors: readonly Cursor[]): Promise<boolean> => {
  const known = cursors.filter(({ from }) => from !== null)
  const fresh = cursors.filter(({ from }) => from === null)
  const moved = await tx`
    update road_speed_cursors c set matched_until = next.until
    from unnest(${known.map(({ driverId }) => driverId)}::uuid[], ${known.map(({ from }) => from!.toISOString())}::timestamptz[],
      ${known.map(({ to }) => to.toISOString())}::timestamptz[]) as next (driver_id, "from", until)
    where c.driver_id = next.driver_id and c.matched_until = next."from"`
  const added = await tx`
    insert into road_speed_cursors (driver_id, matched_until)
    select * from unnest(${fresh.map(({ driverId }) => driverId)}::uuid[], ${fresh.map(({ to }) => to.toISOString())}::timestamptz[])
    on conflict do nothing`
  return moved.count + added.count === cursors.length
}

/** Adds to the sums of a bucket; what is there counts less by its age. */
export const addObservations = (
  tx: Sql,
  profile: Profile,
  bucket: number,
  { tile, side, meters, seconds, trips }: Observations,
  now: Date,
) => {
  const halfLife = bucket === RECENT_BUCKET ? RECENT_HALF_LIFE_SECONDS : TYPICAL_HALF_LIFE_SECONDS
  const halfLives = tx`least(60, greatest(0,
    extract(epoch from excluded.observed_at - known.observed_at)::float8) / ${halfLife}::float8)`
  return tx`
    insert into road_speeds as known (profile, tile, bucket, side, meters, seconds, trips, observed_at)
    select ${profile}, tile, ${bucket}, side, meters, seconds, trips, ${now}::timestamptz
    from unnest(${[...tile]}::integer[], ${[...side]}::bigint[], ${[...meters]}::float8[], ${[...seconds]}::float8[],
      ${[...trips]}::float8[]) as seen (tile, side, meters, seconds, trips)
    order by tile, side
    on conflict (profile, tile, bucket, side) do update set
      meters = known.meters * 0.5 ^ ${halfLives} + excluded.meters,
      seconds = known.seconds * 0.5 ^ ${halfLives} + excluded.seconds,
      trips = known.trips * 0.5 ^ ${halfLives} + excluded.trips,
      observed_at = greatest(known.observed_at, excluded.observed_at)`
}

export type SpeedRow = {
  bucket: number
  side: number
  meters: number
  seconds: number
  trips: number
  ageSeconds: number
}

/** What was seen of late counts for so long at most. */
const RECENT_HOURS_MAX = 4

export const readSpeeds = (sql: Sql, profile: Profile, tiles: readonly number[], bucket: number, now: Date) =>
  sql<SpeedRow[]>`
    select bucket, side, meters, seconds, trips, extract(epoch from ${now}::timestamptz - observed_at)::float8 as age_seconds
    from road_speeds
    where profile = ${profile} and tile = any(${tiles as number[]}::integer[]) and trips >= ${TRIPS_MIN}
      and (bucket = ${bucket} or bucket = ${RECENT_BUCKET}
        and observed_at > ${now}::timestamptz - ${RECENT_HOURS_MAX} * interval '1 hour')`

export const forgetRecentSpeeds = (sql: Sql, before: Date, limit: number) => sql`
  delete from road_speeds where ctid = any(array(
    select ctid from road_speeds where bucket = ${RECENT_BUCKET} and observed_at < ${before} limit ${limit}))`

export const forgetSpeeds = (sql: Sql, before: Date, limit: number) => sql`
  delete from road_speeds where ctid = any(array(
    select ctid from road_speeds where observed_at < ${before} limit ${limit}))`

export const forgetCursors = (sql: Sql, before: Date, limit: number) => sql`
  delete from road_speed_cursors where ctid = any(array(
    select ctid from road_speed_cursors where matched_until < ${before} limit ${limit}))`
