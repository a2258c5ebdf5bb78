import { afterAll, beforeAll, expect, test } from 'bun:test'
import { ask, isRetryLater, sumUp, tell } from '../support/chaos-client'
import { brokenInvariants, brokenPromises, unpromised } from '../support/chaos-invariants'
import { startLoad } from '../support/chaos-load'
import { orderOf, type Person, settleTown, type Town } from '../support/chaos-people'
import { type ChaosPostgres, type ChaosSql, openSql, startChaosPostgres } from '../support/chaos-postgres'
import { endServers, type Server, startServer, until } from '../support/chaos-server'
import { subscribe } from '../support/chaos-socket'

/** Two and a half seconds by design: a ping each second that waits one and a half. The rest is for a busy machine. */
const longestMsMax = 3_500
const hangMs = 6_000
/** More than the server has connections: each waits for the lock, and the last ones for a connection. */
const crowdSize = 40

let postgres: ChaosPostgres
let sql: ChaosSql
let server: Server
let town: Town

beforeAll(async () => {
  postgres = await startChaosPostgres('hangs')
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

test('while Postgres hangs nobody waits long, and afterwards it goes on', async () => {
  const subscriber = await subscribe(server.base, town.admin.token, `zone:${town.zoneId}`)
  const load = startLoad(town, () => server.base, { until: 'ready' })
  await until('some orders', () => load.orders.size >= 20, 20)

  const frozenMs = performance.now()
  postgres.freeze()
  const early = await Promise.all(['/health/live', '/health', '/health/ready', '/metrics'].map(get))
  const noticedMs = await until('the server notices', async () => (await get('/health')).body.status === 'degraded', 5)
  const ready = await get('/health/ready')
  const metrics = await get('/metrics')
  await Bun.sleep(hangMs - (performance.now() - frozenMs))
  const stillLive = await get('/health/live')
  postgres.thaw()

  const readyMs = await until('ready again', async () => (await get('/health/ready')).status === 200, 10)
  const before = load.orders.size
  await until('orders are placed again', () => load.orders.size >= before + 20, 15)
  const hang = sumUp(load.answers, frozenMs - 1_000, frozenMs + hangMs)
  await load.stop()
  tell('noticed, ready again', { noticedMs, readyMs })
  tell('hang', hang)
  tell('health, live, ready, metrics as it began', { tookMs: early.map(({ tookMs }) => Math.round(tookMs)) })

  expect(early.slice(0, 2).map(({ status, tookMs }) => [status, tookMs < 500])).toEqual([
    [200, true],
    [200, true],
  ])
  expect(Math.max(...early.map(({ tookMs }) => tookMs))).toBeLessThan(longestMsMax)
  expect(noticedMs).toBeLessThan(longestMsMax)
  expect([ready.status, ready.body.type, isRetryLater(ready)]).toEqual([503, '/problems/not-ready', true])
  expect(metrics.status).toBe(200)
  expect(metrics.body).toContain('ridendine_database_up 0')
  expect(stillLive.status).toBe(200)
  expect(hang.longestMs).toBeLessThan(longestMsMax)
  expect(Object.keys(hang.byStatus)).not.toContain('500')
  expect(load.answers.filter(({ status }) => status === 503).filter((answer) => !isRetryLater(answer))).toEqual([])
  expect(load.refused).toEqual([])
  expect(await brokenPromises(sql, load.orders.values())).toEqual([])
  expect(await brokenInvariants(sql)).toEqual([])
  expect(await unpromised(sql, load.orders)).toEqual([])
  expect(await subscriber.caughtUp(sql)).toEqual(subscriber.seqs())
})

test('a crowd that waits for one locked order does not count as an outage', async () => {
  const [customer, other] = town.customers
  const cook = town.cooks[0]!
  const placed = await ask(server.base, 'POST', '/orders', { token: customer!.token, body: orderOf(cook) })
  expect(placed.status).toBe(201)
  const cancel = () =>
    ask(server.base, 'PATCH', `/orders/${placed.body.id}/cancel`, { token: customer!.token, body: { reason: 'No' } })
  const states = new Set<string>()
  const [crowd, others] = await sql.begin(async (tx) => {
    await tx`select from orders where id = ${placed.body.id} for update`
    const crowd = Promise.all(Array.from({ length: crowdSize }, cancel))
    const others = Promise.all([0, 500, 1_000].map((ms) => Bun.sleep(ms).then(() => read(other!))))
    const settled = crowd.then(() => true)
    while (!(await Promise.race([settled, Bun.sleep(100).then(() => false)]))) {
      states.add((await get('/health')).body.status)
    }
    return [await crowd, await others]
  })
  tell('crowd', sumUp(crowd))
  tell('others meanwhile', sumUp(others))
  expect([...states]).toEqual(['ok'])
  expect(crowd.filter(({ status }) => ![200, 409, 503].includes(status))).toEqual([])
  expect(crowd.filter(({ status }) => status === 503).filter((answer) => !isRetryLater(answer))).toEqual([])
  expect(others.map(({ status }) => status)).toEqual([200, 200, 200])
  expect(await brokenInvariants(sql)).toEqual([])
})

const read = ({ token }: Person) => ask(server.base, 'GET', '/orders', { token })
