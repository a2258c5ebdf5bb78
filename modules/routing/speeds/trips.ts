import { distanceMeters, type LatLng } from '#core/geo'
import { GAP_SECONDS } from '../graph/match'

/** A fix with what a speed needs of it. */
export type TimedFix = LatLng & {
  atMs: number
  accuracyMeters?: number | undefined
  speedMps?: number | undefined
  headingDegrees?: number | undefined
}

export type Trips = {
  /** Stretches of driving, each without a long gap and without a stop. */
  trips: TimedFix[][]
  /** What comes before is dealt with. The next reading begins with the fix of this instant. */
  doneUntilMs: number
}

/** Who stays within so many metres for so long has stopped: a kitchen, a door. A red light is shorter. */
const STOP_METERS = 30
const STOP_SECONDS = 90
/** Nothing more is waited for of a driver who has been silent for so long. */
const ENDED_SECONDS = 90
/** A trip that goes on is read in parts of at least so long, all but its newest fixes, which may still be understood otherwise. */
const PART_SECONDS = 240
const UNSETTLED_FIXES = 4

/** Cuts the fixes of one driver, oldest first, into trips that can be read now. Pure. */
export const tripsOf = (fixes: readonly TimedFix[], nowMs: number): Trips => {
  const trips: TimedFix[][] = []
  let doneUntilMs = fixes[0]?.atMs ?? nowMs
  const last = fixes.at(-1)
  const isEnded = last !== undefined && nowMs - last.atMs > ENDED_SECONDS * 1_000
  for (const stretch of stretchesOf(fixes)) {
    const isOpen = stretch.at(-1) === last && !isEnded
    const settled = isOpen ? settledPart(stretch) : stretch
    if (settled.length > 1) trips.push(settled)
    doneUntilMs = (settled.at(-1) ?? stretch[0]!).atMs
  }
  return { trips, doneUntilMs: isEnded ? last.atMs : doneUntilMs }
}

/** Without the newest fixes, and without those at the place of the last one: a stop may begin there. */
const settledPart = (stretch: TimedFix[]): TimedFix[] => {
  const settled = stretch.slice(0, -UNSETTLED_FIXES)
  while (settled.length > 0 && distanceMeters(settled.at(-1)!, stretch.at(-1)!) <= STOP_METERS) settled.pop()
  const seconds = settled.length > 1 ? (settled.at(-1)!.atMs - settled[0]!.atMs) / 1_000 : 0
  return seconds >= PART_SECONDS ? settled : []
}

/** Between gaps and stops. A stop belongs to the stretch before it by its first fix, to the one after by its last. */
const stretchesOf = (fixes: readonly TimedFix[]): TimedFix[][] => {
  const stretches: TimedFix[][] = []
  let stretch: TimedFix[] = []
  const end = () => {
    if (stretch.length > 0) stretches.push(stretch)
    stretch = []
  }
  for (let i = 0; i < fixes.length; i++) {
    const before = stretch.at(-1)
    if (before && fixes[i]!.atMs - before.atMs > GAP_SECONDS * 1_000) end()
    stretch.push(fixes[i]!)
    const stopEnd = endOfStop(fixes, i)
    if (stopEnd === i) continue
    end()
    // One that goes on is looked at again from its beginning: how long it lasts is not known yet.
    if (stopEnd === fixes.length - 1) return [...stretches, [fixes[i]!]]
    i = stopEnd - 1
  }
  end()
  return stretches
}

/** The last fix of the stop that begins with a fix, or that fix itself when nobody stops there. */
const endOfStop = (fixes: readonly TimedFix[], begin: number): number => {
  let end = begin
  while (end + 1 < fixes.length && distanceMeters(fixes[begin]!, fixes[end + 1]!) <= STOP_METERS) end++
  return fixes[end]!.atMs - fixes[begin]!.atMs >= STOP_SECONDS * 1_000 ? end : begin
}
