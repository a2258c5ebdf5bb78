import { COST_UNIT, weightOf } from './cost'
import { turnCost } from './labels'
import type { RoadGraph } from './road-graph'

/**
 * When another way is worth showing (Abraham, Delling, Goldberg, Werneck, "Alternative Routes in Road Networks", JEA 2013):
 * it is not much longer, shares little with those already shown, and is itself the best way over any short stretch.
 */
const STRETCH_MAX = 1.25
const SHARED_MAX = 0.7
/** Of the best way's weight: the stretch on each side of where a way leaves the searches, over which it must be best. */
const LOCAL_SHARE = 0.25

export const costMaxOf = (best: number): number => (weightOf(best) * STRETCH_MAX + 1) * COST_UNIT

/** Whether a way is new enough beside those that are shown, and drives no road twice. */
export const isApart = (graph: RoadGraph, edges: Int32Array, shown: readonly Int32Array[], best: number): boolean =>
  isSimple(graph, edges) && shown.every((other) => sharedWeight(graph, edges, other) <= weightOf(best) * SHARED_MAX)

const sharedWeight = ({ edgeWeight }: RoadGraph, one: Int32Array, other: Int32Array): number => {
  const known = new Set(other)
  let sum = 0
  for (const edge of one) if (known.has(edge)) sum += edgeWeight[edge]!
  return sum
}

const isSimple = ({ edgeSide }: RoadGraph, edges: Int32Array): boolean => {
  const roads = new Set<number>()
  for (const edge of edges) roads.add(edgeSide[edge]! >> 1)
  return roads.size === edges.length
}

/** The stretch of a way around the vertex that it was found by: where it begins and ends, and what it costs. */
export const stretchAround = (graph: RoadGraph, edges: Int32Array, via: number, best: number) => {
  const half = weightOf(best) * LOCAL_SHARE * COST_UNIT
  const middle = Math.max(0, edges.indexOf(via))
  let before = 0
  let low = middle
  for (; low > 0 && before < half; low--) before += stepCost(graph, edges[low - 1]!, edges[low]!)
  let after = 0
  let high = middle
  for (; high + 1 < edges.length && after < half; high++) after += stepCost(graph, edges[high]!, edges[high + 1]!)
  return { from: edges[low]!, to: edges[high]!, cost: before + after }
}

/** The cost of going on from one edge to the next; Infinity when that may not be. */
export const stepCost = (graph: RoadGraph, from: number, to: number): number => {
  let best = Number.POSITIVE_INFINITY
  for (let turn = graph.turnFirst[from]!; turn < graph.turnFirst[from + 1]!; turn++)
    if (graph.turnTo[turn] === to) best = Math.min(best, turnCost(graph, turn))
  return best
}
