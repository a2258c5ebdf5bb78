import { DEGREE } from '../graph/road-graph.ts'
import type { Leg } from './leg.ts'
import { keptPlaces, shrinkAt } from './simplify.ts'

/** The line of a whole route. */
export type Overview = { lat: number[]; lng: number[] }

/** A map on which a whole route is just to be seen, and what is not to be seen on it. */
const MAP_PIXELS = 1_024
const TOLERANCE_PIXELS = 2

export const fullOverview = (legs: readonly Leg[]): Overview => {
  const overview: Overview = { lat: [], lng: [] }
  for (const [i, { line }] of legs.entries()) {
    for (let k = i === 0 ? 0 : 1; k < line.lat.length; k++) {
      overview.lat.push(line.lat[k]!)
      overview.lng.push(line.lng[k]!)
    }
  }
  return overview
}

/** Leaves out what is not to be seen on a map that shows the whole route. Waypoints stay where they are. */
export const simpleOverview = (legs: readonly Leg[]): Overview => {
  const tolerance = toleranceOf(legs)
  const overview: Overview = { lat: [], lng: [] }
  for (const [i, { line }] of legs.entries()) {
    const kept = keptPlaces(line.lat, line.lng, tolerance, shrinkAt(line.lat[0]! / DEGREE))
    for (let k = i === 0 ? 0 : 1; k < line.lat.length; k++) {
      if (!kept[k]) continue
      overview.lat.push(line.lat[k]!)
      overview.lng.push(line.lng[k]!)
    }
  }
  return overview
}

/** In units of latitude. */
const toleranceOf = (legs: readonly Leg[]): number => {
  let [south, north, west, east] = [Infinity, -Infinity, Infinity, -Infinity]
  for (const { line } of legs) {
    for (let i = 0; i < line.lat.length; i++) {
      south = Math.min(south, line.lat[i]!)
      north = Math.max(north, line.lat[i]!)
      west = Math.min(west, line.lng[i]!)
      east = Math.max(east, line.lng[i]!)
    }
  }
  return (Math.max(north - south, (east - west) * shrinkAt(north / DEGREE)) / MAP_PIXELS) * TOLERANCE_PIXELS
}
