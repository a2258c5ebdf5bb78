/** A process sleeps, as one does whose machine is paused, and wakes up with what it knew. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { ask } from '../support/chaos-client'
import { brokenInvariants } from '../support/chaos-invariants'
import { type Courier, kitchen, orderOf, settleTown, type Town } from '../support/chaos-people'
import { type ChaosPostgres, type ChaosSql, openSql, startChaosPostgres } from '../support/chaos-postgres'
import { endServers, type Server, startServer, until } from '../support/chaos-server'

const settings = {
  driverSilentSeconds: 3,
  driverRelievedSeconds: 6,
  boardAfterSeconds: 86_400,
  offerTimeoutSeconds: 60,
}
const ASLEEP_MS = 11_000

let postgres: ChaosPostgres
let sql: ChaosSql
let server: Server
let town: Town
let omar: Courier

beforeAll(async () => {
  postgres = await startChaosPostgres('asleep')
  server = await startServer({ databaseUrl: postgres.url, environment: { DISPATCH_ROUND_MS: '100' } })
  await server.ready(60)
  sql = openSql(postgres.url)
  town = await settleTown(sql, { customers: 1, cooks: 1, couriers: 1, settings })
  omar = town.couriers[0]!
})

afterAll(async () => {
  await endServers()
  await sql?.end({ timeout: 1 })
  await postgres?.stop()
})

const tellPlace = () =>
  ask(server.base, 'POST', '/drivers/location', { token: omar.token, body: kitchen, timeoutMs: 1_000 })

const taken = async () => {
  const [nora, mai] = [town.customers[0]!, town.cooks[0]!]
  const { base } = server
  const { body: order } = await ask(base, 'POST', '/orders', { token: nora.token, body: orderOf(mai) })
  const intent = await ask(base, 'POST', `/orders/${order.id}/create-payment-intent`, { token: nora.token })
  await ask(base, 'POST', `/payments/simulated/${intent.body.paymentIntentId}/confirm`, { token: nora.token })
  await ask(base, 'PATCH', `/orders/${order.id}/accept`, { token: mai.token, body: { prepMinutes: 10 } })
  const body = { orderId: order.id, driverId: omar.driverId }
  expect((await ask(base, 'POST', '/dispatch/assign', { token: town.admin.token, body })).status).toBe(200)
  return order.id as string
}

const eventsOf = async (type: string) => (await sql`select from events where type = ${type}`).length

test('drivers who could not be heard while the process slept are not thought silent; who says nothing then is', async () => {
  await tellPlace()
  const id = await taken()
  await tellPlace()
  server.kill('SIGSTOP')
  await Bun.sleep(ASLEEP_MS)
  server.kill('SIGCONT')
  // As his app does; its first words after the pause take a moment.
  await Bun.sleep(500)
  for (let second = 0; second < 10; second++) {
    await tellPlace()
    await Bun.sleep(1_000)
  }
  expect(await eventsOf('driver.silent')).toBe(0)
  const [delivery] = await sql`select status, driver_id from deliveries where order_id = ${id}`
  expect(delivery).toMatchObject({ status: 'assigned', driverId: omar.driverId })
  expect(await brokenInvariants(sql)).toEqual([])

  const statusOf = async () => (await sql`select status from deliveries where order_id = ${id}`)[0]!.status
  await until('he is relieved', async () => (await statusOf()) !== 'assigned', 20)
  expect(await eventsOf('driver.silent')).toBe(1)
}, 60_000)
