/** Two servers on one database: whatever both could do is done once, and whoever listens hears all of it, at either. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { newId } from '#core/ids'
import { type Answer, ask, sumUp, tell } from '../support/chaos-client'
import { brokenInvariants, brokenOffers, brokenPromises, unpromised } from '../support/chaos-invariants'
import { startLoad } from '../support/chaos-load'
import { orderOf, settleTown, type Town } from '../support/chaos-people'
import { type ChaosPostgres, type ChaosSql, openSql, startChaosPostgres } from '../support/chaos-postgres'
import { endServers, type Server, startServer, until } from '../support/chaos-server'
import { connectSocket, type Socket, subscribe } from '../support/chaos-socket'

let postgres: ChaosPostgres
let sql: ChaosSql
let town: Town
let a: Server
let b: Server

beforeAll(async () => {
  postgres = await startChaosPostgres('replicas')
  const environment = { DISPATCH_ROUND_MS: '100' }
  ;[a, b] = (await Promise.all([1, 2].map(() => startServer({ databaseUrl: postgres.url, environment })))) as [
    Server,
    Server,
  ]
  await Promise.all([a.ready(), b.ready()])
  sql = openSql(postgres.url)
  town = await settleTown(sql, { customers: 10, cooks: 4, couriers: 14, settings: { offerTimeoutSeconds: 5 } })
})

afterAll(async () => {
  await endServers()
  await sql?.end({ timeout: 1 })
  await postgres?.stop()
})

const [nora, mai] = [() => town.customers[0]!, () => town.cooks[0]!]
const place = (server: Server, key?: string) =>
  ask(server.base, 'POST', '/orders', { token: nora().token, key, body: orderOf(mai()) })

test('many orders and many drivers: nobody is asked twice, and both tell all of it', async () => {
  const heard = await Promise.all([a, b].map(({ base }) => subscribe(base, town.admin.token, `zone:${town.zoneId}`)))
  let turn = 0
  const bases = [a.base, b.base]
  const load = startLoad(town, () => bases[turn++ % 2]!, { until: 'ready', bases })
  const broken = new Set<string>()
  const startedMs = performance.now()
  let looks = 0
  while (performance.now() - startedMs < 12_000) {
    for (const fault of await brokenOffers(sql)) broken.add(fault)
    looks++
    await Bun.sleep(20)
  }
  await load.stop()
  const [offers] = await sql<{ made: number; accepted: number; drivers: number }[]>`
    select count(*)::integer as made, count(*) filter (where status = 'accepted')::integer as accepted,
      count(distinct driver_id)::integer as drivers from offers`
  const rounds = await Promise.all([a, b].map(roundsOf))
  tell('replicas', { ...sumUp(load.answers), orders: load.orders.size, ...offers, rounds, looks })

  expect([...broken]).toEqual([])
  // The zone is one replica's; the other takes part in everything else.
  expect(rounds.filter(({ offered }) => offered > 0)).toHaveLength(1)
  expect(rounds.map(({ offered, etaRuns }) => offered > 0 === etaRuns > 0)).toEqual([true, true])
  expect(offers!.accepted).toBeGreaterThan(20)
  expect(load.refused).toEqual([])
  expect(load.answers.filter(({ status }) => ![200, 201, 409].includes(status))).toEqual([])
  expect(await brokenPromises(sql, load.orders.values())).toEqual([])
  expect(await brokenInvariants(sql)).toEqual([])
  expect(await unpromised(sql, load.orders)).toEqual([])
  for (const one of heard) {
    const told = await one.caughtUp(sql)
    // Times of orders that are under way go on to be told.
    expect(one.seqs().slice(0, told.length)).toEqual(told)
  }
  for (const one of heard) one.close()
})

/** How its rounds ended, and how often one was overtaken by what people did meanwhile. */
const roundsOf = async (server: Server) => {
  const { body } = await ask(server.base, 'GET', '/metrics')
  const count = (outcome: string) =>
    Number(new RegExp(`^ridendine_dispatch_decisions_total{outcome="${outcome}"} (\\d+)`, 'm').exec(body)?.[1] ?? 0)
  const etaRuns = Number(/^ridendine_eta_runs_total{cause="event"} (\d+)/m.exec(body)?.[1] ?? 0)
  return { offered: count('offered'), overtaken: count('overtaken'), etaRuns }
}

test('what is placed at one is there at the other at once', async () => {
  for (let round = 0; round < 10; round++) {
    const placed = await place(a)
    const read = await ask(b.base, 'GET', `/orders/${placed.body.id}`, { token: nora().token })
    expect([placed.status, read.status, read.body.totalCents]).toEqual([201, 200, placed.body.totalCents])
  }
})

test('who moves from one to the other with the number of his last event goes on from there', async () => {
  const { token } = nora()
  const customers = await Promise.all([a, b].map(({ base }) => connectSocket(base, token)))
  const [atA, atB] = customers as [Socket, Socket]
  for (let round = 0; round < 20; round++) {
    const { body: order } = await place(a)
    const topic = `order:${order.id}`
    const seen = async (socket: Socket, name: string) => {
      const find = () => socket.frames.find((frame) => frame.topic === topic && frame.name === name)
      await until(`${name} arrives`, () => find() !== undefined, 5)
      return find()!.seq!
    }
    atA.send({ type: 'subscribe', topic, afterSeq: 0 })
    await seen(atA, 'order.placed')
    const reason = { reason: 'Changed my mind' }
    const cancelled = ask(a.base, 'PATCH', `/orders/${order.id}/cancel`, { token, body: reason })
    // The other one may not have read that far yet: it must neither send it again nor give up.
    atB.send({ type: 'subscribe', topic, afterSeq: await seen(atA, 'order.cancelled') })
    await cancelled
    await until('subscribed', () => atB.frames.some((frame) => frame.topic === topic && frame.type === 'subscribed'), 5)
  }
  await Bun.sleep(300)
  expect(atB.frames.filter(({ type }) => type !== 'subscribed')).toEqual([])
  for (const socket of customers) socket.close()
})

test('one key at both at the same time makes one order', async () => {
  for (let round = 0; round < 10; round++) {
    const key = `both-${newId()}`
    const answers = await Promise.all([place(a, key), place(b, key), place(a, key), place(b, key)])
    const ids = new Set(answers.filter(({ status }) => status === 201).map(({ body }) => body.id))
    expect(ids.size).toBe(1)
    expect(answers.filter(({ status }) => status !== 201).every(isStillRunning)).toBe(true)
    expect((await place(b, key)).body.id).toBe([...ids][0])
  }
  expect(await brokenInvariants(sql)).toEqual([])
})

const isStillRunning = ({ status, body }: Answer) => status === 409 && body.type === '/problems/request-in-progress'

test('of two who decide about one order at the same time, at either server, one wins', async () => {
  const reason = { reason: 'Changed my mind' }
  for (let round = 0; round < 10; round++) {
    const { body: order } = await place(a)
    const { token } = nora()
    const intent = await ask(b.base, 'POST', `/orders/${order.id}/create-payment-intent`, { token })
    const paid = await Promise.all(
      [a, b].map(({ base }) =>
        ask(base, 'POST', `/payments/simulated/${intent.body.paymentIntentId}/confirm`, { token }),
      ),
    )
    expect(paid.map(({ status }) => status)).toEqual([200, 200])
    const decided = await Promise.all([
      ask(a.base, 'PATCH', `/orders/${order.id}/accept`, { token: mai().token, body: {} }),
      ask(b.base, 'PATCH', `/orders/${order.id}/reject`, { token: mai().token, body: reason }),
    ])
    expect(decided.map(({ status }) => status).sort()).toEqual([200, 409])
    // Nobody cooks it: no courier is to wait for it.
    await ask(a.base, 'PATCH', `/orders/${order.id}/cancel`, { token: mai().token, body: reason })
  }
  expect(await brokenInvariants(sql)).toEqual([])
})

test('what runs again and again in both has its effect once', async () => {
  const placed = await Promise.all(Array.from({ length: 30 }, (_, index) => place(index % 2 ? a : b)))
  const ids = placed.map(({ body }) => body.id as string)
  await sql`
    insert into jobs (id, queue, data)
    select gen_random_uuid(), 'mail', '{"to": "nora@example.com", "subject": "Chaos", "body": "Chaos"}'
    from generate_series(1, 30)`
  await sql`update orders set deadline_at = now() - interval '1 second' where id::text = any(${ids})`
  const closed = () => sql`select id from orders where id::text = any(${ids}) and status = 'cancelled'`
  await until('all are closed', async () => (await closed()).length === ids.length, 10)
  const unsent = () => sql`select id from jobs`
  await until('all mails are sent', async () => (await unsent()).length === 0, 10)
  // Another turn of both: nothing more may come of it.
  await Bun.sleep(1_500)

  const history = await sql<{ count: number }[]>`
    select count(*)::integer as count from order_events where order_id::text = any(${ids}) and event = 'abandon'
    group by order_id`
  expect(history.map(({ count }) => count)).toEqual(ids.map(() => 1))
  const told = await sql`
    select id from events where type = 'order.cancelled' and data ->> 'orderId' = any(${ids})`
  expect(told.length).toBe(ids.length)
  const sent = [a, b].map((server) => server.output().match(/mail not sent: no SMTP_URL/g)?.length ?? 0)
  const jobs = await Promise.all([a, b].map(jobRunsOf))
  tell('jobs', { sent, jobs })
  expect(sent[0]! + sent[1]!).toBe(30)
  expect(jobs).toEqual([0, 0])
  expect(await brokenInvariants(sql)).toEqual([])
})

const jobRunsOf = async (server: Server) => {
  const { body } = await ask(server.base, 'GET', '/metrics')
  const failed = [
    ...String(body).matchAll(
      /^ridendine_job_runs_total{job="[^"]+",outcome="(?:failed|retried|taken_over|lost)"} (\d+)/gm,
    ),
  ]
  return failed.reduce((sum, [, count]) => sum + Number(count), 0)
}

test('when one is killed the other goes on with all of it', async () => {
  a.kill('SIGKILL')
  await a.exited()
  const load = startLoad(town, () => b.base, { until: 'ready', bases: [b.base] })
  const delivered = () => [...load.orders.values()].filter(({ steps }) => steps.includes('delivery:deliver')).length
  await until('orders are delivered', () => delivered() >= 5, 60)
  await load.stop()
  expect(await brokenPromises(sql, load.orders.values())).toEqual([])
  expect(await brokenInvariants(sql)).toEqual([])
})
