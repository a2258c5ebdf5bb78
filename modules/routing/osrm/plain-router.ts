import { distanceMeters, type LatLng } from '#core/geo'
import { edgesTo, type ShortestPaths, type Start, shortestFrom } from '../graph/dijkstra.ts'
import { DEGREE, isForward, type RoadGraph, roadOf } from '../graph/road-graph.ts'
import type { Path, Router, Sides, Snap, SnapOptions } from '../graph/router.ts'
import { bearingAt, metersBetween, turnBetween } from './road-line.ts'

/** The plainest router that keeps to the interface, for tests: it looks at every road and searches with Dijkstra. */
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
    reach: (from) => explore(graph, from, 0b11).duration.map((centiseconds) => centiseconds / 100),
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

const explore = (graph: RoadGraph, from: Snap, departing: Sides) => {
  const starts = sidesOf(from.road, departing).flatMap((side): Start[] => {
    const edge = graph.sideEdge[side]!
    const rest = 1 - shareOf(side, from.fraction)
    return edge < 0
      ? []
      : [{ edge, weight: graph.edgeWeight[edge]! * rest, duration: graph.edgeDuration[edge]! * rest }]
  })
  return shortestFrom(graph, starts)
}

const copiesOf = (graph: RoadGraph, side: number): number[] => {
  const copies: number[] = []
  for (let edge = graph.sideEdge[side]!; edge >= 0; edge = graph.edgeNextCopy[edge]!) copies.push(edge)
  return copies
}

type Found = { edges: number[]; weight: number; duration: number }

const search = (graph: RoadGraph, from: Snap, to: Snap, departing: Sides, arriving: Sides): Path | undefined => {
  const paths = explore(graph, from, departing)
  const found = sidesOf(to.road, arriving).flatMap((side) => {
    const share = shareOf(side, to.fraction)
    const start = shareOf(side, from.fraction)
    const isSameSide = from.road === to.road && departing & (1 << (side & 1))
    return copiesOf(graph, side).map((edge, copy) =>
      isSameSide && copy === 0 && start <= share
        ? directly(graph, edge, share - start)
        : around(graph, paths, edge, share),
    )
  })
  const best = found.reduce((a, b) => (b.weight < a.weight ? b : a), NOWHERE)
  if (best === NOWHERE) return undefined
  const edges = Int32Array.from(best.edges)
  const distanceMeters = lengthOf(graph, from, to, edges)
  return { from, to, edges, durationSeconds: best.duration / 100, weight: best.weight / 100, distanceMeters }
}

const NOWHERE: Found = { edges: [], weight: Number.POSITIVE_INFINITY, duration: Number.POSITIVE_INFINITY }

const directly = (graph: RoadGraph, edge: number, share: number): Found => ({
  edges: [edge],
  weight: graph.edgeWeight[edge]! * share,
  duration: graph.edgeDuration[edge]! * share,
})

/** The cheapest way to drive an edge from its beginning, up to a share of it. */
const around = (graph: RoadGraph, paths: ShortestPaths, edge: number, share: number): Found => {
  let best = NOWHERE
  for (let from = 0; from < paths.weight.length; from++) {
    if (!(paths.weight[from]! < best.weight)) continue
    for (let turn = graph.turnFirst[from]!; turn < graph.turnFirst[from + 1]!; turn++) {
      if (graph.turnTo[turn] !== edge) continue
      const weight = paths.weight[from]! + graph.turnCost[turn]! + graph.edgeWeight[edge]! * share
      const duration = paths.duration[from]! + graph.turnCost[turn]! + graph.edgeDuration[edge]! * share
      if (weight < best.weight) best = { edges: [from], weight, duration }
    }
  }
  return best === NOWHERE ? best : { ...best, edges: [...edgesTo(paths, best.edges[0]!), edge] }
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
    const edgeWeight = graph.edgeWeight.map((centiseconds, one) => (one === edge ? centiseconds + 1e7 : centiseconds))
    const path = search({ ...graph, edgeWeight }, best.from, best.to, 0b11, 0b11)
    if (path && path.weight < 1e5) found.set(path.edges.join(), path)
  }
  return [...found.values()].sort((a, b) => a.weight - b.weight)
}
