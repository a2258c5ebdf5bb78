import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { MIGRATIONS } from '#core/migrations'
import { ask, isRetryLater, tell } from '../support/chaos-client'
import { type ChaosPostgres, makeDatabase, openSql, startChaosPostgres, waitUntilUp } from '../support/chaos-postgres'
import { endServers, freePort, startServer, until } from '../support/chaos-server'
import { townRoads } from '../support/roads'

let postgres: ChaosPostgres

beforeAll(async () => {
  postgres = await startChaosPostgres('starting')
})

afterEach(endServers)

afterAll(async () => {
  await postgres?.stop()
})

test('it waits for a database that is not up yet: alive, not ready, then ready', async () => {
  const databaseUrl = await makeDatabase(postgres.url, 'late')
  postgres.keepDown()
  postgres.kill()
  await until('Postgres is down', async () => !(await postgres.isUp()), 5)
  for (const environment of [{ MIGRATE: 'on' }, { MIGRATE: 'off' }]) {
    const server = await startServer({ databaseUrl, environment })
    const get = (path: string) => ask(server.base, 'GET', path)
    await until('it is alive', async () => (await get('/health/live')).status === 200, 10)
    await Bun.sleep(1_200)
    const [live, ready, chefs] = await Promise.all([
      get('/health/live'),
      get('/health/ready'),
      get('/chefs?lat=57.7&lng=11.97'),
    ])
    expect([live.status, ready.status, ready.body.type]).toEqual([200, 503, '/problems/not-ready'])
    expect([ready, chefs].map(isRetryLater)).toEqual([true, true])
    server.kill('SIGTERM')
    expect(await server.exited(5)).toBe(0)
  }
  const waiting = await startServer({ databaseUrl })
  await until('it says that it waits', () => waiting.output().includes('waiting for the database'), 10)
  postgres.letUp()
  await waitUntilUp(postgres)
  const startedMs = performance.now()
  await waiting.ready(10)
  tell('ready after Postgres was up', { ms: Math.round(performance.now() - startedMs) })
})

test('two that start at once on an empty database both become ready, on one schema', async () => {
  const databaseUrl = await makeDatabase(postgres.url, 'empty')
  const servers = await Promise.all([1, 2, 3].map(() => startServer({ databaseUrl })))
  await Promise.all(servers.map((server) => server.ready()))
  const sql = openSql(databaseUrl)
  const applied = await sql<{ name: string }[]>`select name from schema_migrations order by name`
  await sql.end({ timeout: 1 })
  expect(applied.map(({ name }) => name)).toEqual(MIGRATIONS.map(({ name }) => name))
  expect(servers.map((server) => server.output().match(/database migrated/g)?.length ?? 0).sort()).toEqual([0, 0, 1])
})

test('a road file that is missing, cut off or something else stops the start, by its name', async () => {
  const whole = townRoads()
  const bytes = readFileSync(whole)
  const damaged = Buffer.from(bytes)
  damaged[bytes.length - 9]! ^= 1
  const broken = {
    missing: undefined,
    empty: '',
    cut: bytes.subarray(0, bytes.length - 1000),
    damaged,
    other: 'osm.pbf, they said',
  }
  const databaseUrl = await makeDatabase(postgres.url, 'roads')
  for (const [name, content] of Object.entries(broken)) {
    const file = join(dirname(whole), `${name}.bin`)
    if (content !== undefined) writeFileSync(file, content)
    const server = await startServer({ databaseUrl, environment: { ROADS: `${whole},${file}` } })
    expect([name, await server.exited(10)]).toEqual([name, 1])
    expect(server.output()).toContain(`The configuration has faults:\nROADS: ${file}`)
    expect(server.output()).not.toContain('    at ')
    expect(server.output()).not.toContain('"listening"')
  }
  // Who does not run routing needs no roads: one set of settings serves all parts.
  const environment = { ROADS: join(dirname(whole), 'missing.bin'), MODULES: 'api' }
  const server = await startServer({ databaseUrl, environment })
  await server.ready()
})

test('every fault of the configuration is named at once, and no secret', async () => {
  const secret = 'hunter2-hunter2-hunter2'
  const environment = {
    NODE_ENV: 'production',
    PORT: 'ninety',
    MODULES: 'api,cooking',
    JWT_KEYS: JSON.stringify({ keys: [{ kid: 'a', kty: 'oct', k: secret }] }),
    DATABASE_URL: `mysql://root:${secret}@localhost/market`,
    SMTP_URL: `http://user:${secret}@localhost`,
    DRAIN_DELAY_MS: '-1',
    MAIL_FROM: 'a',
    MAIL_FROM_FILE: '/nowhere',
    PUBLIC_URL_FILE: '/nowhere',
  }
  const server = await startServer({ environment })
  expect(await server.exited(10)).toBe(1)
  const names = ['PORT', 'MODULES', 'JWT_KEYS', 'DATABASE_URL', 'SMTP_URL', 'DRAIN_DELAY_MS', 'MAIL_FROM', 'PUBLIC_URL']
  const lines = server.output().split('\n')
  expect(names.filter((name) => !lines.some((line) => line.startsWith(name)))).toEqual([])
  expect(server.output()).not.toContain(secret)
  expect(server.output()).not.toContain('    at ')
})

test('what production must be told is named', async () => {
  const server = await startServer({ environment: { NODE_ENV: 'production', JWT_KEYS: undefined } })
  expect(await server.exited(10)).toBe(1)
  expect(server.output()).toContain('DATABASE_URL: is required in production')
  expect(server.output()).toContain('JWT_KEYS: is required in production')
})

test('a taken port ends it with words that say what to do', async () => {
  const port = await freePort()
  const first = await startServer({ databaseUrl: postgres.url, port })
  await first.ready()
  const second = await startServer({ databaseUrl: postgres.url, port })
  expect(await second.exited(10)).toBe(1)
  expect(second.output().trim()).toBe(
    `Cannot listen on 127.0.0.1:${port}: the port is taken. Stop what holds it, or set PORT to another.`,
  )
  expect((await ask(first.base, 'GET', '/health/ready')).status).toBe(200)
})

test('an address of another machine ends it with words that say so', async () => {
  const server = await startServer({ databaseUrl: postgres.url, environment: { HOST: '192.0.2.1' } })
  expect(await server.exited(10)).toBe(1)
  expect(server.output().trim()).toBe(`Cannot listen on 192.0.2.1:${server.port}: HOST is no address of this machine.`)
})

test('a database that is ahead in a way that breaks it, or whose past was edited, ends it with words that say so', async () => {
  const databaseUrl = await makeDatabase(postgres.url, 'ahead')
  const first = await startServer({ databaseUrl })
  await first.ready()
  const sql = openSql(databaseUrl)
  const last = MIGRATIONS.at(-1)!.name

  await sql`insert into schema_migrations (name, checksum, is_breaking) values ('9999-tomorrow', 'x', true)`
  const older = await startServer({ databaseUrl })
  expect(await older.exited(10)).toBe(1)
  expect(older.output().trim()).toBe(
    'The database has migration 9999-tomorrow, on which this version cannot run: run a newer version.',
  )

  await sql`update schema_migrations set is_breaking = false where name = '9999-tomorrow'`
  const behind = await startServer({ databaseUrl })
  await behind.ready()
  // What it says may come a little later than its being ready.
  await until('it says so', () => behind.output().includes('the database is ahead of this version'), 10)

  await sql`delete from schema_migrations where name = '9999-tomorrow'`
  await sql`update schema_migrations set checksum = 'edited' where name = ${last}`
  const edited = await startServer({ databaseUrl })
  expect(await edited.exited(10)).toBe(1)
  expect(edited.output()).toContain(`Migration ${last} was changed after it was applied.`)
  expect(edited.output()).not.toContain('    at ')
  // The one that runs goes on: a rolling update that goes wrong takes nothing down.
  expect((await ask(first.base, 'GET', '/health/ready')).status).toBe(200)
  await sql.end({ timeout: 1 })
})

test('a wrong password of the database ends it, without showing the right one', async () => {
  const { password } = new URL(postgres.url)
  const server = await startServer({ databaseUrl: postgres.url.replace(password, 'wrong-password') })
  expect(await server.exited(10)).toBe(1)
  expect(server.output()).toContain('password authentication failed')
  expect(server.output()).not.toContain('wrong-password')
})
