import { distanceMeters } from '#core/geo'
import type { MatchPoint } from './match'
import { DEGREE, isForward, type RoadGraph } from './road-graph'
import type { Router, Snap } from './router'

/** One side of one road, and how well it explains a fix (the logarithm of its likelihood, apart from a constant). */
export type Candidate = { snap: Snap; side: number; emission: number }

/** Roads looked at around a fix, and how far away, in deviations of the fix. */
const ROADS_MAX = 8
const RADIUS_DEVIATIONS = 4
const RADIUS_METERS_MIN = 35
const RADIUS_METERS_MAX = 250
/** Roads that are so much less likely than the nearest are left out. */
const EMISSION_RANGE = 18
/** How far a heading is off, and what one that is quite wrong costs at most: phones know it badly at a walk. */
const HEADING_DEVIATION_DEGREES = 30
const HEADING_COST_MAX = 6

/** The sides a fix may lie on: by distance (Gaussian) and, where the fix has a heading, by direction. */
export const candidatesOf = (router: Router, point: MatchPoint): Candidate[] => {
  const radiusMeters = Math.min(RADIUS_METERS_MAX, Math.max(RADIUS_METERS_MIN, RADIUS_DEVIATIONS * point.sigmaMeters))
  const candidates: Candidate[] = []
  for (const snap of router.snap(point, ROADS_MAX, { radiusMeters })) {
    const distance = -0.5 * (snap.distanceMeters / point.sigmaMeters) ** 2
    for (const sides of [0b01, 0b10] as const) {
      if ((snap.sides & sides) === 0) continue
      const side = snap.road * 2 + (sides === 0b01 ? 0 : 1)
      const emission = distance - headingCost(router.graph, side, snap.fraction, point.headingDegrees)
      candidates.push({ snap: { ...snap, sides }, side, emission })
    }
  }
  const best = candidates.reduce((most, { emission }) => Math.max(most, emission), Number.NEGATIVE_INFINITY)
  return candidates.filter(({ emission }) => emission >= best - EMISSION_RANGE)
}

const headingCost = (graph: RoadGraph, side: number, fraction: number, heading: number | undefined): number => {
  if (heading === undefined) return 0
  const off = Math.abs(((((bearingOf(graph, side, fraction) - heading) % 360) + 540) % 360) - 180)
  return Math.min(HEADING_COST_MAX, 0.5 * (off / HEADING_DEVIATION_DEGREES) ** 2)
}

/** Which way one drives on a side, at a share of its road's length. */
const bearingOf = ({ geometry, points, roadFirst }: RoadGraph, side: number, fraction: number): number => {
  const road = side >> 1
  const places = geometry
    .subarray(roadFirst[road]!, roadFirst[road + 1]!)
    .reduce<{ lat: number; lng: number }[]>((all, point) => {
      all.push({ lat: points.lat[point]! / DEGREE, lng: points.lng[point]! / DEGREE })
      return all
    }, [])
  const lengths = places.slice(1).map((place, i) => distanceMeters(places[i]!, place))
  let rest = fraction * lengths.reduce((sum, length) => sum + length, 0)
  let at = 0
  while (at + 1 < lengths.length && rest > lengths[at]!) rest -= lengths[at++]!
  const [a, b] = [places[at]!, places[at + 1]!]
  const east = (b.lng - a.lng) * Math.cos((a.lat * Math.PI) / 180)
  return (Math.atan2(east, b.lat - a.lat) * 180) / Math.PI + (isForward(side) ? 0 : 180)
}
