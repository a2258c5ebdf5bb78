/** A server that is killed while it adds up drives leaves nothing half-done, and what is told again counts once. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { rmSync } from 'node:fs'
import type { TimedFix } from '#modules/routing/speeds/trips'
import { ask } from '../support/chaos-client'
import { orderOf, settleTown, type Town } from '../support/chaos-people'
import { type ChaosPostgres, type ChaosSql, openSql, startChaosPostgres } from '../support/chaos-postgres'
import { endServers, type Server, startServer, until } from '../support/chaos-server'
import { crossing, speedTownRoads, townRouter } from '../support/speed-town'

const COURIERS = 4
const roads = speedTownRoads()

let postgres: ChaosPostgres
let sql: ChaosSql
let town: Town
let server: Server
let drives: TimedFix[][]

const start = async () => {
  server = await startServer({ databaseUrl: postgres.url, environment: { ROADS: roads } })
  await server.ready()
}

beforeAll(async () => {
  postgres = await startChaosPostgres('road-speeds')
  await start()
  sql = openSql(postgres.url)
  town = await settleTown(sql, { customers: 1, cooks: 1, couriers: COURIERS })
  await sql`update drivers set vehicle_type = 'car'`
  for (const { driverId } of town.couriers) {
    const { body } = await ask(server.base, 'POST', '/orders', {
      token: town.customers[0]!.token,
      body: orderOf(town.cooks[0]!),
    })
    const { id } = body as { id: string }
    await sql`
      insert into deliveries (order_id, zone_id, status, driver_id, created_at, assigned_at)
      values (${id}, ${town.zoneId}, 'in_transit', ${driverId}, now(), now() - interval '3 hours')`
  }
  const router = townRouter(roads)
  drives = town.couriers.map((_, seed) => crossing(router, 2, Date.now() - 8 * 60_000, seed))
})

afterAll(async () => {
  await endServers()
  rmSync(roads)
  await sql?.end({ timeout: 1 })
  await postgres?.stop()
})

/** As a telephone does that got no answer: the same fixes again. */
const tellDrives = async () => {
  for (const [i, { token }] of town.couriers.entries()) {
    for (const { lat, lng, atMs, accuracyMeters } of drives[i]!) {
      const body = { lat, lng, accuracyMeters, recordedAt: new Date(atMs).toISOString() }
      expect((await ask(server.base, 'POST', '/drivers/location', { token, body })).status).toBe(200)
    }
  }
}

const runJob = () => sql`update periodic_jobs set next_run_at = now() where name = 'learn-road-speeds'`
const lastRun = async () => {
  const [row] = await sql`select last_success_at from periodic_jobs where name = 'learn-road-speeds'`
  return String(row?.lastSuccessAt)
}
const sums = () => sql`select bucket, side, meters, seconds, trips from road_speeds order by bucket, side`
const cursors = () => sql`select driver_id, matched_until from road_speed_cursors order by driver_id`

test('killed between the cursors and the sums it has written neither', async () => {
  await tellDrives()
  await sql.begin(async (tx) => {
    await tx`lock table road_speeds in exclusive mode`
    await runJob()
    const isWaiting = async () =>
      (await sql`select from pg_locks where relation = 'road_speeds'::regclass and not granted`).length > 0
    await until('the job waits for the table', isWaiting, 20)
    server.kill('SIGKILL')
    await server.exited()
  })
  expect(await cursors()).toHaveLength(0)
  expect(await sums()).toHaveLength(0)
})

test('what is told again after that counts once, and not again after another kill', async () => {
  await start()
  await tellDrives()
  await runJob()
  await until('the drives are added up', async () => (await sums()).length > 0, 30)
  const once = await sums()
  expect(await cursors()).toHaveLength(COURIERS)
  const trips = once.map((row) => Number(row.trips))
  expect(Math.max(...trips)).toBe(COURIERS)

  server.kill('SIGKILL')
  await server.exited()
  await start()
  await tellDrives()
  const before = await lastRun()
  await runJob()
  await until('the job has run again', async () => (await lastRun()) !== before, 30)
  expect(await sums()).toEqual(once)
})
