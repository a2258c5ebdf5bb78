import { distanceMeters, type LatLng } from '#core/geo'

/** Whether a driver who has accepted comes to the kitchen, from fixes that can be true. Pure. */

export type Seen = LatLng & { atMs: number }

/** A little more than GPS is off when a phone stands still. */
const SLACK_METERS = 100

/**
 * The newest fix that can be true: one that nobody could have driven to since the last is not. The longer a phone stays
 * where it jumped to, the likelier it is there: nothing has to be forgotten.
 */
export const believed = (before: Seen | undefined, fix: Seen, metersPerSecondMax: number): Seen => {
  if (!before) return fix
  const seconds = Math.max(0, (fix.atMs - before.atMs) / 1000)
  return distanceMeters(before, fix) <= SLACK_METERS + seconds * metersPerSecondMax ? fix : before
}

export type Progress = { nearestMeters: number; nearerAt: Date }

type Limits = { astrayMeters: number; astraySeconds: number }

/** Slower than any driver comes: before he would have to set out at this pace nobody expects him to. */
const SETS_OUT_MPS = 4
/** Who is this near has come. */
const THERE_METERS = 150
/** Less is not progress but noise. */
const NEARER_METERS = 100

export type Judgement =
  | { is: 'nearer'; progress: Progress }
  | { is: 'on the way' }
  | { is: 'astray'; why: 'drives off' | 'comes no nearer' }

/** `readyAt`: when the food is ready, until when he need not be there. */
export const judge = (
  before: Progress | undefined,
  meters: number,
  readyAt: Date,
  now: Date,
  { astrayMeters, astraySeconds }: Limits,
): Judgement => {
  if (!before || meters <= before.nearestMeters - NEARER_METERS) {
    return { is: 'nearer', progress: { nearestMeters: Math.round(meters), nearerAt: now } }
  }
  if (meters <= THERE_METERS) return { is: 'on the way' }
  if (meters >= before.nearestMeters + astrayMeters) return { is: 'astray', why: 'drives off' }
  const setsOutMs = readyAt.getTime() - (meters / SETS_OUT_MPS) * 1000
  const idleMs = now.getTime() - Math.max(before.nearerAt.getTime(), setsOutMs)
  return idleMs >= astraySeconds * 1000 ? { is: 'astray', why: 'comes no nearer' } : { is: 'on the way' }
}
