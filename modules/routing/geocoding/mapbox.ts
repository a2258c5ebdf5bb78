import { z } from 'zod'
import { ask } from '../providers/request.ts'
import { type Geocoder, isOneHouse } from './geocoder.ts'

const Degrees = (max: number) => z.number().min(-max).max(max)
const Found = z.object({
  features: z.array(
    z.object({
      properties: z.object({
        feature_type: z.string(),
        name: z.string().optional(),
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
export const mapboxGeocoding = ({ url, token, countries }: MapboxGeocodingSettings): Geocoder => {
  const get = async (path: string, query: Record<string, string>, signal: AbortSignal) => {
    const all = new URLSearchParams({ ...query, limit: '1', permanent: 'true', access_token: token })
    return ask({
      name: 'mapbox-geocoding',
      url: `${url}/search/geocode/v6/${path}?${all}`,
      signal,
      answer: Found,
    })
  }
  return {
    name: 'mapbox-geocoding',
    search: async (address, signal) => {
      const query = {
        address_line1: address.street,
        place: address.city,
        postcode: address.postalCode,
        ...(countries.length > 0 && { country: countries.join() }),
        types: 'address,street',
        autocomplete: 'false',
      }
      const [best] = (await get('forward', query, signal)).features
      if (!best) return undefined
      const { feature_type: type, coordinates, match_code: match } = best.properties
      if (match?.confidence === 'low' || (isOneHouse(address) && type !== 'address')) return undefined
      return { lat: coordinates.latitude, lng: coordinates.longitude }
    },
    reverse: async ({ lat, lng }, signal) => {
      const query = { longitude: String(lng), latitude: String(lat), types: 'street' }
      const [best] = (await get('reverse', query, signal)).features
      return best?.properties.name
    },
  }
}
