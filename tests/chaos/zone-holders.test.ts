/** Of several replicas one runs the rounds of a zone. It is killed, frozen and stopped in the middle of them. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { ask, tell } from '../support/chaos-client'
import { brokenInvariants, brokenOffers, brokenPromises, unpromised } from '../support/chaos-invariants'
import { type Load, type Promised, startLoad } from '../support/chaos-load'
import { kitchen, orderOf, settleTown, type Town } from '../support/chaos-people'
import { type ChaosPostgres, type ChaosSql, openSql, startChaosPostgres } from '../support/chaos-postgres'
import { endServers, type Server, startServer, until } from '../support/chaos-server'

const KILLS = 20
const REPLICAS = 3
const LEASE_MS = 1_000
/** Long enough for a round to wait for a lock of this test. */
const LOCK_TIMEOUT_MS = '20000'

let postgres: ChaosPostgres
let sql: ChaosSql
let town: Town
let servers: Server[]
/** Those that run; the load asks the first, and couriers tell all of them where they are. */
const bases: string[] = []

const start = async () => {
  const environment = {
    DISPATCH_ROUND_MS: '100',
    DISPATCH_LEASE_MS: String(LEASE_MS),
    DATABASE_LOCK_TIMEOUT_MS: LOCK_TIMEOUT_MS,
    DATABASE_STATEMENT_TIMEOUT_MS: LOCK_TIMEOUT_MS,
    DATABASE_POOL_MAX: '6',
  }
  const server = await startServer({ databaseUrl: postgres.url, environment })
  await server.ready(60)
  bases.push(server.base)
  return server
}

beforeAll(async () => {
  postgres = await startChaosPostgres('zones')
  servers = [await start()]
  sql = openSql(postgres.url)
  town = await settleTown(sql, { customers: 4, cooks: 2, couriers: 8, settings: { offerTimeoutSeconds: 5 } })
  servers.push(...(await Promise.all(Array.from({ length: REPLICAS - 1 }, start))))
})

afterAll(async () => {
  await endServers()
  await sql?.end({ timeout: 1 })
  await postgres?.stop()
})

type Lease = { pid: number; token: number }

/** Who has the zone, and is not past the end of his lease. */
const leaseOf = async (): Promise<Lease | undefined> => {
  const [row] = await sql<{ holder: string | null; token: number }[]>`
    select holder, token from zone_leases where expires_at > now()`
  return row?.holder ? { pid: Number(row.holder.split('/').at(-2)), token: row.token } : undefined
}

const holder = async () => {
  let found: Server | undefined
  const look = async () => {
    const lease = await leaseOf()
    found = servers.find(({ pid }) => pid === lease?.pid)
    return found !== undefined
  }
  await until('somebody holds the zone', look, 10)
  return found!
}

/** How long it took until another one has the zone. */
const takenFrom = (server: Server) =>
  until(
    'another one holds the zone',
    async () => {
      const lease = await leaseOf()
      return lease !== undefined && lease.pid !== server.pid
    },
    10,
  )

const remove = (server: Server) => {
  servers = servers.filter((one) => one !== server)
  bases.splice(bases.indexOf(server.base), 1)
}

const waitsFor = async (table: string) =>
  (await sql`select from pg_locks where relation = ${table}::regclass and not granted`).length > 0

/**
 * Where in a round the holder is when something happens to it: about to write the offer, about to write why (the offer is
 * written, and the zone's row is locked), or anywhere.
 */
const INSTANTS = ['offers', 'dispatch_decisions', undefined] as const

const inTheMiddle = async (table: (typeof INSTANTS)[number], act: (server: Server) => Promise<unknown>) => {
  if (!table) {
    await Bun.sleep(Math.random() * 100)
    return act(await holder())
  }
  return sql.begin(async (tx) => {
    await tx`lock table ${tx(table)} in share mode`
    await until(`a round waits for ${table}`, () => waitsFor(table), 20)
    return act(await holder())
  })
}

const roundsGoOn = async () => {
  const count = async () => (await sql<{ count: number }[]>`select count(*)::integer as count from offers`)[0]!.count
  const before = await count()
  await until('a round has made an offer', async () => (await count()) > before, 20)
}

/** Nobody orders any more; what was ordered is brought. */
const allIsBrought = async (load: Load): Promise<Promised[]> => {
  await load.stop()
  const customers = town.customers.splice(0)
  const rest = startLoad(town, () => bases[0]!, { until: 'ready', bases })
  const open = async () => (await sql`select from deliveries where status <> 'delivered'`).length
  await until('all is brought', async () => (await open()) === 0, 40)
  await rest.stop()
  town.customers.push(...customers)
  return [...load.orders.values()]
}

const expectEachOnce = async (orders: readonly Promised[], load: Load) => {
  expect(await brokenPromises(sql, orders)).toEqual([])
  expect(await brokenInvariants(sql)).toEqual([])
  expect(await unpromised(sql, load.orders)).toEqual([])
  const [counts] = await sql<{ orders: number; deliveries: number; brought: number }[]>`
    select (select count(*)::integer from orders where accepted_at is not null) as orders,
      (select count(*)::integer from deliveries) as deliveries,
      (select count(*)::integer from order_events where machine = 'delivery' and event = 'deliver') as brought`
  expect(counts).toEqual({ orders: counts!.orders, deliveries: counts!.orders, brought: counts!.orders })
  return counts!.orders
}

test('a holder that is killed in the middle of a round, twenty times: every delivery is there, and once', async () => {
  const load = startLoad(town, () => bases[0]!, { until: 'ready', bases, pauseMs: 400 })
  const broken = new Set<string>()
  const tookMs: number[] = []
  for (let kill = 0; kill < KILLS; kill++) {
    await roundsGoOn()
    const killed = await inTheMiddle(INSTANTS[kill % INSTANTS.length], async (server) => {
      server.kill('SIGKILL')
      remove(server)
      return server
    })
    const starting = start()
    tookMs.push(await takenFrom(killed as Server))
    for (const fault of await brokenOffers(sql)) broken.add(fault)
    servers.push(await starting)
  }
  const orders = await allIsBrought(load)
  const count = await expectEachOnce(orders, load)
  expect([...broken]).toEqual([])
  tell('killed', { kills: KILLS, orders: count, takenAfterMsMax: Math.round(Math.max(...tookMs)) })
  expect(Math.max(...tookMs)).toBeLessThan(10_000)
})

/** One order that waits for a driver. */
const waiting = async () => {
  const [nora, mai] = [town.customers[0]!, town.cooks[0]!]
  const base = bases[0]!
  const { body: order } = await ask(base, 'POST', '/orders', { token: nora.token, body: orderOf(mai) })
  const intent = await ask(base, 'POST', `/orders/${order.id}/create-payment-intent`, { token: nora.token })
  const confirmation = `/payments/simulated/${intent.body.paymentIntentId}/confirm`
  await ask(base, 'POST', confirmation, { token: nora.token })
  await ask(base, 'PATCH', `/orders/${order.id}/accept`, { token: mai.token, body: { prepMinutes: 1 } })
  return order.id as string
}

const everybodyIsKnown = () =>
  Promise.all(
    bases.flatMap((base) =>
      town.couriers.map(({ token }) => ask(base, 'POST', '/drivers/location', { token, body: kitchen })),
    ),
  )

const offersOf = (id: string) => sql<{ zoneId: string; createdAt: string }[]>`
  select zone_id, created_at from offers where order_ids @> array[${id}::uuid]`

const metricOf = async (server: Server, name: string) => {
  const { body } = await ask(server.base, 'GET', '/metrics')
  return Number(new RegExp(`^${name} (\\d+)`, 'm').exec(String(body))?.[1] ?? 0)
}

test('a holder that sleeps while its write waits is stopped by the fence in that very write', async () => {
  await everybodyIsKnown()
  const id = await waiting()
  const before = (await leaseOf())!
  const asleep = await holder()
  bases.splice(bases.indexOf(asleep.base), 1)
  await sql.begin(async (tx) => {
    await tx`lock table offers in share mode`
    await until('the round is about to write', () => waitsFor('offers'), 20)
    asleep.kill('SIGSTOP')
    await takenFrom(asleep)
  })
  expect((await leaseOf())!.token).toBeGreaterThan(before.token)
  asleep.kill('SIGCONT')
  const fenced = async () => (await metricOf(asleep, 'ridendine_dispatch_fenced_writes_total')) > 0
  await until('it says that it was refused', fenced, 10)
  await until('the other one makes the offer', async () => (await offersOf(id)).length > 0, 10)
  expect(await offersOf(id)).toHaveLength(1)
  expect(await brokenOffers(sql)).toEqual([])
  expect((await leaseOf())!.pid).not.toBe(asleep.pid)
  bases.push(asleep.base)
})

test('a holder that sleeps within its write keeps the zone from nobody, and has written nothing', async () => {
  await everybodyIsKnown()
  const id = await waiting()
  const asleep = await holder()
  bases.splice(bases.indexOf(asleep.base), 1)
  await sql.begin(async (tx) => {
    await tx`lock table dispatch_decisions in share mode`
    await until('the round has written half', () => waitsFor('dispatch_decisions'), 20)
    asleep.kill('SIGSTOP')
  })
  const tookMs = await takenFrom(asleep)
  asleep.kill('SIGCONT')
  await until('the other one makes the offer', async () => (await offersOf(id)).length > 0, 10)
  await Bun.sleep(500)
  expect(await offersOf(id)).toHaveLength(1)
  expect(await brokenOffers(sql)).toEqual([])
  tell('asleep', { takenAfterMs: Math.round(tookMs) })
  bases.push(asleep.base)
})

test('a holder that is told to stop hands over at once', async () => {
  const stopped = await holder()
  remove(stopped)
  stopped.kill('SIGTERM')
  const tookMs = await takenFrom(stopped)
  expect(await stopped.exited()).toBe(0)
  expect(stopped.output()).not.toContain('could not be renewed')
  tell('stopped', { takenAfterMs: Math.round(tookMs) })
  expect(tookMs).toBeLessThan(LEASE_MS)
})
