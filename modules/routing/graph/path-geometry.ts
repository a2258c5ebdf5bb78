import { distanceMeters, type LatLng } from '#core/geo'
import { DEGREE, isForward, type RoadGraph, roadOf } from './road-graph.ts'
import type { Path } from './router.ts'

/** The points that a path passes, from where it begins on its first road to where it ends on its last. */
export const pathGeometry = (graph: RoadGraph, { from, to, edges }: Path): LatLng[] => {
  const line: LatLng[] = [{ lat: from.lat, lng: from.lng }]
  const last = edges.length - 1
  for (const [index, edge] of edges.entries()) {
    const side = graph.edgeSide[edge]!
    const points = pointsOf(graph, roadOf(side))
    // Shares of the road's length, counted from its first junction whichever way it is driven.
    const [behind, ahead] = isForward(side) ? [0, 1] : [1, 0]
    const begin = index === 0 ? from.fraction : behind
    const end = index === last ? to.fraction : ahead
    const passed = points.filter(({ share }) => share > Math.min(begin, end) && share < Math.max(begin, end))
    if (!isForward(side)) passed.reverse()
    line.push(...passed.map(({ lat, lng }) => ({ lat, lng })))
    if (index < last) line.push(junctionOf(points, ahead))
  }
  line.push({ lat: to.lat, lng: to.lng })
  return line
}

type Point = LatLng & { share: number }

const junctionOf = (points: readonly Point[], share: number): LatLng => {
  const { lat, lng } = share === 0 ? points[0]! : points.at(-1)!
  return { lat, lng }
}

/** The points of a road, each with how much of the road lies before it. */
const pointsOf = ({ points, roadFirst, geometry }: RoadGraph, road: number): Point[] => {
  const found: Point[] = []
  let meters = 0
  for (let at = roadFirst[road]!; at < roadFirst[road + 1]!; at++) {
    const point = { lat: points.lat[geometry[at]!]! / DEGREE, lng: points.lng[geometry[at]!]! / DEGREE }
    const before = found.at(-1)
    if (before) meters += distanceMeters(before, point)
    found.push({ ...point, share: meters })
  }
  return found.map((point) => ({ ...point, share: meters > 0 ? point.share / meters : 0 }))
}
