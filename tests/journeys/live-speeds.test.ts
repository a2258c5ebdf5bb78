/** What drivers' fixes show of the streets is what routes are told by, a moment later; and nothing of it twice. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { rmSync } from 'node:fs'
import { clock, turnClock } from '#core/clock'
import { positions } from '#core/positions'
import { openCities } from '#modules/routing/roads'
import { applySpeeds } from '#modules/routing/speeds/apply'
import { gatherFixes } from '#modules/routing/speeds/gathered-fixes'
import { learnSpeeds } from '#modules/routing/speeds/learn'
import type { TimedFix } from '#modules/routing/speeds/trips'
import { createThread } from '#modules/routing/speeds/worker-thread'
import { as, type Cook, type Courier, given } from '../support/given'
import { call, sql, useMarket } from '../support/market'
import { crossing, EAST_END, rebuildTown, speedTownRoads, townRouter, WEST_END } from '../support/speed-town'

const roads = speedTownRoads()
// The jobs of the server itself run once a minute: here they run when a test says so.
useMarket({ environment: { ROADS: roads, LIVE_SPEEDS: 'off' } })

const SLOWNESS = 5
const MINUTE_MS = 60_000

const fixes = gatherFixes()
let crashCount = 0
const thread = createThread(() => crashCount++)
let mai: Cook
let stopHearing: () => void
beforeAll(async () => {
  // Half past: no hour ends while the test drives.
  turnClock((30 - clock.now().getUTCMinutes()) * MINUTE_MS)
  mai = await given.chef('mai')
  stopHearing = positions.subscribe(fixes.hear)
})
afterAll(() => {
  stopHearing()
  thread.stop()
  rmSync(roads)
})

const learn = () => learnSpeeds(fixes, thread, clock.now())
const apply = () => applySpeeds(thread, clock.now())

/** A driver of a car who has had an order for three hours, or has none. */
const driver = async (name: string, { hasOrder = true } = {}): Promise<Courier> => {
  const courier = await given.driver(name)
  await sql()`update drivers set vehicle_type = 'car' where id = ${courier.driverId}`
  if (!hasOrder) return courier
  const { id } = await given.order({ until: 'assigned', chef: mai, driver: courier })
  await sql()`update deliveries set assigned_at = now() - interval '3 hours' where order_id = ${id}`
  return courier
}

const tell = async (courier: Courier, told: readonly TimedFix[]) => {
  for (const { lat, lng, atMs, accuracyMeters } of told) {
    const body = { lat, lng, accuracyMeters, recordedAt: new Date(atMs).toISOString() }
    expect((await as(courier).post('/drivers/location', body)).status).toBe(200)
  }
}

/** Crosses the town ten minutes ago. */
const cross = async (courier: Courier, seed: number) =>
  tell(courier, crossing(townRouter(roads), SLOWNESS, clock.nowMs() - 10 * MINUTE_MS, seed))

const route = async () => {
  const [from, to] = [WEST_END, EAST_END].map(({ lat, lng }) => `${lng},${lat}`)
  const { status, body } = await call('GET', `/routing/route/v1/driving/${from};${to}?steps=true&overview=false`)
  expect(status).toBe(200)
  const [{ duration, distance, legs }] = body.routes
  return { duration, distance, streets: legs[0].steps.map(({ name }: { name: string }) => name) }
}

const sums = () => sql()`select bucket, side, meters, seconds, trips from road_speeds order by bucket, side`

test('a street that drivers are slow on is avoided once enough of them have shown it', async () => {
  const before = await route()
  expect(before.streets).toContain('Main')
  expect(before.distance).toBeWithin(1_190, 1_210)
  for (const seed of [1, 2]) await cross(await driver(`slow${seed}`), seed)
  await learn()
  await apply()
  // Of two drivers nothing is told.
  expect(await route()).toEqual(before)

  for (const seed of [3, 4, 5]) await cross(await driver(`slow${seed}`), seed)
  await learn()
  await apply()
  const after = await route()
  expect(after.streets).toContain('Around')
  expect(after.streets).not.toContain('Main')
  expect(after.distance).toBeWithin(1_490, 1_510)
  expect(after.duration).toBeGreaterThan(before.duration * 1.15)
})

test('the sums say how fast the street was driven and by how many, at such an hour and of late, and by nobody', async () => {
  const rows = await sums()
  const buckets = new Set(rows.map(({ bucket }) => bucket))
  expect(buckets.size).toBe(2)
  expect(buckets.has(-1)).toBe(true)
  const slow = rows.filter(({ meters, seconds }) => meters / seconds < (50 / 3.6) * 0.3)
  expect(slow.length).toBeGreaterThanOrEqual(4)
  for (const { trips } of slow) expect(trips).toBeWithin(4.9, 5.001)
  const columns = await sql()`
    select column_name from information_schema.columns where table_name = 'road_speeds' order by column_name`
  expect(columns.map(({ columnName }) => columnName)).toEqual([
    ...['bucket', 'meters', 'observed_at', 'profile', 'seconds', 'side', 'tile', 'trips'],
  ])
})

test('what was read is not read again, neither by this process nor by one that reads it at the same time', async () => {
  const before = await sums()
  await learn()
  expect(await sums()).toEqual(before)

  await cross(await driver('omar'), 6)
  const outcomes = await Promise.allSettled([learn(), learn()])
  expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThanOrEqual(1)
  const after = await sums()
  const tripsOf = (rows: typeof before) => rows.reduce((sum, { trips }) => sum + trips, 0)
  // Two roads of Main and the one before them, in two buckets.
  expect(tripsOf(after) - tripsOf(before)).toBeWithin(5.8, 6.01)
})

test('who has no delivery is not looked at', async () => {
  const before = await sums()
  const lena = await driver('lena', { hasOrder: false })
  await cross(lena, 7)
  await learn()
  expect(await sums()).toEqual(before)
  expect(await sql()`select from road_speed_cursors where driver_id = ${lena.driverId}`).toHaveLength(0)
})

test('where nothing has changed nothing is exchanged; a request is answered while something is', async () => {
  const [city] = openCities()
  await apply()
  const inUse = city!.routers.car
  await apply()
  expect(city!.routers.car).toBe(inUse!)
  await sql()`update road_speeds set seconds = seconds * 4 where bucket = -1`
  const applying = apply()
  const during = route()
  await applying
  expect((await during).distance).toBeWithin(1_490, 1_510)
  expect(city!.routers.car).not.toBe(inUse!)
})

test('as time goes by the street is as fast as the map says', async () => {
  await sql()`update road_speeds set observed_at = now() - interval '100 days', trips = 3.1`
  await apply()
  const { streets, distance } = await route()
  expect(streets).toContain('Main')
  expect(distance).toBeWithin(1_190, 1_210)
})

test('an account that is deleted takes along up to when its fixes were read', async () => {
  const greta = await driver('greta')
  await cross(greta, 8)
  await learn()
  const cursors = () => sql()`select from road_speed_cursors where driver_id = ${greta.driverId}`
  expect(await cursors()).toHaveLength(1)
  await sql()`update deliveries set status = 'delivered', delivered_at = now() where driver_id = ${greta.driverId}`
  await sql()`update orders set status = 'delivered' where id in
    (select order_id from deliveries where driver_id = ${greta.driverId})`
  expect((await as(greta).delete('/users/me')).status).toBe(200)
  expect(await cursors()).toHaveLength(0)
})

test('a thread that dies fails what it was asked; the next question has another one, and the old speeds stay', async () => {
  const [city] = openCities()
  const inUse = city!.routers.car
  const crashesBefore = crashCount
  const trip = crossing(townRouter(roads), SLOWNESS, 0, 1)
  const task = { kind: 'match', path: roads, checksum: city!.checksum!, profile: 'car' } as const
  const dying = thread.ask({ ...task, trips: Array.from({ length: 500 }, () => trip) }, 1)
  await expect(dying).rejects.toThrow('took longer than 0.001 s')
  expect(crashCount).toBe(crashesBefore + 1)
  expect(city!.routers.car).toBe(inUse!)
  const { matchedCount } = await thread.ask({ ...task, trips: [trip] }, 20_000)
  expect(matchedCount).toBeGreaterThan(trip.length * 0.9)
})

test('a road file that was replaced under a running process changes nothing until it is opened', async () => {
  const [city] = openCities()
  await sql()`update road_speeds set observed_at = now(), trips = 10, seconds = meters`
  rebuildTown(roads)
  const inUse = city!.routers.car
  // Another thread: this one has the file open that was there before.
  const fresh = createThread(() => {})
  await expect(applySpeeds(fresh, clock.now())).rejects.toThrow('was replaced')
  fresh.stop()
  expect(city!.routers.car).toBe(inUse!)
})
