/** A point in WGS 84 degrees. */
export type LatLng = { lat: number; lng: number }

/** A corner-to-corner box in degrees; `south <= north`, `west <= east`. */
export type Box = { south: number; west: number; north: number; east: number }

/** Mean Earth radius in metres (IUGG). */
export const EARTH_RADIUS_METERS = 6_371_008.8

export const METERS_PER_MILE = 1609.344

const radians = (degrees: number) => (degrees * Math.PI) / 180
const degrees = (angle: number) => (angle * 180) / Math.PI

/** Great-circle distance in metres, by the haversine formula. */
export const distanceMeters = (a: LatLng, b: LatLng): number => {
  const sinLat = Math.sin(radians(b.lat - a.lat) / 2)
  const sinLng = Math.sin(radians(b.lng - a.lng) / 2)
  const h = sinLat * sinLat + Math.cos(radians(a.lat)) * Math.cos(radians(b.lat)) * sinLng * sinLng
  return 2 * EARTH_RADIUS_METERS * Math.asin(Math.min(1, Math.sqrt(h)))
}

/** The smallest box that holds a circle. Clamped at the poles and the date line, which no zone crosses. */
export const boxAround = (center: LatLng, radiusMeters: number): Box => {
  const angle = radiusMeters / EARTH_RADIUS_METERS
  const latDelta = degrees(angle)
  // Where a meridian touches the circle; a circle around a pole reaches every meridian.
  const touching = Math.sin(angle) / Math.cos(radians(center.lat))
  const lngDelta = touching < 1 ? degrees(Math.asin(touching)) : 180
  return {
    south: Math.max(center.lat - latDelta, -90),
    north: Math.min(center.lat + latDelta, 90),
    west: Math.max(center.lng - lngDelta, -180),
    east: Math.min(center.lng + lngDelta, 180),
  }
}

/** Whether a point lies in a polygon (even-odd rule, the last corner joins the first). */
export const isInside = (point: LatLng, polygon: readonly LatLng[]): boolean => {
  let inside = false
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const a = polygon[i]!
    const b = polygon[j]!
    const crosses = a.lat > point.lat !== b.lat > point.lat
    if (crosses && point.lng < ((b.lng - a.lng) * (point.lat - a.lat)) / (b.lat - a.lat) + a.lng) inside = !inside
  }
  return inside
}

/** The middle of a 0.002 degree cell (about 220 m by 120 m at 57° north): what the public may know of a home kitchen. */
export const coarsen = ({ lat, lng }: LatLng): LatLng => ({ lat: coarse(lat), lng: coarse(lng) })

const COARSE_CELLS_PER_DEGREE = 500
const coarse = (degrees: number) =>
  Number(((Math.floor(degrees * COARSE_CELLS_PER_DEGREE) + 0.5) / COARSE_CELLS_PER_DEGREE).toFixed(4))

export const isInsideBox = ({ lat, lng }: LatLng, { south, west, north, east }: Box): boolean =>
  lat >= south && lat <= north && lng >= west && lng <= east
