import Flatbush from 'flatbush'
import { distanceMeters, EARTH_RADIUS_METERS, type LatLng } from '#core/geo'
import { DEGREE, type RoadGraph } from './road-graph'
import { type Sides, SNAP_RADIUS_METERS, type Snap, type SnapOptions, TIE_METERS } from './router'

/** Half the width of the first box that is looked through for several roads; each further one is this much wider. */
const BOX_METERS = 30
const BOX_GROWTH = 2
/** Degrees of latitude times DEGREE in a metre. */
const UNITS_PER_METER = DEGREE / ((EARTH_RADIUS_METERS * Math.PI) / 180)

/** The boxes of all roads that may be driven, in a packed Hilbert R-tree: the tree's item `i` is `roads[i]`. */
export type RoadIndex = { roads: Int32Array; tree: Flatbush }

export const indexRoads = (graph: RoadGraph): RoadIndex => {
  const { points, geometry, roadFirst, sideEdge } = graph
  const roads = Int32Array.from(graph.roadFrom.keys()).filter(
    (road) => sideEdge[road * 2] !== -1 || sideEdge[road * 2 + 1] !== -1,
  )
  // A tree has at least one item.
  const tree = new Flatbush(Math.max(1, roads.length), 16, Int32Array)
  if (roads.length === 0) tree.add(0, 0)
  for (const road of roads) {
    const first = geometry[roadFirst[road]!]!
    let [west, south, east, north] = [points.lng[first]!, points.lat[first]!, points.lng[first]!, points.lat[first]!]
    for (let at = roadFirst[road]! + 1; at < roadFirst[road + 1]!; at++) {
      const point = geometry[at]!
      west = Math.min(west, points.lng[point]!)
      east = Math.max(east, points.lng[point]!)
      south = Math.min(south, points.lat[point]!)
      north = Math.max(north, points.lat[point]!)
    }
    tree.add(west, south, east, north)
  }
  tree.finish()
  return { roads, tree }
}

/** Where a road comes nearest to a place: on the piece that begins at `at` in the geometry, distance squared in units. */
type Candidate = { at: number; road: number; share: number; squared: number; sides: Sides }

/** Nearest points on roads, by looking through ever wider boxes until no road outside could be nearer. */
export const createSnapper = (graph: RoadGraph, { roads, tree }: RoadIndex) => {
  const { points, geometry, roadFirst, sideEdge } = graph

  const drivenSides = (road: number): number =>
    (sideEdge[road * 2] === -1 ? 0 : 0b01) | (sideEdge[road * 2 + 1] === -1 ? 0 : 0b10)

  /** Sides that point as asked for, at a piece. */
  const sidesAlong = (at: number, shrink: number, { degrees, range }: { degrees: number; range: number }): number => {
    const [a, b] = [geometry[at]!, geometry[at + 1]!]
    const x = (points.lng[b]! - points.lng[a]!) * shrink
    const bearing = (Math.atan2(x, points.lat[b]! - points.lat[a]!) * 180) / Math.PI
    return (turned(bearing, degrees) <= range ? 0b01 : 0) | (turned(bearing + 180, degrees) <= range ? 0b10 : 0)
  }

  const nearestOn = (road: number, x: number, y: number, shrink: number) => {
    const nearest = { at: roadFirst[road]!, share: 0, squared: Number.POSITIVE_INFINITY }
    let b = geometry[roadFirst[road]!]!
    let bx = (points.lng[b]! - x) * shrink
    let by = points.lat[b]! - y
    for (let at = roadFirst[road]!; at + 1 < roadFirst[road + 1]!; at++) {
      const [ax, ay] = [bx, by]
      b = geometry[at + 1]!
      bx = (points.lng[b]! - x) * shrink
      by = points.lat[b]! - y
      const [dx, dy] = [bx - ax, by - ay]
      const length = dx * dx + dy * dy
      const share = length === 0 ? 0 : Math.min(1, Math.max(0, -(ax * dx + ay * dy) / length))
      const [px, py] = [ax + share * dx, ay + share * dy]
      const squared = px * px + py * py
      if (squared < nearest.squared) Object.assign(nearest, { at, share, squared })
    }
    return nearest
  }

  const snapOf = ({ at, road, share, sides }: Candidate, place: LatLng, shrink: number): Snap => {
    const [a, b] = [geometry[at]!, geometry[at + 1]!]
    const location = {
      lat: (points.lat[a]! + share * (points.lat[b]! - points.lat[a]!)) / DEGREE,
      lng: (points.lng[a]! + share * (points.lng[b]! - points.lng[a]!)) / DEGREE,
    }
    let before = 0
    let total = 0
    for (let i = roadFirst[road]!; i + 1 < roadFirst[road + 1]!; i++) {
      const [p, q] = [geometry[i]!, geometry[i + 1]!]
      const length = Math.hypot((points.lng[q]! - points.lng[p]!) * shrink, points.lat[q]! - points.lat[p]!)
      if (i < at) before += length
      if (i === at) before += length * share
      total += length
    }
    const fraction = total === 0 ? 0 : Math.min(1, before / total)
    return { ...location, road, fraction, distanceMeters: distanceMeters(place, location), sides }
  }

  /** How far a road is whose box is near: the nearest one is no farther. At least a metre, to have room to grow. */
  const aRoadAway = (x: number, y: number, shrink: number): number => {
    const road = roads[tree.neighbors(x, y, 1)[0]!]
    const squared = road === undefined ? 0 : nearestOn(road, x, y, shrink).squared
    return Math.max(UNITS_PER_METER, Math.sqrt(squared) * (1 + 1e-9))
  }

  return (place: LatLng, count = 1, { radiusMeters = SNAP_RADIUS_METERS, bearing }: SnapOptions = {}): Snap[] => {
    const x = place.lng * DEGREE
    const y = place.lat * DEGREE
    const shrink = Math.cos((place.lat * Math.PI) / 180)
    const limit = radiusMeters * UNITS_PER_METER
    const first = count === 1 ? aRoadAway(x, y, shrink) + TIE_METERS * UNITS_PER_METER : BOX_METERS * UNITS_PER_METER
    for (let half = Math.min(limit, first); ; half = Math.min(limit, half * BOX_GROWTH)) {
      const found: Candidate[] = []
      // A little wider than tall: away from the equator a degree of longitude is shorter.
      for (const item of tree.search(x - half / shrink, y - half, x + half / shrink, y + half)) {
        const road = roads[item]
        if (road === undefined) continue
        const { at, share, squared } = nearestOn(road, x, y, shrink)
        if (squared > half * half) continue
        const sides = drivenSides(road) & (bearing ? sidesAlong(at, shrink, bearing) : 0b11)
        if (sides !== 0) found.push({ at, road, share, squared, sides: sides as Sides })
      }
      if (found.length < count && half < limit) continue
      found.sort((a, b) => a.squared - b.squared || a.road - b.road)
      const asked = count === 1 ? asNearAsFirst(found) : found.slice(0, count)
      const snaps = asked.map((candidate) => snapOf(candidate, place, shrink))
      return count === 1 && snaps.length > 1 ? [{ ...snaps[0]!, ties: snaps.slice(1) }] : snaps
    }
  }
}

/** Of candidates, nearest first: those that are no farther than the first, or hardly. */
const asNearAsFirst = (found: readonly Candidate[]): readonly Candidate[] => {
  const limit = Math.sqrt(found[0]?.squared ?? 0) + TIE_METERS * UNITS_PER_METER
  return found.filter(({ squared }) => squared <= limit * limit)
}

/** By how much two bearings differ, 0 to 180. */
const turned = (one: number, other: number): number => Math.abs(((((one - other) % 360) + 540) % 360) - 180)
