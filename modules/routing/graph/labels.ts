import { cost } from './cost'
import type { RoadGraph } from './road-graph'
import type { Sides, Snap } from './router'
import type { Labels } from './search'

/** Labels that know of which snap, how far along, in centimetres, and what edge (or -1) is driven before the first vertex. */
export type EdgeLabels = Labels & { snap: Snap[]; before: number[]; length: number[] }

const edgeLabels = (): EdgeLabels => ({ vertex: [], cost: [], snap: [], before: [], length: [] })

const addLabel = (to: EdgeLabels, vertex: number, value: number, snap: Snap, length: number, before = -1) => {
  to.vertex.push(vertex)
  to.cost.push(value)
  to.snap.push(snap)
  to.before.push(before)
  to.length.push(length)
}

/** What share of a side is driven before a snap. */
export const passedShare = ({ fraction }: Snap, side: number): number => ((side & 1) === 0 ? fraction : 1 - fraction)

const sidesOf = ({ road }: Snap, mask: number): number[] => [
  ...(mask & 0b01 ? [road * 2] : []),
  ...(mask & 0b10 ? [road * 2 + 1] : []),
]

/** Cost of a share of an edge. Rounded alike at both ends, so that what is left of it is never below nothing. */
const partCost = ({ edgeWeight, edgeDuration }: RoadGraph, edge: number, share: number): number =>
  cost(Math.round(edgeWeight[edge]! * share), Math.round(edgeDuration[edge]! * share))

/** A snap and those as near, unless one side of it is meant. */
const asNear = (snap: Snap, sides: Sides): readonly Snap[] =>
  snap.ties && (sides & snap.sides) === snap.sides ? [snap, ...snap.ties] : [snap]

/** Where a way from a snap may begin: on each side, at the cost of what is left of it. */
export const departures = (graph: RoadGraph, from: Snap, sides: Sides): EdgeLabels => {
  const made = edgeLabels()
  for (const snap of asNear(from, sides)) {
    for (const side of sidesOf(snap, snap === from ? snap.sides & sides : snap.sides)) {
      const edge = graph.sideEdge[side]!
      const left = 1 - passedShare(snap, side)
      addLabel(made, edge, partCost(graph, edge, left), snap, graph.roadLength[snap.road]! * left)
    }
  }
  return made
}

/** Where a way to a snap may end: on each side and copy of it, less the cost of what is not driven. */
export const arrivals = (graph: RoadGraph, to: Snap, sides: Sides): EdgeLabels => {
  const made = edgeLabels()
  for (const snap of asNear(to, sides)) {
    for (const side of sidesOf(snap, snap === to ? snap.sides & sides : snap.sides)) {
      const left = 1 - passedShare(snap, side)
      for (let edge = graph.sideEdge[side]!; edge !== -1; edge = graph.edgeNextCopy[edge]!)
        addLabel(made, edge, -partCost(graph, edge, left), snap, -graph.roadLength[snap.road]! * left)
    }
  }
  return made
}

/** Whether a way's end lies behind its beginning on this edge: they cannot be joined there, but by coming round again. */
const endsBehind = (arrived: EdgeLabels, edge: number, departedCost: number): boolean =>
  arrived.vertex.some((other, i) => other === edge && departedCost + arrived.cost[i]! < 0)

/**
 * Departures for what they are to arrive at. An edge on which the end lies behind the beginning can only be left and come
 * to again, so it gives way to what may follow it.
 */
export const departuresTo = (graph: RoadGraph, departed: EdgeLabels, arrived: EdgeLabels): EdgeLabels => {
  if (!departed.vertex.some((edge, i) => endsBehind(arrived, edge, departed.cost[i]!))) return departed
  const made = edgeLabels()
  for (let i = 0; i < departed.vertex.length; i++) {
    const edge = departed.vertex[i]!
    if (!endsBehind(arrived, edge, departed.cost[i]!)) {
      addLabel(made, edge, departed.cost[i]!, departed.snap[i]!, departed.length[i]!)
      continue
    }
    for (let turn = graph.turnFirst[edge]!; turn < graph.turnFirst[edge + 1]!; turn++) {
      const next = graph.turnTo[turn]!
      const length = departed.length[i]! + graph.roadLength[graph.edgeSide[next]! >> 1]!
      addLabel(made, next, departed.cost[i]! + turnCost(graph, turn), departed.snap[i]!, length, edge)
    }
  }
  return made
}

/** The cost of a turn and of the edge that it leads to. */
export const turnCost = ({ turnCost, turnTo, edgeWeight, edgeDuration }: RoadGraph, turn: number): number =>
  cost(turnCost[turn]! + edgeWeight[turnTo[turn]!]!, turnCost[turn]! + edgeDuration[turnTo[turn]!]!)

/** The label that a way beginning (or ending) at a vertex was given: the cheapest there. */
export const labelAt = ({ vertex, cost }: Labels, at: number): number => {
  let best = -1
  for (let i = 0; i < vertex.length; i++) if (vertex[i] === at && (best === -1 || cost[i]! < cost[best]!)) best = i
  return best
}
