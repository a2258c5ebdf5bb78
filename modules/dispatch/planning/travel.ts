import type { LatLng } from '#core/geo'
import { type Profile, routing } from '#modules/routing/index'

/** Speeds change with the hour: what was asked so long ago is asked again. Estimates sooner: roads may answer again. */
const KEPT_MS = 5 * 60_000
const ESTIMATES_KEPT_MS = 30_000

type Known = FixedTimes & { keys: string[]; untilMs: number }

/** `seconds[from * places.length + to]`. */
export type FixedTimes = { seconds: Float64Array; isApproximate: boolean }

const keyOf = ({ lat, lng }: LatLng) => `${lat},${lng}`

/**
 * Travel times between places that stay for a while, kitchens and doors, by each kind of roads: from one round to the next only
 * what is new is asked for.
 */
export const createTravel = () => {
  const known = new Map<Profile, Known>()

  const between = async (places: readonly LatLng[], profile: Profile): Promise<FixedTimes> => {
    const keys = places.map(keyOf)
    const before = known.get(profile)
    const isFresh = before !== undefined && performance.now() < before.untilMs
    const indexes = new Map(isFresh ? before.keys.map((key, index) => [key, index]) : [])
    const seconds = new Float64Array(places.length ** 2)
    const oldIndex = Int32Array.from(keys, (key) => indexes.get(key) ?? -1)
    for (let from = 0; from < keys.length; from++) {
      if (oldIndex[from] === -1) continue
      const row = oldIndex[from]! * before!.keys.length
      for (let to = 0; to < keys.length; to++) {
        if (oldIndex[to] !== -1) seconds[from * keys.length + to] = before!.seconds[row + oldIndex[to]!]!
      }
    }
    const all = [...keys.keys()]
    const fresh = all.filter((index) => oldIndex[index] === -1)
    const old = all.filter((index) => oldIndex[index] !== -1)
    const blocks = await Promise.all([
      fill(seconds, places, fresh, all, profile),
      fill(seconds, places, old, fresh, profile),
    ])
    const isApproximate = blocks.includes(true) || (isFresh && before.isApproximate)
    const untilMs = performance.now() + (isApproximate ? ESTIMATES_KEPT_MS : KEPT_MS)
    known.set(profile, { keys, seconds, isApproximate, untilMs: isFresh ? Math.min(before.untilMs, untilMs) : untilMs })
    return { seconds, isApproximate }
  }

  return { between }
}

export type Travel = ReturnType<typeof createTravel>

/** Asks for some rows and columns of a table. Says whether any of it is an estimate. */
const fill = async (
  seconds: Float64Array,
  places: readonly LatLng[],
  from: readonly number[],
  to: readonly number[],
  profile: Profile,
): Promise<boolean> => {
  if (from.length === 0 || to.length === 0) return false
  const origins = from.map((index) => places[index]!)
  const destinations = to.map((index) => places[index]!)
  const { durations, isApproximate } = await routing.table(origins, destinations, profile)
  for (const [row, origin] of from.entries()) {
    for (const [column, destination] of to.entries()) {
      seconds[origin * places.length + destination] = durations[row]![column]!
    }
  }
  return isApproximate
}
