/** What a cluster does to the service, with real processes: replicas are replaced and the database moves on, under load. */
import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { type Answer, ask, sumUp, tell } from '../support/chaos-client'
import { brokenInvariants } from '../support/chaos-invariants'
import { startLoad } from '../support/chaos-load'
import { settleTown, type Town } from '../support/chaos-people'
import {
  type ChaosPostgres,
  type ChaosSql,
  makeDatabase,
  openSql,
  startChaosPostgres,
  waitUntilUp,
} from '../support/chaos-postgres'
import { endServers, type Server, spawnScript, startServer, until } from '../support/chaos-server'
import { type FaithfulSocket, followTopic } from '../support/faithful-socket'
import { type LoadBalancer, startLoadBalancer } from '../support/load-balancer'

const replicaCount = 3
const socketCount = 12
/** Longer than the balancer takes to hear of it: 200 ms until it asks again, 500 ms until that takes effect. */
const drainMs = 1_500

let postgres: ChaosPostgres
let sql: ChaosSql
let town: Town
let balancer: LoadBalancer

beforeAll(async () => {
  postgres = await startChaosPostgres('rolling')
  expect(await runMigrations(['src/cli/migrate.ts'])).toContain('Applied ')
  sql = openSql(postgres.url)
  town = await settleTown(sql, { customers: 10, cooks: 4 })
})

afterEach(async () => {
  await balancer?.stop()
  await endServers()
})

afterAll(async () => {
  await sql?.end({ timeout: 1 })
  await postgres?.stop()
})

const runMigrations = async (script: string[], databaseUrl = postgres.url) => {
  const command = spawnScript(script, { DATABASE_URL: databaseUrl })
  expect([await command.exited(60), command.output()]).toEqual([0, expect.any(String)])
  return command.output()
}

/** As in the manifests: migrations are a job of their own. */
const startReplica = async (environment: Record<string, string> = {}): Promise<Server> => {
  const server = await startServer({
    databaseUrl: postgres.url,
    environment: { MIGRATE: 'off', DRAIN_DELAY_MS: String(drainMs), ...environment },
  })
  balancer.watch(server)
  return server
}

const startReplicas = async (count: number) => {
  const servers: Server[] = []
  while (servers.length < count) servers.push(await startReplica())
  for (const server of servers) await until('it takes requests', () => balancer.takesNew(server), 60)
  return servers
}

/** One more, then one less: maxSurge 1, maxUnavailable 0. Says how long the old one took to go. */
const replace = async (old: Server): Promise<{ fresh: Server; goneMs: number }> => {
  const fresh = await startReplica()
  await until('the new one takes requests', () => balancer.takesNew(fresh), 60)
  const toldMs = performance.now()
  old.kill('SIGTERM')
  expect(await old.exited(30)).toBe(0)
  const goneMs = Math.round(performance.now() - toldMs)
  expect(balancer.takesNew(old)).toBe(false)
  expect(balancer.counts(old)).toEqual({ handed: expect.any(Number), refused: 0 })
  balancer.forget(old)
  return { fresh, goneMs }
}

/** Not answered, or answered with a fault of ours. Refusals by a rule of the market are answers. */
const failed = (answers: readonly Answer[]) =>
  answers
    .filter(({ status }) => status === 0 || status >= 500)
    .map(({ method, path, status, body }) => ({ method, path, status, body }))

test('three replicas are replaced one by one under load: no request is lost, and every socket comes back', async () => {
  balancer = await startLoadBalancer()
  let replicas = await startReplicas(replicaCount)
  const topic = `zone:${town.zoneId}`
  const sockets: FaithfulSocket[] = []
  while (sockets.length < socketCount) sockets.push(await followTopic(balancer.base, town.admin.token, topic))
  const load = startLoad(town, () => balancer.base, { until: 'ready' })
  await until('some orders', () => load.orders.size >= 20, 60)

  const goneMs: number[] = []
  const restartedMs = performance.now()
  for (const old of replicas) {
    const replaced = await replace(old)
    replicas = [...replicas.filter((one) => one !== old), replaced.fresh]
    goneMs.push(replaced.goneMs)
  }
  const restartMs = Math.round(performance.now() - restartedMs)
  const atEnd = load.orders.size
  await until('orders go on', () => load.orders.size >= atEnd + 10, 60)
  await load.stop()

  const expected = await sql<{ seq: number }[]>`
    select seq from event_topics where topic = ${topic} and seq > ${sockets[0]!.fromSeq()} order by seq`
  const last = expected.at(-1)!.seq
  await until('every socket has the last event', () => sockets.every(({ seqs }) => seqs.at(-1) === last), 20)
  for (const socket of sockets) socket.stop()

  const answers = [...load.answers, ...sockets.flatMap((socket) => socket.answers)]
  const comebacks = sockets.flatMap(({ closeCodes }) => closeCodes)
  tell('rolling restart', {
    ...sumUp(answers),
    failed: failed(answers).length,
    orders: load.orders.size,
    restartMs,
    goneMs,
    sockets: sockets.length,
    comebacks: comebacks.length,
    eventsEach: expected.length,
  })
  expect(failed(answers)).toEqual([])
  expect(load.refused).toEqual([])
  // Each of them stood on a replica that is gone.
  expect(sockets.every(({ closeCodes }) => closeCodes.length >= 1)).toBe(true)
  expect(new Set(comebacks)).toEqual(new Set([1012]))
  expect(sockets.flatMap(({ openFailures, strange }) => [...openFailures, ...strange])).toEqual([])
  for (const socket of sockets) {
    const own = expected.map(({ seq }) => seq).filter((seq) => seq > socket.fromSeq())
    expect(socket.seqs).toEqual(own)
  }
  expect(await brokenInvariants(sql)).toEqual([])
})

test('while it drains it asks its callers to let go of their connections, and still opens sockets', async () => {
  balancer = await startLoadBalancer()
  const [server] = await startReplicas(1)
  const connectionOf = async (path: string, method = 'GET') =>
    (await ask(server!.base, method, path, { token: town.customers[0]!.token })).headers.get('connection')
  const paths = ['/health', '/health/live', '/health/ready', '/orders', '/nowhere']
  const before = await Promise.all(paths.map((path) => connectionOf(path)))
  server!.kill('SIGTERM')
  await until('it drains', async () => (await ask(server!.base, 'GET', '/health/ready')).status === 503, 5)
  const during = await Promise.all(paths.map((path) => connectionOf(path)))
  const socket = await followTopic(server!.base, town.admin.token, `zone:${town.zoneId}`)
  expect(await server!.exited()).toBe(0)
  socket.stop()
  expect(before.map((value) => value?.toLowerCase())).not.toContain('close')
  expect(during.map((value) => value?.toLowerCase())).toEqual(paths.map(() => 'close'))
  expect(socket.closeCodes[0]).toBe(1012)
})

/** Longer than a request waits for a table (DATABASE_LOCK_TIMEOUT_MS). */
const readerMs = 3_500

const isMigrationWaiting = async () => {
  const [row] = await sql<{ isWaiting: boolean }[]>`
    select exists (select from pg_locks where not granted and relation = 'orders'::regclass and mode = 'AccessExclusiveLock')
      as is_waiting`
  return row!.isWaiting
}

test('a newer version migrates while this one serves: no request fails, and this one can start again', async () => {
  balancer = await startLoadBalancer()
  const [first, second] = await startReplicas(2)
  const load = startLoad(town, () => balancer.base, { until: 'ready' })
  await until('some orders', () => load.orders.size >= 20, 60)
  // Somebody reads at length: a migration that waited for him in line would hold up every order behind it.
  const reader = openSql(postgres.url)
  const migration = await reader.begin(async (tx) => {
    await tx`select count(*) from orders`
    const running = spawnScript(['tests/support/newer-version.ts', 'compatible'], { DATABASE_URL: postgres.url })
    await until('the migration waits for the table', isMigrationWaiting, 30)
    await Bun.sleep(readerMs)
    expect(running.hasExited()).toBe(false)
    return running
  })
  await reader.end({ timeout: 1 })
  expect([await migration.exited(30), migration.output()]).toEqual([0, 'Applied 9998-a-gift-note.\n'])

  const { fresh } = await replace(first!)
  const atEnd = load.orders.size
  await until('orders go on', () => load.orders.size >= atEnd + 10, 60)
  await load.stop()
  tell('migrated under load', { ...sumUp(load.answers), failed: failed(load.answers).length, orders: load.orders.size })
  expect(failed(load.answers)).toEqual([])
  expect(load.refused).toEqual([])
  expect(fresh.output()).toContain('the database is ahead of this version')
  expect(second!.hasExited()).toBe(false)
  expect(await brokenInvariants(sql)).toEqual([])

  // What nobody may run beside: the old ones that still run go on, one that starts is told to stay away.
  await runMigrations(['tests/support/newer-version.ts', 'breaking'])
  const late = await startServer({ databaseUrl: postgres.url, environment: { MIGRATE: 'off' } })
  expect(await late.exited()).toBe(1)
  expect(late.output()).toContain('9999-without-gift-cards')
  expect(late.output()).toContain('run a newer version')
  await sql`delete from schema_migrations where name >= '9998'`
  await sql`alter table orders drop column gift_note`
})

test('a pod that comes before the migration waits, alive and not ready, and takes requests when it has run', async () => {
  balancer = await startLoadBalancer()
  const databaseUrl = await makeDatabase(postgres.url, 'not_yet')
  const server = await startServer({ databaseUrl, environment: { MIGRATE: 'off' } })
  await until('it says that it waits', () => server.output().includes('waiting for migrations'), 20)
  const [live, ready] = await Promise.all(['live', 'ready'].map((what) => ask(server.base, 'GET', `/health/${what}`)))
  expect([live!.status, ready!.status]).toEqual([200, 503])
  await runMigrations(['src/cli/migrate.ts'], databaseUrl)
  await server.ready(10)
})

test('without its database no replica is sent requests, none is restarted, and all come back by themselves', async () => {
  balancer = await startLoadBalancer()
  const replicas = await startReplicas(2)
  postgres.keepDown()
  postgres.kill()
  const awayMs = await until('nobody takes requests', () => !replicas.some((one) => balancer.takesNew(one)), 20)
  const live = await Promise.all(replicas.map(({ base }) => ask(base, 'GET', '/health/live')))
  postgres.letUp()
  await waitUntilUp(postgres)
  const backMs = await until('all take requests', () => replicas.every((one) => balancer.takesNew(one)), 20)
  tell('database away', { awayMs: Math.round(awayMs), backMs: Math.round(backMs) })
  expect(live.map(({ status }) => status)).toEqual([200, 200])
  expect(replicas.some((one) => one.hasExited())).toBe(false)
})
