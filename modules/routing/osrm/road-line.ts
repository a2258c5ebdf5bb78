import type { LatLng } from '#core/geo'
import { DEGREE, isForward, type RoadGraph, roadOf } from '../graph/road-graph.ts'

/** Lines on the ground, in degrees times 10^7. At this size the earth is flat once degrees of longitude are shortened. */

const METERS_PER_UNIT = ((6_371_008.8 * Math.PI) / 180) * (1 / DEGREE)

export const metersBetween = (latA: number, lngA: number, latB: number, lngB: number): number => {
  const north = latB - latA
  const east = (lngB - lngA) * Math.cos(((latA + latB) / 2 / DEGREE) * (Math.PI / 180))
  return Math.sqrt(north * north + east * east) * METERS_PER_UNIT
}

/** Degrees clockwise from north, 0 up to 360. */
export const bearingBetween = (latA: number, lngA: number, latB: number, lngB: number): number => {
  const east = (lngB - lngA) * Math.cos(((latA + latB) / 2 / DEGREE) * (Math.PI / 180))
  const degrees = (Math.atan2(east, latB - latA) * 180) / Math.PI
  return degrees < 0 ? degrees + 360 : degrees
}

/** How far to turn from one bearing to another: to the right up to 180, to the left down to, without, -180. */
export const turnBetween = (before: number, after: number): number => {
  const turn = (after - before) % 360
  return turn > 180 ? turn - 360 : turn <= -180 ? turn + 360 : turn
}

/** Where a share of a road's length lies: between its points `segment` and `segment + 1`, and what share of those. */
const cutAt = (graph: RoadGraph, road: number, fraction: number): { segment: number; share: number } => {
  const first = graph.roadFirst[road]!
  const last = graph.roadFirst[road + 1]! - 1
  let total = 0
  for (let i = first; i < last; i++) total += lengthAt(graph, i)
  let rest = total * fraction
  for (let i = first; i < last; i++) {
    const meters = lengthAt(graph, i)
    if (rest < meters || i === last - 1)
      return { segment: i - first, share: meters > 0 ? Math.min(rest / meters, 1) : 0 }
    rest -= meters
  }
  throw new Error(`road ${road} has no two points`)
}

export const segmentAt = (graph: RoadGraph, road: number, fraction: number): number =>
  cutAt(graph, road, fraction).segment

export const placeAt = (graph: RoadGraph, road: number, fraction: number): LatLng => {
  const { geometry, points, roadFirst } = graph
  const { segment, share } = cutAt(graph, road, fraction)
  const a = geometry[roadFirst[road]! + segment]!
  const b = geometry[roadFirst[road]! + segment + 1]!
  const between = (values: Int32Array) => (values[a]! + (values[b]! - values[a]!) * share) / DEGREE
  return { lat: between(points.lat), lng: between(points.lng) }
}

/** Metres from one place of the geometry to the next. */
const lengthAt = ({ geometry, points: { lat, lng } }: RoadGraph, i: number): number => {
  const a = geometry[i]!
  const b = geometry[i + 1]!
  return metersBetween(lat[a]!, lng[a]!, lat[b]!, lng[b]!)
}

/** Which way a road runs, seen from its first junction, at a share of its length. */
export const bearingAt = (graph: RoadGraph, road: number, fraction: number): number => {
  const { geometry, points, roadFirst } = graph
  const i = roadFirst[road]! + segmentAt(graph, road, fraction)
  const a = geometry[i]!
  const b = geometry[i + 1]!
  return bearingBetween(points.lat[a]!, points.lng[a]!, points.lat[b]!, points.lng[b]!)
}

/** How far along a road to look for its direction: the first metre is often drawn crooked. */
const LOOK_METERS = 10

/** By the geometry, which stays when a city's speeds change and with them its graph. */
const sideBearings = new WeakMap<Int32Array, Float32Array>()

/** Which way a side sets out from its junction. */
export const bearingOf = (graph: RoadGraph, side: number): number => {
  let known = sideBearings.get(graph.geometry)
  if (!known) {
    known = new Float32Array(graph.roadFrom.length * 2).fill(-1)
    sideBearings.set(graph.geometry, known)
  }
  if (known[side]! < 0) known[side] = bearingFromTail(graph, side)
  return known[side]!
}

const bearingFromTail = ({ geometry, points: { lat, lng }, roadFirst }: RoadGraph, side: number): number => {
  const first = roadFirst[roadOf(side)]!
  const last = roadFirst[roadOf(side) + 1]! - 1
  const step = isForward(side) ? 1 : -1
  const from = isForward(side) ? first : last
  const to = isForward(side) ? last : first
  return bearingAlong(
    (i) => lat[geometry[from + i * step]!]!,
    (i) => lng[geometry[from + i * step]!]!,
    Math.abs(to - from),
  )
}

/** From the first of some points to the place LOOK_METERS on, or to the last, whichever comes first. */
const bearingAlong = (lat: (i: number) => number, lng: (i: number) => number, last: number): number => {
  let rest = LOOK_METERS
  for (let i = 0; i < last; i++) {
    const meters = metersBetween(lat(i), lng(i), lat(i + 1), lng(i + 1))
    if (meters >= rest) {
      const share = rest / meters
      const latThere = lat(i) + (lat(i + 1) - lat(i)) * share
      const lngThere = lng(i) + (lng(i + 1) - lng(i)) * share
      return bearingBetween(lat(0), lng(0), latThere, lngThere)
    }
    rest -= meters
  }
  return bearingBetween(lat(0), lng(0), lat(last), lng(last))
}

/** A line as it is drawn, with the point of the network that each of its places belongs to. */
export type Line = { lat: number[]; lng: number[]; point: number[] }

export const bearingAfter = ({ lat, lng }: Line, at: number): number =>
  bearingAlong(
    (i) => lat[at + i]!,
    (i) => lng[at + i]!,
    lat.length - 1 - at,
  )

/** Of the travel towards a place of the line. */
export const bearingBefore = ({ lat, lng }: Line, at: number): number =>
  (bearingAlong(
    (i) => lat[at - i]!,
    (i) => lng[at - i]!,
    at,
  ) +
    180) %
  360

/** On which side of a direction of travel a place lies, in degrees as of `turnBetween`. */
export const turnTowards = (place: LatLng, at: LatLng, bearing: number): number =>
  turnBetween(bearing, bearingBetween(at.lat * DEGREE, at.lng * DEGREE, place.lat * DEGREE, place.lng * DEGREE))
