import { DEGREE, isForward, type RoadGraph } from '../graph/road-graph.ts'
import type { Snap } from '../graph/router.ts'

/** Places on roads with the seconds it takes to come there, as a flat list: latitude, longitude (in degrees), seconds. */
export type Reached = number[]

/** Places lie no farther apart on a road than this. */
const SPACING_METERS = 15

/**
 * Where one can be within `secondsMax`. A road that is reached in part ends where the time does: its last place is there.
 * `secondsToEnd` is what Router.reach says: to the end of each edge, Infinity where there is no way.
 */
export const reachedPlaces = (
  graph: RoadGraph,
  from: Snap,
  secondsToEnd: Float64Array,
  secondsMax: number,
): Reached => {
  const reached: Reached = [from.lat, from.lng, 0]
  for (let edge = 0; edge < secondsToEnd.length; edge++) {
    const end = secondsToEnd[edge]!
    const duration = graph.edgeDuration[edge]! / 100
    // On the edge that the trip begins on, what lies behind its beginning has a time below zero.
    if (end - duration < secondsMax) addEdge(graph, edge, end - duration, duration, secondsMax, reached)
  }
  return reached
}

const addEdge = (
  { geometry, points, roadFirst, roadLength, edgeSide }: RoadGraph,
  edge: number,
  begin: number,
  duration: number,
  secondsMax: number,
  reached: Reached,
) => {
  const side = edgeSide[edge]!
  const road = side >> 1
  const step = isForward(side) ? 1 : -1
  const first = isForward(side) ? roadFirst[road]! : roadFirst[road + 1]! - 1
  const count = roadFirst[road + 1]! - roadFirst[road]!
  const secondsPerMeter = duration / Math.max(roadLength[road]! / 100, 0.01)
  let seconds = begin
  for (let i = 0; i + 1 < count; i++) {
    const a = geometry[first + i * step]!
    const b = geometry[first + (i + 1) * step]!
    const [lat, lng] = [points.lat[a]! / DEGREE, points.lng[a]! / DEGREE]
    const [latStep, lngStep] = [points.lat[b]! / DEGREE - lat, points.lng[b]! / DEGREE - lng]
    const meters = flatMeters(lat, latStep, lngStep)
    const after = seconds + meters * secondsPerMeter
    const share = after > secondsMax ? (secondsMax - seconds) / (after - seconds) : 1
    const pieces = Math.max(1, Math.ceil((meters * share) / SPACING_METERS))
    for (let k = i === 0 ? 0 : 1; k <= pieces; k++) {
      const along = (share * k) / pieces
      const there = seconds + (after - seconds) * along
      if (there >= 0) reached.push(lat + latStep * along, lng + lngStep * along, there)
    }
    if (share < 1) return
    seconds = after
  }
}

const METERS_PER_DEGREE = (6_371_008.8 * Math.PI) / 180

const flatMeters = (lat: number, latStep: number, lngStep: number) =>
  Math.hypot(latStep, lngStep * Math.cos((lat * Math.PI) / 180)) * METERS_PER_DEGREE

/** A grid over some places. `seconds` holds, for each cell, the least time to be there; far from all roads `outside`. */
export type Field = {
  columnCount: number
  rowCount: number
  seconds: Float64Array
  outside: number
  /** Of a corner of the grid, counted in cells from its north-western one. */
  lngAt(column: number): number
  latAt(row: number): number
}

const CELL_METERS_MIN = 15
const CELLS_ALONG_MAX = 400
/** From a road one goes on foot, and not far: what lies deeper inside a block belongs to nobody's reach. */
const ON_FOOT_SPEED_MPS = 1.2
const OFF_ROAD_METERS_MAX = 120

export const fieldOf = (reached: Reached, secondsMax: number): Field => {
  let [south, north, west, east] = [90, -90, 180, -180]
  for (let i = 0; i < reached.length; i += 3) {
    south = Math.min(south, reached[i]!)
    north = Math.max(north, reached[i]!)
    west = Math.min(west, reached[i + 1]!)
    east = Math.max(east, reached[i + 1]!)
  }
  const shrink = Math.cos((((south + north) / 2) * Math.PI) / 180)
  const width = (east - west) * shrink * METERS_PER_DEGREE
  const height = (north - south) * METERS_PER_DEGREE
  const cellMeters = Math.max(CELL_METERS_MIN, Math.max(width, height) / CELLS_ALONG_MAX)
  const margin = Math.ceil(OFF_ROAD_METERS_MAX / cellMeters) + 2
  const columnCount = Math.ceil(width / cellMeters) + 1 + 2 * margin
  const rowCount = Math.ceil(height / cellMeters) + 1 + 2 * margin
  const latCell = cellMeters / METERS_PER_DEGREE
  const lngCell = latCell / shrink
  const outside = secondsMax * 2 + OUTSIDE_SECONDS
  const meters = new Float64Array(columnCount * rowCount).fill(Number.POSITIVE_INFINITY)
  const seconds = new Float64Array(columnCount * rowCount).fill(outside)
  for (let i = 0; i < reached.length; i += 3) {
    // To the middles of the four cells around it, so that a contour does not leave the road on one side.
    const row = Math.floor((north - reached[i]!) / latCell - 0.5) + margin
    const column = Math.floor((reached[i + 1]! - west) / lngCell - 0.5) + margin
    for (const cell of [row * columnCount + column, (row + 1) * columnCount + column]) {
      meters[cell] = meters[cell + 1] = 0
      seconds[cell] = Math.min(seconds[cell]!, reached[i + 2]!)
      seconds[cell + 1] = Math.min(seconds[cell + 1]!, reached[i + 2]!)
    }
  }
  spread(meters, columnCount, cellMeters)
  spread(seconds, columnCount, cellMeters / ON_FOOT_SPEED_MPS)
  for (let cell = 0; cell < seconds.length; cell++) {
    if (meters[cell]! > OFF_ROAD_METERS_MAX) seconds[cell] = outside
  }
  return {
    columnCount,
    rowCount,
    seconds,
    outside,
    lngAt: (column) => west + (column - margin) * lngCell,
    latAt: (row) => north - (row - margin) * latCell,
  }
}

const OUTSIDE_SECONDS = 60

/** The least of a cell's own value and its neighbours' plus a step: two sweeps over the grid (Rosenfeld and Pfaltz, 1966). */
const spread = (values: Float64Array, columnCount: number, step: number) => {
  const diagonal = step * Math.SQRT2
  const last = values.length - columnCount - 1
  for (let i = columnCount + 1; i < values.length - 1; i++) {
    values[i] = Math.min(
      values[i]!,
      values[i - 1]! + step,
      values[i - columnCount]! + step,
      values[i - columnCount - 1]! + diagonal,
      values[i - columnCount + 1]! + diagonal,
    )
  }
  for (let i = last - 1; i > 0; i--) {
    values[i] = Math.min(
      values[i]!,
      values[i + 1]! + step,
      values[i + columnCount]! + step,
      values[i + columnCount + 1]! + diagonal,
      values[i + columnCount - 1]! + diagonal,
    )
  }
}
