/** A round decides on what it has seen; by the time it acts, the driver may have been given something else. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { ask } from '../support/chaos-client'
import { brokenInvariants } from '../support/chaos-invariants'
import { kitchen, orderOf, settleTown, type Town } from '../support/chaos-people'
import { type ChaosPostgres, type ChaosSql, openSql, startChaosPostgres } from '../support/chaos-postgres'
import { endServers, type Server, startServer, until } from '../support/chaos-server'

let postgres: ChaosPostgres
let sql: ChaosSql
let server: Server
let town: Town

beforeAll(async () => {
  postgres = await startChaosPostgres('race')
  server = await startServer({ databaseUrl: postgres.url, environment: { DISPATCH_ROUND_MS: '100' } })
  await server.ready()
  sql = openSql(postgres.url)
  town = await settleTown(sql, { customers: 1, cooks: 1, couriers: 1 })
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
  select status from offers where order_ids @> array[${orderId}::uuid]`

test.each([
  ['has been given another order', (omar: string, other: string) => assign(omar, other)],
  ['has gone off duty', () => goOffDuty()],
])('a driver who %s meanwhile is not asked', async (_what, meanwhile) => {
  const [first, other] = [await acceptedOrder(), await acceptedOrder()]
  const omar = town.couriers[0]!
  await sql.begin(async (tx) => {
    await tx`select from orders where id = ${first} for update`
    // Now there is a driver: the round wants to ask him about the first order, and waits for its lock.
    await ask(server.base, 'POST', '/drivers/location', { token: omar.token, body: kitchen })
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
