import { LRUCache } from 'lru-cache'
import { counter } from '#core/metrics'
import { RedisAway, type RedisClient, sharedRedis } from '#core/redis'

export type CacheOptions<T, K> = {
  /** Names the keys; a new number when what is kept gets another shape. */
  name: string
  keysMax: number
  /** How long this process keeps a value, and how long the replicas do, if no event comes. */
  ttlMs: number
  sharedTtlMs: number
  load: (key: string) => Promise<T | undefined>
  /** What another process has written as JSON; throws where it is not what we expect. */
  parse: (stored: unknown) => T
  /** What this process keeps of a value. */
  prepare: (value: T) => K
}

export type Cache<K> = {
  get(key: string): Promise<K | undefined>
  /**
   * What is kept of a key is out of date: an event says so, and `seq` is its number; or this process has just changed
   * it and the event is still to come.
   */
  forget(key: string, seq?: number): void
}

type Shared = { seq: number; value: unknown }

const FORGOTTEN_MAX = 10_000
/** Who has just changed a thing sees it so, also while the event is on its way to the others. */
const CHANGED_HERE_MS = 2_000

export const cacheLookUps = counter('cache_lookups_total', 'Values asked of a cache', ['cache', 'outcome'])

/**
 * Values that are read far more often than they change: asked first of this process, then of Redis, then loaded. Who asks
 * while a value is on its way waits for that one.
 *
 * An event makes a value out of date in every replica: each forgets its own and tells Redis the event's number. A value
 * lies there with the number that was known before it was loaded and is good only while no higher one is known, to
 * Redis or to the reader: so what was loaded before a change and stored after it is never taken. Redis away: values are loaded.
 */
export const cache = <T, K>(
  options: CacheOptions<T, K>,
  redis: () => RedisClient | undefined = sharedRedis,
): Cache<K> => {
  const { name, keysMax, ttlMs, load, prepare } = options
  const kept = new LRUCache<string, Promise<K | undefined>>({ max: keysMax, ttl: ttlMs })
  /** The newest events that this process knows of, for as long as Redis may hold something older. */
  const forgotten = new LRUCache<string, number>({ max: FORGOTTEN_MAX, ttl: 2 * options.sharedTtlMs })
  const changedHere = new LRUCache<string, true>({ max: FORGOTTEN_MAX, ttl: CHANGED_HERE_MS })
  const tier = sharedTier(options)

  const read = async (key: string): Promise<T | undefined> => {
    const client = redis()
    if (!client || client.isAway || changedHere.has(key)) {
      cacheLookUps.inc({ cache: name, outcome: 'loaded' })
      return load(key)
    }
    const found = await tier.get(client, key, forgotten.get(key) ?? 0)
    cacheLookUps.inc({ cache: name, outcome: found.value === undefined ? 'loaded' : 'shared' })
    if (found.value !== undefined) return found.value
    const value = await load(key)
    // What may already be out of date is for those who have asked before it was.
    const isCurrent = (forgotten.get(key) ?? 0) <= found.seq && !changedHere.has(key)
    if (value !== undefined && found.isAnswered && isCurrent) void tier.set(client, key, { seq: found.seq, value })
    return value
  }

  return {
    get: (key) => {
      const known = kept.get(key)
      if (known) {
        cacheLookUps.inc({ cache: name, outcome: 'local' })
        return known
      }
      const value = read(key).then((found) => (found === undefined ? undefined : prepare(found)))
      kept.set(key, value)
      value.catch(() => {
        if (kept.peek(key) === value) kept.delete(key)
      })
      return value
    },
    forget: (key, seq) => {
      kept.delete(key)
      if (seq === undefined) {
        changedHere.set(key, true)
        return
      }
      forgotten.set(key, Math.max(seq, forgotten.get(key) ?? 0))
      const client = redis()
      if (client) void tier.forget(client, key, seq)
    },
  }
}

type Found<T> = { value: T | undefined; seq: number; isAnswered: boolean }

/** The values in Redis. Nothing here fails: what Redis does not answer is not there. */
const sharedTier = <T>({
  name,
  sharedTtlMs,
  parse,
}: Pick<CacheOptions<T, unknown>, 'name' | 'sharedTtlMs' | 'parse'>) => {
  const valueKey = (key: string) => `ridendine:cache:${name}:${key}`
  const seqKey = (key: string) => `ridendine:cache:${name}:${key}:seq`
  /** Events that Redis could not be told of. */
  const untold = new Map<string, number>()
  const listening = new WeakSet<RedisClient>()

  const passingBy = async <R>(ask: Promise<R>): Promise<R | undefined> => {
    try {
      return await ask
    } catch (error) {
      if (error instanceof RedisAway) return undefined
      throw error
    }
  }

  const tell = (client: RedisClient, key: string, seq: number) =>
    // A sorted set of one, since that is what can be raised and never lowered in one step.
    client.pipeline((commands) => {
      commands.zadd(seqKey(key), { gt: true }, { score: seq, member: 'seq' })
      commands.pexpire(seqKey(key), 2 * sharedTtlMs)
    })

  const forget = async (client: RedisClient, key: string, seq: number) => {
    if ((await passingBy(tell(client, key, seq))) !== undefined) return
    if (untold.size < FORGOTTEN_MAX) untold.set(key, Math.max(seq, untold.get(key) ?? 0))
    if (listening.has(client)) return
    listening.add(client)
    client.onBack(() => {
      const late = [...untold]
      untold.clear()
      for (const [lateKey, lateSeq] of late) void forget(client, lateKey, lateSeq)
    })
  }

  return {
    get: async (client: RedisClient, key: string, knownSeq: number): Promise<Found<T>> => {
      const answer = await passingBy(
        client.pipeline((commands) => {
          commands.get(valueKey(key))
          commands.zscore(seqKey(key), 'seq')
        }),
      )
      if (!answer) return { value: undefined, seq: 0, isAnswered: false }
      const [text, toldSeq] = answer as [string | null, string | null]
      const seq = Math.max(knownSeq, Number(toldSeq ?? 0))
      return { value: goodValue(text, seq, parse), seq, isAnswered: true }
    },
    set: (client: RedisClient, key: string, stored: Shared) =>
      passingBy(
        client.pipeline((commands) => commands.set(valueKey(key), JSON.stringify(stored), { px: sharedTtlMs })),
      ),
    forget,
  }
}

const goodValue = <T>(text: string | null, seq: number, parse: (stored: unknown) => T): T | undefined => {
  if (text === null) return undefined
  try {
    const stored = JSON.parse(text) as Shared
    return stored.seq >= seq ? parse(stored.value) : undefined
  } catch {
    // Written by another version: as if it were not there.
    return undefined
  }
}
