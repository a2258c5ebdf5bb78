import { afterAll, beforeAll, expect, test } from 'bun:test'
import { ask, sumUp, tell } from '../support/chaos-client'
import { brokenInvariants, brokenPromises, unpromised } from '../support/chaos-invariants'
import { startLoad } from '../support/chaos-load'
import { type Courier, courier, kitchen, settleTown, type Town } from '../support/chaos-people'
import { type ChaosPostgres, type ChaosSql, openSql, startChaosPostgres } from '../support/chaos-postgres'
import { endServers, freePort, type Server, startServer, until } from '../support/chaos-server'

const kills = 6

let postgres: ChaosPostgres
let sql: ChaosSql
let server: Server
let town: Town
let port: number

beforeAll(async () => {
  postgres = await startChaosPostgres('server')
  port = await freePort()
  server = await startServer({ databaseUrl: postgres.url, port })
  await server.ready()
  sql = openSql(postgres.url)
  // Offers last five seconds: some run out while the server is away.
  town = await settleTown(sql, { customers: 8, cooks: 3, couriers: 5, settings: { offerTimeoutSeconds: 5 } })
})

afterAll(async () => {
  await endServers()
  await sql?.end({ timeout: 1 })
  await postgres?.stop()
})

test('a server that is killed in the middle of everything, again and again, loses and doubles nothing', async () => {
  const load = startLoad(town, () => server.base, { until: 'ready' })
  const broken: string[] = []
  const restartsMs: number[] = []
  for (let kill = 1; kill <= kills; kill++) {
    const before = load.orders.size
    await until('orders are placed', () => load.orders.size >= before + 12, 20)
    // Not at the same point of a step each time.
    await Bun.sleep(kill * 7)
    server.kill('SIGKILL')
    await server.exited()
    // What was half done is rolled back as soon as Postgres notices that its client is gone.
    await until('its connections are gone', async () => (await connections()) === 0, 10)
    broken.push(...(await brokenInvariants(sql)))
    const startedMs = performance.now()
    server = await startServer({ databaseUrl: postgres.url, port })
    await server.ready()
    restartsMs.push(Math.round(performance.now() - startedMs))
  }
  const before = load.orders.size
  const deliveredCount = () =>
    [...load.orders.values()].filter(({ steps }) => steps.includes('delivery:deliver')).length
  await until('orders are placed again', () => load.orders.size >= before + 20, 20)
  // The zone is taken over when the lease of the one that was killed last has run out.
  await until('orders are delivered again', () => deliveredCount() > 0, 30)
  await load.stop()
  const delivered = deliveredCount()
  tell('in all', { ...sumUp(load.answers), orders: load.orders.size, delivered })
  tell('restarts', { restartsMs })

  expect(broken).toEqual([])
  expect(load.refused).toEqual([])
  expect(load.answers.filter(({ status }) => status === 500)).toEqual([])
  expect(await brokenPromises(sql, load.orders.values())).toEqual([])
  expect(await brokenInvariants(sql)).toEqual([])
  expect(await unpromised(sql, load.orders)).toEqual([])
})

const connections = async () =>
  (await sql`select pid from pg_stat_activity where application_name = 'ridendine'`).length

test('offers that were open when the server was killed run out after it is back', async () => {
  const omar = await courier(sql)
  const told = await ask(server.base, 'POST', '/drivers/location', { token: omar.token, body: kitchen })
  expect(told.status).toBe(200)
  const silent = startLoad({ ...town, couriers: [] }, () => server.base, { until: 'ready' })
  await until('an offer is open', async () => (await openOffersOf(omar)).length > 0, 15)
  await silent.stop()
  server.kill('SIGKILL')
  await server.exited()
  const open = await openOffersOf(omar)
  expect(open).toHaveLength(1)
  server = await startServer({ databaseUrl: postgres.url, port })
  await server.ready()
  const expiredMs = await until('they have run out', async () => (await stillOpen(open)) === 0, 15)
  tell('offers', { open: open.length, expiredMs: Math.round(expiredMs) })
  const ends = await sql<{ status: string }[]>`select distinct status from offers where id::text = any(${open})`
  expect(ends.map(({ status }) => status)).toEqual(['expired'])
  expect(await brokenInvariants(sql)).toEqual([])
})

const openOffersOf = async ({ driverId }: Courier) =>
  (await sql<{ id: string }[]>`select id::text from offers where driver_id = ${driverId} and status = 'open'`).map(
    ({ id }) => id,
  )

const stillOpen = async (ids: string[]) =>
  (await sql`select id from offers where id::text = any(${ids}) and status = 'open'`).length
