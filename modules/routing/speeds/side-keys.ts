import { DEGREE, headOf, isForward, type RoadGraph, roadOf, tailOf } from '../graph/road-graph'

/**
 * Names of sides that outlive an import, in which roads are numbered anew: made of where a side begins and where it ends
 * and, where several do so, of the point that each passes first. Points are OpenStreetMap's nodes, or their coordinates
 * where a source has no nodes. A road that was cut in two by a new junction has two new names.
 */
export const KEY_BITS = 52

/** The key of each side: whole numbers below 2^52, which a double and a `bigint` column both hold. */
export const sideKeys = (graph: RoadGraph): Float64Array => {
  const sideCount = graph.roadFrom.length * 2
  const ends = new Float64Array(sideCount)
  const counts = new Map<number, number>()
  for (let side = 0; side < sideCount; side++) {
    ends[side] = hashOf(graph, graph.nodePoint[tailOf(graph, side)]!, graph.nodePoint[headOf(graph, side)]!)
    counts.set(ends[side]!, (counts.get(ends[side]!) ?? 0) + 1)
  }
  return ends.map((key, side) => (counts.get(key) === 1 ? key : hashOf(graph, ...pointsOf(graph, side))))
}

/** Squares of a degree, so that who has one city does not read what was seen in all others. */
export const tileOf = (latDegrees: number, lngDegrees: number): number =>
  (Math.floor(latDegrees) + 90) * 360 + Math.floor(lngDegrees) + 180

/** The tile that a side belongs to, by where it begins. */
export const tileOfSide = (graph: RoadGraph, side: number): number => {
  const point = graph.nodePoint[tailOf(graph, side)]!
  return tileOf(graph.points.lat[point]! / DEGREE, graph.points.lng[point]! / DEGREE)
}

/** Beginning, end, first point passed. */
const pointsOf = ({ geometry, roadFirst }: RoadGraph, side: number): number[] => {
  const [first, last] = [roadFirst[roadOf(side)]!, roadFirst[roadOf(side) + 1]! - 1]
  return isForward(side)
    ? [geometry[first]!, geometry[last]!, geometry[first + 1]!]
    : [geometry[last]!, geometry[first]!, geometry[last - 1]!]
}

const hashOf = ({ points }: RoadGraph, ...places: number[]): number => {
  const parts = new Float64Array(places.length * 2)
  places.forEach((point, i) => {
    const osmId = points.osmId[point]!
    if (osmId > 0) parts[i * 2] = osmId
    else parts.set([points.lat[point]!, points.lng[point]!], i * 2)
  })
  return Number(BigInt.asUintN(KEY_BITS, Bun.hash.xxHash64(new Uint8Array(parts.buffer)) as bigint))
}
