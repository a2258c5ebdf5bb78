import { afterAll, beforeAll, expect, test } from 'bun:test'
import { ask, isRetryLater, sumUp, tell } from '../support/chaos-client'
import { brokenInvariants, brokenPromises, unpromised } from '../support/chaos-invariants'
import { type Load, startLoad } from '../support/chaos-load'
import { settleTown, type Town } from '../support/chaos-people'
import { type ChaosPostgres, type ChaosSql, openSql, startChaosPostgres, waitUntilUp } from '../support/chaos-postgres'
import { endServers, type Server, startServer, until } from '../support/chaos-server'
import { connectSocket, subscribe } from '../support/chaos-socket'

const longestMsMax = 3_000
const recoverySecondsMax = 10

let postgres: ChaosPostgres
let sql: ChaosSql
let server: Server
let town: Town

beforeAll(async () => {
  postgres = await startChaosPostgres('killed')
  server = await startServer({ databaseUrl: postgres.url })
  await server.ready()
  sql = openSql(postgres.url)
  town = await settleTown(sql, { customers: 8, cooks: 3, couriers: 4 })
})

afterAll(async () => {
  await endServers()
  await sql?.end({ timeout: 1 })
  await postgres?.stop()
})

const get = (path: string) => ask(server.base, 'GET', path)

test('while Postgres is gone everything is answered soon, and afterwards nothing is missing', async () => {
  const subscriber = await subscribe(server.base, town.admin.token, `zone:${town.zoneId}`)
  const load = startLoad(town, () => server.base, { until: 'ready' })
  await until('some orders', () => load.orders.size >= 20, 20)

  const killedMs = performance.now()
  postgres.keepDown()
  postgres.kill()
  const noticedMs = await until('the server notices', async () => (await get('/health')).body.status === 'degraded', 5)
  const seen = new Set<string>()
  while (performance.now() - killedMs < 4_000) {
    const [live, health, ready, metrics] = await Promise.all([
      get('/health/live'),
      get('/health'),
      get('/health/ready'),
      get('/metrics'),
    ])
    seen.add(`${live.status} ${health.status} ${health.body.status} ${health.body.stores.database.status}`)
    seen.add(`${ready.status} ${ready.body.type} ${isRetryLater(ready)}`)
    seen.add(`${metrics.status} ${/^ridendine_database_up (\d)/m.exec(metrics.body)?.[1]}`)
    expect(Math.max(live.tookMs, health.tookMs, ready.tookMs, metrics.tookMs)).toBeLessThan(longestMsMax)
    await Bun.sleep(200)
  }
  expect([...seen].sort()).toEqual(['200 0', '200 200 degraded down', '503 /problems/not-ready true'])

  postgres.letUp()
  const restartMs = await waitUntilUp(postgres)
  const readyMs = await until(
    'ready again',
    async () => (await get('/health/ready')).status === 200,
    recoverySecondsMax,
  )
  const backMs = performance.now()
  const before = load.orders.size
  await until('orders are placed again', () => load.orders.size >= before + 20, 15)
  await load.stop()
  const outage = sumUp(load.answers, killedMs - 500, backMs)
  tell('noticed, restarted, ready', { noticedMs, restartMs, readyMs })
  tell('outage', outage)
  tell('in all', { ...sumUp(load.answers), orders: load.orders.size, refused: load.refused.length })

  expect(server.hasExited()).toBe(false)
  expect(load.refused).toEqual([])
  expect(load.answers.filter(({ status }) => status === 503).filter((answer) => !isRetryLater(answer))).toEqual([])
  expect(Object.keys(outage.byStatus)).not.toContain('500')
  expect(outage.longestMs).toBeLessThan(longestMsMax)
  expect(await brokenPromises(sql, load.orders.values())).toEqual([])
  expect(await brokenInvariants(sql)).toEqual([])
  expect(await unpromised(sql, load.orders)).toEqual([])
  expect(await subscriber.caughtUp(sql)).toEqual(subscriber.seqs())
})

test('a frame that fails for want of the database is answered with a problem, and the socket stays', async () => {
  const { frames, send, close } = await connectSocket(server.base, town.admin.token)
  const topic = `zone:${town.zoneId}`
  await sql.begin(async (tx) => {
    await tx`lock table zones in access exclusive mode`
    send({ type: 'subscribe', topic })
    const waiting = () =>
      tx<{ pid: number }[]>`select pid from pg_locks where not granted and relation = 'zones'::regclass`
    await until('it waits', async () => (await waiting()).length > 0, 5)
    for (const { pid } of await waiting()) await tx`select pg_terminate_backend(${pid})`
  })
  await until('it is answered', () => frames.length > 0, 5)
  expect(frames).toMatchObject([
    { type: 'error', topic, problem: { status: 503, type: '/problems/store-unavailable' } },
  ])
  await until(
    'it can subscribe',
    () => {
      send({ type: 'subscribe', topic })
      return frames.some(({ type }) => type === 'subscribed')
    },
    5,
  )
  close()
})

test('Postgres that crashes again and again, each time back at once, loses nothing', async () => {
  const load = startLoad(town, () => server.base, { until: 'ready' })
  const startedMs = performance.now()
  for (let crash = 1; crash <= 3; crash++) {
    const before = load.orders.size
    await until('orders are placed', () => load.orders.size >= before + 10, 15)
    postgres.kill()
    await until('Postgres is down', async () => !(await postgres.isUp()), 5)
    await waitUntilUp(postgres)
  }
  const before = load.orders.size
  await until('orders are placed again', () => load.orders.size >= before + 20, 15)
  await load.stop()
  tell('three crashes', { ...sumUp(load.answers, startedMs), orders: load.orders.size })
  await expectNothingLost(load)
})

test('connections that are cut, all of them, many times, cost nobody an order', async () => {
  const load = startLoad(town, () => server.base, { until: 'ready' })
  const startedMs = performance.now()
  while (performance.now() - startedMs < 5_000) {
    await sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'ridendine'`
    await Bun.sleep(150)
  }
  const before = load.orders.size
  const backMs = await until('orders are placed again', () => load.orders.size >= before + 20, 15)
  await load.stop()
  tell('cut connections', { ...sumUp(load.answers, startedMs), orders: load.orders.size, backMs })
  await expectNothingLost(load)
})

const expectNothingLost = async (load: Load) => {
  expect(server.hasExited()).toBe(false)
  expect(load.refused).toEqual([])
  expect(load.answers.filter(({ status }) => status === 500)).toEqual([])
  expect(load.answers.filter(({ status }) => status === 503).filter((answer) => !isRetryLater(answer))).toEqual([])
  expect(sumUp(load.answers).longestMs).toBeLessThan(longestMsMax)
  expect(await brokenPromises(sql, load.orders.values())).toEqual([])
  expect(await brokenInvariants(sql)).toEqual([])
}
