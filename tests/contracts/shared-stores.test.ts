/** What limits, positions and caches promise, held by the implementation in memory and by the one on a real Redis. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import { type Cache, type CacheOptions, cache } from '#core/cache'
import { clock, resetClock, turnClock } from '#core/clock'
import { newId } from '#core/ids'
import { type DriverFix, type Fix, memoryPositionStore, type PositionStore } from '#core/positions'
import { memoryRateStore, type RateLimit, type RateStore } from '#core/rate-limit'
import { connectRedis, type RedisClient } from '#core/redis'
import { redisPositionStore } from '#core/redis-positions'
import { redisRateStore } from '#core/redis-rate-limit'
import { until } from '../support/chaos-server'
import { startTestRedis, type TestRedis } from '../support/redis-server'

let redis: TestRedis
const clients: RedisClient[] = []
const stops: (() => Promise<void>)[] = []

/** As another process would have: a client of its own. */
const client = () => {
  const made = connectRedis({ url: redis.gateway.url, token: redis.gateway.token })
  clients.push(made)
  return made
}

beforeAll(async () => {
  redis = await startTestRedis()
})
afterEach(resetClock)
afterAll(async () => {
  await Promise.all(stops.map((stop) => stop()))
  for (const one of clients) one.close()
  await redis?.stop()
})

const west = newId()
const zones = {
  zoneOf: ({ lng }: { lng: number }) => (lng < 12 ? west : undefined),
  ids: () => [west],
}
const redisPositions = async () => {
  const store = redisPositionStore(client(), memoryPositionStore(), zones)
  await store.start()
  stops.push(store.stop)
  return store
}

type Stores = {
  rates: () => RateStore
  positions: () => Promise<PositionStore>
  cache: <T>(options: CacheOptions<T, T>) => Cache<T>
}
const memory: Stores = {
  rates: memoryRateStore,
  positions: async () => memoryPositionStore(),
  cache: (options) => cache(options, () => undefined),
}
const onRedis: Stores = {
  rates: () => redisRateStore(client()),
  positions: redisPositions,
  cache: (options) => {
    const own = client()
    return cache(options, () => own)
  },
}

const limit: RateLimit = { name: 'contract', max: 5, windowSeconds: 60 }
const toStartOfMinute = () => turnClock(60_000 - (clock.nowMs() % 60_000))
const takes = async (store: RateStore, key: string, count: number) => {
  const states = await Promise.all(Array.from({ length: count }, () => store.take(key, limit)))
  return states.filter(({ isOver }) => !isOver).length
}

const START_MS = clock.nowMs()
const fix = (second: number, place: Partial<Fix> = {}): Fix => ({
  lat: 57.7,
  lng: 11.97,
  speedMps: 4.5,
  recordedAt: new Date(START_MS + second * 1000).toISOString(),
  ...place,
})

const json = <T>(load: CacheOptions<T, T>['load']): CacheOptions<T, T> => ({
  name: `contract-${newId()}`,
  keysMax: 100,
  ttlMs: 10_000,
  sharedTtlMs: 30_000,
  load,
  parse: (stored) => stored as T,
  prepare: (value) => value,
})

describe.each([
  ['in memory', memory],
  ['on Redis', onRedis],
])('%s', (_, stores) => {
  test('of many uses at once exactly as many as there is room for are let through', async () => {
    const store = stores.rates()
    const key = newId()
    expect(await takes(store, key, 40)).toBe(5)
    expect(await takes(store, key, 3)).toBe(0)
    expect(await takes(store, newId(), 3)).toBe(3)
  })

  test('the window slides, and what was refused does not count', async () => {
    const store = stores.rates()
    const key = newId()
    toStartOfMinute()
    expect(await takes(store, key, 30)).toBe(5)
    turnClock(61_000)
    expect(await store.take(key, limit)).toEqual({ isOver: true, resetSeconds: expect.any(Number) })
    // Two fifths of the next minute on, five count for three.
    turnClock(23_500)
    expect(await takes(store, key, 5)).toBe(2)
    turnClock(120_000)
    expect(await takes(store, key, 9)).toBe(5)
  })

  test('says when there is room again, and is right', async () => {
    const store = stores.rates()
    const key = newId()
    await takes(store, key, 5)
    const { isOver, resetSeconds } = await store.look(key, limit)
    expect(isOver).toBe(true)
    turnClock(resetSeconds * 1000)
    expect((await store.take(key, limit)).isOver).toBe(false)
  })

  test('looking does not count, and clearing forgets', async () => {
    const store = stores.rates()
    const key = newId()
    expect(await takes(store, key, 4)).toBe(4)
    expect((await store.look(key, limit)).isOver).toBe(false)
    expect((await store.look(key, limit)).isOver).toBe(false)
    expect(await takes(store, key, 2)).toBe(1)
    expect((await store.look(key, limit)).isOver).toBe(true)
    await store.clear(key, limit)
    expect(await takes(store, key, 6)).toBe(5)
  })

  test('keeps the newest fix of each driver, in whatever order they come', async () => {
    const store = await stores.positions()
    const [omar, lena] = [newId(), newId()]
    expect(await store.put(omar, fix(1))).toBe(true)
    expect(await store.put(omar, fix(3, { lat: 57.8 }))).toBe(true)
    expect(await store.put(omar, fix(2, { lat: 57.9 }))).toBe(false)
    expect(await store.put(omar, fix(3, { lat: 57.9 }))).toBe(false)
    expect(await store.put(lena, fix(2))).toBe(true)
    expect(await store.get([lena, newId(), omar])).toEqual([fix(2), undefined, fix(3, { lat: 57.8 })])
  })

  test('tells each fix that it kept once, until who listens leaves', async () => {
    const store = await stores.positions()
    const omar = newId()
    const told: DriverFix[] = []
    const leave = store.subscribe((one) => void (one.driverId === omar && told.push(one)))
    for (const second of [1, 2, 1, 3]) await store.put(omar, fix(second))
    // Long enough for what it has written to come back to it.
    await Bun.sleep(700)
    expect(told.map(({ recordedAt }) => recordedAt)).toEqual([1, 2, 3].map((second) => fix(second).recordedAt))
    leave()
    await store.put(omar, fix(4))
    expect(told).toHaveLength(3)
  })

  test('who is removed is gone', async () => {
    const store = await stores.positions()
    const omar = newId()
    await store.put(omar, fix(1))
    await store.remove(omar)
    expect(await store.get([omar])).toEqual([undefined])
    await Bun.sleep(600)
    expect(await store.get([omar])).toEqual([undefined])
  })

  test('a value is loaded once for all who ask at the same time, and then kept', async () => {
    let loads = 0
    const menus = stores.cache(
      json(async (key) => {
        loads++
        await Bun.sleep(20)
        return { key, dish: 'köttbullar' }
      }),
    )
    const got = await Promise.all(Array.from({ length: 50 }, () => menus.get('mai')))
    expect(got.every((value) => value?.dish === 'köttbullar')).toBe(true)
    await menus.get('mai')
    expect(loads).toBe(1)
  })

  test('what has changed is loaded again, by an event and by who changed it himself', async () => {
    let version = 1
    const menus = stores.cache(json(async () => ({ version })))
    expect(await menus.get('mai')).toEqual({ version: 1 })
    version = 2
    expect(await menus.get('mai')).toEqual({ version: 1 })
    menus.forget('mai')
    expect(await menus.get('mai')).toEqual({ version: 2 })
    version = 3
    menus.forget('mai', 7)
    expect(await menus.get('mai')).toEqual({ version: 3 })
  })

  test('what could not be loaded is tried again, and what is not there is not there', async () => {
    let fails = true
    const menus = stores.cache<string>(
      json<string>(async (key) => {
        if (fails) throw new Error('the database is away')
        return key === 'mai' ? 'menu' : undefined
      }),
    )
    await expect(menus.get('mai')).rejects.toThrow('away')
    fails = false
    expect(await menus.get('mai')).toBe('menu')
    expect(await menus.get('nobody')).toBeUndefined()
  })
})

describe('between replicas, on Redis', () => {
  test('limits are one for all, also when both count at once', async () => {
    const [a, b] = [onRedis.rates(), onRedis.rates()]
    const key = newId()
    const [atA, atB] = await Promise.all([takes(a, key, 10), takes(b, key, 10)])
    expect(atA + atB).toBe(5)
    expect((await b.look(key, limit)).isOver).toBe(true)
    await a.clear(key, limit)
    expect((await b.look(key, limit)).isOver).toBe(false)
  })

  test('a fix at one is heard at the other once, and is there for who starts later', async () => {
    const [a, b] = [await redisPositions(), await redisPositions()]
    const omar = newId()
    const told: DriverFix[] = []
    b.subscribe((one) => void (one.driverId === omar && told.push(one)))
    for (let second = 1; second <= 5; second++) await a.put(omar, fix(second))
    // Outside of all zones he is heard as well.
    await a.put(omar, fix(6, { lng: 13 }))
    await until('all are heard', () => told.length >= 6, 2)
    await Bun.sleep(300)
    expect(told.map(({ recordedAt }) => recordedAt)).toEqual([1, 2, 3, 4, 5, 6].map((s) => fix(s).recordedAt))
    expect(await (await redisPositions()).get([omar])).toEqual([fix(6, { lng: 13 })])
  })

  test('of fixes of one driver that come to both at once only the newest stays, everywhere', async () => {
    const [a, b] = [await redisPositions(), await redisPositions()]
    const crowd = Array.from({ length: 20 }, newId)
    const put = (store: PositionStore, second: number) =>
      Promise.all(crowd.map((id) => store.put(id, fix(second, { lat: 57 + second / 100 }))))
    const newest = await Promise.all([put(a, 5), put(b, 9), put(a, 7), put(b, 3)])
    expect(newest[1]).toEqual(crowd.map(() => true))
    expect(newest[3]).toEqual(crowd.map(() => false))
    const expected = crowd.map(() => fix(9, { lat: 57.09 }))
    await until('a knows it', async () => Bun.deepEquals(await a.get(crowd), expected), 2)
    expect(await b.get(crowd)).toEqual(expected)
    expect(await (await redisPositions()).get(crowd)).toEqual(expected)
  })

  test('an older fix at a replica that has not heard of the newer one is told that it is not the newest', async () => {
    const a = await redisPositions()
    const b = await redisPositions()
    const omar = newId()
    await a.put(omar, fix(9))
    expect(await b.put(omar, fix(4))).toBe(false)
    await until('b hears', async () => (await b.get([omar]))[0]?.recordedAt === fix(9).recordedAt, 2)
  })

  test('who is removed at one is forgotten at the other and by Redis', async () => {
    const [a, b] = [await redisPositions(), await redisPositions()]
    const omar = newId()
    await a.put(omar, fix(1))
    await until('b hears', async () => (await b.get([omar]))[0] !== undefined, 2)
    await b.remove(omar)
    await until('a forgets', async () => (await a.get([omar]))[0] === undefined, 2)
    expect(await (await redisPositions()).get([omar])).toEqual([undefined])
  })

  test('many fixes at once need few requests, and reading all zones one', async () => {
    const a = await redisPositions()
    const crowd = Array.from({ length: 400 }, newId)
    const before = redis.gateway.counts.requests
    await Promise.all(crowd.map((id) => a.put(id, fix(1))))
    expect(redis.gateway.counts.requests - before).toBeLessThan(60)
  })

  test('a value that one has loaded is not loaded by the other, until an event', async () => {
    let loads = 0
    const options = json(async () => ({ load: ++loads }))
    const [a, b] = [onRedis.cache(options), onRedis.cache(options)]
    expect(await a.get('mai')).toEqual({ load: 1 })
    // It is stored in the background.
    await Bun.sleep(50)
    expect(await b.get('mai')).toEqual({ load: 1 })
    // Both hear the event, one after the other.
    a.forget('mai', 5)
    await Bun.sleep(50)
    expect(await onRedis.cache(options).get('mai')).toEqual({ load: 2 })
    b.forget('mai', 5)
    await Bun.sleep(50)
    expect(await b.get('mai')).toEqual({ load: 2 })
  })

  test('what was loaded before a change and stored after it is not taken', async () => {
    let version = 1
    const options = json(async () => {
      const read = version
      await Bun.sleep(100)
      return { version: read }
    })
    const [slow, b] = [onRedis.cache(options), onRedis.cache(options)]
    const early = slow.get('mai')
    await Bun.sleep(50)
    version = 2
    // The slow one has not heard of it yet when it stores what it has read.
    b.forget('mai', 9)
    expect(await early).toEqual({ version: 1 })
    await Bun.sleep(50)
    expect(await b.get('mai')).toEqual({ version: 2 })
    expect(await onRedis.cache(options).get('mai')).toEqual({ version: 2 })
  })

  test('what another version has stored is loaded anew', async () => {
    const options = json(async () => 'new')
    const old = onRedis.cache({ ...options, load: async () => 'old' })
    await old.get('mai')
    await Bun.sleep(50)
    const strict = onRedis.cache<string>({
      ...options,
      parse: () => {
        throw new Error('of another shape')
      },
    })
    expect(await strict.get('mai')).toBe('new')
  })

  test('with Redis gone all goes on at once, and when it is back they are in step again', async () => {
    const rates = onRedis.rates()
    const [a, b] = [await redisPositions(), await redisPositions()]
    const menus = onRedis.cache(json(async () => 'menu'))
    const [omar, lena] = [newId(), newId()]
    await a.put(omar, fix(1))
    await redis.kill()
    const key = newId()
    const startedMs = performance.now()
    expect(await takes(rates, key, 10)).toBe(5)
    for (let second = 2; second < 20; second++) expect(await a.put(omar, fix(second))).toBe(true)
    expect(await a.put(lena, fix(2))).toBe(true)
    for (let i = 0; i < 20; i++) expect(await menus.get(String(i))).toBe('menu')
    expect((await a.get([omar]))[0]).toEqual(fix(19))
    // Forty waits for the deadline would take twelve seconds.
    expect(performance.now() - startedMs).toBeLessThan(3_000)

    await redis.restart()
    await until(
      'b hears what a was told meanwhile',
      async () => (await b.get([omar]))[0]?.recordedAt === fix(19).recordedAt,
      5,
    )
    await until('of all', async () => (await b.get([lena]))[0] !== undefined, 5)
    const shared = newId()
    const other = onRedis.rates()
    await until(
      'limits are shared again',
      async () => {
        await rates.take(shared, limit)
        return (await other.look(shared, limit)).isOver
      },
      5,
    )
  })

  test('a Redis that hangs costs one deadline, not one each', async () => {
    const own = client()
    const rates = redisRateStore(own)
    await rates.take(newId(), limit)
    redis.freeze()
    try {
      const startedMs = performance.now()
      for (let i = 0; i < 50; i++) await rates.take(newId(), limit)
      expect(performance.now() - startedMs).toBeLessThan(3_000)
      expect(own.isAway).toBe(true)
      expect(own.latencyMs).toBeUndefined()
    } finally {
      redis.thaw()
    }
    await until('it is back', () => !own.isAway, 5)
  })

  test('a wrong token is as good as no Redis, and is not told to anyone', async () => {
    const own = connectRedis({ url: redis.gateway.url, token: 'wrong' })
    clients.push(own)
    const error = await own.pipeline((commands) => commands.get('k')).catch((thrown: Error) => thrown)
    expect(String(error)).toBe('Error: Redis does not answer')
    expect(own.isAway).toBe(true)
  })
})
