import { isInsideBox, type LatLng } from '#core/geo'
import { createRouter } from './graph/create-router'
import type { City } from './graph/format'
import type { PreparedProfile } from './graph/prepare'
import { PROFILES, type Profile } from './graph/road-graph'
import type { Router } from './graph/router'
import { mapRoads } from './roads-file'

/** The cities whose roads this process has, with what answers for each profile. */
export type OpenCity = City & { path: string; routers: Partial<Record<Profile, Router>> }

let cities: OpenCity[] = []

/** Opens the road files of `ROADS`; all of them, or throws RoadsFileError and keeps what was open. */
export const openRoads = (paths: readonly string[]): readonly OpenCity[] => {
  cities = paths.map((path) => {
    const city = mapRoads(path)
    return { ...city, path, routers: routersOf(city) }
  })
  return cities
}

const routersOf = ({ profiles }: City): OpenCity['routers'] => {
  const routers: OpenCity['routers'] = {}
  for (const profile of PROFILES) {
    const prepared = profiles[profile]
    if (prepared) routers[profile] = createRouter(prepared)
  }
  return routers
}

export const openCities = (): readonly OpenCity[] => cities

/** Other speeds on the roads of a city that is open: questions asked from now on are answered by them. */
export const replaceProfile = (city: OpenCity, profile: Profile, prepared: PreparedProfile) => {
  city.profiles[profile] = prepared
  city.routers[profile] = createRouter(prepared)
}

/** What answers for a profile between places: that of the first city whose bounds hold them all, if there is one. */
export const routerFor = (profile: Profile, places: readonly LatLng[]): Router | undefined =>
  cities.find(({ bounds, routers }) => routers[profile] && places.every((place) => isInsideBox(place, bounds)))
    ?.routers[profile]
