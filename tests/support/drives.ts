import { EARTH_RADIUS_METERS, type LatLng } from '#core/geo'
import { passedShare } from '#modules/routing/graph/labels'
import { DEGREE, type RoadGraph } from '#modules/routing/graph/road-graph'
import type { Path } from '#modules/routing/graph/router'

/** Drives that tests make up: along a path, as fast as its roads allow or slower, told by fixes that are a little off. */

/** Of a normal distribution with deviation 1 (Box and Muller). */
export const normal = (random: () => number) =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())

/** A part of a side that is driven, from one share of it to another, and how long that and the turn after it take. */
type Part = { side: number; from: number; to: number; seconds: number; turnSeconds: number }

export type Drive = { graph: RoadGraph; parts: Part[]; seconds: number }

/** `slowness` says how many times as long a side takes as its roads allow. */
export const driveAlong = (graph: RoadGraph, path: Path, slowness: (side: number) => number = () => 1): Drive => {
  const last = path.edges.length - 1
  const parts = [...path.edges].map((edge, i): Part => {
    const side = graph.edgeSide[edge]!
    const from = i === 0 ? passedShare(path.from, side) : 0
    const to = i === last ? passedShare(path.to, side) : 1
    const seconds = (graph.edgeDuration[edge]! / 100) * (to - from) * slowness(side)
    return { side, from, to, seconds, turnSeconds: i === last ? 0 : turnSeconds(graph, edge, path.edges[i + 1]!) }
  })
  return { graph, parts, seconds: parts.reduce((sum, part) => sum + part.seconds + part.turnSeconds, 0) }
}

const turnSeconds = ({ turnFirst, turnTo, turnCost }: RoadGraph, from: number, to: number): number => {
  for (let turn = turnFirst[from]!; turn < turnFirst[from + 1]!; turn++)
    if (turnTo[turn] === to) return turnCost[turn]! / 100
  throw new Error('a path turns where there is no turn')
}

/** Where the vehicle is, so many seconds after it set out. It waits at the end of a side for its turn. */
export const placeAt = ({ graph, parts }: Drive, atSeconds: number): LatLng & { headingDegrees: number } => {
  let rest = atSeconds
  for (const [i, part] of parts.entries()) {
    if (rest <= part.seconds + part.turnSeconds || i === parts.length - 1) {
      const share = part.seconds === 0 ? 1 : Math.min(1, rest / part.seconds)
      return placeOn(graph, part.side, part.from + (part.to - part.from) * share)
    }
    rest -= part.seconds + part.turnSeconds
  }
  throw new Error('a drive has no parts')
}

const placeOn = ({ geometry, points, roadFirst }: RoadGraph, side: number, passed: number) => {
  const places = [...geometry.subarray(roadFirst[side >> 1]!, roadFirst[(side >> 1) + 1]!)].map((point) => ({
    lat: points.lat[point]! / DEGREE,
    lng: points.lng[point]! / DEGREE,
  }))
  if ((side & 1) === 1) places.reverse()
  const shrink = Math.cos((places[0]!.lat * Math.PI) / 180)
  const east = (i: number) => (places[i + 1]!.lng - places[i]!.lng) * shrink
  const north = (i: number) => places[i + 1]!.lat - places[i]!.lat
  const lengths = places.slice(1).map((_, i) => Math.hypot(east(i), north(i)))
  let rest = passed * lengths.reduce((sum, length) => sum + length, 0)
  let at = 0
  while (at + 1 < lengths.length && rest > lengths[at]!) rest -= lengths[at++]!
  const share = lengths[at]! === 0 ? 0 : Math.min(1, rest / lengths[at]!)
  return {
    lat: places[at]!.lat + (places[at + 1]!.lat - places[at]!.lat) * share,
    lng: places[at]!.lng + (places[at + 1]!.lng - places[at]!.lng) * share,
    headingDegrees: ((Math.atan2(east(at), north(at)) * 180) / Math.PI + 360) % 360,
  }
}

export const METERS_PER_DEGREE = (EARTH_RADIUS_METERS * Math.PI) / 180

export const moved = ({ lat, lng }: LatLng, northMeters: number, eastMeters: number): LatLng => ({
  lat: lat + northMeters / METERS_PER_DEGREE,
  lng: lng + eastMeters / METERS_PER_DEGREE / Math.cos((lat * Math.PI) / 180),
})

/** Metres driven on each side, in the first so many seconds. */
export const metersBySide = ({ graph, parts }: Drive, seconds = Number.POSITIVE_INFINITY): Map<number, number> => {
  const meters = new Map<number, number>()
  let rest = seconds
  for (const { side, from, to, seconds: own, turnSeconds } of parts) {
    const share = own === 0 ? 1 : Math.max(0, Math.min(1, rest / own))
    meters.set(side, (meters.get(side) ?? 0) + (graph.roadLength[side >> 1]! / 100) * (to - from) * share)
    rest -= own + turnSeconds
  }
  return meters
}
