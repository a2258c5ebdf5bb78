import { type MatchPoint, matchTrace, sigmaOfAccuracy } from '../graph/match'
import type { Router } from '../graph/router'
import { visitsOf } from './observe'
import { tileOfSide } from './side-keys'
import type { TimedFix } from './trips'

/** What trips show of sides, by column; each side once. */
export type Observations = {
  tile: Int32Array
  side: Float64Array
  meters: Float64Array
  seconds: Float64Array
  trips: Float64Array
  fixCount: number
  matchedCount: number
}

/** A slower vehicle does not know which way it looks. */
const HEADING_MPS_MIN = 2

/** Brings trips to the roads, and adds up what they show by the lasting keys of sides. Pure. */
export const observationsOf = (
  router: Router,
  keys: Float64Array,
  trips: readonly (readonly TimedFix[])[],
): Observations => {
  const sums = new Map<number, { side: number; meters: number; seconds: number; trips: number }>()
  const counts = { fixCount: 0, matchedCount: 0 }
  for (const trip of trips) {
    const { matchings, tracepoints } = matchTrace(router, trip.map(pointOf), { isTidy: true })
    counts.fixCount += trip.length
    counts.matchedCount += tracepoints.filter((one) => one !== undefined).length
    for (const matching of matchings) {
      for (const visit of visitsOf(router.graph, matching, (point) => trip[point]!.atMs / 1_000)) {
        const key = keys[visit.side]!
        const sum = sums.get(key) ?? { side: visit.side, meters: 0, seconds: 0, trips: 0 }
        sum.meters += visit.meters
        sum.seconds += visit.seconds
        if (visit.isLeft) sum.trips++
        sums.set(key, sum)
      }
    }
  }
  const all = [...sums]
  return {
    tile: Int32Array.from(all, ([, { side }]) => tileOfSide(router.graph, side)),
    side: Float64Array.from(all, ([key]) => key),
    meters: Float64Array.from(all, ([, { meters }]) => meters),
    seconds: Float64Array.from(all, ([, { seconds }]) => seconds),
    trips: Float64Array.from(all, ([, { trips }]) => trips),
    ...counts,
  }
}

const pointOf = ({ lat, lng, atMs, accuracyMeters, speedMps = 0, headingDegrees }: TimedFix): MatchPoint => ({
  lat,
  lng,
  atSeconds: atMs / 1_000,
  sigmaMeters: sigmaOfAccuracy(accuracyMeters),
  ...(headingDegrees !== undefined && speedMps >= HEADING_MPS_MIN ? { headingDegrees } : {}),
})
