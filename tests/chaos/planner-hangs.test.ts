/** The thread that plans hangs in every round: rounds overrun, and the market goes on. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { ask, tell } from '../support/chaos-client'
import { brokenInvariants } from '../support/chaos-invariants'
import { startLoad } from '../support/chaos-load'
import { kitchen, settleTown, type Town } from '../support/chaos-people'
import { type ChaosPostgres, type ChaosSql, openSql, startChaosPostgres } from '../support/chaos-postgres'
import { endServers, type Server, startServer, until } from '../support/chaos-server'

const settings = { dispatchPolicy: 'optimiser', offerTimeoutSeconds: 10 }
const ROUND_MS = 200
/** What a plan may take, and what is waited beyond that: see planning/planner.ts. */
const HANG_MS = 2_000

let postgres: ChaosPostgres
let sql: ChaosSql
let server: Server
let town: Town

beforeAll(async () => {
  postgres = await startChaosPostgres('planner')
  server = await startServer({
    databaseUrl: postgres.url,
    environment: { DISPATCH_ROUND_MS: String(ROUND_MS) },
    preload: './tests/support/hanging-planner.ts',
  })
  await server.ready(60)
  sql = openSql(postgres.url)
  town = await settleTown(sql, { customers: 2, cooks: 1, couriers: 3, settings })
})

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

test('each round hangs for longer than its interval: the next one comes, nobody waits for it, and it is said', async () => {
  const load = startLoad(town, () => server.base, { until: 'ready', pauseMs: 1_000 })
  const answersMs: number[] = []
  let isOver = false
  const asking = (async () => {
    while (!isOver) {
      const { tookMs } = await ask(server.base, 'GET', `/chefs?lat=${kitchen.lat}&lng=${kitchen.lng}`)
      answersMs.push(tookMs)
      await Bun.sleep(20)
    }
  })()
  const delivered = async () => (await sql`select from deliveries where status = 'delivered'`).length
  await until('six are brought', async () => (await delivered()) >= 6, 60)
  isOver = true
  await Promise.all([asking, load.stop()])

  const offers = await sql<
    { policy: string }[]
  >`select distinct policy from dispatch_decisions where outcome = 'offered'`
  expect(offers.map(({ policy }) => policy)).toEqual(['nearest-driver'])
  const rounds = await metric('dispatch_round_seconds_count')
  const overran = rounds - (await metric('dispatch_round_seconds_bucket{le="1"}'))
  const failures = await metric('dispatch_plan_failures_total')
  const p99Ms = answersMs.toSorted((a, b) => a - b)[Math.floor(answersMs.length * 0.99)]!
  tell('hanging', { rounds, overran, failures, answers: answersMs.length, p99Ms: Math.round(p99Ms) })
  expect(overran).toBeGreaterThan(1)
  expect(failures).toBeGreaterThan(1)
  for (const line of ['a round could not be planned', 'a round goes on with the nearest drivers'])
    expect(server.output()).toContain(line)
  expect(p99Ms).toBeLessThan(HANG_MS / 2)
  expect(await brokenInvariants(sql)).toEqual([])
}, 90_000)
