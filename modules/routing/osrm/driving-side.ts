import { isForward, ROAD_ROUNDABOUT, type RoadGraph } from '../graph/road-graph.ts'

export type DrivingSide = 'right' | 'left'

const known = new WeakMap<Uint16Array, DrivingSide>()

/**
 * On which side of the road one drives. The data does not say; its roundabouts do, since they are driven anticlockwise
 * where one keeps to the right. Right where there is no roundabout.
 */
export const drivingSideOf = (graph: RoadGraph): DrivingSide => {
  let side = known.get(graph.roadFlags)
  if (!side) {
    side = anticlockwiseMeters(graph) >= 0 ? 'right' : 'left'
    known.set(graph.roadFlags, side)
  }
  return side
}

/** Metres of roundabouts that bend to the left, less those that bend to the right. */
const anticlockwiseMeters = (graph: RoadGraph): number => {
  let meters = 0
  for (let road = 0; road < graph.roadFlags.length; road++) {
    if ((graph.roadFlags[road]! & ROAD_ROUNDABOUT) === 0) continue
    const canForward = graph.sideEdge[road * 2]! >= 0
    if (canForward === graph.sideEdge[road * 2 + 1]! >= 0) continue
    const bend = bendOf(graph, canForward ? road * 2 : road * 2 + 1)
    meters += (Math.sign(bend) * graph.roadLength[road]!) / 100
  }
  return meters
}

/** Positive when a side bends to the left on the whole. */
const bendOf = ({ roadFirst, geometry, points: { lat, lng } }: RoadGraph, side: number): number => {
  let bend = 0
  for (let i = roadFirst[side >> 1]! + 1; i < roadFirst[(side >> 1) + 1]! - 1; i++) {
    const [a, b, c] = [geometry[i - 1]!, geometry[i]!, geometry[i + 1]!]
    bend += (lng[b]! - lng[a]!) * (lat[c]! - lat[b]!) - (lat[b]! - lat[a]!) * (lng[c]! - lng[b]!)
  }
  return isForward(side) ? bend : -bend
}
