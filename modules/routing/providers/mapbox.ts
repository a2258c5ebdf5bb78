import type { Profile } from '../graph/road-graph.ts'
import { cellsOf, indexesOf, meaningOf, pathOf, RouteAnswer, TableAnswer, wayOf } from './osrm-answers.ts'
import type { Provider } from './provider.ts'
import { ask } from './request.ts'

/** Coordinates of one request to the Matrix API, by its documentation. */
const MATRIX_PLACES_MAX = 25
const MATRIX_PLACES_MAX_IN_TRAFFIC = 10

/** It has no mopeds: they go as cars do. */
const PROFILES: Record<Profile, string> = { car: 'driving', scooter: 'driving', bike: 'cycling', foot: 'walking' }

export type MapboxSettings = {
  url: string
  token: string
  /** Cars by the traffic of the moment, in smaller tables. */
  withTraffic: boolean
}

/** Mapbox' Directions API version 5 and Matrix API version 1. The token stands in the address. */
export const mapboxProvider = ({ url, token, withTraffic }: MapboxSettings): Provider => {
  const isInTraffic = (profile: Profile) => withTraffic && PROFILES[profile] === 'driving'
  const nameOf = (profile: Profile) => `mapbox/${PROFILES[profile]}${isInTraffic(profile) ? '-traffic' : ''}`
  return {
    name: 'mapbox',
    serves: () => true,
    limits: (profile) => ({
      placesMax: isInTraffic(profile) ? MATRIX_PLACES_MAX_IN_TRAFFIC : MATRIX_PLACES_MAX,
      cellsMax: Number.POSITIVE_INFINITY,
    }),
    mayKeep: true,
    table: async (question, signal) => {
      const { origins, destinations, profile, withDistances } = question
      const query = new URLSearchParams({
        ...indexesOf(question),
        annotations: withDistances ? 'duration,distance' : 'duration',
        access_token: token,
      })
      const answer = await ask({
        name: 'mapbox',
        url: `${url}/directions-matrix/v1/${nameOf(profile)}/${pathOf([...origins, ...destinations])}?${query}`,
        signal,
        answer: TableAnswer,
        meaning: meaningOf('mapbox'),
      })
      return cellsOf('mapbox', question, answer)
    },
    route: async ({ from, to, profile, withGeometry }, signal) => {
      const query = new URLSearchParams({
        ...(withGeometry ? { overview: 'full', geometries: 'polyline6' } : { overview: 'false' }),
        access_token: token,
      })
      const answer = await ask({
        name: 'mapbox',
        url: `${url}/directions/v5/${nameOf(profile)}/${pathOf([from, to])}?${query}`,
        signal,
        answer: RouteAnswer,
        meaning: meaningOf('mapbox'),
      })
      return wayOf('mapbox', answer, withGeometry)
    },
  }
}
