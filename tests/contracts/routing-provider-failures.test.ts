/** What becomes of a question when routing providers fail, one way or another. */
import { expect, test } from 'bun:test'
import { parseConfig, setConfig } from '#core/config'
import { openLog } from '#core/log'
import { createChain } from '#modules/routing/providers/chain'
import { guard } from '#modules/routing/providers/guard'
import { legCache } from '#modules/routing/providers/leg-cache'
import { osrmProvider } from '#modules/routing/providers/osrm'
import {
  chainOf,
  counted,
  DEADLINE_MS,
  DOOR,
  estimate,
  expected,
  HOME,
  linked,
  make,
  places,
  roadLeg,
  servers,
  TIMEOUT_MS,
  useTravelServers,
} from '../support/travel-chain'
import { GOOGLE_KEY, MAPBOX_TOKEN } from '../support/travel-servers'
import { startCutServer } from '../support/travel-world'

await openLog({ level: 'silent', format: 'json' })
setConfig(parseConfig({ NODE_ENV: 'test' }))
useTravelServers()

test.each([
  ['answers 500', { status: 500 }],
  ['answers 404 with nothing that it documents', { status: 404, body: { what: 'ever' } }],
  ['answers no JSON', { text: '<html>busy</html>' }],
  ['answers another shape', { text: '{"code":"Ok","routes":[{"duration":"long"}]}' }],
  ['answers a negative time', { text: '{"code":"Ok","routes":[{"duration":-5,"distance":3}]}' }],
  ['answers nothing for ever', 'hang'],
] as const)('where the first %s, the next is asked', async (_, mishap) => {
  servers.osrm.mishap(mishap)
  expect(await chainOf(['osrm', 'google']).leg(HOME, DOOR, 'car', DEADLINE_MS)).toEqual(roadLeg(HOME, DOOR))
  expect(servers.google.seen).toHaveLength(1)
})

test('a server that sends us elsewhere is not followed: the key is not for anybody else', async () => {
  servers.google.mishap({ status: 307, headers: { location: `${servers.osrm.url}/elsewhere` } })
  expect((await chainOf(['google']).leg(HOME, DOOR, 'car', DEADLINE_MS)).approximate).toBe(true)
  expect(servers.google.seen.length).toBeGreaterThan(0)
  expect(servers.osrm.seen).toEqual([])
})

test('an answer that is cut short is none: it is asked for once more, then of the next', async () => {
  const cut = startCutServer()
  const cache = legCache(0)
  const osrm = osrmProvider({ url: cut.url, profiles: { car: 'driving' } })
  const chain = createChain({ links: [linked(osrm, cache), linked(make.google(), cache)], cache, estimate })
  const before = await counted('routing_repeats_total', { provider: 'osrm' })
  expect(await chain.leg(HOME, DOOR, 'car', DEADLINE_MS)).toEqual(roadLeg(HOME, DOOR))
  expect(await counted('routing_repeats_total', { provider: 'osrm' })).toBe(before + 1)
  cut.stop()
})

test('a table of another size, or elements of other places, are no answer', async () => {
  servers.osrm.mishap({ text: '{"code":"Ok","durations":[[1,2,3]]}' })
  servers.google.mishap({ text: '[{"originIndex":7,"status":{},"condition":"ROUTE_EXISTS","duration":"3s"}]' })
  const [drivers, kitchens] = [places(2), places(2, 57.8)]
  const chain = chainOf(['osrm', 'google', 'mapbox'])
  expect(await chain.durations(drivers, kitchens, 'car', DEADLINE_MS)).toEqual(expected(drivers, kitchens))
  expect(servers.mapbox.seen).toHaveLength(1)
})

test('nobody answers: the great circle does, and says so', async () => {
  servers.osrm.mishap({ status: 502 })
  servers.google.mishap({ status: 503 })
  const before = await counted('routing_legs_total', { source: 'great-circle' })
  const chain = chainOf(['osrm', 'google'])
  expect(await chain.leg(HOME, DOOR, 'car', DEADLINE_MS)).toEqual(estimate(HOME, DOOR))
  expect(await chain.route(HOME, DOOR, 'car', DEADLINE_MS)).toEqual({
    ...estimate(HOME, DOOR),
    geometry: [HOME, DOOR],
  })
  expect(await counted('routing_legs_total', { source: 'great-circle' })).toBe(before + 2)
})

test.each([
  ['mapbox', { status: 401, body: { message: `Not Authorized - Invalid Token: ${MAPBOX_TOKEN}` } }],
  ['mapbox', { status: 403, body: { code: 'Forbidden' } }],
  ['google', { status: 403, body: { error: { code: 403, message: GOOGLE_KEY, status: 'PERMISSION_DENIED' } } }],
  ['google', { status: 400, body: { error: { code: 400, details: [{ reason: 'API_KEY_INVALID' }] } } }],
  ['google', { status: 400, body: [{ error: { code: 400, details: [{ reason: 'API_KEY_EXPIRED' }] } }] }],
] as const)('%s: a key that is not taken is not sent again and again (%j)', async (name, mishap) => {
  servers[name].mishap(mishap)
  const chain = chainOf([name, 'osrm'])
  const before = await counted('routing_request_duration_seconds', { provider: name, outcome: 'refused' })
  for (let time = 0; time < 3; time++) {
    const door = { ...DOOR, lat: DOOR.lat + time / 100 }
    expect(await chain.leg(HOME, door, 'car', DEADLINE_MS)).toEqual(roadLeg(HOME, door))
  }
  expect(servers[name].seen).toHaveLength(1)
  expect(await counted('routing_request_duration_seconds', { provider: name, outcome: 'refused' })).not.toBe(before)
})

test('who asks for fewer questions gets none until then', async () => {
  servers.mapbox.mishap({ status: 429, headers: { 'retry-after': '1' } }, 1)
  const chain = chainOf(['mapbox', 'google'], { cacheMs: 0 })
  for (let time = 0; time < 3; time++) expect((await chain.leg(HOME, DOOR, 'car', DEADLINE_MS)).approximate).toBe(false)
  expect(servers.mapbox.seen).toHaveLength(1)
  expect(servers.google.seen).toHaveLength(3)
  await Bun.sleep(1_050)
  await chain.leg(HOME, DOOR, 'car', DEADLINE_MS)
  expect(servers.mapbox.seen).toHaveLength(2)
  expect(servers.google.seen).toHaveLength(3)
})

test('one failure is made good by asking once more', async () => {
  servers.osrm.mishap({ status: 503 }, 1)
  const before = await counted('routing_repeats_total', { provider: 'osrm' })
  expect(await chainOf(['osrm', 'google']).leg(HOME, DOOR, 'car', DEADLINE_MS)).toEqual(roadLeg(HOME, DOOR))
  expect(servers.osrm.seen).toHaveLength(2)
  expect(servers.google.seen).toEqual([])
  expect(await counted('routing_repeats_total', { provider: 'osrm' })).toBe(before + 1)
})

test('what it does not want is not asked twice, and is no reason to leave it', async () => {
  servers.mapbox.mishap({ status: 422, body: { code: 'InvalidInput', message: 'too far' } }, 8)
  const chain = chainOf(['mapbox', 'google'], { cacheMs: 0 })
  for (let time = 0; time < 8; time++) await chain.leg(HOME, DOOR, 'car', DEADLINE_MS)
  expect(servers.mapbox.seen).toHaveLength(8)
  await chain.leg(HOME, DOOR, 'car', DEADLINE_MS)
  expect(servers.google.seen).toHaveLength(8)
})

test('after failures in a row it is left alone, then tried by one question', async () => {
  servers.osrm.mishap({ status: 500 })
  const chain = chainOf(['osrm', 'google'], { cacheMs: 0 })
  const ask = () => chain.leg(HOME, DOOR, 'car', DEADLINE_MS)
  for (let time = 0; time < 10; time++) expect(await ask()).toEqual(roadLeg(HOME, DOOR))
  expect(servers.osrm.seen.length).toBe(5)
  expect(await counted('routing_circuit_open', { provider: 'osrm' })).toBe(1)
  servers.osrm.mishap(undefined)
  await Bun.sleep(1_050)
  await ask()
  expect(servers.osrm.seen.length).toBe(6)
  expect(await counted('routing_circuit_open', { provider: 'osrm' })).toBe(0)
  expect(servers.google.seen).toHaveLength(10)
})

test('repeats are saved up from answers: a server that fails now and then is not asked twice as much', async () => {
  const { run } = guard('osrm', TIMEOUT_MS)
  const provider = make.osrm()
  const question = { from: HOME, to: DOOR, profile: 'car', withGeometry: false } as const
  for (let round = 0; round < 40; round++) {
    servers.osrm.mishap({ status: 500 }, round % 2 === 0 ? 2 : 0)
    await run('leg', (signal) => provider.route(question, signal)).catch(() => {})
  }
  // Half of 40 questions fail: 10 repeats are there to begin with, and 20 answers earn two.
  expect(servers.osrm.seen.length).toBeLessThanOrEqual(40 + 12)
  expect(servers.osrm.seen.length).toBeGreaterThan(40 + 8)
})

test('the deadline holds over all of them together, and each has its share', async () => {
  servers.osrm.mishap('hang')
  servers.mapbox.mishap('hang')
  servers.google.delayMs = 40
  const chain = chainOf(['osrm', 'mapbox', 'google'])
  const startedMs = performance.now()
  expect(await chain.leg(HOME, DOOR, 'car', 240)).toEqual(roadLeg(HOME, DOOR))
  expect(performance.now() - startedMs).toBeLessThan(260)
  servers.google.mishap('hang')
  const againMs = performance.now()
  const door = { ...DOOR, lat: 57.75 }
  expect(await chain.leg(HOME, door, 'car', 240)).toEqual(estimate(HOME, door))
  expect(performance.now() - againMs).toBeLessThan(260)
  expect(await counted('routing_fallbacks_total', { provider: 'mapbox', reason: 'late' })).toBeGreaterThan(0)
})

test('an answer that comes too late is there for the next who asks', async () => {
  servers.mapbox.delayMs = 150
  const chain = chainOf(['mapbox'])
  expect((await chain.leg(HOME, DOOR, 'car', 50)).approximate).toBe(true)
  await Bun.sleep(200)
  expect(await chain.leg(HOME, DOOR, 'car', 50)).toEqual(roadLeg(HOME, DOOR))
  expect(servers.mapbox.seen).toHaveLength(1)
})

test('keys are in no error, no log line and no metric, whatever goes wrong', async () => {
  const script = `
    import { parseConfig, setConfig } from '#core/config'
    import { flushLog, openLog } from '#core/log'
    import { metricsText } from '#core/metrics'
    import { routing } from '#modules/routing/index'
    await openLog({ level: 'trace', format: 'json' })
    const places = { from: { lat: 57.731313, lng: 11.987878 }, to: { lat: 57.71, lng: 12 } }
    for (const port of [...process.argv.at(-1).split(','), '1']) {
      setConfig(parseConfig({ ...process.env, NODE_ENV: 'test', ROUTING_PROVIDERS: 'mapbox,google',
        MAPBOX_URL: 'http://127.0.0.1:' + port, GOOGLE_ROUTES_URL: 'http://127.0.0.1:' + port }))
      await routing.leg(places.from, places.to)
      await routing.table([places.from, places.to], [places.from, places.to])
    }
    flushLog()
    console.log((await metricsText(null)).text)`
  servers.mapbox.mishap({ status: 401, body: { message: MAPBOX_TOKEN } })
  servers.osrm.mishap({ status: 302, headers: { location: servers.mapbox.url } })
  const cut = startCutServer()
  const ports = [...Object.values(servers), cut].map(({ url }) => new URL(url).port).join()
  const child = Bun.spawn([process.execPath, '--eval', script, '--', ports], {
    env: { ...process.env, MAPBOX_ACCESS_TOKEN: MAPBOX_TOKEN, GOOGLE_MAPS_API_KEY: GOOGLE_KEY },
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [out, errors] = await Promise.all([child.stdout.text(), child.stderr.text()])
  expect([await child.exited, errors]).toEqual([0, ''])
  const has = (text: string) => out.includes(text)
  expect([has('a routing provider failed'), has('"outcome":"refused"'), has('routing_legs_total')]).toEqual(
    Array(3).fill(true),
  )
  expect([MAPBOX_TOKEN, GOOGLE_KEY, '57.731', '11.987'].filter(has)).toEqual([])
  for (const server of Object.values(servers)) server.faults.length = 0
  cut.stop()
})
