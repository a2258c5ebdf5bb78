import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { type Answer, ask, isRetryLater, sumUp, tell } from '../support/chaos-client'
import { brokenInvariants } from '../support/chaos-invariants'
import { orderOf, settleTown, type Town } from '../support/chaos-people'
import { type ChaosPostgres, type ChaosSql, openSql, startChaosPostgres, waitUntilUp } from '../support/chaos-postgres'
import { endServers, type Server, startServer, until } from '../support/chaos-server'
import { subscribe } from '../support/chaos-socket'

const drainMs = 1_500

let postgres: ChaosPostgres
let sql: ChaosSql
let town: Town

beforeAll(async () => {
  postgres = await startChaosPostgres('stop')
  const server = await start()
  sql = openSql(postgres.url)
  town = await settleTown(sql, { customers: 12, cooks: 3 })
  server.kill('SIGTERM')
  expect(await server.exited()).toBe(0)
})

afterEach(endServers)

afterAll(async () => {
  await sql?.end({ timeout: 1 })
  await postgres?.stop()
})

const start = async (environment: Record<string, string> = {}): Promise<Server> => {
  const server = await startServer({ databaseUrl: postgres.url, environment })
  await server.ready()
  return server
}

const place = (server: Server, index: number) => {
  const { token } = town.customers[index % town.customers.length]!
  return ask(server.base, 'POST', '/orders', { token, body: orderOf(town.cooks[index % town.cooks.length]!) })
}

/** A balancer's view: asks whether the server is ready, and sends it nothing more once it says no. */
const balancer = (server: Server) => {
  const answers: Answer[] = []
  const probes: Answer[] = []
  let isOpen = true
  const probe = (async () => {
    while (isOpen) {
      const answer = await ask(server.base, 'GET', '/health/ready')
      probes.push(answer)
      if (answer.status !== 200) isOpen = false
      await Bun.sleep(50)
    }
  })()
  const senders = town.customers.map(async (_customer, index) => {
    while (isOpen) answers.push(await place(server, index))
  })
  return { answers, probes, done: () => Promise.all([probe, ...senders]) }
}

test('a server that is told to stop says so first, answers what it has, and goes', async () => {
  const server = await start({ DRAIN_DELAY_MS: String(drainMs) })
  const subscriber = await subscribe(server.base, town.admin.token, `zone:${town.zoneId}`)
  const traffic = balancer(server)
  await until('some orders', () => traffic.answers.length >= 50, 15)

  const toldMs = performance.now()
  server.kill('SIGTERM')
  await traffic.done()
  const closedMs = performance.now() - toldMs
  const last = traffic.probes.at(-1)!
  const health = await ask(server.base, 'GET', '/health')
  const live = await ask(server.base, 'GET', '/health/live')
  // A caller that has not heard of it yet is still served.
  const late = await place(server, 0)
  const code = await server.exited()
  const exitMs = performance.now() - toldMs
  const lost = traffic.answers.filter(({ status }) => status !== 201)
  tell('stop', { ...sumUp(traffic.answers), lost: lost.length, closedMs, exitMs })

  expect([last.status, last.body.type, last.body.detail, isRetryLater(last)]).toEqual([
    503,
    '/problems/not-ready',
    'The process is about to stop.',
    true,
  ])
  expect([health.status, health.body.status, live.status, late.status]).toEqual([200, 'draining', 200, 201])
  expect(lost).toEqual([])
  expect(code).toBe(0)
  expect(closedMs).toBeLessThan(500)
  expect(exitMs).toBeGreaterThan(drainMs)
  expect(exitMs).toBeLessThan(drainMs + 3_000)
  expect(subscriber.closeCode()).toBe(1012)
  expect(server.output()).toContain('"msg":"stopped"')
  expect(server.output()).not.toContain('"level":"error"')
  expect(server.output()).not.toContain('    at ')
  const expected = await sql<{ seq: number }[]>`
    select seq from event_topics where topic = ${`zone:${town.zoneId}`} and seq > ${subscriber.fromSeq} order by seq`
  expect(subscriber.seqs()).toEqual(expected.map(({ seq }) => seq).slice(0, subscriber.seqs().length))
  expect(await brokenInvariants(sql)).toEqual([])
})

test('what is under way when it stops is still answered, with its order', async () => {
  const server = await start()
  const { body: order } = await place(server, 0)
  const { token } = town.customers[0]!
  let waiting: Promise<Answer> | undefined
  await sql.begin(async (tx) => {
    await tx`select from orders where id = ${order.id} for update`
    waiting = ask(server.base, 'PATCH', `/orders/${order.id}/cancel`, { token, body: { reason: 'Changed my mind' } })
    await Bun.sleep(300)
    server.kill('SIGTERM')
    await Bun.sleep(700)
  })
  const answer = await waiting!
  expect([answer.status, answer.body.status]).toEqual([200, 'cancelled'])
  expect(await server.exited(5)).toBe(0)
})

test('a request that does not end in time is cut off, and leaves nothing half done', async () => {
  const server = await start({ SHUTDOWN_GRACE_MS: '500' })
  const { body: order } = await place(server, 0)
  const { token } = town.customers[0]!
  let waiting: Promise<Answer> | undefined
  await sql.begin(async (tx) => {
    await tx`select from orders where id = ${order.id} for update`
    waiting = ask(server.base, 'PATCH', `/orders/${order.id}/cancel`, { token, body: { reason: 'Changed my mind' } })
    await Bun.sleep(200)
    server.kill('SIGTERM')
    await waiting
  })
  expect((await waiting!).status).toBe(0)
  expect(await server.exited(10)).toBe(0)
  expect(await brokenInvariants(sql)).toEqual([])
})

test('a second signal stops it at once', async () => {
  const server = await start({ DRAIN_DELAY_MS: '20000' })
  server.kill('SIGTERM')
  await until('it drains', async () => (await ask(server.base, 'GET', '/health/ready')).status === 503, 5)
  const toldMs = performance.now()
  server.kill('SIGINT')
  expect(await server.exited(5)).toBe(1)
  expect(performance.now() - toldMs).toBeLessThan(1_000)
})

test('it stops in time while its database is away', async () => {
  const server = await start()
  postgres.keepDown()
  postgres.kill()
  await until('it notices', async () => (await ask(server.base, 'GET', '/health/ready')).status === 503, 5)
  const toldMs = performance.now()
  server.kill('SIGTERM')
  const code = await server.exited(15)
  tell('stop without a database', { exitMs: performance.now() - toldMs })
  postgres.letUp()
  await waitUntilUp(postgres)
  expect(code).toBe(0)
  expect(performance.now() - toldMs).toBeLessThan(10_000)
})
