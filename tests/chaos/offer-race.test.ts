/** A round decides on what it has seen; by the time it acts, others may have acted, or be at it. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { ask, tell } from '../support/chaos-client'
import { brokenInvariants } from '../support/chaos-invariants'
import { type Courier, courier, kitchen, orderOf, settleTown, type Town } from '../support/chaos-people'
import { type ChaosPostgres, type ChaosSql, openSql, startChaosPostgres } from '../support/chaos-postgres'
import { endServers, type Server, startServer, until } from '../support/chaos-server'

/** The least that a zone may set. */
const offerSeconds = 5

let postgres: ChaosPostgres
let sql: ChaosSql
let server: Server
let town: Town

beforeAll(async () => {
  postgres = await startChaosPostgres('race')
  server = await startServer({ databaseUrl: postgres.url, environment: { DISPATCH_ROUND_MS: '100' } })
  await server.ready()
  sql = openSql(postgres.url)
  town = await settleTown(sql, { customers: 1, cooks: 1, couriers: 1, settings: { offerTimeoutSeconds: offerSeconds } })
  // With room for more he would be asked again, to bring one beside the other.
  await sql`alter table drivers alter column capacity set default 1`
  await sql`update drivers set capacity = 1`
})

afterAll(async () => {
  await endServers()
  await sql?.end({ timeout: 1 })
  await postgres?.stop()
})

const acceptedOrder = async (): Promise<string> => {
  const [nora, mai] = [town.customers[0]!, town.cooks[0]!]
  const { body: order } = await ask(server.base, 'POST', '/orders', { token: nora.token, body: orderOf(mai) })
  const intent = await ask(server.base, 'POST', `/orders/${order.id}/create-payment-intent`, { token: nora.token })
  const confirmation = `/payments/simulated/${intent.body.paymentIntentId}/confirm`
  await ask(server.base, 'POST', confirmation, { token: nora.token })
  const body = { prepMinutes: 5 }
  const accepted = await ask(server.base, 'PATCH', `/orders/${order.id}/accept`, { token: mai.token, body })
  expect(accepted.status).toBe(200)
  return order.id
}

const waitingForLocks = async () => (await sql`select from pg_locks where not granted`).length
const offersOf = (orderId: string) => sql<{ status: string }[]>`
  select status from offers where order_ids @> array[${orderId}::uuid] order by created_at`
const goTo = ({ token }: Courier) => ask(server.base, 'POST', '/drivers/location', { token, body: kitchen })

test.each([
  ['has been given another order', (omar: string, other: string) => assign(omar, other)],
  ['has gone off duty', () => goOffDuty()],
])('a driver who %s meanwhile is not asked', async (_what, meanwhile) => {
  const [first, other] = [await acceptedOrder(), await acceptedOrder()]
  const omar = town.couriers[0]!
  await sql.begin(async (tx) => {
    await tx`lock table offers in share mode`
    // Now there is a driver: the round wants to ask him about the first order, and waits to write that down.
    await goTo(omar)
    await until('the round waits', async () => (await waitingForLocks()) > 0, 10)
    expect((await meanwhile(omar.driverId, other)).status).toBe(200)
  })
  await until('the round went on', async () => (await waitingForLocks()) === 0, 5)
  await Bun.sleep(300)
  expect([...(await offersOf(first))]).toEqual([])
  expect(await brokenInvariants(sql)).toEqual([])
  await tidyUp(first, other)
})

const assign = (driverId: string, orderId: string) =>
  ask(server.base, 'POST', '/dispatch/assign', { token: town.admin.token, body: { orderId, driverId } })

const goOffDuty = () =>
  ask(server.base, 'PATCH', '/drivers/availability', {
    token: town.couriers[0]!.token,
    body: { isAvailable: false },
  })

test('an order that somebody keeps locked holds up no other', async () => {
  const stuck = await acceptedOrder()
  const [omar, lena] = [town.couriers[0]!, await courier(sql)]
  await goTo(omar)
  await until('he is asked', async () => (await offersOf(stuck)).length === 1, 5)
  const waiting = await acceptedOrder()
  const lateMs = await sql.begin(async (tx) => {
    await tx`select from orders where id = ${stuck} for update`
    // His offer runs out, but cannot be taken back; hers is another matter.
    await Bun.sleep(offerSeconds * 1000)
    await goTo(lena)
    return until('she is asked', async () => (await offersOf(waiting)).length === 1, 3)
  })
  tell('asked beside a locked order', { ms: Math.round(lateMs) })
  await until('his is taken back', async () => (await offersOf(stuck))[0]!.status === 'expired', 3)
  expect(await brokenInvariants(sql)).toEqual([])
})

/** As before: no order waits, and the driver is on duty but nobody knows where. */
const tidyUp = async (...orderIds: string[]) => {
  for (const id of orderIds) {
    await ask(server.base, 'PATCH', `/orders/${id}/cancel`, { token: town.admin.token, body: { reason: 'Test' } })
  }
  server.kill('SIGKILL')
  await server.exited()
  await sql`delete from driver_positions`
  await sql`update drivers set is_available = true`
  server = await startServer({ databaseUrl: postgres.url, environment: { DISPATCH_ROUND_MS: '100' } })
  await server.ready()
}
