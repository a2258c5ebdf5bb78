import { LRUCache } from 'lru-cache'
import { clock } from '#core/clock'
import { config } from '#core/config'
import { Problem } from '#core/problem'

export type RateLimit = { name: string; max: number; windowSeconds: number }
export type RateState = { count: number; resetSeconds: number }

/** Where counts live: in this process for now; a store that replicas share fits the same interface. */
export type RateStore = {
  /** Adds to a key's count within its window and tells the count after. */
  add(key: string, amount: number, windowSeconds: number): Promise<RateState>
  clear(key: string): Promise<void>
}

const KEYS_MAX = 100_000

/** Fixed windows that begin at a key's first use. Bounded: the keys that were not used for longest are forgotten. */
export const memoryRateStore = (): RateStore => {
  const windows = new LRUCache<string, { count: number; endsMs: number }>({ max: KEYS_MAX })
  return {
    add: async (key, amount, windowSeconds) => {
      const nowMs = clock.nowMs()
      let window = windows.get(key)
      if (!window || window.endsMs <= nowMs) {
        window = { count: 0, endsMs: nowMs + windowSeconds * 1000 }
        windows.set(key, window)
      }
      window.count += amount
      return { count: window.count, resetSeconds: Math.ceil((window.endsMs - nowMs) / 1000) }
    },
    clear: async (key) => void windows.delete(key),
  }
}

let store: RateStore = memoryRateStore()

export const setRateStore = (next: RateStore) => {
  store = next
}

/** Counts one use by `who` and refuses with 429 past the limit. Off where config says so, unless `always`. */
export const countUse = async (limit: RateLimit, who: string, { always = false } = {}) => {
  if (!always && !config().RATE_LIMITS) return
  const state = await store.add(keyOf(limit, who), 1, limit.windowSeconds)
  if (state.count > limit.max) throw tooMany(limit, state)
}

/** Refuses when a limit has been reached, without counting: for limits on failures. */
export const assertBelow = async (limit: RateLimit, who: string) => {
  const state = await store.add(keyOf(limit, who), 0, limit.windowSeconds)
  if (state.count >= limit.max) throw tooMany(limit, state)
}

export const clearUses = (limit: RateLimit, who: string) => store.clear(keyOf(limit, who))

const keyOf = ({ name }: RateLimit, who: string) => `${name}:${who}`

const tooMany = (limit: RateLimit, state: RateState) =>
  new Problem(429, 'too-many-requests', `Too many attempts. Try again in ${state.resetSeconds} seconds.`, {
    headers: {
      'retry-after': String(state.resetSeconds),
      'ratelimit-limit': String(limit.max),
      'ratelimit-remaining': '0',
      'ratelimit-reset': String(state.resetSeconds),
    },
  })
