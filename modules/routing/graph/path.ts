import { durationOf, weightOf } from './cost'
import { type EdgeLabels, labelAt } from './labels'
import type { RoadGraph } from './road-graph'
import type { Path } from './router'

/** A way that a search found, with the edge that it begins on put back where the search began after it. */
export const pathOf = (
  graph: RoadGraph,
  departed: EdgeLabels,
  arrived: EdgeLabels,
  vertices: Int32Array,
  value: number,
): Path => {
  const begun = labelAt(departed, vertices[0]!)
  const ended = labelAt(arrived, vertices[vertices.length - 1]!)
  const before = departed.before[begun]!
  const edges = before === -1 ? vertices : Int32Array.of(before, ...vertices)
  let length = departed.length[begun]! + arrived.length[ended]!
  for (let i = 1; i < vertices.length; i++) length += graph.roadLength[graph.edgeSide[vertices[i]!]! >> 1]!
  return {
    from: departed.snap[begun]!,
    to: arrived.snap[ended]!,
    edges,
    durationSeconds: durationOf(value) / 100,
    weight: weightOf(value) / 100,
    distanceMeters: Math.max(0, length) / 100,
  }
}
