import { clock } from '#core/clock'
import { hashToken, newId } from '#core/ids'
import { memoryRateStore, type RateLimit, type RateStore, stateOf, USES_KEPT_MAX } from '#core/rate-limit'
import { RedisAway, type RedisClient } from '#core/redis'

/**
 * Uses that replicas count together: one sorted set a key, by instant. A use is noted first and looked at in the same
 * transaction, so of many at once no more than there is room for are let through; one that was too many is taken back.
 * This process counts along by itself, and goes on from there while Redis is away.
 */
export const redisRateStore = (redis: RedisClient): RateStore => {
  const local = memoryRateStore()

  const take: RateStore['take'] = async (key, limit) => {
    const { usesKey, nowMs, windowMs } = keyOf(key, limit)
    const use = newId()
    const [, , before] = (await redis.transaction((commands) => {
      commands.zremrangebyscore(usesKey, '-inf', nowMs - windowMs)
      commands.zadd(usesKey, { score: nowMs, member: use })
      // There is one only if with this use there are more than the limit.
      commands.zrange(usesKey, -limit.max - 1, -limit.max - 1, { withScores: true })
      commands.zremrangebyrank(usesKey, 0, -USES_KEPT_MAX - 1)
      commands.pexpire(usesKey, windowMs)
    })) as [unknown, unknown, string[]]
    const state = stateOf(scoreOf(before), limit, nowMs)
    if (state.isOver) await redis.pipeline((commands) => commands.zrem(usesKey, use))
    return state
  }

  const look: RateStore['look'] = async (key, limit) => {
    const { usesKey, nowMs } = keyOf(key, limit)
    const [found] = (await redis.pipeline((commands) =>
      commands.zrange(usesKey, -limit.max, -limit.max, { withScores: true }),
    )) as [string[]]
    return stateOf(scoreOf(found), limit, nowMs)
  }

  return {
    take: async (key, limit) => {
      const alone = local.take(key, limit)
      return orAlone(take(key, limit), alone)
    },
    look: (key, limit) => orAlone(look(key, limit), local.look(key, limit)),
    clear: async (key, limit) => {
      await local.clear(key, limit)
      await orAlone(
        redis.pipeline((commands) => commands.del(keyOf(key, limit).usesKey)),
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

/** Of a member and its score, the score. */
const scoreOf = ([, score]: string[]) => (score === undefined ? undefined : Number(score))

const KEY_BYTES = 16

/** Who is counted may be an email address: Redis is told only its hash. */
const keyOf = (key: string, { windowSeconds }: RateLimit) => ({
  usesKey: `ridendine:uses:${hashToken(key).toString('base64url', 0, KEY_BYTES)}`,
  nowMs: clock.nowMs(),
  windowMs: windowSeconds * 1000,
})
