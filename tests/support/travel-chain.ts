import { afterEach, beforeEach, expect } from 'bun:test'
import type { LatLng } from '#core/geo'
import { registry } from '#core/metrics'
import { createChain } from '#modules/routing/providers/chain'
import { googleProvider } from '#modules/routing/providers/google'
import { guard } from '#modules/routing/providers/guard'
import { type LegCache, legCache } from '#modules/routing/providers/leg-cache'
import { type Link, remoteLink } from '#modules/routing/providers/links'
import { mapboxProvider } from '#modules/routing/providers/mapbox'
import { osrmProvider } from '#modules/routing/providers/osrm'
import type { Provider } from '#modules/routing/providers/provider'
import { greatCircleLeg } from '#modules/routing/travel'
import { GOOGLE_KEY, MAPBOX_TOKEN, startGoogle, startMapbox, startOsrm } from './travel-servers'
import { metersBetween, secondsBetween, type TravelServer } from './travel-world'

/** Providers in a chain as the process has them, asking local servers. */

export const HOME = { lat: 57.7, lng: 11.97 }
export const DOOR = { lat: 57.71, lng: 12 }
export const AT_SEA = { lat: 57.7, lng: 10.5 }
export const ISLAND = { lat: 57.7, lng: 13.5 }

export const TIMEOUT_MS = 500
export const DEADLINE_MS = 2_000

export const servers: Record<'osrm' | 'mapbox' | 'google', TravelServer> = {} as never

/** New servers for each test. None of them may have been asked for what its protocol does not have. */
export const useTravelServers = () => {
  beforeEach(() => {
    Object.assign(servers, { osrm: startOsrm(), mapbox: startMapbox(), google: startGoogle() })
  })
  afterEach(async () => {
    const faults = Object.values(servers).flatMap((server) => server.faults)
    await Promise.all(Object.values(servers).map((server) => server.stop()))
    expect(faults).toEqual([])
  })
}

type Name = keyof typeof servers

export const make: Record<Name, (withTraffic?: boolean) => Provider> = {
  osrm: () => osrmProvider({ url: servers.osrm.url, profiles: { car: 'driving' } }),
  mapbox: (withTraffic = false) => mapboxProvider({ url: servers.mapbox.url, token: MAPBOX_TOKEN, withTraffic }),
  google: (withTraffic = false) => googleProvider({ url: servers.google.url, key: GOOGLE_KEY, withTraffic }),
}

export const linked = (provider: Provider, cache: LegCache): Link =>
  remoteLink(provider, guard(provider.name, TIMEOUT_MS), cache)

export const estimate = (from: LatLng, to: LatLng) => greatCircleLeg(from, to, 7)

export const chainOf = (names: Name[], { cacheMs = 60_000, withTraffic = false } = {}) => {
  const cache = legCache(cacheMs)
  return createChain({ links: names.map((name) => linked(make[name](withTraffic), cache)), cache, estimate })
}

export const roadLeg = (from: LatLng, to: LatLng) => ({
  distanceMeters: metersBetween(from, to),
  durationSeconds: secondsBetween(from, to),
  approximate: false,
})

/** Places in rows, some tens of metres apart. */
export const places = (count: number, lat = 57.6): LatLng[] =>
  Array.from({ length: count }, (_, index) => ({ lat: lat + (index % 10) / 1000, lng: 11.9 + index / 1000 }))

export const expected = (origins: LatLng[], destinations: LatLng[]) =>
  origins.map((from) => destinations.map((to) => secondsBetween(from, to)))

export const counted = async (name: string, labels: Record<string, string>): Promise<number> => {
  const values = (await registry.getSingleMetric(`ridendine_${name}`)!.get()).values
  const isIt = (one: { labels: object }) =>
    Object.entries(labels).every(([label, value]) => (one.labels as Record<string, unknown>)[label] === value)
  return values.filter(isIt).reduce((sum, { value }) => sum + value, 0)
}
