import type { LatLng } from '#core/geo'
import { MAPBOX_TOKEN } from './travel-servers'
import { Refusal, type Seen, startTravelServer } from './travel-world'

/** Local geocoders that speak the documented protocols and know one street with its houses 1 to 20, all in one post code. */

export const STREET = 'Testgatan'
export const houseAt = (number: number): LatLng => ({ lat: (57_700 + number) / 1_000, lng: 11.97 })
const CITY = 'Göteborg'
const POSTAL_CODE = '411 01'

const only = ({ search }: Seen, needed: string[], optional: string[], bad: (why: string) => Refusal) => {
  for (const name of needed) if (!search.has(name)) throw bad(`${name} is missing`)
  for (const name of search.keys()) if (![...needed, ...optional].includes(name)) throw bad(`${name} is unknown`)
}

/** What is known of an address: a house, the street, or the town alone. */
const find = (street: string | null, city: string | null, postalCode: string | null) => {
  if (city?.toLowerCase() !== CITY.toLowerCase() || postalCode !== POSTAL_CODE) return undefined
  const [, name, number] = /^(.*?)(?: (\d+))?$/.exec(street ?? '') ?? []
  if (name !== STREET) return { kind: 'town', place: houseAt(0) } as const
  const house = number === undefined ? 0 : Number(number)
  return house >= 1 && house <= 20
    ? ({ kind: 'house', place: houseAt(house) } as const)
    : ({ kind: 'street', place: houseAt(10) } as const)
}

/** Degrees are texts there. Who does not say who he is gets nothing. */
export const startNominatim = () =>
  startTravelServer((seen) => {
    const bad = (why: string) => new Refusal(400, { error: { code: 400, message: why } })
    if (!/^RideNDine\/\d+\.\d+\.\d+ \(http.+\)$/.test(seen.headers.get('user-agent') ?? '')) {
      throw new Refusal(403, 'Access blocked: see the usage policy')
    }
    if (seen.search.get('format') !== 'jsonv2') throw bad('format')
    if (seen.path !== '/search') throw new Refusal(404, {})
    only(seen, ['format', 'street', 'city', 'postalcode', 'limit'], ['countrycodes'], bad)
    if (!/^[a-z]{2}(,[a-z]{2})*$/.test(seen.search.get('countrycodes') ?? 'se')) throw bad('countrycodes')
    const found = find(seen.search.get('street'), seen.search.get('city'), seen.search.get('postalcode'))
    if (!found) return []
    const rank = { house: 30, street: 26, town: 16 }[found.kind]
    const { lat, lng } = found.place
    return [{ place_id: 1, lat: lat.toFixed(7), lon: lng.toFixed(7), place_rank: rank, addresstype: found.kind }]
  })

const feature = (type: string, name: string, { lat, lng }: LatLng, confidence?: string) => ({
  type: 'Feature',
  geometry: { type: 'Point', coordinates: [lng, lat] },
  properties: {
    mapbox_id: 'dXJuOm1ieGFkcjo',
    feature_type: type,
    name,
    coordinates: { longitude: lng, latitude: lat },
    ...(confidence && { match_code: { confidence, street: 'matched' } }),
  },
})

export const startMapboxGeocoding = () =>
  startTravelServer((seen) => {
    const bad = (why: string) => new Refusal(422, { message: why })
    if (seen.search.get('access_token') !== MAPBOX_TOKEN) throw new Refusal(401, { message: 'Not Authorized' })
    if (seen.search.get('permanent') !== 'true') throw bad('what is stored must be asked for as permanent')
    const collection = (features: unknown[]) => ({ type: 'FeatureCollection', features, attribution: 'NOTICE' })
    const shared = ['access_token', 'permanent', 'limit', 'types']
    if (seen.path !== '/search/geocode/v6/forward') throw new Refusal(404, { message: 'Not Found' })
    only(seen, [...shared, 'address_line1', 'place', 'postcode', 'autocomplete'], ['country'], bad)
    const { search } = seen
    const found = find(search.get('address_line1'), search.get('place'), search.get('postcode'))
    if (!found) return collection([])
    if (found.kind === 'house') return collection([feature('address', `${STREET} 1`, found.place, 'exact')])
    if (found.kind === 'street') return collection([feature('street', STREET, found.place)])
    return collection([feature('address', 'Annan gata 1', found.place, 'low')])
  })
