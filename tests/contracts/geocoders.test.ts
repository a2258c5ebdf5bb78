/** Geocoders against local servers that speak their documented protocols. */
import { afterEach, beforeEach, expect, test } from 'bun:test'
import { parseConfig, setConfig } from '#core/config'
import { openLog } from '#core/log'
import { Problem } from '#core/problem'
import { geocoding, perSecondOf } from '#modules/routing/geocoding/configured'
import type { Lookup } from '#modules/routing/geocoding/lookup'
import { houseAt, STREET, startMapboxGeocoding, startNominatim } from '../support/geocoder-servers'
import { MAPBOX_TOKEN } from '../support/travel-servers'
import type { TravelServer } from '../support/travel-world'

await openLog({ level: 'silent', format: 'json' })

const servers: Record<'nominatim' | 'mapbox', TravelServer> = {} as never
beforeEach(() => Object.assign(servers, { nominatim: startNominatim(), mapbox: startMapboxGeocoding() }))
afterEach(async () => {
  const faults = Object.values(servers).flatMap((server) => server.faults)
  await Promise.all(Object.values(servers).map((server) => server.stop()))
  expect(faults).toEqual([])
})

type Name = keyof typeof servers

const lookupOf = (name: Name, more: Record<string, string> = {}): Lookup => {
  const settings = {
    NODE_ENV: 'test',
    GEOCODER: name,
    GEOCODER_URL: servers[name].url,
    GEOCODER_PER_SECOND: '1000',
    GEOCODER_TIMEOUT_MS: '400',
    MAPBOX_ACCESS_TOKEN: MAPBOX_TOKEN,
    ...more,
  }
  setConfig(parseConfig(settings))
  return geocoding()!
}

const address = (street: string, more: object = {}) => ({ street, city: 'Göteborg', postalCode: '411 01', ...more })

const problemOf = (ask: Promise<unknown>) =>
  ask.then(
    (value) => Promise.reject(new Error(`answered ${JSON.stringify(value)}`)),
    (error) => (error instanceof Problem ? error : Promise.reject(error)),
  )

test('without one there is none', () => {
  setConfig(parseConfig({ NODE_ENV: 'test' }))
  expect(geocoding()).toBeUndefined()
})

test.each(['nominatim', 'mapbox'] as const)('%s: a house, a street, and what is not exact enough', async (name) => {
  for (const more of [{}, { GEOCODER_COUNTRIES: 'se,no' }] as Record<string, string>[]) {
    const lookup = lookupOf(name, more)
    expect(await lookup.find(address(`${STREET} 7`))).toEqual(houseAt(7))
    expect(await lookup.find(address(STREET))).toEqual(houseAt(10))
    // The middle of the street, or of the town, is no house.
    expect(await lookup.find(address(`${STREET} 99`))).toBeUndefined()
    expect(await lookup.find(address('Ingenstans 1'))).toBeUndefined()
    expect(await lookup.find(address(`${STREET} 7`, { city: 'Malmö' }))).toBeUndefined()
  }
})

test('an address is looked up once, however it is written, and by however many at once', async () => {
  const lookup = lookupOf('nominatim')
  const ways = [
    address(`${STREET} 7`),
    address(` ${STREET.toUpperCase()}  7`),
    address(`${STREET} 7`, { city: 'göteborg' }),
  ]
  const [first] = await Promise.all(ways.map((one) => lookup.find(one)))
  expect(first).toEqual(houseAt(7))
  for (const one of ways) expect(await lookup.find(one)).toEqual(houseAt(7))
  await lookup.find(address('Ingenstans 1'))
  await lookup.find(address('Ingenstans 1'))
  expect(servers.nominatim.seen).toHaveLength(2)
})

test.each([
  ['answers 500', { status: 500 }],
  ['wants to be left alone', { status: 429, headers: { 'retry-after': '60' } }],
  ['does not take the key', { status: 401 }],
  ['answers no JSON', { text: '<html>' }],
  ['answers another shape', { text: '[{"lat":"north","lon":"11.97","place_rank":30}]' }],
  ['answers a place off the globe', { text: '[{"lat":"957.7","lon":"11.97","place_rank":30}]' }],
  ['hangs', 'hang'],
] as const)('one that %s is away, and nothing of it is kept', async (_, mishap) => {
  const lookup = lookupOf('nominatim')
  servers.nominatim.mishap(mishap)
  const problem = await problemOf(lookup.find(address(`${STREET} 7`)))
  expect([problem.status, problem.slug, problem.headers['retry-after']]).toEqual([503, 'geocoder-unavailable', '5'])
  expect(`${problem.detail} ${problem.stack}`).not.toContain(STREET)
  servers.nominatim.mishap(undefined)
  const again = lookupOf('nominatim')
  expect(await again.find(address(`${STREET} 7`))).toEqual(houseAt(7))
})

test('what it refuses to look for, it does not know', async () => {
  const lookup = lookupOf('mapbox')
  servers.mapbox.mishap({ status: 422, body: { message: 'too many words' } }, 1)
  expect(await lookup.find(address('so very many words'))).toBeUndefined()
})

test('the next ones wait for their turn, and who would wait too long is told so at once', async () => {
  const lookup = lookupOf('nominatim', { GEOCODER_PER_SECOND: '10', GEOCODER_TIMEOUT_MS: '5000' })
  const startedMs = performance.now()
  const asked = Array.from({ length: 20 }, (_, index) => lookup.find(address(`${STREET} ${index + 1}`)))
  const answers = await Promise.allSettled(asked)
  const found = answers.filter(({ status }) => status === 'fulfilled').length
  // Turns of a tenth of a second; nobody waits for more than one and a half.
  expect(found).toBe(16)
  expect(servers.nominatim.seen).toHaveLength(16)
  expect(performance.now() - startedMs).toBeGreaterThan(1_450)
})

test('the public server gets one a second, from all processes together', () => {
  const replicas = { REPLICAS: '4', UPSTASH_REDIS_REST_URL: 'http://redis.test', UPSTASH_REDIS_REST_TOKEN: 'token' }
  const rateOf = (settings: Record<string, string>) => perSecondOf(parseConfig({ NODE_ENV: 'test', ...settings }))
  expect(rateOf({ GEOCODER: 'nominatim' })).toBe(1)
  expect(rateOf({ GEOCODER: 'nominatim', ...replicas })).toBe(0.25)
  expect(rateOf({ GEOCODER: 'nominatim', GEOCODER_URL: 'https://nominatim.openstreetmap.org/' })).toBe(1)
  expect(rateOf({ GEOCODER: 'nominatim', GEOCODER_URL: 'http://geocoder.internal' })).toBe(10)
  expect(rateOf({ GEOCODER: 'mapbox', MAPBOX_ACCESS_TOKEN: 'token', GEOCODER_PER_SECOND: '3' })).toBe(3)
})
