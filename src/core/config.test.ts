import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigError, config, parseConfig, rereadConfig, setConfig } from '#core/config'

const SECRET = 'a-secret-that-nobody-may-read'
const keySet = (k = Buffer.alloc(48, 7).toString('base64url')) =>
  JSON.stringify({ keys: [{ kid: '2026-11-23', kty: 'oct', k }] })
const DATABASE_URL = `postgres://market:${SECRET}@db.internal/market`
const production = { NODE_ENV: 'production', DATABASE_URL, JWT_KEYS: keySet() }

const folder = `.data/config-test-${process.pid}`
beforeAll(() => void mkdirSync(folder, { recursive: true }))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const fileWith = async (name: string, text: string) => {
  const path = join(folder, name)
  await Bun.write(path, text)
  return path
}

const faultsOf = (environment: Record<string, string>): string[] => {
  try {
    parseConfig(environment)
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n')
    throw error
  }
  return []
}

test('says every fault at once, one a line, each with its name', () => {
  const faults = faultsOf({
    NODE_ENV: 'staging',
    PORT: 'ninety',
    MODULES: 'api,kitchen',
    DATABASE_URL: 'mysql://db',
    DATABASE_POOL_MAX: '0',
    LOG_LEVEL: 'loud',
    RATE_LIMITS: 'maybe',
    JWT_KEYS: '{',
    PUBLIC_URL: 'here',
  })
  const names = faults.map((line) => line.split(/[:.]/)[0]!)
  expect(names.sort()).toEqual(
    [
      ...['DATABASE_POOL_MAX', 'DATABASE_URL', 'JWT_KEYS', 'LOG_LEVEL', 'MODULES', 'NODE_ENV', 'PORT'],
      ...['PUBLIC_URL', 'RATE_LIMITS'],
    ].sort(),
  )
})

test('a provider that is to be asked needs its key or address; a process that asks another does not', () => {
  const routed = { NODE_ENV: 'test', ROUTING_PROVIDERS: 'embedded,osrm,mapbox,google', GEOCODER: 'mapbox' }
  expect(faultsOf(routed)).toEqual([
    'OSRM_URL: is required with osrm in ROUTING_PROVIDERS',
    'MAPBOX_ACCESS_TOKEN: is required with mapbox in ROUTING_PROVIDERS',
    'GOOGLE_MAPS_API_KEY: is required with google in ROUTING_PROVIDERS',
  ])
  expect(faultsOf({ ...routed, MODULES: 'api', ROUTING_URL: 'http://routing:9003' })).toEqual([])
  expect(faultsOf({ ...routed, MODULES: 'api' })).toHaveLength(3)
  const keys = { OSRM_URL: 'http://osrm:5000/', MAPBOX_ACCESS_TOKEN: SECRET, GOOGLE_MAPS_API_KEY: SECRET }
  expect(parseConfig({ ...routed, ...keys }).OSRM_URL).toBe('http://osrm:5000')
  expect(faultsOf({ NODE_ENV: 'test', GEOCODER: 'mapbox' })).toEqual([
    'MAPBOX_ACCESS_TOKEN: is required with GEOCODER=mapbox',
  ])
})

test('names of providers, profiles and countries are checked; nothing secret is in a fault', () => {
  const names = {
    ROUTING_PROVIDERS: 'embedded,embedded',
    OSRM_PROFILES: 'car=driving,bus=bus',
    MAPBOX_ACCESS_TOKEN: `${SECRET} with spaces`,
    GEOCODER: 'guess',
    GEOCODER_COUNTRIES: 'Sweden',
    GEOCODER_PER_SECOND: '0',
  }
  const faults = faultsOf({ NODE_ENV: 'test', ...names })
  expect(faults.map((line) => line.split(/[:.]/)[0]!).toSorted()).toEqual(Object.keys(names).toSorted())
  expect(faults.join()).not.toContain(SECRET)
  expect(faultsOf({ NODE_ENV: 'test', ROUTING_PROVIDERS: 'embedded,here' })).toHaveLength(1)
  const { ROUTING_PROVIDERS, OSRM_PROFILES } = parseConfig({
    NODE_ENV: 'test',
    OSRM_PROFILES: 'car=driving,bike=cycling',
  })
  expect([ROUTING_PROVIDERS, OSRM_PROFILES]).toEqual([['embedded'], { car: 'driving', bike: 'cycling' }])
})

test('production needs a database and keys, and says both', () => {
  expect(faultsOf({ NODE_ENV: 'production' })).toEqual([
    'DATABASE_URL: is required in production',
    'JWT_KEYS: is required in production',
  ])
  expect(faultsOf({})).toHaveLength(2)
  expect(faultsOf(production)).toEqual([])
})

test('elsewhere both may be absent', () => {
  expect(faultsOf({ NODE_ENV: 'development' })).toEqual([])
  expect(faultsOf({ NODE_ENV: 'test' })).toEqual([])
})

test.each<[string, Record<string, string>]>([
  ['a database URL of another kind', { DATABASE_URL: `mysql://market:${SECRET}@db` }],
  ['a mail URL of another kind', { SMTP_URL: `http://user:${SECRET}@mail` }],
  ['keys that are no JSON', { JWT_KEYS: `{"keys": ${SECRET}` }],
  ['keys of another shape', { JWT_KEYS: JSON.stringify({ keys: [{ kid: SECRET, kty: 'RSA', k: SECRET }] }) }],
  ['a key that is too short', { JWT_KEYS: keySet(Buffer.from(SECRET).toString('base64url')) }],
  ['a key set under another name', { JWT_KEYS: JSON.stringify({ [SECRET]: [] }) }],
  ['a setting of a list that holds a secret by mistake', { LOG_LEVEL: SECRET, MODULES: SECRET }],
])('a value is never in the message: %s', (_, environment) => {
  const faults = faultsOf({ NODE_ENV: 'development', ...environment })
  expect(faults).not.toEqual([])
  expect(faults.join('\n')).not.toContain(SECRET)
  expect(faults.join('\n')).not.toContain(Buffer.from(SECRET).toString('base64url'))
})

test('road files are named once each, with commas between; none is none', () => {
  const roadsOf = (ROADS: string) => parseConfig({ NODE_ENV: 'test', ROADS }).ROADS
  expect(roadsOf('/roads/a.bin, /roads/b.bin,')).toEqual(['/roads/a.bin', '/roads/b.bin'])
  expect(roadsOf('')).toEqual([])
  expect(faultsOf({ NODE_ENV: 'test', ROADS: 'a.bin,a.bin' })).toEqual(['ROADS: must name each file once'])
  const many = Array.from({ length: 101 }, (_, index) => `${index}.bin`).join(',')
  expect(faultsOf({ NODE_ENV: 'test', ROADS: many })).toHaveLength(1)
})

test('a key must hold at least 32 bytes', () => {
  const key = (bytes: number) => keySet(Buffer.alloc(bytes, 7).toString('base64url'))
  expect(faultsOf({ ...production, JWT_KEYS: key(31) })[0]).toStartWith('JWT_KEYS')
  expect(parseConfig({ ...production, JWT_KEYS: key(32) }).JWT_KEYS).toHaveLength(1)
})

test('two keys of one id are refused: only the first would verify anything', () => {
  const keys = ['2026-11-23', '2026-11-24'].map((kid) => ({
    kid,
    kty: 'oct',
    k: Buffer.alloc(32, 7).toString('base64url'),
  }))
  expect(parseConfig({ ...production, JWT_KEYS: JSON.stringify({ keys }) }).JWT_KEYS).toHaveLength(2)
  const [fault] = faultsOf({ ...production, JWT_KEYS: JSON.stringify({ keys: [keys[0], keys[0]] }) })
  expect(fault).toStartWith('JWT_KEYS')
  expect(fault).toContain('a kid of their own')
})

test('any setting may come from a file, whose last line break is not part of it', async () => {
  const settings = parseConfig({
    NODE_ENV: 'production',
    DATABASE_URL_FILE: await fileWith('url', `${DATABASE_URL}\n`),
    JWT_KEYS_FILE: await fileWith('keys', keySet()),
    PORT_FILE: await fileWith('port', '8080\n'),
  })
  expect(settings).toMatchObject({ DATABASE_URL, PORT: 8080, JWT_KEYS: [{ kid: '2026-11-23' }] })
})

test('a file that is not there is a fault; so is a setting that is given twice', async () => {
  const twice = { DATABASE_URL, DATABASE_URL_FILE: await fileWith('twice', DATABASE_URL) }
  const faults = faultsOf({ ...production, ...twice, SMTP_URL_FILE: join(folder, 'nowhere') })
  expect(faults).toHaveLength(2)
  expect(faults[0]).toStartWith('DATABASE_URL: set it or DATABASE_URL_FILE')
  expect(faults[1]).toStartWith('SMTP_URL_FILE: the file cannot be read')
})

test('empty counts as absent, directly and in a file', async () => {
  expect(faultsOf({ ...production, JWT_KEYS: '' })).toEqual(['JWT_KEYS: is required in production'])
  const empty = await fileWith('empty', '\n')
  expect(parseConfig({ ...production, PORT: '' }).PORT).toBe(9001)
  expect(parseConfig({ ...production, PORT_FILE: empty }).PORT).toBe(9001)
  expect(faultsOf({ NODE_ENV: 'production', DATABASE_URL, JWT_KEYS_FILE: empty })).toEqual([
    'JWT_KEYS: is required in production',
  ])
})

test.each([
  ['api,dispatch,routing,realtime,web', 9001],
  ['api', 9001],
  ['dispatch', 9002],
  ['routing', 9003],
  ['realtime', 9004],
  [' dispatch , routing ', 9001],
])('MODULES=%s listens on %p when no port is given', (modules, port) => {
  expect(parseConfig({ ...production, MODULES: modules }).PORT).toBe(port)
})

test('a port that is given wins', () => {
  expect(parseConfig({ ...production, MODULES: 'dispatch', PORT: '7000' }).PORT).toBe(7000)
})

test('limits are on in production, off elsewhere, and as told when told', () => {
  expect(parseConfig(production).RATE_LIMITS).toBe(true)
  expect(parseConfig({ NODE_ENV: 'test' }).RATE_LIMITS).toBe(false)
  expect(parseConfig({ NODE_ENV: 'test', RATE_LIMITS: 'on' }).RATE_LIMITS).toBe(true)
  expect(parseConfig({ ...production, RATE_LIMITS: 'off' }).RATE_LIMITS).toBe(false)
})

test('what is not said is production: nothing is open by oversight', () => {
  const { NODE_ENV: _, ...unsaid } = production
  expect(parseConfig(unsaid).NODE_ENV).toBe('production')
})

test('the configuration cannot be changed afterwards', () => {
  expect(Object.isFrozen(parseConfig(production))).toBe(true)
})

const redis = { UPSTASH_REDIS_REST_URL: 'http://redis-http:80', UPSTASH_REDIS_REST_TOKEN: SECRET }

test('one of several replicas wants a Redis, whole', () => {
  const test = { NODE_ENV: 'test' }
  expect(faultsOf({ ...test, REPLICAS: '3' })).toEqual([expect.stringMatching(/^REPLICAS: .*UPSTASH_REDIS_REST_URL/)])
  expect(faultsOf({ ...test, REPLICAS: '3', ...redis })).toEqual([])
  expect(faultsOf({ ...test, REPLICAS: '1' })).toEqual([])
  const { UPSTASH_REDIS_REST_URL, UPSTASH_REDIS_REST_TOKEN } = redis
  expect(faultsOf({ ...test, UPSTASH_REDIS_REST_URL })).toEqual([expect.stringMatching(/^UPSTASH_REDIS_REST_TOKEN:/)])
  expect(faultsOf({ ...test, UPSTASH_REDIS_REST_TOKEN })).toEqual([expect.stringMatching(/^UPSTASH_REDIS_REST_URL:/)])
})

test('the token may come as a file, and is in no message', async () => {
  const UPSTASH_REDIS_REST_TOKEN_FILE = await fileWith('redis-token', `${SECRET}\n`)
  const { UPSTASH_REDIS_REST_URL } = redis
  const settings = parseConfig({ NODE_ENV: 'test', UPSTASH_REDIS_REST_URL, UPSTASH_REDIS_REST_TOKEN_FILE })
  expect(settings.UPSTASH_REDIS_REST_TOKEN).toBe(SECRET)
  const faults = faultsOf({ NODE_ENV: 'test', UPSTASH_REDIS_REST_URL: SECRET, UPSTASH_REDIS_REST_TOKEN: `${SECRET} ` })
  expect(faults).toHaveLength(2)
  expect(faults.join()).not.toContain(SECRET)
})

test.each(['nothing', 'a=%zz', 'a=%ff', 'a=b,=c', 'a b=c'])(
  'headers for the collector of traces: "%s" are none',
  (headers) => {
    expect(faultsOf({ NODE_ENV: 'test', OTEL_EXPORTER_OTLP_HEADERS: headers })).toEqual([
      expect.stringMatching(/^OTEL_EXPORTER_OTLP_HEADERS: must be name=value/),
    ])
  },
)

test('headers for the collector of traces are decoded', () => {
  const { OTEL_EXPORTER_OTLP_HEADERS: headers } = parseConfig({
    NODE_ENV: 'test',
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20x%2Cy, x-scope=a=b',
  })
  expect(headers).toEqual({ authorization: 'Bearer x,y', 'x-scope': 'a=b' })
})

test('the days of secrets are a JSON object of dates', () => {
  for (const text of ['{', '[]', '{"JWT_KEYS":"yesterday"}', '{"JWT_KEYS":20261123}']) {
    expect(faultsOf({ NODE_ENV: 'test', SECRETS_MADE_AT: text })).toHaveLength(1)
  }
  expect(parseConfig({ NODE_ENV: 'test', SECRETS_MADE_AT: '{"DATABASE_URL":"2026-11-23"}' }).SECRETS_MADE_AT).toEqual({
    DATABASE_URL: '2026-11-23',
  })
})

test('a secret that came as a file is read again: what will do holds, what is empty or wrong changes nothing', async () => {
  const file = await fileWith('reread', keySet())
  const environment = { NODE_ENV: 'test', JWT_KEYS_FILE: file, LOG_LEVEL: 'warn' }
  setConfig(parseConfig(environment))
  expect(rereadConfig(environment)).toEqual([])
  for (const text of ['', '{', '{"keys":[]}']) {
    await Bun.write(file, text)
    expect(() => rereadConfig(environment)).toThrow(ConfigError)
    expect(config().JWT_KEYS![0]!.k).toBe(Buffer.alloc(48, 7).toString('base64url'))
  }
  const fresh = Buffer.alloc(48, 8).toString('base64url')
  await Bun.write(file, keySet(fresh))
  // What is no secret in a file stays as it was at the start.
  expect(rereadConfig({ ...environment, LOG_LEVEL: 'error' })).toEqual(['JWT_KEYS'])
  expect(config()).toMatchObject({ JWT_KEYS: [{ k: fresh }], LOG_LEVEL: 'warn' })
})
