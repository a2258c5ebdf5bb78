import type { LatLng } from '#core/geo'
import type { Profile } from './graph/road-graph.ts'
import type { Router } from './graph/router.ts'

/** The router of the city that these places are in; undefined where there are no roads of it here. */
export const routerFor = (_profile: Profile, _places: readonly LatLng[]): Router | undefined => undefined
