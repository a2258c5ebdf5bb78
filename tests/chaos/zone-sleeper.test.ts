/** A holder that falls asleep in the middle of a statement, on a Postgres that knows no transaction_timeout. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { ask, tell } from '../support/chaos-client'
import { brokenOffers } from '../support/chaos-invariants'
import { kitchen, orderOf, settleTown, type Town } from '../support/chaos-people'
import { type ChaosSql, openSql } from '../support/chaos-postgres'
import { endServers, type Server, startServer, until } from '../support/chaos-server'
import { type DebianPostgres, startDebianPostgres } from '../support/debian-postgres'

const LEASE_MS = 1_000
/** As a lease of the usual length lets the zone go within ten seconds. */
const TAKEN_AFTER_MS_MAX = (LEASE_MS * 10_000) / 3_000
const LOCK_TIMEOUT_MS = '20000'

let postgres: DebianPostgres
let sql: ChaosSql
let town: Town
let servers: Server[]

const start = async (databaseUrl: string) => {
  const environment = {
    DISPATCH_ROUND_MS: '100',
    DISPATCH_LEASE_MS: String(LEASE_MS),
    DATABASE_LOCK_TIMEOUT_MS: LOCK_TIMEOUT_MS,
    DATABASE_STATEMENT_TIMEOUT_MS: LOCK_TIMEOUT_MS,
  }
  const server = await startServer({ databaseUrl, environment })
  await server.ready(60)
  return server
}

beforeAll(async () => {
  postgres = await startDebianPostgres()
  const url = postgres.urlOf('postgres')
  servers = [await start(url)]
  sql = openSql(url)
  town = await settleTown(sql, { customers: 1, cooks: 1, couriers: 1 })
  servers.push(await start(url))
})

afterAll(async () => {
  await endServers()
  await sql?.end({ timeout: 1 })
  await postgres?.remove()
})

const holderPid = async () => {
  const [row] = await sql<{ holder: string | null }[]>`select holder from zone_leases where expires_at > now()`
  return row?.holder ? Number(row.holder.split('/').at(-2)) : undefined
}

const accepted = async (base: string) => {
  const [nora, mai] = [town.customers[0]!, town.cooks[0]!]
  const { body: order } = await ask(base, 'POST', '/orders', { token: nora.token, body: orderOf(mai) })
  const intent = await ask(base, 'POST', `/orders/${order.id}/create-payment-intent`, { token: nora.token })
  const confirmation = `/payments/simulated/${intent.body.paymentIntentId}/confirm`
  await ask(base, 'POST', confirmation, { token: nora.token })
  await ask(base, 'PATCH', `/orders/${order.id}/accept`, { token: mai.token, body: { prepMinutes: 1 } })
  return order.id as string
}

test('the other replica has the zone within ten seconds, and what the sleeper had begun is not written', async () => {
  const [{ version } = { version: 0 }] = await sql<{ version: number }[]>`
    select current_setting('server_version_num')::integer as version`
  expect(version).toBeLessThan(170_000)
  const knowsWhere = ({ base }: Server) =>
    ask(base, 'POST', '/drivers/location', { token: town.couriers[0]!.token, body: kitchen })
  let id = ''
  let asleep: Server | undefined
  await until('somebody holds the zone', async () => (await holderPid()) !== undefined, 20)
  await sql.begin(async (tx) => {
    // It is asked for when a statement is read: the server answers that, and waits for the rest of the statement's messages.
    await tx`lock table dispatch_decisions in share mode`
    await Promise.all(servers.map(knowsWhere))
    id = await accepted(servers[0]!.base)
    const isWaiting = async () =>
      (await sql`select from pg_locks where relation = 'dispatch_decisions'::regclass and not granted`).length > 0
    await until('the round has written half', isWaiting, 20)
    const pid = await holderPid()
    asleep = servers.find((server) => server.pid === pid)
    asleep!.kill('SIGSTOP')
  })
  const isTaken = async () => ![undefined, asleep!.pid].includes(await holderPid())
  const tookMs = await until('another one holds the zone', isTaken, 20)
  tell('asleep in a statement', { version, takenAfterMs: Math.round(tookMs) })
  expect(tookMs).toBeLessThan(TAKEN_AFTER_MS_MAX)
  asleep!.kill('SIGCONT')
  const offers = () => sql`select from offers where order_ids @> array[${id}::uuid]`
  await until('the other one makes the offer', async () => (await offers()).length > 0, 10)
  await Bun.sleep(1_000)
  expect(await offers()).toHaveLength(1)
  expect(await brokenOffers(sql)).toEqual([])
  expect(await holderPid()).not.toBe(asleep!.pid)
})
