/** The wall clock of one of two processes jumps an hour, forward and back. The market goes by the database's time. */

import { afterAll, beforeAll, expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { ask } from '../support/chaos-client'
import { brokenOffers } from '../support/chaos-invariants'
import { type Courier, kitchen, orderOf, settleTown, type Town } from '../support/chaos-people'
import {
  type ChaosPostgres,
  type ChaosSql,
  chaosFolder,
  openSql,
  remove,
  startChaosPostgres,
} from '../support/chaos-postgres'
import { endServers, type Server, startServer, until } from '../support/chaos-server'

const HOUR_MS = 3_600_000
const OFFER_SECONDS = 5
const SHIFT_FILE = `${chaosFolder('shift')}.txt`

let postgres: ChaosPostgres
let sql: ChaosSql
let town: Town
let jumping: Server
let other: Server

const start = async (own: { preload?: string; environment?: Record<string, string> } = {}) => {
  const environment = {
    DISPATCH_ROUND_MS: '100',
    DISPATCH_LEASE_MS: '1000',
    DATABASE_POOL_MAX: '6',
    ...own.environment,
  }
  const server = await startServer({ databaseUrl: postgres.url, ...own, environment })
  await server.ready(60)
  return server
}

beforeAll(async () => {
  writeFileSync(SHIFT_FILE, '0')
  postgres = await startChaosPostgres('clocks')
  jumping = await start({ preload: './tests/support/shifted-clock.ts', environment: { CLOCK_SHIFT_FILE: SHIFT_FILE } })
  sql = openSql(postgres.url)
  town = await settleTown(sql, {
    customers: 1,
    cooks: 1,
    couriers: 2,
    settings: { offerTimeoutSeconds: OFFER_SECONDS },
  })
  other = await start()
  everywhere = setInterval(() => void tellPlaces(), 1_000)
})

afterAll(async () => {
  clearInterval(everywhere)
  await endServers()
  await sql?.end({ timeout: 1 })
  await postgres?.stop()
  remove(SHIFT_FILE)
})

/** As drivers' apps do; the positions of each process are its own here. */
let everywhere: ReturnType<typeof setInterval>
const tellPlaces = () =>
  Promise.all(
    [jumping, other].flatMap(({ base }) =>
      town.couriers.map(({ token }) => ask(base, 'POST', '/drivers/location', { token, body: kitchen })),
    ),
  )

const jump = async (ms: number) => {
  writeFileSync(SHIFT_FILE, String(ms))
  jumping.kill('SIGUSR2')
  // Jobs and pings of every kind come at least once a second.
  await Bun.sleep(1_500)
}

/** An order that waits for a driver, all of it asked of the process whose clock jumps. */
const waiting = async () => {
  const [nora, mai] = [town.customers[0]!, town.cooks[0]!]
  const { base } = jumping
  const placed = await ask(base, 'POST', '/orders', { token: nora.token, body: orderOf(mai) })
  expect(placed.status).toBe(201)
  const { id } = placed.body
  const intent = await ask(base, 'POST', `/orders/${id}/create-payment-intent`, { token: nora.token })
  await ask(base, 'POST', `/payments/simulated/${intent.body.paymentIntentId}/confirm`, { token: nora.token })
  expect(
    (await ask(base, 'PATCH', `/orders/${id}/accept`, { token: mai.token, body: { prepMinutes: 1 } })).status,
  ).toBe(200)
  return id as string
}

type Offer = { id: string; orderIds: string[]; expiresAt: string }

const offered = async (orderId: string) => {
  let found: { courier: Courier; offer: Offer } | undefined
  const look = async () => {
    for (const courier of town.couriers) {
      const { body } = await ask(jumping.base, 'GET', '/drivers/offers', { token: courier.token })
      const offer = body.data?.find(({ orderIds }: Offer) => orderIds.includes(orderId))
      if (offer) found = { courier, offer }
    }
    return found !== undefined
  }
  await until(`an offer of ${orderId}`, look, 20)
  return found!
}

const minutesFromNow = (instant: string) => (Date.parse(instant) - Date.now()) / 60_000

const troubles = async () => {
  const [row] = await sql`
    select (select count(*)::integer from drivers where silent_since is not null) as silent,
      (select count(*)::integer from deliveries where on_board_at is not null or untaken_at is not null) as untaken,
      (select count(*)::integer from zone_leases where not expires_at between now() and now() + interval '2 seconds') as leases`
  return row
}

const accept = ({ courier, offer }: { courier: Courier; offer: Offer }, { base }: Server) =>
  ask(base, 'POST', `/drivers/offers/${offer.id}/accept`, { token: courier.token })

test.each([
  ['forward', HOUR_MS],
  ['back', -HOUR_MS],
])('the clock of a process jumps an hour %s: offers, promises, drivers and leases stay as they are', async (_, ms) => {
  const before = await waiting()
  await offered(before)
  await jump(ms)

  // What was offered before can still be taken; it ran out in its own time or is offered anew.
  const told = await offered(before)
  expect(minutesFromNow(told.offer.expiresAt)).toBeWithin(0, 0.2)
  expect((await accept(told, jumping)).status).toBe(200)

  // What begins now is told the times of now.
  const id = await waiting()
  const order = (await ask(jumping.base, 'GET', `/orders/${id}`, { token: town.customers[0]!.token })).body
  for (const instant of [order.promise.p50At, order.promise.p90At, order.eta.p50At, order.eta.p90At]) {
    expect(minutesFromNow(instant)).toBeWithin(0, 60)
  }
  expect(Math.abs(minutesFromNow(order.createdAt))).toBeLessThan(0.5)

  // An offer that nobody answers ends, neither at once nor never.
  const unanswered = await offered(id)
  const aheadSeconds = minutesFromNow(unanswered.offer.expiresAt) * 60
  expect(aheadSeconds).toBeWithin(0, OFFER_SECONDS + 0.5)
  const statusOf = async () => (await sql`select status from offers where id = ${unanswered.offer.id}`)[0]!.status
  expect(await statusOf()).toBe('open')
  const tookMs = await until('it has run out', async () => (await statusOf()) === 'expired', 10)
  expect(tookMs / 1_000).toBeWithin(aheadSeconds - 1, aheadSeconds + 4)

  expect(await troubles()).toEqual({ silent: 0, untaken: 0, leases: 0 })
  expect(await brokenOffers(sql)).toEqual([])
  await sql`update offers set status = 'withdrawn' where status = 'open'`
  await sql`update deliveries set status = 'cancelled', driver_id = null, offer_id = null`
})
