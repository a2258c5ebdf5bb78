import { database, type Sql } from '#core/database'
import { isInsideBox } from '#core/geo'
import type { Profile } from '../graph/road-graph'
import { profileOfVehicle } from '../index'
import { type OpenCity, openCities } from '../roads'
import type { GatheredFixes } from './gathered-fixes'
import { timeZones } from './local-time'
import { speedFixes, speedMeters } from './metrics'
import type { Observations } from './observations'
import { addObservations, type Cursor, type DrivingRow, drivingOf, moveCursors } from './queries'
import { bucketOf, hourOfWeek, RECENT_BUCKET } from './time-of-day'
import { type TimedFix, tripsOf } from './trips'
import type { SpeedThread } from './worker-thread'

/** What is left over is there in the next run. */
const FIXES_MAX = 30_000
/** What the thread is given at a time: a second or less of work, and little to remember. */
const BATCH_FIXES_MAX = 3_000
const MATCH_TIMEOUT_MS = 20_000

type Batch = { city: OpenCity; profile: Profile; bucket: number; trips: TimedFix[][]; fixCount: number }
type Read = { cursors: Cursor[]; batches: Batch[] }
type Learned = { profile: Profile; bucket: number; seen: Observations }

/**
 * Adds what drivers' fixes show to what is known of roads. How far each driver's fixes are dealt with is written in the
 * same transaction: a run that dies leaves nothing, and none counts twice, whichever process does it again.
 */
export const learnSpeeds = async (fixes: GatheredFixes, thread: SpeedThread, now: Date, signal?: AbortSignal) => {
  const { cursors, batches } = await readTrips(fixes, now)
  if (cursors.length === 0) return
  const learned: Learned[] = []
  for (const { city, profile, bucket, trips } of batches) {
    if (signal?.aborted) return
    const roads = { path: city.path, checksum: city.checksum ?? '', profile }
    learned.push({ profile, bucket, seen: await thread.ask({ kind: 'match', ...roads, trips }, MATCH_TIMEOUT_MS) })
  }
  await database.begin((tx) => write(tx, cursors, learned, now))
  for (const { profile, seen } of learned) {
    speedFixes.inc({ outcome: 'matched' }, seen.matchedCount)
    speedFixes.inc({ outcome: 'unmatched' }, seen.fixCount - seen.matchedCount)
    speedMeters.inc(
      { profile },
      seen.meters.reduce((sum, meters) => sum + meters, 0),
    )
  }
}

const write = async (tx: Sql, cursors: Cursor[], learned: readonly Learned[], now: Date) => {
  if (!(await moveCursors(tx, cursors))) throw new Error('drives were added by another process meanwhile')
  for (const { profile, bucket, seen } of learned) {
    if (seen.side.length === 0) continue
    await addObservations(tx, profile, bucket, seen, now)
    await addObservations(tx, profile, RECENT_BUCKET, seen, now)
  }
}

const readTrips = async (fixes: GatheredFixes, now: Date): Promise<Read> => {
  const kept = fixes.since(now.getTime())
  const read: Read = { cursors: [], batches: [] }
  if (kept.size === 0) return read
  const [rows, timeZoneOf] = [await drivingOf(database.sql, [...kept.keys()]), await timeZones()]
  let fixCount = 0
  for (const [driverId, driving] of Map.groupBy(rows, (row) => row.driverId)) {
    if (fixCount > FIXES_MAX) break
    const from = driving[0]!.matchedUntil ? new Date(driving[0]!.matchedUntil) : null
    const driven = kept.get(driverId)!.filter(({ atMs }) => atMs >= (from?.getTime() ?? 0) && isWithin(driving, atMs))
    const { trips, doneUntilMs } = tripsOf(driven, now.getTime())
    if (driven.length === 0 || (from && doneUntilMs <= from.getTime())) continue
    read.cursors.push({ driverId, from, to: new Date(doneUntilMs) })
    for (const trip of trips) {
      fixCount += trip.length
      addTrip(read.batches, profileOfVehicle(driving[0]!.vehicleType), trip, timeZoneOf)
    }
  }
  return read
}

const isWithin = (driving: readonly DrivingRow[], atMs: number): boolean =>
  driving.some(({ from, until }) => Date.parse(from) <= atMs && (until === null || atMs <= Date.parse(until)))

const addTrip = (batches: Batch[], profile: Profile, trip: TimedFix[], timeZoneOf: (city: OpenCity) => string) => {
  const city = openCities().find(({ bounds, profiles }) => profiles[profile] && isInsideBox(trip[0]!, bounds))
  if (!city) return
  const bucket = bucketOf(hourOfWeek(new Date(trip[0]!.atMs), timeZoneOf(city)))
  const isSame = (one: Batch) => one.city === city && one.profile === profile && one.bucket === bucket
  const known = batches.find((one) => isSame(one) && one.fixCount + trip.length <= BATCH_FIXES_MAX)
  const batch = known ?? { city, profile, bucket, trips: [], fixCount: 0 }
  batch.trips.push(trip)
  batch.fixCount += trip.length
  if (!known) batches.push(batch)
}
