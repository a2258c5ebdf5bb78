import type { Leg } from './leg.ts'

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
    const kept = keptPlaces(line, tolerance)
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
  return (Math.max(north - south, (east - west) * shrinkAt(north)) / MAP_PIXELS) * TOLERANCE_PIXELS
}

/** How much shorter a degree of longitude is than one of latitude. */
const shrinkAt = (lat: number) => Math.cos(((lat / 1e7) * Math.PI) / 180)

/**
 * Douglas and Peucker's algorithm: of the places between two that are kept, the one farthest from the straight line
 * between them is kept, if it is farther than the tolerance; and so on, on both sides of it. Not by simplify-js: our
 * lines are numbers in two arrays, and it wants an object for each place.
 */
const keptPlaces = ({ lat, lng }: Overview, tolerance: number): Uint8Array => {
  const last = lat.length - 1
  const kept = new Uint8Array(lat.length)
  kept[0] = kept[last] = 1
  const shrink = shrinkAt(lat[0]!)
  const open = [0, last]
  while (open.length > 0) {
    const to = open.pop()!
    const from = open.pop()!
    let farthest = 0
    let square = tolerance * tolerance
    for (let i = from + 1; i < to; i++) {
      const one = squareFrom(lat, lng, shrink, from, to, i)
      if (one <= square) continue
      square = one
      farthest = i
    }
    if (farthest === 0) continue
    kept[farthest] = 1
    open.push(from, farthest, farthest, to)
  }
  return kept
}

/** Squared distance of place `i` from the straight line between two others. */
const squareFrom = (lat: number[], lng: number[], shrink: number, from: number, to: number, i: number): number => {
  const north = lat[to]! - lat[from]!
  const east = (lng[to]! - lng[from]!) * shrink
  const y = lat[i]! - lat[from]!
  const x = (lng[i]! - lng[from]!) * shrink
  const share = Math.min(1, Math.max(0, (y * north + x * east) / (north * north + east * east || 1)))
  return (y - north * share) ** 2 + (x - east * share) ** 2
}
