import { edgesTo, shortestFrom } from '#modules/routing/graph/dijkstra'
import { type RoadGraph, roadOf } from '#modules/routing/graph/road-graph'
import { createSnapper, indexRoads } from '#modules/routing/graph/snap'
import type { ReferencePair } from '#support/road-extracts'

/** Ours over theirs. */
export type Compared = ReferencePair & {
  durationRatio: number
  distanceRatio: number
  /** Off, but not on one of the roads that meet where the trip begins and one of those where it ends. */
  isExplainedByEnds: boolean
}

/** Where a trip may begin or end: a share of an edge, from its beginning. */
type End = { edge: number; share: number }
type Route = { weight: number; durationSeconds: number; distanceMeters: number }

/** Roads that meet at a junction are all equally near. */
const SAME_PLACE_METERS = 0.3
const ROADS_MAX = 12
const AGREES = 0.02

/** Pairs of two places that are the same are left out. */
export const compareRoutes = (graph: RoadGraph, pairs: readonly ReferencePair[]): Compared[] => {
  const find = routeFinder(graph)
  const ends = endFinder(graph)
  return pairs
    .filter(({ duration_s }) => duration_s > 0)
    .map((pair) => {
      const [from, to] = [ends(pair.from), ends(pair.to)]
      const agrees = (route: Route | undefined) =>
        route !== undefined && Math.abs(route.durationSeconds / pair.duration_s - 1) <= AGREES
      const best = find(from.flat(), to.flat())
      return {
        ...pair,
        durationRatio: (best?.durationSeconds ?? Infinity) / pair.duration_s,
        distanceRatio: (best?.distanceMeters ?? Infinity) / pair.distance_m,
        isExplainedByEnds: !agrees(best) && from.some((one) => to.some((other) => agrees(find(one, other)))),
      }
    })
}

/** Ends at a place, road by road. */
const endFinder = (graph: RoadGraph) => {
  const snap = createSnapper(graph, indexRoads(graph))
  return (place: ReferencePair['from']): End[][] => {
    const snaps = snap({ lat: place.lat, lng: place.lon }, ROADS_MAX)
    return snaps
      .filter(({ distanceMeters }) => distanceMeters <= snaps[0]!.distanceMeters + SAME_PLACE_METERS)
      .map(({ road, fraction }) => [
        { edge: graph.sideEdge[road * 2]!, share: fraction },
        { edge: graph.sideEdge[road * 2 + 1]!, share: 1 - fraction },
      ])
      .map((ends) => ends.filter(({ edge }) => edge >= 0))
  }
}

const routeFinder = (graph: RoadGraph) => {
  const incoming = turnsInto(graph)
  return (from: readonly End[], to: readonly End[]): Route | undefined => {
    const starts = from.map(({ edge, share }) => ({
      edge,
      weight: Math.round((1 - share) * graph.edgeWeight[edge]!),
      duration: Math.round((1 - share) * graph.edgeDuration[edge]!),
    }))
    const paths = shortestFrom(graph, starts)
    const shareAtStart = new Map(from.map(({ edge, share }) => [edge, share]))
    let best: (Route & { before: number; end: End }) | undefined
    const consider = (end: End, before: number, weight: number, duration: number) => {
      if (best && best.weight <= weight) return
      best = { weight, durationSeconds: duration / 100, distanceMeters: 0, before, end }
    }
    for (const { edge: first, share } of to) {
      for (let edge = first; edge >= 0; edge = graph.edgeNextCopy[edge]!) {
        const begun = shareAtStart.get(edge)
        const part = begun === undefined ? -1 : share - begun
        if (part >= 0) consider({ edge, share }, -1, part * graph.edgeWeight[edge]!, part * graph.edgeDuration[edge]!)
        for (const { from: before, cost } of incoming[edge]!) {
          const weight = paths.weight[before]! + cost + share * graph.edgeWeight[edge]!
          const duration = paths.duration[before]! + cost + share * graph.edgeDuration[edge]!
          if (weight < Infinity) consider({ edge, share }, before, weight, duration)
        }
      }
    }
    if (!best) return
    const metersOf = (edge: number) => graph.roadLength[roadOf(graph.edgeSide[edge]!)]! / 100
    const passed = best.before < 0 ? [] : edgesTo(paths, best.before)
    const begun = shareAtStart.get(passed[0] ?? best.end.edge) ?? 0
    const whole = passed.reduce((sum, edge) => sum + metersOf(edge), 0)
    const distanceMeters =
      whole + best.end.share * metersOf(best.end.edge) - begun * metersOf(passed[0] ?? best.end.edge)
    return { ...best, distanceMeters }
  }
}

const turnsInto = (graph: RoadGraph): { from: number; cost: number }[][] => {
  const incoming: { from: number; cost: number }[][] = Array.from(graph.edgeSide, () => [])
  for (let from = 0; from < graph.edgeSide.length; from++) {
    for (let turn = graph.turnFirst[from]!; turn < graph.turnFirst[from + 1]!; turn++) {
      incoming[graph.turnTo[turn]!]!.push({ from, cost: graph.turnCost[turn]! })
    }
  }
  return incoming
}
