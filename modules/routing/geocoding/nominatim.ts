import { z } from 'zod'
import { ask } from '../providers/request.ts'
import { type Address, type Geocoder, isOneHouse } from './geocoder.ts'

/** Ranks of what was found, by Nominatim's documentation: a house, and a street or what is named like one. */
const RANK_HOUSE = 30
const RANK_STREET = 26

const Degrees = (max: number) => z.coerce.number().min(-max).max(max)
const Found = z.array(z.object({ lat: Degrees(90), lon: Degrees(180), place_rank: z.int() }))

export type NominatimSettings = {
  url: string
  /** Two-letter codes of those where addresses are looked for. */
  countries: readonly string[]
  /** Who asks: the public server serves nobody who does not say. */
  userAgent: string
}

/** A Nominatim server, or one that speaks its protocol. */
export const nominatim = ({ url, countries, userAgent }: NominatimSettings): Geocoder => ({
  name: 'nominatim',
  search: async (address, signal) => {
    const query = new URLSearchParams({
      format: 'jsonv2',
      street: address.street,
      city: address.city,
      postalcode: address.postalCode,
      ...(countries.length > 0 && { countrycodes: countries.join() }),
      limit: '1',
    })
    const [best] = await ask({
      name: 'nominatim',
      url: `${url}/search?${query}`,
      init: { headers: { 'user-agent': userAgent } },
      signal,
      answer: Found,
    })
    return best && best.place_rank >= rankNeeded(address) ? { lat: best.lat, lng: best.lon } : undefined
  },
})

const rankNeeded = (address: Address) => (isOneHouse(address) ? RANK_HOUSE : RANK_STREET)
