import { locationOf } from './numbers.ts'
import { encodeLine } from './polyline.ts'

export type Geometries = 'polyline' | 'polyline6' | 'geojson'
export type Shape = string | { type: 'LineString'; coordinates: [number, number][] }

type Line = { lat: readonly number[]; lng: readonly number[] }

/** The places `first` up to and with `last` of a line, in the format asked for. */
export const shapeOf = (line: Line, geometries: Geometries, first = 0, last = line.lat.length - 1): Shape => {
  if (geometries !== 'geojson') return encodeLine(line, geometries === 'polyline' ? 5 : 6, first, last)
  const coordinates: [number, number][] = []
  for (let i = first; i <= last; i++) coordinates.push(locationOf(line.lat[i]!, line.lng[i]!))
  return { type: 'LineString', coordinates }
}
