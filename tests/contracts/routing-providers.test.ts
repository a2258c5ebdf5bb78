/** Routing providers against local servers that speak their documented protocols. */
import { expect, test } from 'bun:test'
import { parseConfig, setConfig } from '#core/config'
import { openLog } from '#core/log'
import {
  AT_SEA,
  chainOf,
  counted,
  DEADLINE_MS,
  DOOR,
  estimate,
  expected,
  HOME,
  ISLAND,
  places,
  roadLeg,
  servers,
  useTravelServers,
} from '../support/travel-chain'
import { isThereAWay, secondsBetween } from '../support/travel-world'

await openLog({ level: 'silent', format: 'json' })
setConfig(parseConfig({ NODE_ENV: 'test' }))
useTravelServers()

test.each(['osrm', 'mapbox', 'google'] as const)('%s: a leg, its line and a table', async (name) => {
  for (const withTraffic of [false, true]) {
    const chain = chainOf([name], { cacheMs: 0, withTraffic })
    expect(await chain.leg(HOME, DOOR, 'car', DEADLINE_MS)).toEqual(roadLeg(HOME, DOOR))
    expect(await chain.leg(HOME, HOME, 'car', DEADLINE_MS)).toEqual(roadLeg(HOME, HOME))
    const { geometry, ...leg } = await chain.route(HOME, DOOR, 'car', DEADLINE_MS)
    expect(leg).toEqual(roadLeg(HOME, DOOR))
    expect(geometry).toEqual([HOME, { lat: DOOR.lat, lng: HOME.lng }, DOOR])
    const [drivers, kitchens] = [places(7), places(4, 57.8)]
    expect(await chain.durations(drivers, kitchens, 'car', DEADLINE_MS)).toEqual(expected(drivers, kitchens))
  }
  expect(await chainOf([name]).durations([], places(3), 'car', DEADLINE_MS)).toEqual([])
  expect(await chainOf([name]).durations(places(2), [], 'car', DEADLINE_MS)).toEqual([[], []])
})

test('every profile is asked by the name that the provider has for it', async () => {
  for (const profile of ['car', 'scooter', 'bike', 'foot'] as const) {
    for (const name of ['mapbox', 'google'] as const) {
      const chain = chainOf([name], { cacheMs: 0, withTraffic: true })
      expect(await chain.leg(HOME, DOOR, profile, DEADLINE_MS)).toEqual(roadLeg(HOME, DOOR))
      expect(await chain.durations([HOME], [DOOR, ISLAND], profile, DEADLINE_MS)).toHaveLength(1)
    }
  }
  const profiles = new Set(servers.mapbox.seen.map(({ path }) => path.split('/')[4]))
  expect([...profiles].toSorted()).toEqual(['cycling', 'driving-traffic', 'walking'])
  const modes = servers.google.seen.map(({ body }) => (body as { travelMode: string }).travelMode)
  expect([...new Set(modes)].toSorted()).toEqual(['BICYCLE', 'DRIVE', 'WALK'])
})

test('a server without the profile is not asked: the next one is', async () => {
  expect(await chainOf(['osrm', 'mapbox']).leg(HOME, DOOR, 'bike', DEADLINE_MS)).toEqual(roadLeg(HOME, DOOR))
  expect(servers.osrm.seen).toEqual([])
  expect((await chainOf(['osrm']).leg(HOME, DOOR, 'bike', DEADLINE_MS)).approximate).toBe(true)
})

test.each([
  ['mapbox', false, 25],
  ['mapbox', true, 10],
  ['google', false, 625],
] as const)('%s (traffic: %p): a table that is too large is asked for in parts', async (name, withTraffic, max) => {
  const [drivers, kitchens] = name === 'google' ? [places(40), places(30, 57.8)] : [places(20), places(8, 57.8)]
  const chain = chainOf([name], { withTraffic })
  expect(await chain.durations(drivers, kitchens, 'car', DEADLINE_MS)).toEqual(expected(drivers, kitchens))
  const cells = drivers.length * kitchens.length
  expect(servers[name].seen.length).toBeGreaterThan(1)
  expect(servers[name].seen.length).toBeLessThanOrEqual(name === 'google' ? Math.ceil(cells / max) + 1 : 24)
})

test('a table that would take too many requests is left to the next', async () => {
  const [drivers, kitchens] = [places(60), places(60, 57.8)]
  const chain = chainOf(['mapbox', 'google'])
  expect(await chain.durations(drivers, kitchens, 'car', DEADLINE_MS)).toEqual(expected(drivers, kitchens))
  expect(servers.mapbox.seen).toHaveLength(24)
})

test('no way is an answer: the next is asked, for those cells only', async () => {
  const before = await counted('routing_fallbacks_total', { provider: 'mapbox', reason: 'no-way' })
  const chain = chainOf(['mapbox', 'google'])
  const table = await chain.durations([HOME, ISLAND], [DOOR, ISLAND], 'car', DEADLINE_MS)
  expect(table[0]![0]).toBe(secondsBetween(HOME, DOOR))
  expect(table[1]![1]).toBe(0)
  expect(table[0]![1]).toBe(estimate(HOME, ISLAND).durationSeconds)
  const asked = servers.google.seen.map(({ path }) => path)
  expect(asked).toEqual(['/directions/v2:computeRoutes', '/directions/v2:computeRoutes'])
  expect(await counted('routing_fallbacks_total', { provider: 'mapbox', reason: 'no-way' })).toBe(before + 1)
  // Nor is it a failure: nothing rests.
  expect(await chain.leg(HOME, DOOR, 'car', DEADLINE_MS)).toEqual(roadLeg(HOME, DOOR))
})

test.each(['osrm', 'mapbox'] as const)(
  '%s: one place far from any road does not take the rest with it',
  async (name) => {
    const drivers = [...places(5), AT_SEA, ...places(6, 57.65)]
    const kitchens = places(3, 57.8)
    const table = await chainOf([name]).durations(drivers, kitchens, 'car', DEADLINE_MS)
    for (const [row, from] of drivers.entries()) {
      for (const [column, to] of kitchens.entries()) {
        const seconds = isThereAWay(from, to) ? secondsBetween(from, to) : estimate(from, to).durationSeconds
        expect(table[row]![column]!).toBe(seconds)
      }
    }
    expect((await chainOf([name]).leg(AT_SEA, DOOR, 'car', DEADLINE_MS)).approximate).toBe(true)
    expect((await chainOf([name]).leg(HOME, ISLAND, 'car', DEADLINE_MS)).approximate).toBe(true)
  },
)

test('what was answered is kept, whoever answered, to about a metre; tables and legs use the same', async () => {
  servers.osrm.mishap({ status: 500 })
  const chain = chainOf(['osrm', 'mapbox'])
  await chain.leg(HOME, DOOR, 'car', DEADLINE_MS)
  servers.osrm.mishap(undefined)
  const near = { lat: HOME.lat + 0.000_002, lng: HOME.lng - 0.000_002 }
  const hits = await counted('cache_lookups_total', { cache: 'legs', outcome: 'local' })
  expect(await chain.leg(near, DOOR, 'car', DEADLINE_MS)).toEqual(roadLeg(HOME, DOOR))
  expect(await chain.durations([near], [DOOR], 'car', DEADLINE_MS)).toEqual([[secondsBetween(HOME, DOOR)]])
  expect(await counted('cache_lookups_total', { cache: 'legs', outcome: 'local' })).toBe(hits + 2)
  const asked = servers.osrm.seen.length
  // Another profile, the way back and the next house are other questions.
  await chain.leg(DOOR, HOME, 'car', DEADLINE_MS)
  await chain.leg({ ...HOME, lat: HOME.lat + 0.0001 }, DOOR, 'car', DEADLINE_MS)
  expect(servers.osrm.seen.length).toBe(asked + 2)
  expect(await chain.leg(HOME, DOOR, 'bike', DEADLINE_MS)).toEqual(roadLeg(HOME, DOOR))
  expect(servers.mapbox.seen.at(-1)!.path).toContain('mapbox/cycling')
})

test('that nobody knows a way is kept, too; what may not be kept is not', async () => {
  const chain = chainOf(['osrm', 'mapbox'])
  for (let time = 0; time < 3; time++) await chain.leg(HOME, ISLAND, 'car', DEADLINE_MS)
  expect([servers.osrm.seen.length, servers.mapbox.seen.length]).toEqual([1, 1])
  const unkept = chainOf(['google'])
  for (let time = 0; time < 3; time++) {
    await unkept.leg(HOME, DOOR, 'car', DEADLINE_MS)
    await unkept.durations(places(2), places(2, 57.8), 'car', DEADLINE_MS)
    await unkept.leg(HOME, ISLAND, 'car', DEADLINE_MS)
  }
  expect(servers.google.seen).toHaveLength(9)
})
