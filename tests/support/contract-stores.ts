/** Limits, positions and caches of their own, in memory and on a real Redis, for the tests of what they promise. */
import { afterAll, afterEach, beforeAll } from 'bun:test'
import { type Cache, type CacheOptions, cache } from '#core/cache'
import { clock, resetClock } from '#core/clock'
import { newId } from '#core/ids'
import { type Fix, memoryPositionStore, type PositionStore } from '#core/positions'
import { memoryRateStore, type RateLimit, type RateStore } from '#core/rate-limit'
import { connectRedis, type RedisClient, type RedisOptions } from '#core/redis'
import { redisPositionStore } from '#core/redis-positions'
import { redisRateStore } from '#core/redis-rate-limit'
import { startTestRedis, type TestRedis } from './redis-server'

export type Stores = {
  rates: () => RateStore
  positions: () => Promise<PositionStore>
  cache: <T>(options: CacheOptions<T, T>) => Cache<T>
}

export const inMemory: Stores = {
  rates: memoryRateStore,
  positions: async () => memoryPositionStore(),
  cache: (options) => cache(options, () => undefined),
}

/** One zone for each degree of longitude; none east of 13. */
const zones = { zoneOf: ({ lng }: { lng: number }) => (lng < 13 ? `zone-${Math.floor(lng)}` : undefined) }

/** A Redis for this test file. Each store that is asked of it is as one in another process: with a client of its own. */
export const useRedis = () => {
  let redis: TestRedis
  const clients: RedisClient[] = []
  const stops: (() => Promise<void>)[] = []

  beforeAll(async () => {
    redis = await startTestRedis()
  })
  afterEach(resetClock)
  afterAll(async () => {
    await Promise.all(stops.map((stop) => stop()))
    for (const one of clients) one.close()
    await redis?.stop()
  })

  // Patient, so that a machine that is busy with other things is not taken for a Redis that is away.
  const client = (own: Partial<RedisOptions> = {}) => {
    const made = connectRedis({ url: redis.gateway.url, token: redis.gateway.token, timeoutMs: 2_000, ...own })
    clients.push(made)
    return made
  }
  const stores: Stores = {
    rates: () => redisRateStore(client()),
    positions: async () => {
      const store = redisPositionStore(client(), memoryPositionStore(), zones)
      await store.start()
      stops.push(store.stop)
      return store
    },
    cache: (options) => {
      const own = client()
      return cache(options, () => own)
    },
  }
  return { stores, client, redis: () => redis }
}

export const limit: RateLimit = { name: 'contract', max: 5, windowSeconds: 60 }

/** So many uses at once; tells how many were let through. */
export const takes = async (store: RateStore, key: string, count: number) => {
  const states = await Promise.all(Array.from({ length: count }, () => store.take(key, limit)))
  return states.filter(({ isOver }) => !isOver).length
}

const startMs = clock.nowMs()

export const fix = (second: number, place: Partial<Fix> = {}): Fix => ({
  lat: 57.7,
  lng: 11.97,
  speedMps: 4.5,
  recordedAt: new Date(startMs + second * 1000).toISOString(),
  ...place,
})

/** A cache of its own name, of values that are kept as they are. */
export const cacheOf = <T>(load: CacheOptions<T, T>['load']): CacheOptions<T, T> => ({
  name: `contract-${newId()}`,
  keysMax: 100,
  ttlMs: 10_000,
  sharedTtlMs: 30_000,
  load,
  parse: (stored) => stored as T,
  prepare: (value) => value,
})
