import { LRUCache } from 'lru-cache'
import { cacheLookUps } from '#core/cache'
import type { LatLng } from '#core/geo'
import { Problem } from '#core/problem'
import type { Guard } from '../providers/guard.ts'
import { DeclinedError } from '../providers/provider.ts'
import type { Address, Geocoder } from './geocoder.ts'

const ADDRESSES_MAX = 10_000
/** Houses stay where they are; one that is not known may be by and by. */
const FOUND_MS = 24 * 60 * 60_000
const UNKNOWN_MS = 10 * 60_000

const RETRY_AFTER_SECONDS = 5

export type Lookup = {
  /** Where an address is; undefined when nobody knows. Throws the problem 503 `geocoder-unavailable`. */
  find: (address: Address) => Promise<LatLng | undefined>
}

/**
 * A geocoder with what it has answered. Who asks while an answer is on its way waits for that one; every request, also one
 * that is repeated, waits for its turn.
 */
export const createLookup = (geocoder: Geocoder, { run }: Guard, turn: () => Promise<void>): Lookup => {
  const known = new LRUCache<string, Promise<LatLng | undefined>>({ max: ADDRESSES_MAX, ttl: FOUND_MS })

  const search = async (address: Address): Promise<LatLng | undefined> => {
    try {
      // The first turn is waited for outside: the guard lets few in at once, and times them.
      await turn()
      let isRepeat = false
      return await run('search', async (signal) => {
        if (isRepeat) await turn()
        isRepeat = true
        return geocoder.search(address, signal)
      })
    } catch (error) {
      if (error instanceof DeclinedError) return undefined
      throw geocoderAway()
    }
  }

  return {
    find: (address) => {
      const key = keyOf(address)
      const before = known.get(key)
      cacheLookUps.inc({ cache: 'addresses', outcome: before ? 'local' : 'loaded' })
      if (before) return before
      const place = search(address)
      known.set(key, place)
      const isStill = () => known.peek(key) === place
      place.then(
        (found) => void (!found && isStill() && known.set(key, place, { ttl: UNKNOWN_MS })),
        () => void (isStill() && known.delete(key)),
      )
      return place
    },
  }
}

const keyOf = ({ street, city, postalCode }: Address): string =>
  JSON.stringify(
    [street, city, postalCode].map((text) => text.normalize('NFC').toLowerCase().replace(/\s+/g, ' ').trim()),
  )

const geocoderAway = () =>
  new Problem(
    503,
    'geocoder-unavailable',
    'Addresses cannot be looked up at the moment. Send the coordinates, or try again.',
    { headers: { 'retry-after': String(RETRY_AFTER_SECONDS) } },
  )
