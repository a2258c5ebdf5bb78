import type { LatLng } from '#core/geo'

/** Degrees times this, as Google's own lines have them, and OSRM's and Mapbox's `polyline6`. */
export const POLYLINE5 = 1e5
export const POLYLINE6 = 1e6

/** The points of an encoded polyline (Google's Encoded Polyline Algorithm Format). Throws a RangeError when it is none. Pure. */
export const decodePolyline = (text: string, precision: number): LatLng[] => {
  const points: LatLng[] = []
  let [lat, lng, at] = [0, 0, 0]
  const next = (): number => {
    let [value, shift] = [0, 0]
    for (;;) {
      const chunk = text.charCodeAt(at++) - 63
      if (!(chunk >= 0 && chunk < 64) || shift > 30) throw new RangeError('no encoded polyline')
      value |= (chunk & 31) << shift
      shift += 5
      if (chunk < 32) return value & 1 ? ~(value >> 1) : value >> 1
    }
  }
  while (at < text.length) {
    lat += next()
    lng += next()
    points.push({ lat: lat / precision, lng: lng / precision })
  }
  return points
}
