/** What limits, positions and caches promise, held by the implementation in memory and by the one on a real Redis. */
import { describe, expect, test } from 'bun:test'
import { turnClock } from '#core/clock'
import { newId } from '#core/ids'
import type { DriverFix } from '#core/positions'
import { cacheOf, fix, inMemory, limit, takes, useRedis } from '../support/contract-stores'

const { stores: onRedis } = useRedis()

describe.each([
  ['in memory', inMemory],
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
    expect(await takes(store, key, 2)).toBe(2)
    turnClock(40_000)
    expect(await takes(store, key, 30)).toBe(3)
    turnClock(19_000)
    const { isOver, resetSeconds } = await store.take(key, limit)
    expect(isOver).toBe(true)
    expect(resetSeconds).toBeWithin(1, 3)
    turnClock(1_500)
    expect(await takes(store, key, 5)).toBe(2)
    turnClock(40_000)
    expect(await takes(store, key, 5)).toBe(3)
  })

  test('a limit that is high counts what a low one looks at', async () => {
    const store = stores.rates()
    const key = newId()
    for (let use = 0; use < 7; use++) await store.take(key, { ...limit, max: Number.MAX_SAFE_INTEGER })
    expect(await store.look(key, limit)).toEqual({ isOver: true, resetSeconds: expect.any(Number) })
    turnClock(61_000)
    expect(await store.look(key, limit)).toEqual({ isOver: false, resetSeconds: 0 })
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
      cacheOf(async (key) => {
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
    const menus = stores.cache(cacheOf(async () => ({ version })))
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
      cacheOf<string>(async (key) => {
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
