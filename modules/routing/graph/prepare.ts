import { customise, type Metric } from './customise'
import { eliminate, type Hierarchy } from './elimination'
import { turnCost } from './labels'
import { contractionOrder } from './order'
import type { RoadGraph } from './road-graph'
import { indexRoads, type RoadIndex } from './snap'

/** All that is stored of a profile. Other speeds are other weights in the graph and another metric on the hierarchy. */
export type PreparedProfile = { graph: RoadGraph; hierarchy: Hierarchy; metric: Metric; index: RoadIndex }

/** Orders, contracts, customises and indexes a road graph. Its edges are numbered anew, by rank. */
export const prepare = (imported: RoadGraph): PreparedProfile => {
  const graph = renumbered(imported, contractionOrder(imported))
  const { from, to } = arcsOf(graph)
  const hierarchy = eliminate(graph.edgeSide.length, from, to)
  return { graph, hierarchy, metric: metricOf(graph, hierarchy), index: indexRoads(graph) }
}

/** The metric of the durations and weights that the graph's edges have now. */
export const metricOf = (graph: RoadGraph, hierarchy: Hierarchy): Metric => {
  const { from, to } = arcsOf(graph)
  const costs = new Float64Array(from.length)
  for (let turn = 0; turn < costs.length; turn++) costs[turn] = turnCost(graph, turn)
  return customise(hierarchy, from, to, costs)
}

/** Turns as arcs between edges. */
const arcsOf = ({ turnFirst, turnTo }: RoadGraph) => {
  const from = new Int32Array(turnTo.length)
  for (let edge = 0; edge + 1 < turnFirst.length; edge++) from.fill(edge, turnFirst[edge]!, turnFirst[edge + 1]!)
  return { from, to: turnTo }
}

/** The same graph with edge `order[i]` as edge `i`. */
const renumbered = (graph: RoadGraph, order: Int32Array): RoadGraph => {
  const rank = new Int32Array(order.length)
  order.forEach((edge, i) => {
    rank[edge] = i
  })
  const rankOf = (edge: number) => (edge === -1 ? -1 : rank[edge]!)
  const turnFirst = new Int32Array(order.length + 1)
  const turnTo = new Int32Array(graph.turnTo.length)
  const turnCosts = new Int32Array(graph.turnCost.length)
  let count = 0
  order.forEach((edge, i) => {
    for (let turn = graph.turnFirst[edge]!; turn < graph.turnFirst[edge + 1]!; turn++) {
      turnTo[count] = rankOf(graph.turnTo[turn]!)
      turnCosts[count++] = graph.turnCost[turn]!
    }
    turnFirst[i + 1] = count
  })
  return {
    ...graph,
    sideEdge: graph.sideEdge.map(rankOf),
    edgeSide: order.map((edge) => graph.edgeSide[edge]!),
    edgeNextCopy: order.map((edge) => rankOf(graph.edgeNextCopy[edge]!)),
    edgeDuration: order.map((edge) => graph.edgeDuration[edge]!),
    edgeWeight: order.map((edge) => graph.edgeWeight[edge]!),
    turnFirst,
    turnTo,
    turnCost: turnCosts,
  }
}
