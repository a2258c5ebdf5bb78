import { DEGREE, isForward, type RoadGraph, roadOf } from '../graph/road-graph.ts'
import type { Path } from '../graph/router.ts'
import { type Line, segmentAt } from './road-line.ts'

/** What a leg drives of one edge. */
export type Piece = {
  edge: number
  side: number
  /** Shares of the side's length, in the direction of travel. */
  start: number
  end: number
  /** The turn into the piece; not counted in its own seconds. */
  turnSeconds: number
  durationSeconds: number
  weight: number
  distanceMeters: number
  /** Where it begins in the line of its leg; it ends where the next begins, the last at the end. */
  lineAt: number
}

/** The way from one waypoint to the next. */
export type Leg = { pieces: Piece[]; line: Line; durationSeconds: number; weight: number; distanceMeters: number }

/** Puts ways together that follow upon each other, without a stop in between. */
export const legOf = (graph: RoadGraph, paths: readonly Path[]): Leg => {
  const leg: Leg = {
    pieces: [],
    line: { lat: [], lng: [], point: [] },
    durationSeconds: 0,
    weight: 0,
    distanceMeters: 0,
  }
  for (const path of paths) {
    leg.durationSeconds += path.durationSeconds
    leg.weight += path.weight
    leg.distanceMeters += path.distanceMeters
    addPath(graph, leg, path)
  }
  if (leg.line.lat.length === 1) repeatPlace(leg.line)
  return leg
}

const addPath = (graph: RoadGraph, leg: Leg, { edges, from, to }: Path) => {
  const last = edges.length - 1
  for (let i = 0; i <= last; i++) {
    const edge = edges[i]!
    const side = graph.edgeSide[edge]!
    const start = i === 0 ? shareOf(side, from.fraction) : 0
    const end = i === last ? shareOf(side, to.fraction) : 1
    const before = i === 0 ? leg.pieces.at(-1) : undefined
    const turnSeconds = i === 0 ? 0 : turnSecondsBetween(graph, edges[i - 1]!, edge)
    const piece = pieceOf(graph, edge, side, start, end, turnSeconds)
    piece.lineAt = Math.max(leg.line.lat.length - 1, 0)
    addLine(graph, leg.line, piece, i === 0 ? from : undefined, i === last ? to : undefined)
    // Past a place where nobody stops, the same edge goes on.
    if (before?.side === side) extendPiece(before, piece)
    else leg.pieces.push(piece)
  }
}

const shareOf = (side: number, fraction: number) => (isForward(side) ? fraction : 1 - fraction)

const pieceOf = (
  graph: RoadGraph,
  edge: number,
  side: number,
  start: number,
  end: number,
  turnSeconds: number,
): Piece => {
  const share = Math.max(end - start, 0)
  return {
    edge,
    side,
    start,
    end,
    turnSeconds,
    durationSeconds: (graph.edgeDuration[edge]! * share) / 100,
    weight: (graph.edgeWeight[edge]! * share) / 100,
    distanceMeters: (graph.roadLength[roadOf(side)]! * share) / 100,
    lineAt: 0,
  }
}

const extendPiece = (piece: Piece, more: Piece) => {
  piece.edge = more.edge
  piece.end = more.end
  piece.durationSeconds += more.durationSeconds
  piece.weight += more.weight
  piece.distanceMeters += more.distanceMeters
}

const turnSecondsBetween = ({ turnFirst, turnTo, turnCost }: RoadGraph, from: number, to: number): number => {
  for (let turn = turnFirst[from]!; turn < turnFirst[from + 1]!; turn++) {
    if (turnTo[turn] === to) return turnCost[turn]! / 100
  }
  throw new Error(`no turn leads from edge ${from} to edge ${to}`)
}

type Place = { lat: number; lng: number; road: number; fraction: number }

/** Draws a piece on: where it is begun, the points of its road in between, where it is ended. */
const addLine = (graph: RoadGraph, line: Line, piece: Piece, from: Place | undefined, to: Place | undefined) => {
  const road = roadOf(piece.side)
  const first = graph.roadFirst[road]!
  const pointLast = graph.roadFirst[road + 1]! - 1 - first
  const forward = isForward(piece.side)
  const fromSegment = from ? segmentAt(graph, road, from.fraction) : -1
  const toSegment = to ? segmentAt(graph, road, to.fraction) : -1
  let i = forward ? (from ? fromSegment + 1 : 0) : from ? fromSegment : pointLast
  const last = forward ? (to ? toSegment : pointLast) : to ? toSegment + 1 : 0
  const step = forward ? 1 : -1
  if (from) addPlace(line, from, graph.geometry[first + i - step]!)
  for (; forward ? i <= last : i >= last; i += step) addPoint(graph, line, graph.geometry[first + i]!)
  if (to) addPlace(line, to, graph.geometry[first + last + step]!)
}

const addPlace = (line: Line, { lat, lng }: { lat: number; lng: number }, point: number) =>
  add(line, Math.round(lat * DEGREE), Math.round(lng * DEGREE), point)

const addPoint = ({ points }: RoadGraph, line: Line, point: number) =>
  add(line, points.lat[point]!, points.lng[point]!, point)

const add = ({ lat, lng, point: points }: Line, latNow: number, lngNow: number, point: number) => {
  const before = lat.length - 1
  if (before >= 0 && lat[before] === latNow && lng[before] === lngNow) return
  lat.push(latNow)
  lng.push(lngNow)
  points.push(point)
}

const repeatPlace = ({ lat, lng, point }: Line) => {
  lat.push(lat[0]!)
  lng.push(lng[0]!)
  point.push(point[0]!)
}
