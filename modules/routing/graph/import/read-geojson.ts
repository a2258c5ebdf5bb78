import { MapFileError } from './file-error'
import { isRoadLike, OsmBuilder, toFixed7 } from './osm-builder'
import type { OsmData } from './osm-data'

type Position = readonly number[]

/** A street network as GeoJSON: ways with their tags as properties, joined where coordinates are equal. */
export type StreetNetwork = {
  type: string
  features: readonly {
    id?: string | number
    properties: Readonly<Record<string, unknown>> | null
    geometry: { type: string; coordinates: unknown } | null
  }[]
}

const ID = /(\d+)$/

/** Lines are ways, rings of polygons closed ways that are areas. Other features are left out. Throws a MapFileError. */
export const readGeoJson = (network: unknown): OsmData => {
  if (!isNetwork(network)) throw new MapFileError('This is not a GeoJSON FeatureCollection.')
  const builder = new OsmBuilder()
  const places = placesByCoordinates()
  for (const { id, properties, geometry } of network.features) {
    const tags = new Map<string, string>()
    for (const [key, value] of Object.entries(properties ?? {})) tags.set(key, String(value))
    if (!isRoadLike(tags)) continue
    if (geometry?.type === 'Polygon') tags.set('area', 'yes')
    const wayId = Number(ID.exec(String(id ?? ''))?.[1] ?? 0)
    for (const line of linesOf(geometry)) builder.addWay(wayId, line.map(places.idOf), tags)
  }
  builder.seal()
  places.each((id, lat, lng) => builder.setNode(builder.find(id), lat, lng))
  return builder.finish(false)
}

const isNetwork = (value: unknown): value is StreetNetwork =>
  typeof value === 'object' && value !== null && 'features' in value && Array.isArray(value.features)

const linesOf = (geometry: StreetNetwork['features'][number]['geometry']): Position[][] => {
  if (geometry?.type === 'LineString') return [geometry.coordinates as Position[]]
  if (geometry?.type === 'Polygon' || geometry?.type === 'MultiLineString') return geometry.coordinates as Position[][]
  return []
}

const placesByCoordinates = () => {
  const byLat = new Map<number, Map<number, number>>()
  let count = 0
  const idOf = (position: Position): number => {
    const lng = toFixed7(position[0]!)
    const lat = toFixed7(position[1]!)
    if (!(Math.abs(lat) <= toFixed7(90) && Math.abs(lng) <= toFixed7(180))) {
      throw new MapFileError('The GeoJSON has a position that is not a pair of degrees.')
    }
    const row = byLat.get(lat) ?? new Map<number, number>()
    const id = row.get(lng) ?? count++
    byLat.set(lat, row)
    row.set(lng, id)
    return id
  }
  const each = (visit: (id: number, lat: number, lng: number) => void) => {
    for (const [lat, row] of byLat) for (const [lng, id] of row) visit(id, lat, lng)
  }
  return { idOf, each }
}
