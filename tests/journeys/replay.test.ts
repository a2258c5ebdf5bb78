/** Recorded days once more: a short market is lived with real parts, then `bun run replay` runs it under other policies. */
import { beforeAll, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { turnClock } from '#core/clock'
import { config } from '#core/config'
import type { LatLng } from '#core/geo'
import { approximateLeg } from '#modules/routing/index'
import { leaveToTest } from '../support/bundles'
import { as, type Cook, type Courier, DOOR, given } from '../support/given'
import { sql, useMarket } from '../support/market'

useMarket()

const MINUTE_MS = 60_000
const KITCHENS = [
  { lat: 57.7, lng: 11.97 },
  { lat: 57.712, lng: 11.985 },
  { lat: 57.695, lng: 11.95 },
]
const BATCHES = 3

let from: string
let to: string
let ada: Awaited<ReturnType<typeof given.admin>>
let drivers: Courier[]
let cooks: Cook[]
const brought: { id: string; kitchen: LatLng }[] = []

const drive = (courier: Courier) => as(courier).post('/drivers/location', KITCHENS[0]!)
const passes = async (minutes: number) => {
  turnClock(minutes * MINUTE_MS)
  for (const courier of drivers) await drive(courier)
}
const step = async (person: { token: string }, orderId: string, what: string, body?: object) =>
  expect((await as(person).patch(`/orders/${orderId}/${what}`, body)).status).toBe(200)

beforeAll(async () => {
  ada = await given.admin()
  cooks = []
  for (const [index, at] of KITCHENS.entries()) cooks.push(await given.chef(`mai${index}`, { at }))
  drivers = [await given.driver('omar', { at: KITCHENS[0]! }), await given.driver('lena', { at: KITCHENS[1]! })]
  from = new Date().toISOString()
  // Offers are made when the food is ready: none runs out while a test lets time pass.
  await leaveToTest()
  for (let batch = 0; batch < BATCHES; batch++) await liveThroughTwo(batch)
  // One that its kitchen gives up before anybody could have it at the door.
  const { id } = await given.order({ until: 'accepted', chef: cooks[0]! })
  await step(cooks[0]!, id, 'cancel', { reason: 'The oven is broken' })
  await sql()`update zones set settings = '{}'`
  to = new Date(Date.parse(from) + 60 * MINUTE_MS).toISOString()
}, 60_000)

/** Two orders of neighbouring kitchens, each for one of the two drivers, by offers of real rounds. */
const liveThroughTwo = async (batch: number) => {
  const two = [cooks[batch % 3]!, cooks[(batch + 1) % 3]!]
  const orders = []
  for (const chef of two) orders.push(await given.order({ until: 'accepted', chef }))
  // The first food takes longer than any way to it.
  await passes(batch === 0 ? 3 : 1)
  for (const { id, chef } of orders) {
    await step(chef, id, 'preparing')
    await step(chef, id, 'ready')
    brought.push({ id, kitchen: KITCHENS[cooks.indexOf(chef)]! })
  }
  await Promise.all(
    drivers.map(async (courier) => {
      const offer = await given.offer(courier)
      expect((await as(courier).post(`/drivers/offers/${offer.id}/accept`)).status).toBe(200)
    }),
  )
  await passes(1)
  for (const { id, handoverCode } of orders) {
    const courier = (await driverOf(id))!
    await step(courier, id, 'pickup')
    await passes(1)
    await step(courier, id, 'deliver', { proof: { code: handoverCode } })
  }
}

const driverOf = async (orderId: string) => {
  const [row] = await sql()<{ driverId: string }[]>`select driver_id from deliveries where order_id = ${orderId}`
  return drivers.find(({ driverId }) => driverId === row!.driverId)
}

const run = async (args: string[], databaseUrl = config().DATABASE_URL) => {
  const child = Bun.spawn([process.execPath, '--no-env-file', 'src/cli/replay.ts', ...args], {
    env: { PATH: process.env.PATH, NODE_ENV: 'test', ...(databaseUrl && { DATABASE_URL: databaseUrl }) },
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
  return { exitCode: await child.exited, stdout, stderr }
}

type Line = { order: string; driver: string } & Record<'ready' | 'assigned' | 'pickedUp' | 'delivered', number>

const linesOf = (folder: string, policy: string): Line[] =>
  readFileSync(join(folder, `test-zone-${policy}.tsv`), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((text) => {
      const [order = '', driver = '', , ...times] = text.split('\t')
      const [ready, assigned, pickedUp, delivered] = times.map((time) => Date.parse(time) / 1000) as number[]
      return { order, driver, ready: ready!, assigned: assigned!, pickedUp: pickedUp!, delivered: delivered! }
    })

const way = (a: LatLng, b: LatLng) => approximateLeg(a, b).durationSeconds
/** Ours of the table, by their titles' order. */
const cellsOf = (stdout: string, policy: string) =>
  stdout
    .split('\n')
    .find((line) => line.startsWith('test-zone') && line.includes(` ${policy} `))!
    .trim()
    .split(/\s+/)
    .slice(2)
    .map(Number)

const checksum = async () => {
  const tables = [
    'orders',
    'deliveries',
    'offers',
    'order_events',
    'driver_shifts',
    'zones',
    'eta_estimates',
    'drivers',
  ]
  const sums = tables.map(async (table) => {
    const [row] = await sql()`
      select count(*)::integer as count, md5(string_agg(t::text, '|' order by t::text)) as sum from ${sql()(table)} t`
    return [table, row]
  })
  return Promise.all(sums)
}

test('both policies bring every order once, as food, ways and drivers allow; and nothing is written', async () => {
  const before = await checksum()
  const folder = mkdtempSync(join(tmpdir(), 'replay-'))
  try {
    const { stdout, stderr, exitCode } = await run(['--from', from, '--to', to, '--out', folder])
    expect([exitCode, stderr]).toEqual([0, ''])
    expect(await checksum()).toEqual(before)
    expect(stdout).toContain(`${brought.length + 1} orders accepted, 1 of them cancelled; ${brought.length} count`)
    expect(stdout).toContain('estimates')
    for (const policy of ['ours', 'nearest']) {
      const lines = linesOf(folder, policy)
      expect(lines.map(({ order }) => order).toSorted()).toEqual(brought.map(({ id }) => id).toSorted())
      expect(cellsOf(stdout, policy)[0]).toBe(0)
      expectPossible(lines)
    }
    expectNothingPersonal(stdout)
  } finally {
    rmSync(folder, { recursive: true })
  }
}, 30_000)

/** No food before it is ready, no way faster than it is, no driver in two places. */
const expectPossible = (lines: readonly Line[]) => {
  const kitchens = new Map(brought.map(({ id, kitchen }) => [id, kitchen]))
  for (const line of lines) {
    expect(line.pickedUp).toBeGreaterThanOrEqual(line.ready)
    expect(line.pickedUp).toBeGreaterThanOrEqual(line.assigned)
    const floor = way(kitchens.get(line.order)!, DOOR) + 120
    expect(line.delivered - line.pickedUp).toBeGreaterThanOrEqual(floor - 0.01)
  }
  expect(drivers.map(({ driverId }) => driverId)).toEqual(expect.arrayContaining(lines.map(({ driver }) => driver)))
  for (const own of Map.groupBy(lines, ({ driver }) => driver).values()) {
    const rides = [...Map.groupBy(own, ({ pickedUp }) => pickedUp).values()].sort(
      ([a], [b]) => a!.pickedUp - b!.pickedUp,
    )
    for (const [index, ride] of rides.entries()) {
      // One ride is of one kitchen, and its doors come one after the other.
      expect(new Set(ride.map(({ order }) => kitchens.get(order))).size).toBe(1)
      const next = rides[index + 1]?.[0]
      if (!next) continue
      const freeAt = Math.max(...ride.map(({ delivered }) => delivered)) + 60
      expect(next.pickedUp).toBeGreaterThanOrEqual(freeAt + way(DOOR, kitchens.get(next.order)!) + 60 - 0.01)
    }
  }
}

const expectNothingPersonal = (stdout: string) => {
  for (const text of ['omar', 'lena', 'Testgatan', '57.7', '11.9', '@', drivers[0]!.driverId])
    expect(stdout.toLowerCase()).not.toContain(text.toLowerCase())
}

test('the recorded line is what the API says of these orders', async () => {
  const { stdout } = await run(['--from', from, '--to', to, '--policy', 'nearest', '--zone', 'test-zone'])
  const times = await Promise.all(
    brought.map(async ({ id }) => {
      const { history } = (await as(ada).get(`/orders/${id}/tracking`)).body
      const { createdAt } = (await as(ada).get(`/orders/${id}`)).body
      const at = (event: string) =>
        Date.parse(history.find((one: { machine: string; event: string }) => one.event === event).at)
      return { toDoor: at('deliver') - Date.parse(createdAt), toPickup: at('pickup') - at('ready') }
    }),
  )
  const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length / MINUTE_MS
  const [undelivered, clickToDoor, , , readyToPickup] = cellsOf(stdout, 'recorded')
  expect(undelivered).toBe(0)
  expect(clickToDoor).toBeCloseTo(mean(times.map(({ toDoor }) => toDoor)), 1)
  expect(readyToPickup).toBeCloseTo(mean(times.map(({ toPickup }) => toPickup)), 1)
}, 30_000)

test('a day repeats exactly, and another setting makes another day', async () => {
  const span = ['--from', from, '--to', to]
  const cells = async (...more: string[]) =>
    cellsOf((await run([...span, '--policy', 'nearest', ...more])).stdout, 'nearest')
  const first = (await cells()).slice(0, 11)
  expect((await cells()).slice(0, 11)).toEqual(first)
  // Nobody may be asked who is farther than 100 m from a kitchen.
  const near = ['--set', 'dispatchRadiusMeters=100', '--set', 'offerRadiusMeters=100']
  expect((await cells(...near))[0]).toBeGreaterThan(first[0]!)
}, 60_000)

test('what cannot be done is said, and how', async () => {
  const span = ['--from', from, '--to', to]
  const refusals: [args: string[], exitCode: number, says: RegExp, url?: string][] = [
    [[...span, '--zone', 'atlantis'], 2, /no zone "atlantis"; there are test-zone/],
    [[...span, '--policy', 'farthest'], 2, /no policy "farthest"; there are ours, nearest/],
    [[...span, '--set', 'colour=red'], 2, /not "colour"/],
    [['--from', '2999-01-01', '--to', '2999-01-02'], 2, /future/],
    [span, 2, /DATABASE_URL is missing/, ''],
    [span, 1, /database cannot be read/, 'postgres://nobody:secret@127.0.0.1:9/none'],
  ]
  for (const [args, exitCode, says, url] of refusals) {
    const reply = await run(args, url ?? config().DATABASE_URL)
    expect([reply.exitCode, reply.stderr]).toEqual([exitCode, expect.stringMatching(says)])
    expect(reply.stderr).not.toContain('secret')
  }
  const quiet = await run(['--from', '2020-01-01', '--to', '2020-01-02'])
  expect([quiet.exitCode, quiet.stdout]).toEqual([0, 'No kitchen accepted an order in that time.\n'])
}, 60_000)
