/** The process is killed with -9 in the middle of what happens to a bundle, at chosen instants and at random ones. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'bun:test'
import { type Answer, ask, tell } from '../support/chaos-client'
import { seeded, startCouriers } from '../support/chaos-couriers'
import { brokenInvariants, brokenOffers, brokenPromises, unpromised } from '../support/chaos-invariants'
import { startLoad } from '../support/chaos-load'
import { type Courier, courier, kitchen, orderOf, settleTown, type Town } from '../support/chaos-people'
import { type ChaosPostgres, type ChaosSql, openSql, startChaosPostgres } from '../support/chaos-postgres'
import { endServers, freePort, type Server, startServer, until } from '../support/chaos-server'

const KILLS = 20
const SEED = 20_261_123
const PAY_CENTS = 600
const settings = { dispatchPolicy: 'optimiser', offerTimeoutSeconds: 5, driverSilentSeconds: 60 }

let postgres: ChaosPostgres
let sql: ChaosSql
let town: Town
let server: Server
let port: number

const start = async () => {
  const environment = { DISPATCH_ROUND_MS: '100', DISPATCH_LEASE_MS: '1000', DATABASE_POOL_MAX: '8' }
  server = await startServer({ databaseUrl: postgres.url, port, environment })
  await server.ready(60)
}

beforeAll(async () => {
  postgres = await startChaosPostgres('bundles')
  port = await freePort()
  await start()
  sql = openSql(postgres.url)
  town = await settleTown(sql, { customers: 4, cooks: 1, settings })
})

afterAll(async () => {
  await endServers()
  await sql?.end({ timeout: 1 })
  await postgres?.stop()
})

const connections = async () =>
  (await sql`select from pg_stat_activity where datname = current_database() and application_name = 'ridendine'`).length

/** Killed, and what was half done is rolled back: Postgres has noticed that its client is gone. */
const kill = async () => {
  server.kill('SIGKILL')
  await server.exited()
  await until('its connections are gone', async () => (await connections()) === 0, 10)
}

const noneIsOfferedForEver = () =>
  until(
    'offers that ran out are closed',
    async () =>
      (await sql`select from offers where status = 'open' and expires_at < now() - interval '2 seconds'`).length === 0,
    15,
  )

type Order = { id: string; handoverCode: string }

/** Ready, and nobody has it. */
const ready = async (): Promise<Order> => {
  const [nora, mai] = [town.customers[0]!, town.cooks[0]!]
  const { base } = server
  const { body: order } = await ask(base, 'POST', '/orders', { token: nora.token, body: orderOf(mai) })
  const intent = await ask(base, 'POST', `/orders/${order.id}/create-payment-intent`, { token: nora.token })
  await ask(base, 'POST', `/payments/simulated/${intent.body.paymentIntentId}/confirm`, { token: nora.token })
  await ask(base, 'PATCH', `/orders/${order.id}/accept`, { token: mai.token, body: { prepMinutes: 1 } })
  await ask(base, 'PATCH', `/orders/${order.id}/preparing`, { token: mai.token })
  expect((await ask(base, 'PATCH', `/orders/${order.id}/ready`, { token: mai.token })).status).toBe(200)
  return order
}

const comesOnDuty = async (who: Courier) => {
  await ask(server.base, 'POST', '/drivers/location', { token: who.token, body: kitchen })
  await sql`update drivers set is_available = true where id = ${who.driverId}`
}

const isOffered = async ({ token }: Courier, count: number) => {
  let found: { id: string; orderIds: string[]; payCents: number } | undefined
  await until(
    `an offer of ${count}`,
    async () => {
      await ask(server.base, 'POST', '/drivers/location', { token, body: kitchen })
      found = (await ask(server.base, 'GET', '/drivers/offers', { token })).body.data?.[0]
      return found?.orderIds.length === count
    },
    20,
  )
  return found!
}

const routeOf = async ({ token }: Courier) =>
  (await ask(server.base, 'GET', '/drivers/route', { token })).body.stops.map(
    ({ type, orderId }: { type: string; orderId: string }) => `${type} ${orderId}`,
  )

/** Something is asked; while it has written and not yet committed the process is killed. */
const killedWithin = async (begin: () => Promise<Answer>) => {
  const isWaiting = async () =>
    (await sql`select from pg_locks where relation = 'events'::regclass and not granted and mode = 'RowExclusiveLock'`)
      .length > 0
  await sql.begin(async (tx) => {
    await tx`lock table events in share mode`
    const answer = begin()
    await until('it is about to commit', isWaiting, 10)
    await Bun.sleep(100)
    server.kill('SIGKILL')
    expect((await answer).status).toBe(0)
  })
  await server.exited()
  await until('its connections are gone', async () => (await connections()) === 0, 10)
  expect(await brokenOffers(sql)).toEqual([])
  await start()
}

/** Something is asked and answered; at once the process is killed. */
const killedAfter = async (begin: () => Promise<Answer>) => {
  expect((await begin()).status).toBe(200)
  await kill()
  expect(await brokenOffers(sql)).toEqual([])
  await start()
}

let omar: Courier
let lena: Courier
beforeEach(async () => {
  omar = await courier(sql)
  lena = await courier(sql)
  await sql`update drivers set is_available = false`
})
afterEach(async () => {
  expect(await brokenInvariants(sql)).toEqual([])
})

test.each([
  ['before it is done', killedWithin],
  ['just after it is done', killedAfter],
])(
  'a bundle at each step, the process killed %s: brought once, by the route that was left, for its pay',
  async (_, killed) => {
    const [soup, rice] = [await ready(), await ready()]
    const patch = (who: Courier, { id }: Order, what: string, body?: object) =>
      ask(server.base, 'PATCH', `/orders/${id}/${what}`, { token: who.token, body })
    /** A step that was rolled back is done again. */
    const step = async (run: () => Promise<Answer>) => {
      await killed(run)
      if (killed === killedWithin) expect((await run()).status).toBe(200)
    }

    await comesOnDuty(omar)
    const offer = await isOffered(omar, 2)
    expect(offer.payCents).toBe(2 * PAY_CENTS)
    // Accepted. Where that was rolled back he is asked anew if the offer has run out meanwhile.
    const accept = (id: string) => ask(server.base, 'POST', `/drivers/offers/${id}/accept`, { token: omar.token })
    await killed(() => accept(offer.id))
    if (killed === killedWithin) expect((await accept((await isOffered(omar, 2)).id)).status).toBe(200)
    const [first, second] = offer.orderIds[0] === soup.id ? [soup, rice] : [rice, soup]
    expect((await routeOf(omar)).toSorted()).toEqual(
      [soup, rice].flatMap(({ id }) => [`dropoff ${id}`, `pickup ${id}`]).toSorted(),
    )

    // One picked up of two; the other given back, and another driver gets it.
    await step(() => patch(omar, first, 'pickup'))
    expect(await routeOf(omar)).toEqual([`pickup ${second.id}`, `dropoff ${first.id}`, `dropoff ${second.id}`])
    await step(() => patch(omar, second, 'drop', { reason: 'No room' }))
    expect(await routeOf(omar)).toEqual([`dropoff ${first.id}`])
    await sql`update drivers set is_available = false where id = ${omar.driverId}`
    await comesOnDuty(lena)
    const again = await isOffered(lena, 1)
    expect(again).toMatchObject({ orderIds: [second.id], payCents: PAY_CENTS })
    expect((await ask(server.base, 'POST', `/drivers/offers/${again.id}/accept`, { token: lena.token })).status).toBe(
      200,
    )

    // One delivered of two.
    await step(() => patch(omar, first, 'deliver', { proof: { code: first.handoverCode } }))
    expect(await routeOf(omar)).toEqual([])
    expect(await routeOf(lena)).toEqual([`pickup ${second.id}`, `dropoff ${second.id}`])
    expect((await patch(lena, second, 'pickup')).status).toBe(200)
    expect((await patch(lena, second, 'deliver', { proof: { code: second.handoverCode } })).status).toBe(200)
    for (const { token } of [omar, lena]) {
      const { body } = await ask(server.base, 'GET', '/drivers/activity', { token })
      expect(body).toMatchObject({ deliveryCount: 1, earnings: [{ earnedCents: PAY_CENTS }] })
    }
  },
  120_000,
)

test('one delivered of two by the same driver, and the process is killed: the other is still his, and next', async () => {
  const orders = [await ready(), await ready()]
  await comesOnDuty(omar)
  const { id, orderIds } = await isOffered(omar, 2)
  const { token } = omar
  await ask(server.base, 'POST', `/drivers/offers/${id}/accept`, { token })
  for (const { id } of orders)
    expect((await ask(server.base, 'PATCH', `/orders/${id}/pickup`, { token })).status).toBe(200)
  expect(await routeOf(omar)).toEqual(orderIds.map((id) => `dropoff ${id}`))
  const deliver = (orderId: string) => {
    const body = { proof: { code: orders.find(({ id }) => id === orderId)!.handoverCode } }
    return ask(server.base, 'PATCH', `/orders/${orderId}/deliver`, { token, body })
  }
  await killedAfter(() => deliver(orderIds[0]!))
  expect(await routeOf(omar)).toEqual([`dropoff ${orderIds[1]}`])
  await killedWithin(() => deliver(orderIds[1]!))
  expect(await routeOf(omar)).toEqual([`dropoff ${orderIds[1]}`])
  expect((await deliver(orderIds[1]!)).status).toBe(200)
  const { body } = await ask(server.base, 'GET', '/drivers/activity', { token })
  expect(body).toMatchObject({ deliveryCount: 2, earnings: [{ earnedCents: 2 * PAY_CENTS }] })
}, 60_000)

test('killed at random instants of a busy market with bundles, twenty times: every delivery is there, and once', async () => {
  const random = seeded(SEED)
  const couriers: Courier[] = []
  while (couriers.length < 5) couriers.push(await courier(sql))
  const load = startLoad({ ...town, couriers: [] }, () => server.base, { until: 'ready', pauseMs: 250 })
  const promised = (id: string) => load.orders.get(id)
  const crew = startCouriers({ couriers, baseOf: () => server.base, promised, random, dropShare: 0.1 })
  const [{ before }] = (await sql`select count(*)::integer as before from orders`) as unknown as [{ before: number }]
  const broken = new Set<string>()
  for (let round = 0; round < KILLS; round++) {
    const accepted = crew.sizes.length
    await until('somebody has accepted', () => crew.sizes.length > accepted, 30)
    await Bun.sleep(random() * 400)
    await kill()
    for (const fault of [...(await brokenOffers(sql)), ...(await brokenInvariants(sql))]) broken.add(fault)
    await start()
  }
  await noneIsOfferedForEver()
  await load.stop()
  const open = async () => (await sql`select from deliveries where status <> 'delivered'`).length
  await until('all is brought', async () => (await open()) === 0, 60)
  await crew.stop()

  const orders = [...load.orders.values()]
  const bundles = crew.sizes.filter((size) => size > 1).length
  tell('killed', {
    kills: KILLS,
    seed: SEED,
    orders: orders.length,
    offers: crew.sizes.length,
    bundles,
    drops: crew.dropCount(),
  })
  expect([...broken]).toEqual([])
  expect(await brokenPromises(sql, orders)).toEqual([])
  const placed = await unpromised(sql, load.orders)
  expect(placed).toHaveLength(before)
  const brought = await sql`
    select order_id from order_events where machine = 'delivery' and event = 'deliver' group by 1 having count(*) = 1`
  expect(brought).toHaveLength(before + orders.length)
  expect(bundles).toBeGreaterThan(0)
  // Each of the couriers has the pay of what he brought, and together they have that of all.
  let cents = 0
  for (const { token } of couriers) {
    const { body } = await ask(server.base, 'GET', '/drivers/activity', { token })
    cents += body.earnings[0]?.earnedCents ?? 0
  }
  expect(cents).toBe(orders.length * PAY_CENTS)
}, 240_000)
