/** What an answer of the fast search must be, worked out by plain Dijkstra, and whether a path is one at all. */
import { type ShortestPaths, type Start, shortestFrom } from '#modules/routing/graph/dijkstra'
import { type RoadGraph, roadOf } from '#modules/routing/graph/road-graph'
import type { Path, Snap } from '#modules/routing/graph/router'

/** Centiseconds. */
export type Cost = { weight: number; duration: number }

const NO_WAY: Cost = { weight: Infinity, duration: Infinity }
const isLess = (a: Cost, b: Cost) => a.weight < b.weight || (a.weight === b.weight && a.duration < b.duration)

const sidesOf = ({ road, sides }: Snap): number[] =>
  [road * 2, road * 2 + 1].filter((side) => sides & (1 << (side & 1)))
const leftShare = ({ fraction }: Snap, side: number) => (side & 1 ? fraction : 1 - fraction)
const partOf = ({ edgeWeight, edgeDuration }: RoadGraph, edge: number, share: number): Cost => ({
  weight: Math.round(edgeWeight[edge]! * share),
  duration: Math.round(edgeDuration[edge]! * share),
})

export const startsAt = (graph: RoadGraph, from: Snap): Start[] =>
  sidesOf(from).map((side) => ({
    edge: graph.sideEdge[side]!,
    ...partOf(graph, graph.sideEdge[side]!, leftShare(from, side)),
  }))

/** The least cost from a snap to others, by the turns into the edges that those lie on. */
export const createOracle = (graph: RoadGraph) => {
  const turnsInto = new Map<number, { from: number; cost: number }[]>()
  for (let from = 0; from < graph.edgeSide.length; from++) {
    for (let turn = graph.turnFirst[from]!; turn < graph.turnFirst[from + 1]!; turn++) {
      const to = graph.turnTo[turn]!
      const known = turnsInto.get(to) ?? []
      known.push({ from, cost: graph.turnCost[turn]! })
      turnsInto.set(to, known)
    }
  }
  const arriving = (paths: ShortestPaths, edge: number, driven: Cost): Cost => {
    let best = NO_WAY
    for (const { from, cost } of turnsInto.get(edge) ?? []) {
      const by = {
        weight: paths.weight[from]! + cost + driven.weight,
        duration: paths.duration[from]! + cost + driven.duration,
      }
      if (isLess(by, best)) best = by
    }
    return best
  }
  return (from: Snap) => {
    const starts = startsAt(graph, from)
    const paths = shortestFrom(graph, starts)
    return (to: Snap): Cost => {
      let best = NO_WAY
      for (const side of sidesOf(to)) {
        for (let edge = graph.sideEdge[side]!; edge !== -1; edge = graph.edgeNextCopy[edge]!) {
          const whole = partOf(graph, edge, 1)
          const left = partOf(graph, edge, leftShare(to, side))
          const driven = { weight: whole.weight - left.weight, duration: whole.duration - left.duration }
          const found = [arriving(paths, edge, driven)]
          const begun = starts.find((start) => start.edge === edge)
          if (begun) found.push({ weight: begun.weight - left.weight, duration: begun.duration - left.duration })
          for (const one of found) if (one.weight >= 0 && one.duration >= 0 && isLess(one, best)) best = one
        }
      }
      return best
    }
  }
}

export type PathSums = Cost & { centimeters: number }

/**
 * Drives a path edge by edge and adds up what it costs. Throws where it does not begin or end at its snaps, where one edge
 * does not lead to the next, and where a turn is forbidden.
 */
export const drive = (graph: RoadGraph, { from, to, edges }: Path): PathSums => {
  const first = edges[0]!
  const last = edges.at(-1)!
  const [begin, end] = [graph.edgeSide[first]!, graph.edgeSide[last]!]
  if (!sidesOf(from).includes(begin) || graph.sideEdge[begin] !== first) throw new Error('does not begin at its snap')
  if (!sidesOf(to).includes(end)) throw new Error('does not end at its snap')
  const sums: PathSums = {
    ...partOf(graph, first, leftShare(from, begin)),
    centimeters: graph.roadLength[from.road]! * leftShare(from, begin),
  }
  for (let i = 1; i < edges.length; i++) {
    const cost = cheapestTurn(graph, edges[i - 1]!, edges[i]!)
    if (cost === undefined) throw new Error(`no turn from edge ${edges[i - 1]} to ${edges[i]}`)
    sums.weight += cost + graph.edgeWeight[edges[i]!]!
    sums.duration += cost + graph.edgeDuration[edges[i]!]!
    sums.centimeters += graph.roadLength[roadOf(graph.edgeSide[edges[i]!]!)]!
  }
  const left = partOf(graph, last, leftShare(to, end))
  return {
    weight: sums.weight - left.weight,
    duration: sums.duration - left.duration,
    centimeters: sums.centimeters - graph.roadLength[to.road]! * leftShare(to, end),
  }
}

const cheapestTurn = ({ turnFirst, turnTo, turnCost }: RoadGraph, from: number, to: number): number | undefined => {
  let best: number | undefined
  for (let turn = turnFirst[from]!; turn < turnFirst[from + 1]!; turn++) {
    if (turnTo[turn] === to && (best === undefined || turnCost[turn]! < best)) best = turnCost[turn]!
  }
  return best
}

/** Somewhere on a road, on the sides that are driven. */
export const snapOn = (graph: RoadGraph, road: number, fraction: number): Snap => ({
  lat: 0,
  lng: 0,
  road,
  fraction,
  distanceMeters: 0,
  sides: ((graph.sideEdge[road * 2] === -1 ? 0 : 1) | (graph.sideEdge[road * 2 + 1] === -1 ? 0 : 2)) as Snap['sides'],
})

/** Places drawn on any roads, now and then at a road's very end. */
export const drawSnaps = (graph: RoadGraph, chance: () => number, count: number): Snap[] => {
  const snaps: Snap[] = []
  while (snaps.length < count) {
    const share = chance() * 1.2 - 0.1
    const snap = snapOn(graph, Math.floor(chance() * graph.roadFrom.length), Math.min(1, Math.max(0, share)))
    if (snap.sides !== (0 as number)) snaps.push(snap)
  }
  return snaps
}
