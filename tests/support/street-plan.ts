import type { LatLng } from '#core/geo'
import type { FeatureCollection } from '#demo/network'
import { importRoads, readGeoJson } from '#modules/routing/graph/import/index'
import { type PreparedProfile, prepare } from '#modules/routing/graph/prepare'
import { moved } from './drives'

/** A street by hand: its points in metres north and east of a corner, and its tags. */
export type PlannedStreet = { points: [north: number, east: number][]; tags?: Record<string, string> }

const CORNER: LatLng = { lat: 57.7, lng: 11.97 }

/** Where a point of a plan lies on the Earth; the same point, the same place, so that streets meet there. */
export const at = (north: number, east: number): LatLng => moved(CORNER, north, east)

export const networkOf = (streets: readonly PlannedStreet[]): FeatureCollection => ({
  type: 'FeatureCollection',
  features: streets.map(({ points, tags }, i) => ({
    type: 'Feature',
    id: i + 1,
    properties: { highway: 'residential', name: `Street ${i + 1}`, ...tags },
    geometry: {
      type: 'LineString',
      coordinates: points.map(([north, east]) => {
        const { lat, lng } = at(north, east)
        return [lng, lat]
      }),
    },
  })),
})

export const prepareStreets = (streets: readonly PlannedStreet[]): PreparedProfile =>
  prepare(importRoads(readGeoJson(networkOf(streets)), 'car').graph)
