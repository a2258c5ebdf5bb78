/**
 * The street network the demo city stands on: Göteborg as OpenStreetMap had it in December 2016, shipped as a test file
 * of the npm package geojson-path-finder (16 MB of GeoJSON).
 *
 * © OpenStreetMap contributors, ODbL.
 */
import { fileURLToPath } from 'node:url'

/** [lng, lat], as GeoJSON has it. */
export type Position = number[]

export type Geometry = { type: 'LineString'; coordinates: Position[] } | { type: 'Polygon'; coordinates: Position[][] }

export type Feature = {
  type: 'Feature'
  id?: string | number
  /** The tags of an OpenStreetMap way: highway, name, oneway, access, ... */
  properties: Record<string, string>
  geometry: Geometry
}

export type FeatureCollection = { type: 'FeatureCollection'; features: Feature[] }

const NETWORK_FILE = 'geojson-path-finder/test/large-network.json'

export const networkPath = (): string => fileURLToPath(import.meta.resolve(NETWORK_FILE))

export const readNetwork = async (): Promise<FeatureCollection> => Bun.file(networkPath()).json()
