import { LRUCache } from 'lru-cache'
import { clock } from '#core/clock'
import { config } from '#core/config'
import { Problem } from '#core/problem'

export type RateLimit = { name: string; max: number; windowSeconds: number }
export type RateState = { isOver: boolean; resetSeconds: number }

/**
 * Where uses are counted: in this process, or in a store that replicas share. The window slides: the instant of each
 * use that was let through is kept until it is a window old (a sliding window log; with Redis' sorted sets after P. Hayes, "Better
 * rate limiting with Redis sorted sets", ClassDojo engineering blog, 2015). Exact, and small: limits are tens of uses.
 */
export type RateStore = {
  /** Counts a use if there is room for it, in one step; tells whether there was not, and when there will be. */
  take(key: string, limit: RateLimit): Promise<RateState>
  /** Tells the same without counting. */
  look(key: string, limit: RateLimit): Promise<RateState>
  clear(key: string, limit: RateLimit): Promise<void>
}

const KEYS_MAX = 100_000
/** Failures count beyond their limit; this many of the newest say as much as all of them. */
export const USES_KEPT_MAX = 1_000

/** Bounded: the keys that were not used for longest are forgotten. */
export const memoryRateStore = (): RateStore => {
  const uses = new LRUCache<string, number[]>({ max: KEYS_MAX })
  const look = (key: string, limit: RateLimit) => {
    const nowMs = clock.nowMs()
    const times = (uses.get(key) ?? []).filter((atMs) => atMs > nowMs - limit.windowSeconds * 1000)
    return { times, nowMs, state: stateOf(times.at(-limit.max), limit, nowMs) }
  }
  return {
    take: async (key, limit) => {
      const { times, nowMs, state } = look(key, limit)
      if (!state.isOver) uses.set(key, [...times, nowMs].slice(-USES_KEPT_MAX))
      return state
    },
    look: async (key, limit) => look(key, limit).state,
    clear: async (key) => void uses.delete(key),
  }
}

/** `fullSinceMs` is the use that was the limit's last one, counted back from the newest: room comes when it is a window old. */
export const stateOf = (fullSinceMs: number | undefined, { windowSeconds }: RateLimit, nowMs: number): RateState => {
  const waitMs = fullSinceMs === undefined ? 0 : fullSinceMs + windowSeconds * 1000 - nowMs
  return { isOver: waitMs > 0, resetSeconds: Math.ceil(Math.max(waitMs, 0) / 1000) }
}

let store: RateStore = memoryRateStore()

export const setRateStore = (next: RateStore) => {
  store = next
}

type CountOptions = {
  /** Also where the configuration turns limits off. */
  always?: boolean
  /** Another place to count than the common one. */
  within?: RateStore
}

/** Counts one use by `who`, or refuses with 429; a refused one does not count. */
export const countUse = async (
  limit: RateLimit,
  who: string,
  { always = false, within = store }: CountOptions = {},
) => {
  if (!always && !config().RATE_LIMITS) return
  const state = await within.take(keyOf(limit, who), limit)
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
