/** Ten times the load: a thousand open orders, first without a driver, then with five hundred. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { ask, tell } from '../support/chaos-client'
import { brokenOffers } from '../support/chaos-invariants'
import { kitchen, settleTown, type Town } from '../support/chaos-people'
import { type ChaosPostgres, type ChaosSql, openSql, startChaosPostgres } from '../support/chaos-postgres'
import { endServers, type Server, startServer, until } from '../support/chaos-server'
import { comeOnDuty, manyOrders, memoryOf } from '../support/crowd'

const NEAR_ORDERS = 400
const FAR_ORDERS = 600
const DRIVERS = 500
/** Thirty kilometres: no driver is asked to go there. */
const FAR_KITCHEN = { lat: kitchen.lat + 0.27, lng: kitchen.lng }
const ROUND_MS = 500
const MEMORY_MB_MAX = 700

let postgres: ChaosPostgres
let sql: ChaosSql
let server: Server
let town: Town
let far: string[]
let near: string[]

beforeAll(async () => {
  postgres = await startChaosPostgres('crowd')
  const environment = { DISPATCH_ROUND_MS: String(ROUND_MS), DATABASE_POOL_MAX: '8' }
  server = await startServer({ databaseUrl: postgres.url, environment })
  await server.ready(60)
  sql = openSql(postgres.url)
  town = await settleTown(sql, { customers: 1, cooks: 2, couriers: DRIVERS, settings: { offerTimeoutSeconds: 60 } })
  await sql`update drivers set is_available = false`
  const [away, here] = [town.cooks[0]!, town.cooks[1]!]
  far = await manyOrders(sql, server.base, town, away, FAR_ORDERS, 2_000)
  near = await manyOrders(sql, server.base, town, here, NEAR_ORDERS, 1_000)
  await sql`update chefs set location = point(${FAR_KITCHEN.lng}, ${FAR_KITCHEN.lat}) where id = ${away.chefId}`
}, 120_000)

afterAll(async () => {
  await endServers()
  await sql?.end({ timeout: 1 })
  await postgres?.stop()
})

const metric = async (name: string) => {
  const { body } = await ask(server.base, 'GET', '/metrics')
  const lines = String(body)
    .split('\n')
    .filter((line) => line.startsWith(`ridendine_${name}`))
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}
const rounds = () => metric('dispatch_round_seconds_count')
const roundsPass = async (count: number) => {
  const before = await rounds()
  return until(`${count} rounds`, async () => (await rounds()) >= before + count, 60)
}
const countOf = async (where: string) =>
  (await sql.unsafe(`select count(*)::integer as count from deliveries where ${where}`))[0]!.count as number

test('a thousand orders and nobody who drives: each is looked at, reaches the board, and operators hear of it', async () => {
  await until(
    'a round has looked at each',
    async () => {
      const [row] =
        await sql`select count(distinct order_id)::integer as count from dispatch_decisions where outcome = 'no_driver'`
      return row!.count >= NEAR_ORDERS + FAR_ORDERS
    },
    30,
  )
  // Five minutes go by.
  await sql`update deliveries set created_at = created_at - interval '10 minutes'`
  await sql`update dispatch_decisions set decided_at = decided_at - interval '301 seconds'`
  await until(
    'all are on the board and told',
    async () => (await countOf('on_board_at is not null and untaken_at is not null')) >= NEAR_ORDERS + FAR_ORDERS,
    60,
  )
  const told = await sql`select data ->> 'orderId' as id from events where type = 'delivery.untaken'`
  expect(new Set(told.map(({ id }) => id)).size).toBe(NEAR_ORDERS + FAR_ORDERS)
  expect(told).toHaveLength(NEAR_ORDERS + FAR_ORDERS)
}, 120_000)

test('five hundred drivers come: rounds go on, the oldest is asked for first, and what nobody can fetch starves nothing', async () => {
  const answersMs: number[] = []
  let isOver = false
  const asking = (async () => {
    while (!isOver) {
      const { status, tookMs } = await ask(
        server.base,
        'GET',
        `/chefs?lat=${kitchen.lat}&lng=${kitchen.lng}&radiusKm=5`,
      )
      expect(status).toBe(200)
      answersMs.push(tookMs)
      await Bun.sleep(50)
    }
  })()
  const startedMs = performance.now()
  await comeOnDuty(sql, server.base, town.couriers, kitchen)
  const isOffered = async (ids: readonly string[]) =>
    (await sql`select from deliveries where order_id = any(${ids as string[]}::uuid[]) and status <> 'unassigned'`)
      .length
  await until('the oldest are offered', async () => (await isOffered(near.slice(0, 10))) === 10, 60)
  const oldestMs = performance.now() - startedMs
  expect(oldestMs).toBeLessThan(20_000)
  // Each driver thinks about what he is offered for a minute; some orders may have to wait for that.
  await until('nearly all are offered', async () => (await isOffered(near)) >= 0.9 * NEAR_ORDERS, 90)
  const mostMs = performance.now() - startedMs
  const early = await memoryOf(server.pid)
  await roundsPass(20)
  const late = await memoryOf(server.pid)
  isOver = true
  await asking
  const sorted = answersMs.toSorted((a, b) => a - b)
  const p99Ms = sorted[Math.floor(sorted.length * 0.99)]!
  tell('crowd', {
    oldestAfterMs: Math.round(oldestMs),
    mostAfterMs: Math.round(mostMs),
    memoryMb: [Math.round(early), Math.round(late)],
    answers: sorted.length,
    p99Ms: Math.round(p99Ms),
    roundsCut: await metric('dispatch_rounds_cut_total'),
    planFailures: await metric('dispatch_plan_failures_total'),
  })
  expect(await isOffered(far)).toBe(0)
  expect(await brokenOffers(sql)).toEqual([])
  expect(late).toBeLessThan(MEMORY_MB_MAX)
  expect(late - early).toBeLessThan(150)
  expect(p99Ms).toBeLessThan(2_000)
}, 240_000)
