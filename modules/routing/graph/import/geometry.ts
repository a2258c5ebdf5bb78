import { EARTH_RADIUS_METERS } from '#core/geo'
import { DEGREE, type Points } from '#modules/routing/graph/road-graph'

const RADIANS = Math.PI / 180 / DEGREE

/** Great-circle metres between two points. */
export const metersBetween = (points: Points, a: number, b: number): number => {
  const latA = points.lat[a]! * RADIANS
  const latB = points.lat[b]! * RADIANS
  const sinLat = Math.sin((latB - latA) / 2)
  const sinLng = Math.sin(((points.lng[b]! - points.lng[a]!) * RADIANS) / 2)
  const h = sinLat * sinLat + Math.cos(latA) * Math.cos(latB) * sinLng * sinLng
  return 2 * EARTH_RADIUS_METERS * Math.asin(Math.min(1, Math.sqrt(h)))
}

/**
 * Degrees clockwise from north in which a line of points leaves its first point, looking so many metres ahead. `at(i)` is
 * the i-th of `count` points.
 */
export const departureBearing = (
  points: Points,
  count: number,
  at: (i: number) => number,
  lookaheadMeters: number,
): number => {
  const start = at(0)
  const lat0 = points.lat[start]!
  // On a plane that touches the start: a few metres do not notice that the Earth is round.
  const shrink = Math.cos(lat0 * RADIANS)
  let east = 0
  let north = 0
  let left = lookaheadMeters
  for (let i = 1; i < count && left > 0; i++) {
    const step = metersBetween(points, at(i - 1), at(i))
    const share = step > left ? left / step : 1
    east += (points.lng[at(i)]! - points.lng[at(i - 1)]!) * shrink * share
    north += (points.lat[at(i)]! - points.lat[at(i - 1)]!) * share
    left -= step
  }
  return (Math.atan2(east, north) * 180) / Math.PI
}

/** The turn from one bearing to another, degrees in (-180, 180], to the right positive. */
export const turnAngle = (arriving: number, departing: number): number => {
  const angle = (((departing - arriving) % 360) + 360) % 360
  return angle > 180 ? angle - 360 : angle
}
