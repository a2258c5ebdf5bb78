import { z } from 'zod'
import { ask } from '../providers/request.ts'
import { type Geocoder, isOneHouse } from './geocoder.ts'

const Degrees = (max: number) => z.number().min(-max).max(max)
const Found = z.object({
  features: z.array(
    z.object({
      properties: z.object({
        feature_type: z.string(),
        coordinates: z.object({ latitude: Degrees(90), longitude: Degrees(180) }),
        /** How well it fits what was asked: exact, high, medium or low. */
        match_code: z.object({ confidence: z.string() }).optional(),
      }),
    }),
  ),
})

export type MapboxGeocodingSettings = {
  url: string
  token: string
  countries: readonly string[]
}

/** Mapbox' Geocoding API version 6. What it answers is stored with orders, which takes `permanent`. */
export const mapboxGeocoding = ({ url, token, countries }: MapboxGeocodingSettings): Geocoder => ({
  name: 'mapbox-geocoding',
  search: async (address, signal) => {
    const query = new URLSearchParams({
      address_line1: address.street,
      place: address.city,
      postcode: address.postalCode,
      ...(countries.length > 0 && { country: countries.join() }),
      types: 'address,street',
      autocomplete: 'false',
      limit: '1',
      permanent: 'true',
      access_token: token,
    })
    const { features } = await ask({
      name: 'mapbox-geocoding',
      url: `${url}/search/geocode/v6/forward?${query}`,
      signal,
      answer: Found,
    })
    const [best] = features
    if (!best) return undefined
    const { feature_type: type, coordinates, match_code: match } = best.properties
    if (match?.confidence === 'low' || (isOneHouse(address) && type !== 'address')) return undefined
    return { lat: coordinates.latitude, lng: coordinates.longitude }
  },
})
