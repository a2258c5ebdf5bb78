import { type Config, config } from '#core/config'
import type { LatLng } from '#core/geo'
import { routerFor } from '../roads.ts'
import { greatCircleLeg, type Leg } from '../travel.ts'
import { type Chain, createChain } from './chain.ts'
import { googleProvider } from './google.ts'
import { guard } from './guard.ts'
import { legCache } from './leg-cache.ts'
import { embeddedLink, type Link, remoteLink } from './links.ts'
import { mapboxProvider } from './mapbox.ts'
import { osrmProvider } from './osrm.ts'
import type { Provider, ProviderName } from './provider.ts'

/** Never waits and never fails: for estimates over many places at once. */
export const approximateLeg = (from: LatLng, to: LatLng): Leg => greatCircleLeg(from, to, config().TRAVEL_SPEED_MPS)

const chains = new WeakMap<Config, Chain>()

/** The providers as they are configured now. A key that is changed makes new ones, which forget that the old was refused. */
export const travel = (): Chain => {
  const settings = config()
  let chain = chains.get(settings)
  if (!chain) {
    chain = chainOf(settings)
    chains.set(settings, chain)
  }
  return chain
}

const chainOf = (settings: Config): Chain => {
  const cache = legCache(settings.ROUTING_CACHE_SECONDS * 1000)
  const linkOf = (name: ProviderName): Link => {
    if (name === 'embedded') return embeddedLink(routerFor)
    return remoteLink(providerOf(name, settings), guard(name, settings.ROUTING_TIMEOUT_MS), cache)
  }
  return createChain({ links: settings.ROUTING_PROVIDERS.map(linkOf), cache, estimate: approximateLeg })
}

/** What each needs was checked with the configuration. */
const providerOf = (name: Exclude<ProviderName, 'embedded'>, settings: Config): Provider => {
  if (name === 'osrm') return osrmProvider({ url: settings.OSRM_URL!, profiles: settings.OSRM_PROFILES })
  if (name === 'mapbox') {
    const { MAPBOX_URL: url, MAPBOX_ACCESS_TOKEN: token, MAPBOX_TRAFFIC: withTraffic } = settings
    return mapboxProvider({ url, token: token!, withTraffic })
  }
  const { GOOGLE_ROUTES_URL: url, GOOGLE_MAPS_API_KEY: key, GOOGLE_TRAFFIC: withTraffic } = settings
  return googleProvider({ url, key: key!, withTraffic })
}
