import type { Config } from '#core/config'
import { sharePositions } from '#core/positions'
import { memoryRateStore, setRateStore } from '#core/rate-limit'
import { connectRedis, setSharedRedis } from '#core/redis'
import { type RedisPositions, redisPositionStore } from '#core/redis-positions'
import { redisRateStore } from '#core/redis-rate-limit'
import { keepZoneAreas } from '#core/zone-areas'

type Settings = Pick<Config, 'UPSTASH_REDIS_REST_URL' | 'UPSTASH_REDIS_REST_TOKEN' | 'REDIS_TIMEOUT_MS'>

/**
 * Puts limits, positions and caches into the Redis of the settings, where there is one; otherwise they stay in this
 * process. The database must be open. Redis may be away: all goes on without it. Returns how to stop.
 */
export const shareStores = async (settings: Settings): Promise<() => Promise<void>> => {
  const { UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token } = settings
  if (!url || !token) return async () => {}
  const zones = await keepZoneAreas()
  const redis = connectRedis({ url, token, timeoutMs: settings.REDIS_TIMEOUT_MS })
  await redis.ping()
  setSharedRedis(redis)
  setRateStore(redisRateStore(redis))
  let store: RedisPositions | undefined
  sharePositions((local) => {
    store = redisPositionStore(redis, local, zones)
    return store
  })
  await store!.start()
  return async () => {
    await store!.stop()
    sharePositions()
    setRateStore(memoryRateStore())
    setSharedRedis(undefined)
    redis.close()
    zones.stop()
  }
}
