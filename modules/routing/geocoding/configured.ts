import { type Config, config } from '#core/config'
import { VERSION } from '#core/version'
import { guard } from '../providers/guard.ts'
import { createLookup, type Lookup } from './lookup.ts'
import { mapboxGeocoding } from './mapbox.ts'
import { nominatim } from './nominatim.ts'
import { pace } from './pace.ts'

const NOMINATIM_PUBLIC = 'https://nominatim.openstreetmap.org'
/** What its usage policy allows, of all processes of ours together. */
const NOMINATIM_PUBLIC_PER_SECOND = 1
/** Of a server of one's own, and of Mapbox, which allows 1,000 a minute. */
const PER_SECOND_DEFAULT = 10

const lookups = new WeakMap<Config, Lookup>()

/** The geocoder as it is configured now; undefined without one. */
export const geocoding = (): Lookup | undefined => {
  const settings = config()
  if (settings.GEOCODER === undefined) return undefined
  let lookup = lookups.get(settings)
  if (!lookup) {
    lookup = lookupOf(settings)
    lookups.set(settings, lookup)
  }
  return lookup
}

const urlOf = ({ GEOCODER, GEOCODER_URL, MAPBOX_URL }: Config): string =>
  GEOCODER_URL ?? (GEOCODER === 'mapbox' ? MAPBOX_URL : NOMINATIM_PUBLIC)

/** Requests that this process may make a second. */
export const perSecondOf = (settings: Config): number => {
  const allowed = urlOf(settings) === NOMINATIM_PUBLIC ? NOMINATIM_PUBLIC_PER_SECOND : PER_SECOND_DEFAULT
  return (settings.GEOCODER_PER_SECOND ?? allowed) / settings.REPLICAS
}

const lookupOf = (settings: Config): Lookup => {
  const { GEOCODER, GEOCODER_COUNTRIES: countries, MAPBOX_ACCESS_TOKEN } = settings
  const [url, turn] = [urlOf(settings), pace(perSecondOf(settings))]
  const userAgent = `RideNDine/${VERSION} (${settings.PUBLIC_URL})`
  const geocoder =
    GEOCODER === 'mapbox'
      ? mapboxGeocoding({ url, token: MAPBOX_ACCESS_TOKEN!, countries })
      : nominatim({ url, countries, userAgent })
  return createLookup(geocoder, guard(geocoder.name, settings.GEOCODER_TIMEOUT_MS), turn)
}
