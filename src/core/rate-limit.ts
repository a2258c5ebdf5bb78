import { LRUCache } from 'lru-cache'
import { clock } from '#core/clock'
import { config } from '#core/config'
import { Problem } from '#core/problem'
import { roomInMs, type WindowCounts, windowAt } from '#core/sliding-window'

export type RateLimit = { name: string; max: number; windowSeconds: number }
export type RateState = { isOver: boolean; resetSeconds: number }

/** Where uses are counted: in this process, or in a store that replicas share. Windows slide (see core/sliding-window). */
export type RateStore = {
  /** Counts a use if there is room for it, in one step; tells whether there was not, and when there will be. */
  take(key: string, limit: RateLimit): Promise<RateState>
  /** Tells the same without counting. */
  look(key: string, limit: RateLimit): Promise<RateState>
  clear(key: string, limit: RateLimit): Promise<void>
}

const KEYS_MAX = 100_000

type Kept = WindowCounts & { window: number }

/** Bounded: the keys that were not used for longest are forgotten. */
export const memoryRateStore = (): RateStore => {
  const counts = new LRUCache<string, Kept>({ max: KEYS_MAX })
  const countsOf = (key: string, window: number): Kept => {
    const kept = counts.get(key)
    if (kept?.window === window) return kept
    return { window, previous: kept?.window === window - 1 ? kept.current : 0, current: 0 }
  }
  const look = (key: string, limit: RateLimit) => {
    const nowMs = clock.nowMs()
    const found = countsOf(key, windowAt(nowMs, limit.windowSeconds * 1000))
    return { found, state: stateOf(found, limit, nowMs) }
  }
  return {
    take: async (key, limit) => {
      const { found, state } = look(key, limit)
      if (!state.isOver) counts.set(key, { ...found, current: found.current + 1 })
      return state
    },
    look: async (key, limit) => look(key, limit).state,
    clear: async (key) => void counts.delete(key),
  }
}

/** Whether there is room for one more use beside those counted, and if not, when. */
export const stateOf = (counts: WindowCounts, { max, windowSeconds }: RateLimit, nowMs: number): RateState => {
  const waitMs = roomInMs(counts, max, nowMs, windowSeconds * 1000)
  return { isOver: waitMs > 0, resetSeconds: Math.ceil(waitMs / 1000) }
}

let store: RateStore = memoryRateStore()

export const setRateStore = (next: RateStore) => {
  store = next
}

/** Counts one use by `who`, or refuses with 429; a refused one does not count. Off where config says so, unless `always`. */
export const countUse = async (limit: RateLimit, who: string, { always = false } = {}) => {
  if (!always && !config().RATE_LIMITS) return
  const state = await store.take(keyOf(limit, who), limit)
  if (state.isOver) throw tooMany(limit, state)
}

/** Refuses when a limit has been reached, without counting: for limits on failures. */
export const assertBelow = async (limit: RateLimit, who: string) => {
  const state = await store.look(keyOf(limit, who), limit)
  if (state.isOver) throw tooMany(limit, state)
}

export const clearUses = (limit: RateLimit, who: string) => store.clear(keyOf(limit, who), limit)

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
