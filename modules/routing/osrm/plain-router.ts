import { distanceMeters, type LatLng } from '#core/geo'
import { DEGREE, isForward, type RoadGraph, roadOf } from '../graph/road-graph.ts'
import type { Path, Router, Sides, Snap, SnapOptions } from '../graph/router.ts'
import { bearingAt, metersBetween, turnBetween } from './road-line.ts'

/**
 * The plainest router that keeps to the interface, for small networks in tests: looks at every road, and searches with
 * Dijkstra's algorithm over edges without a queue.
 */
export const plainRouter = (graph: RoadGraph, radiusMetersMax = 500): Router => {
  const snap = (place: LatLng, count = 1, options: SnapOptions = {}) => {
    const radius = Math.min(options.radiusMeters ?? radiusMetersMax, radiusMetersMax)
    return Array.from(graph.roadFrom, (_, road) => nearestOn(graph, road, place))
      .filter((one) => one.distanceMeters <= radius && fits(graph, one, options.bearing))
      .sort((a, b) => a.distanceMeters - b.distanceMeters)
      .slice(0, count)
  }
  const path = (from: Snap, to: Snap, departing: Sides = 0b11, arriving: Sides = 0b11) =>
    search(graph, from, to, departing, arriving)
  return {
    graph,
    snap,
    path,
    alternatives: (best, countMax) => detours(graph, best).slice(0, countMax),
    table: (sources, targets, withDistances) => {
      const paths = sources.flatMap((from) => targets.map((to) => path(from, to)))
      const durations = Float64Array.from(paths, (one) => one?.durationSeconds ?? Number.NaN)
      const distances = Float64Array.from(paths, (one) => one?.distanceMeters ?? Number.NaN)
      return withDistances ? { durations, distances } : { durations }
    },
    reach: (from) => explore(graph, from, 0b11).cost.map((centiseconds) => centiseconds / 100),
  }
}

const nearestOn = (graph: RoadGraph, road: number, place: LatLng): Snap => {
  const { geometry, points, roadFirst } = graph
  const lat = place.lat * DEGREE
  const lng = place.lng * DEGREE
  const shrink = Math.cos((place.lat * Math.PI) / 180)
  let best = { lat: 0, lng: 0, along: 0, meters: Number.POSITIVE_INFINITY }
  let along = 0
  for (let i = roadFirst[road]!; i < roadFirst[road + 1]! - 1; i++) {
    const [a, b] = [geometry[i]!, geometry[i + 1]!]
    const [latA, lngA] = [points.lat[a]!, points.lng[a]!]
    const [north, east] = [points.lat[b]! - latA, (points.lng[b]! - lngA) * shrink]
    const length = metersBetween(latA, lngA, points.lat[b]!, points.lng[b]!)
    const scalar = ((lat - latA) * north + (lng - lngA) * shrink * east) / (north * north + east * east || 1)
    const share = Math.min(1, Math.max(0, scalar))
    const found = { lat: latA + north * share, lng: lngA + (east * share) / shrink }
    const meters = metersBetween(lat, lng, found.lat, found.lng)
    if (meters < best.meters) best = { ...found, along: along + length * share, meters }
    along += length
  }
  const snapped = { lat: best.lat / DEGREE, lng: best.lng / DEGREE }
  return { ...snapped, road, fraction: best.along / along, distanceMeters: distanceMeters(place, snapped) }
}

const fits = (graph: RoadGraph, { road, fraction }: Snap, bearing: SnapOptions['bearing']) => {
  if (!bearing) return true
  const along = bearingAt(graph, road, fraction)
  const differs = (side: number) => {
    if (graph.sideEdge[side]! < 0) return Number.POSITIVE_INFINITY
    return Math.abs(turnBetween(isForward(side) ? along : along + 180, bearing.degrees))
  }
  return Math.min(differs(road * 2), differs(road * 2 + 1)) <= bearing.range
}

const sidesOf = (road: number, sides: Sides) => [0, 1].filter((bit) => sides & (1 << bit)).map((bit) => road * 2 + bit)

const shareOf = (side: number, fraction: number) => (isForward(side) ? fraction : 1 - fraction)

/** Costs in centiseconds to the end of each edge, and the edge before it. */
const explore = (graph: RoadGraph, from: Snap, departing: Sides) => {
  const count = graph.edgeSide.length
  const cost = new Float64Array(count).fill(Number.POSITIVE_INFINITY)
  const before = new Int32Array(count).fill(-1)
  const done = new Uint8Array(count)
  for (const side of sidesOf(from.road, departing)) {
    const edge = graph.sideEdge[side]!
    if (edge >= 0) cost[edge] = graph.edgeDuration[edge]! * (1 - shareOf(side, from.fraction))
  }
  for (;;) {
    let edge = -1
    for (let i = 0; i < count; i++) if (!done[i] && cost[i]! < (edge < 0 ? Infinity : cost[edge]!)) edge = i
    if (edge < 0) return { cost, before }
    done[edge] = 1
    for (let turn = graph.turnFirst[edge]!; turn < graph.turnFirst[edge + 1]!; turn++) {
      const next = graph.turnTo[turn]!
      const there = cost[edge]! + graph.turnCost[turn]! + graph.edgeDuration[next]!
      if (there >= cost[next]!) continue
      cost[next] = there
      before[next] = edge
    }
  }
}

const search = (graph: RoadGraph, from: Snap, to: Snap, departing: Sides, arriving: Sides): Path | undefined => {
  const { cost, before } = explore(graph, from, departing)
  let best: { edges: number[]; centiseconds: number } | undefined
  for (const side of sidesOf(to.road, arriving)) {
    const edge = graph.sideEdge[side]!
    if (edge < 0) continue
    const untilEnd = graph.edgeDuration[edge]! * (1 - shareOf(side, to.fraction))
    const isDirect =
      from.road === to.road &&
      departing & (1 << (side & 1)) &&
      shareOf(side, from.fraction) <= shareOf(side, to.fraction)
    const around = arrivals(graph, edge, cost)
    const centiseconds = isDirect
      ? graph.edgeDuration[edge]! * (shareOf(side, to.fraction) - shareOf(side, from.fraction))
      : around.centiseconds - untilEnd
    if (!(centiseconds < (best?.centiseconds ?? Infinity))) continue
    best = { centiseconds, edges: isDirect ? [edge] : [...chain(before, around.from), edge] }
  }
  if (!best) return undefined
  const durationSeconds = best.centiseconds / 100
  const edges = Int32Array.from(best.edges)
  return { from, to, edges, durationSeconds, weight: durationSeconds, distanceMeters: lengthOf(graph, from, to, edges) }
}

/** The cheapest way to drive an edge from its beginning. */
const arrivals = (graph: RoadGraph, edge: number, cost: Float64Array) => {
  let best = { from: -1, centiseconds: Number.POSITIVE_INFINITY }
  for (let from = 0; from < cost.length; from++) {
    for (let turn = graph.turnFirst[from]!; turn < graph.turnFirst[from + 1]!; turn++) {
      if (graph.turnTo[turn] !== edge) continue
      const centiseconds = cost[from]! + graph.turnCost[turn]! + graph.edgeDuration[edge]!
      if (centiseconds < best.centiseconds) best = { from, centiseconds }
    }
  }
  return best
}

const chain = (before: Int32Array, last: number): number[] => {
  const edges: number[] = []
  for (let edge = last; edge >= 0; edge = before[edge]!) edges.unshift(edge)
  return edges
}

const lengthOf = (graph: RoadGraph, from: Snap, to: Snap, edges: Int32Array) =>
  edges.reduce((sum, edge, i) => {
    const side = graph.edgeSide[edge]!
    const start = i === 0 ? shareOf(side, from.fraction) : 0
    const end = i === edges.length - 1 ? shareOf(side, to.fraction) : 1
    return sum + (graph.roadLength[roadOf(side)]! * (end - start)) / 100
  }, 0)

/** Ways that do without one edge of the best, the quickest first. */
const detours = (graph: RoadGraph, best: Path): Path[] => {
  const found = new Map<string, Path>()
  for (const edge of best.edges.slice(1, -1)) {
    const edgeDuration = graph.edgeDuration.map((centiseconds, one) =>
      one === edge ? centiseconds + 1e7 : centiseconds,
    )
    const path = search({ ...graph, edgeDuration }, best.from, best.to, 0b11, 0b11)
    if (path && path.durationSeconds < 1e4) found.set(path.edges.join(), path)
  }
  return [...found.values()].sort((a, b) => a.durationSeconds - b.durationSeconds)
}
