import type { Box } from '#core/geo'
import type { City } from './format'
import { type ImportOptions, type ImportReport, importRoads, type OsmData } from './import/index'
import { prepare } from './prepare'
import { DEGREE, PROFILES, type Profile, type RoadGraph } from './road-graph'

/** How far outside of its roads a city answers, in degrees of latitude: as far as a place is snapped (2 km). */
const MARGIN_DEGREES = 0.018

export type BuildOptions = ImportOptions & {
  /** What it is made from, for people. */
  source: string
  profiles?: readonly Profile[]
  /** Called as each profile is imported, and again once it is prepared. */
  onStep?: (profile: Profile, report: ImportReport, isPrepared: boolean) => void
}

/** A city's roads for each profile, ready to be stored and asked. Takes seconds to minutes: not for the main thread. */
export const buildCity = (data: OsmData, { source, profiles = PROFILES, onStep, ...options }: BuildOptions): City => {
  const city: City = { source, bounds: { south: 90, west: 180, north: -90, east: -180 }, profiles: {} }
  for (const profile of profiles) {
    const { graph, report } = importRoads(data, profile, options)
    onStep?.(profile, report, false)
    city.profiles[profile] = prepare(graph)
    city.bounds = widened(city.bounds, graph)
    onStep?.(profile, report, true)
  }
  const { south, west, north, east } = city.bounds
  const lngMargin = MARGIN_DEGREES / Math.cos((Math.max(Math.abs(south), Math.abs(north)) * Math.PI) / 180)
  return {
    ...city,
    bounds: {
      south: south - MARGIN_DEGREES,
      west: west - lngMargin,
      north: north + MARGIN_DEGREES,
      east: east + lngMargin,
    },
  }
}

const widened = (bounds: Box, { points, geometry }: RoadGraph): Box => {
  const box = { ...bounds }
  for (const point of geometry) {
    const [lat, lng] = [points.lat[point]! / DEGREE, points.lng[point]! / DEGREE]
    box.south = Math.min(box.south, lat)
    box.north = Math.max(box.north, lat)
    box.west = Math.min(box.west, lng)
    box.east = Math.max(box.east, lng)
  }
  return box
}
