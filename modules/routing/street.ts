import type { LatLng } from '#core/geo'
import type { Router } from './graph/router.ts'
import { nameOf, refOf } from './osrm/names.ts'

export type NearestStreet = { street: string; distanceMeters: number; location: LatLng }

/** Roads looked at: driveways and paths between a house and its street have no names. */
const ROADS_LOOKED_AT = 24
/** Farther away it is some street, but not the one to tell. */
const STREET_METERS_MAX = 250

/** The nearest street that has a name, or failing that a number. */
export const nearestStreet = (router: Router, place: LatLng): NearestStreet | undefined => {
  for (const { road, lat, lng, distanceMeters } of router.snap(place, ROADS_LOOKED_AT, {
    radiusMeters: STREET_METERS_MAX,
  })) {
    const street = nameOf(router.graph, road) || refOf(router.graph, road)
    if (street) return { street, distanceMeters: Math.round(distanceMeters * 10) / 10, location: { lat, lng } }
  }
  return undefined
}
