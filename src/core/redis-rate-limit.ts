import { clock } from '#core/clock'
import { hashToken } from '#core/ids'
import { memoryRateStore, type RateLimit, type RateStore, stateOf } from '#core/rate-limit'
import { RedisAway, type RedisClient } from '#core/redis'
import { windowAt } from '#core/sliding-window'

/**
 * Counts that replicas share: one number for each key and window. A use is counted first and looked at in the same
 * transaction, so of many at once no more than there is room for are let through; one that was too many is taken back.
 * This process counts along by itself, and goes on from there while Redis is away.
 */
export const redisRateStore = (redis: RedisClient): RateStore => {
  const local = memoryRateStore()

  const take: RateStore['take'] = async (key, limit) => {
    const { nowMs, windowMs, current, previous } = keysOf(key, limit)
    const [countAfter, , countBefore] = await redis.transaction((commands) => {
      commands.incr(current)
      commands.pexpire(current, 2 * windowMs)
      commands.get(previous)
    })
    const counts = { current: Number(countAfter) - 1, previous: Number(countBefore ?? 0) }
    const state = stateOf(counts, limit, nowMs)
    if (state.isOver) {
      await redis.transaction((commands) => {
        commands.decr(current)
        commands.pexpire(current, 2 * windowMs)
      })
    }
    return state
  }

  const look: RateStore['look'] = async (key, limit) => {
    const { nowMs, current, previous } = keysOf(key, limit)
    const [[count, countBefore]] = (await redis.pipeline((commands) => commands.mget(current, previous))) as [
      (string | null)[],
    ]
    return stateOf({ current: Number(count ?? 0), previous: Number(countBefore ?? 0) }, limit, nowMs)
  }

  return {
    take: async (key, limit) => {
      const alone = local.take(key, limit)
      return orAlone(take(key, limit), alone)
    },
    look: (key, limit) => orAlone(look(key, limit), local.look(key, limit)),
    clear: async (key, limit) => {
      await local.clear(key, limit)
      const { current, previous } = keysOf(key, limit)
      await orAlone(
        redis.pipeline((commands) => commands.del(current, previous)),
        undefined,
      )
    },
  }
}

const orAlone = async <T>(shared: Promise<T>, alone: T | Promise<T>): Promise<T> => {
  try {
    return await shared
  } catch (error) {
    if (error instanceof RedisAway) return alone
    throw error
  }
}

const KEY_BYTES = 16

/** Who is counted may be an email address: Redis is told only its hash. */
const keysOf = (key: string, { windowSeconds }: RateLimit) => {
  const nowMs = clock.nowMs()
  const windowMs = windowSeconds * 1000
  const window = windowAt(nowMs, windowMs)
  const base = `ridendine:uses:${hashToken(key).toString('base64url', 0, KEY_BYTES)}`
  return { nowMs, windowMs, current: `${base}:${window}`, previous: `${base}:${window - 1}` }
}
