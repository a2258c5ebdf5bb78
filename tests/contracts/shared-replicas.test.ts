/** What replicas that share a Redis promise: one truth for all, and none the worse alone while Redis is away. */
import { expect, test } from 'bun:test'
import { newId } from '#core/ids'
import type { DriverFix, PositionStore } from '#core/positions'
import { redisRateStore } from '#core/redis-rate-limit'
import { until } from '../support/chaos-server'
import { cacheOf, fix, limit, takes, useRedis } from '../support/contract-stores'

const { stores, client, redis } = useRedis()

test('limits are one for all, also when both count at once', async () => {
  const [a, b] = [stores.rates(), stores.rates()]
  const key = newId()
  const [atA, atB] = await Promise.all([takes(a, key, 10), takes(b, key, 10)])
  expect(atA + atB).toBe(5)
  expect((await b.look(key, limit)).isOver).toBe(true)
  await a.clear(key, limit)
  expect((await b.look(key, limit)).isOver).toBe(false)
})

test('a fix at one is heard at the other once, and is there for who starts later', async () => {
  const [a, b] = [await stores.positions(), await stores.positions()]
  const [omar, lena] = [newId(), newId()]
  await a.put(lena, fix(1))
  await until('b reads his zone', async () => (await b.get([lena]))[0] !== undefined, 3)
  const told: DriverFix[] = []
  b.subscribe((one) => void (one.driverId === omar && told.push(one)))
  for (let second = 1; second <= 5; second++) await a.put(omar, fix(second))
  // Outside of all zones he is heard as well.
  await a.put(omar, fix(6, { lng: 14 }))
  await until('all are heard', () => told.length >= 6, 2)
  await Bun.sleep(300)
  expect(told.map(({ recordedAt }) => recordedAt)).toEqual([1, 2, 3, 4, 5, 6].map((s) => fix(s).recordedAt))
  expect(await (await stores.positions()).get([omar])).toEqual([fix(6, { lng: 14 })])
})

test('a zone that one has just learnt of is read by the others too', async () => {
  const [a, b] = [await stores.positions(), await stores.positions()]
  const drivers = [1, 2, 3, 4].map(() => newId())
  await Promise.all(drivers.map((id, index) => a.put(id, fix(1, { lng: 5 + index }))))
  await until('all are heard', async () => (await b.get(drivers)).every((one) => one !== undefined), 3)
})

test('of fixes of one driver that come to both at once only the newest stays, everywhere', async () => {
  const [a, b] = [await stores.positions(), await stores.positions()]
  const crowd = Array.from({ length: 20 }, newId)
  const put = (store: PositionStore, second: number) =>
    Promise.all(crowd.map((id) => store.put(id, fix(second, { lat: 57 + second / 100 }))))
  const newest = await Promise.all([put(a, 5), put(b, 9), put(a, 7), put(b, 3)])
  expect(newest[1]).toEqual(crowd.map(() => true))
  expect(newest[3]).toEqual(crowd.map(() => false))
  const expected = crowd.map(() => fix(9, { lat: 57.09 }))
  await until('a knows it', async () => Bun.deepEquals(await a.get(crowd), expected), 2)
  expect(await b.get(crowd)).toEqual(expected)
  expect(await (await stores.positions()).get(crowd)).toEqual(expected)
  expect(await redis().ask('ZCARD', `ridendine:position:${crowd[0]}`)).toBe(1)
})

test('an older fix at a replica that has not heard of the newer one is told that it is not the newest', async () => {
  const a = await stores.positions()
  const b = await stores.positions()
  const omar = newId()
  await a.put(omar, fix(9))
  expect(await b.put(omar, fix(4))).toBe(false)
  await until('b hears', async () => (await b.get([omar]))[0]?.recordedAt === fix(9).recordedAt, 3)
})

test('who is removed at one is forgotten at the other and by Redis', async () => {
  const [a, b] = [await stores.positions(), await stores.positions()]
  const omar = newId()
  await a.put(omar, fix(1))
  await until('b hears', async () => (await b.get([omar]))[0] !== undefined, 2)
  await b.remove(omar)
  await until('a forgets', async () => (await a.get([omar]))[0] === undefined, 2)
  expect(await (await stores.positions()).get([omar])).toEqual([undefined])
})

test('many fixes at once need few requests, and reading all zones one', async () => {
  const a = await stores.positions()
  const crowd = Array.from({ length: 400 }, newId)
  const before = redis().gateway.counts.requests
  await Promise.all(crowd.map((id) => a.put(id, fix(1))))
  expect(redis().gateway.counts.requests - before).toBeLessThan(60)
})

test('a value that one has loaded is not loaded by the other, until an event', async () => {
  let loads = 0
  const options = cacheOf(async () => ({ load: ++loads }))
  const [a, b] = [stores.cache(options), stores.cache(options)]
  expect(await a.get('mai')).toEqual({ load: 1 })
  // It is stored in the background.
  await Bun.sleep(50)
  expect(await b.get('mai')).toEqual({ load: 1 })
  // Both hear the event, one after the other.
  a.forget('mai', 5)
  await Bun.sleep(50)
  expect(await stores.cache(options).get('mai')).toEqual({ load: 2 })
  b.forget('mai', 5)
  await Bun.sleep(50)
  expect(await b.get('mai')).toEqual({ load: 2 })
})

test('what was loaded before a change and stored after it is not taken', async () => {
  let version = 1
  const options = cacheOf(async () => {
    const read = version
    await Bun.sleep(100)
    return { version: read }
  })
  const [slow, b] = [stores.cache(options), stores.cache(options)]
  const early = slow.get('mai')
  await Bun.sleep(50)
  version = 2
  // The slow one has not heard of it yet when it stores what it has read.
  b.forget('mai', 9)
  expect(await early).toEqual({ version: 1 })
  await Bun.sleep(50)
  expect(await b.get('mai')).toEqual({ version: 2 })
  expect(await stores.cache(options).get('mai')).toEqual({ version: 2 })
})

test('what another version has stored is loaded anew', async () => {
  const options = cacheOf(async () => 'new')
  const old = stores.cache({ ...options, load: async () => 'old' })
  await old.get('mai')
  await Bun.sleep(50)
  const strict = stores.cache<string>({
    ...options,
    parse: () => {
      throw new Error('of another shape')
    },
  })
  expect(await strict.get('mai')).toBe('new')
})

test('with Redis gone all goes on at once, and when it is back they are in step again', async () => {
  const rates = stores.rates()
  const [a, b] = [await stores.positions(), await stores.positions()]
  const menus = stores.cache(cacheOf(async () => 'menu'))
  const [omar, lena] = [newId(), newId()]
  await a.put(omar, fix(1))
  await redis().kill()
  const key = newId()
  const startedMs = performance.now()
  expect(await takes(rates, key, 10)).toBe(5)
  for (let second = 2; second < 20; second++) expect(await a.put(omar, fix(second))).toBe(true)
  expect(await a.put(lena, fix(2))).toBe(true)
  for (let i = 0; i < 20; i++) expect(await menus.get(String(i))).toBe('menu')
  expect((await a.get([omar]))[0]).toEqual(fix(19))
  // Forty waits for the deadline would take twelve seconds.
  expect(performance.now() - startedMs).toBeLessThan(3_000)

  await redis().restart()
  await until(
    'b hears what a was told meanwhile',
    async () => (await b.get([omar]))[0]?.recordedAt === fix(19).recordedAt,
    5,
  )
  await until('of all', async () => (await b.get([lena]))[0] !== undefined, 5)
  const shared = newId()
  const other = stores.rates()
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
  const own = client({ timeoutMs: 300 })
  const rates = redisRateStore(own)
  await rates.take(newId(), limit)
  redis().freeze()
  try {
    const startedMs = performance.now()
    for (let i = 0; i < 50; i++) await rates.take(newId(), limit)
    expect(performance.now() - startedMs).toBeLessThan(3_000)
    expect(own.isAway).toBe(true)
    expect(own.latencyMs).toBeUndefined()
  } finally {
    redis().thaw()
  }
  await until('it is back', () => !own.isAway, 5)
})

test('a wrong token is as good as no Redis, and is not told to anyone', async () => {
  const own = client({ token: 'wrong' })
  const error = await own.pipeline((commands) => commands.get('k')).catch((thrown: Error) => thrown)
  expect(String(error)).toBe('Error: Redis does not answer')
  expect(own.isAway).toBe(true)
})

test('a token that was changed is followed', async () => {
  const own = client()
  await own.ping()
  const [old, next] = [redis().gateway.token, newId()]
  redis().gateway.setToken(next)
  try {
    await own.ping()
    expect(own.isAway).toBe(true)
    own.useToken(next)
    await until('it is back', () => !own.isAway, 5)
    expect(await own.pipeline((commands) => commands.set('k', 'v'))).toEqual(['OK'])
  } finally {
    redis().gateway.setToken(old)
  }
})
