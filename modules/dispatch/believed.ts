import { LRUCache } from 'lru-cache'
import { clock } from '#core/clock'
import { database } from '#core/database'
import { type Fix, positions } from '#core/positions'
import { findZones, settingsOf } from '#core/zones'
import { believed, type Seen } from './progress.ts'

/** Where drivers are, as far as it can be true: every process follows every fix, so that it knows a jump from a drive. */

const DRIVERS_MAX = 20_000
/** Zones are few and their settings seldom change. */
const LIMIT_KEPT_MS = 2_000
/** Until zones have been read. */
const METERS_PER_SECOND_USUAL = 50

type Known = Seen & { fix: Fix }

const known = new LRUCache<string, Known>({ max: DRIVERS_MAX })

let metersPerSecondMax = METERS_PER_SECOND_USUAL
let limitReadMs = Number.NEGATIVE_INFINITY

const atMsOf = ({ receivedAt, recordedAt }: Fix) => Date.parse(receivedAt ?? recordedAt)

const consider = (driverId: string, fix: Fix): Known => {
  const newest: Known = { lat: fix.lat, lng: fix.lng, atMs: atMsOf(fix), fix }
  const before = known.get(driverId)
  const kept = believed(before, newest, metersPerSecondMax) === newest ? newest : before!
  known.set(driverId, kept)
  return kept
}

/** The fastest of all zones: a driver may be on his way from one to another. */
const readLimit = async () => {
  if (performance.now() - limitReadMs < LIMIT_KEPT_MS) return
  limitReadMs = performance.now()
  const speeds = (await findZones(database.sql)).map(({ settings }) => settingsOf(settings).believableMetersPerSecond)
  if (speeds.length > 0) metersPerSecondMax = Math.max(...speeds)
}

/** A process that did nothing for so long was asleep: nobody could be heard. */
const ASLEEP_MS = 5_000
const LOOK_MS = 1_000

let lookedMs: number | undefined
let sinceMs = 0

/** Since when this process can hear drivers: since it began, or woke up. */
export const listeningSinceMs = (): number => {
  const nowMs = clock.nowMs()
  if (lookedMs === undefined || nowMs - lookedMs > ASLEEP_MS) sinceMs = nowMs
  lookedMs = nowMs
  return sinceMs
}

/** Follows fixes as they come. Returns how to stop. */
export const startBelieving = () => {
  const timer = setInterval(listeningSinceMs, LOOK_MS)
  const unsubscribe = positions.subscribe(({ driverId, ...fix }) => void consider(driverId, fix))
  return () => {
    clearInterval(timer)
    unsubscribe()
  }
}

/** For tests, in which drivers are quicker than any: the next fix is believed. */
export const forgetFixes = () => known.clear()

export type Heard = {
  /** The newest that can be true. */
  at: Fix
  /** When that was. */
  atMs: number
  /** When anything came of him at all. */
  heardMs: number
}

/** Of each driver; undefined for one of whom nothing was ever heard. */
export const believedFixes = async (driverIds: readonly string[]): Promise<(Heard | undefined)[]> => {
  await readLimit()
  const newest = await positions.get(driverIds)
  return driverIds.map((driverId, index) => {
    const fix = newest[index]
    if (!fix) return undefined
    const { fix: at, atMs } = consider(driverId, fix)
    return { at, atMs, heardMs: atMsOf(fix) }
  })
}
