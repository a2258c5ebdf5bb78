import { LRUCache } from 'lru-cache'
import { cacheLookUps } from '#core/cache'
import type { LatLng } from '#core/geo'
import type { Profile } from '../graph/road-graph.ts'

/** What was answered over the network, whoever answered it. */

const LEGS_MAX = 50_000
/** About a metre: nobody stands more exactly than that. */
const STEPS_PER_DEGREE = 1e5

/** `distanceMeters` is NaN where only the time was asked for; both are, where everybody asked knows no way. */
export type KnownLeg = { durationSeconds: number; distanceMeters: number }

export type LegCache = ReturnType<typeof legCache>

/** Keeps nothing when `ttlMs` is 0. */
export const legCache = (ttlMs: number, legsMax = LEGS_MAX) => {
  const kept = ttlMs > 0 ? new LRUCache<string, KnownLeg>({ max: legsMax, ttl: ttlMs }) : undefined
  return {
    get: (key: string): KnownLeg | undefined => kept?.get(key),
    set: (key: string, leg: KnownLeg) => {
      const known = kept?.peek(key)
      // What was asked without distances does not take away one that is known.
      if (known && Number.isNaN(leg.distanceMeters) && !Number.isNaN(leg.durationSeconds)) {
        kept!.set(key, { ...leg, distanceMeters: known.distanceMeters })
      } else kept?.set(key, leg)
    },
    count: (hits: number, misses: number) => {
      if (hits > 0) cacheLookUps.inc({ cache: 'legs', outcome: 'local' }, hits)
      if (misses > 0) cacheLookUps.inc({ cache: 'legs', outcome: 'loaded' }, misses)
    },
    get size() {
      return kept?.size ?? 0
    },
  }
}

export const placeKey = ({ lat, lng }: LatLng): string =>
  `${Math.round(lat * STEPS_PER_DEGREE)},${Math.round(lng * STEPS_PER_DEGREE)}`

export const legKey = (profile: Profile, from: string, to: string): string => `${profile} ${from} ${to}`
