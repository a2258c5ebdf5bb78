/** Two servers on one Postgres: what is to be done is done once, whichever of them, or of their stores, dies. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { newId } from '#core/ids'
import { LEASE_SECONDS } from '#core/jobs/leases'
import { ask, tell } from '../support/chaos-client'
import { type ChaosPostgres, type ChaosSql, openSql, startChaosPostgres, waitUntilUp } from '../support/chaos-postgres'
import { endServers, type Server, spawnScript, startServer, until } from '../support/chaos-server'
import { openPostOffice } from '../support/ops-post-office'

let postgres: ChaosPostgres
let sql: ChaosSql
let post: Awaited<ReturnType<typeof openPostOffice>>
let servers: Server[]

const start = () =>
  startServer({
    databaseUrl: postgres.url,
    // Long enough that a sweep can be kept waiting in the middle by a lock.
    environment: {
      SMTP_URL: post.url,
      DATABASE_LOCK_TIMEOUT_MS: '30000',
      DATABASE_STATEMENT_TIMEOUT_MS: '30000',
    },
  })

beforeAll(async () => {
  post = await openPostOffice()
  postgres = await startChaosPostgres('jobs')
  servers = await Promise.all([start(), start()])
  for (const server of servers) await server.ready()
  sql = openSql(postgres.url)
})

afterAll(async () => {
  await endServers()
  await sql?.end({ timeout: 1 })
  await postgres?.stop()
  post?.close()
})

const enqueue = async (to: string) => {
  const data = { to, subject: 'Confirm your email', body: 'Here' }
  await sql`insert into jobs (id, queue, data) values (${newId()}, 'mail', ${sql.json(data)})`
}
const waiting = (to: string) => sql<
  { id: string; attemptCount: number; claimedBy: string | null; dueIn: number; failedAt: string | null }[]
>`
  select *, extract(epoch from run_at - now())::float8 as due_in from jobs where data ->> 'to' = ${to}`
const jobRow = async (name: string) =>
  (
    await sql`
    select *, extract(epoch from last_success_at)::float8 as last_success from periodic_jobs where name = ${name}`
  )[0]!

const metricsOf = async (server: Server) => String((await ask(server.base, 'GET', '/metrics')).body)
const readLine = (text: string, line: string) =>
  Number(
    text
      .split('\n')
      .find((one) => one.startsWith(`${line} `))
      ?.slice(line.length + 1) ?? 0,
  )
const total = async (line: string) => {
  const texts = await Promise.all(servers.map(metricsOf))
  return texts.reduce((sum, text) => sum + readLine(text, line), 0)
}
const runs = (job: string, outcome: string) => total(`ridendine_job_runs_total{job="${job}",outcome="${outcome}"}`)
/** The server that a claim names: host/pid/number. */
const holderOf = (claimedBy: string) => servers.find(({ pid }) => claimedBy.split('/')[1] === String(pid))!

test('a job of the market runs once per tick at one of the servers, one of the process at each', async () => {
  const [before, startedMs] = [await runs('order-deadlines', 'ok'), performance.now()]
  await Bun.sleep(4_000)
  const count = (await runs('order-deadlines', 'ok')) - before
  const seconds = (performance.now() - startedMs) / 1_000
  tell('jobs', { ticks: count, seconds })
  expect(count).toBeWithin(2, Math.ceil(seconds) + 2)
  const texts = await Promise.all(servers.map(metricsOf))
  for (const text of texts) {
    expect(readLine(text, 'ridendine_job_interval_seconds{job="order-deadlines"}')).toBe(1)
    const last = readLine(text, 'ridendine_job_last_success_timestamp_seconds{job="order-deadlines"}')
    expect(Date.now() / 1_000 - last).toBeWithin(-1, 10)
    expect(text).toContain('ridendine_job_duration_seconds_count{job="')
    expect(text).toContain('ridendine_queue_jobs{queue="mail",state="waiting"} 0')
    expect(text).toContain('ridendine_queue_oldest_waiting_seconds{queue="mail"} 0')
  }
  const [once] = await Promise.all([total('ridendine_job_runs_total{job="forget-events",outcome="ok"}')])
  expect(once).toBe(1)
})

test('a mail server that fails: tried again later and later, then the mail arrives, once', async () => {
  const to = 'nora@example.com'
  post.answer('no')
  await enqueue(to)
  const waits: number[] = []
  for (let attempt = 1; attempt <= 3; attempt++) {
    await until(`attempt ${attempt}`, async () => post.callsFor(to).length === attempt, 6)
    await until('it is noted', async () => (await waiting(to))[0]?.claimedBy === null, 5)
    waits.push((await waiting(to))[0]!.dueIn)
    if (attempt === 3) post.answer('yes')
    // Time passes: the wait is as long as it says, less what the test does not want to sit out.
    await sql`update jobs set run_at = now() + interval '500 milliseconds'`
    expect(post.callsFor(to)).toHaveLength(attempt)
  }
  tell('jobs', { waits })
  expect(waits[1]!).toBeGreaterThan(waits[0]!)
  expect(waits[2]!).toBeGreaterThan(waits[1]!)
  await until('it arrives', () => post.callsFor(to).some(({ mode }) => mode === 'yes'), 6)
  await until('it is gone from the queue', async () => (await waiting(to)).length === 0, 5)
  expect(post.callsFor(to).map(({ mode }) => mode)).toEqual(['no', 'no', 'no', 'yes'])
  expect(await runs('mail', 'retried')).toBe(3)
})

test('what was given up is shown to the operator, who has it tried again', async () => {
  const to = 'lena@example.com'
  await sql`
    insert into jobs (id, queue, data, attempt_count, failed_at, last_error)
    values (${newId()}, 'mail', ${sql.json({ to, subject: 'x', body: 'secret' })}, 8, now(), 'not sent: ECONNREFUSED')`
  const { id } = (await waiting(to))[0]!
  expect(await total('ridendine_queue_jobs{queue="mail",state="failed"}')).toBe(2)
  const command = async (...given: string[]) => {
    const script = spawnScript(['src/cli/jobs.ts', ...given], { DATABASE_URL: postgres.url })
    return { code: await script.exited(), output: script.output() }
  }
  const listed = await command('list')
  expect(listed.output).toContain(`${id}  mail  failed  attempts 8: not sent: ECONNREFUSED`)
  expect(listed.output).toContain('order-deadlines')
  expect(listed.output).not.toContain('secret')
  expect(listed.output).not.toContain(to)
  expect(await command('retry', id)).toEqual({ code: 0, output: `${id} is tried again.\n` })
  await until('it arrives', () => post.callsFor(to).length === 1, 6)
  expect((await command('retry', newId())).code).toBe(1)
  expect((await command('retry', 'all')).code).toBe(2)
})

test('a server that is killed while it sends: the other one takes the mail over within seconds', async () => {
  const to = 'omar@example.com'
  post.answer('silent')
  await enqueue(to)
  await until('one is at it', () => post.callsFor(to).length === 1, 6)
  const victim = holderOf((await waiting(to))[0]!.claimedBy!)
  post.answer('yes')
  victim.kill('SIGKILL')
  await victim.exited()
  servers = servers.filter((server) => server !== victim)
  const tookMs = await until('the other has sent it', () => post.callsFor(to).length === 2, LEASE_SECONDS + 6)
  await until('it is gone from the queue', async () => (await waiting(to)).length === 0, 5)
  tell('jobs', { mailTakenOverMs: tookMs })
  expect(post.callsFor(to).map(({ mode }) => mode)).toEqual(['silent', 'yes'])
  expect(await runs('mail', 'taken_over')).toBe(1)
  servers.push(await start())
  await servers.at(-1)!.ready()
})

test('a server that is killed in the middle of a sweep: the other one does it again within seconds', async () => {
  const offers = await sql.reserve()
  await offers`begin`
  // The sweep waits for it.
  await offers`lock table offers in access exclusive mode`
  const waitsForLock = async () => {
    const [row] = await sql`
      select from pg_stat_activity where application_name = 'ridendine' and wait_event_type = 'Lock' and query like '%offers%'`
    return row !== undefined && (await jobRow('offer-expiry')).claimedBy !== null
  }
  await until('one is in the middle of it', waitsForLock, 6)
  const before = await jobRow('offer-expiry')
  const victim = holderOf(before.claimedBy as string)
  victim.kill('SIGKILL')
  await victim.exited()
  servers = servers.filter((server) => server !== victim)
  await offers`rollback`
  offers.release()
  const isDone = async () => (await jobRow('offer-expiry')).lastSuccess > before.lastSuccess
  const tookMs = await until('the other has done it', isDone, LEASE_SECONDS + 6)
  tell('jobs', { sweepTakenOverMs: tookMs })
  expect(await runs('offer-expiry', 'taken_over')).toBe(1)
  servers.push(await start())
  await servers.at(-1)!.ready()
})

test('a server that is told to stop ends what it is at, and leaves nothing claimed', async () => {
  const to = 'ada@example.com'
  const leaving = servers[0]!
  // Only this one is left to do it.
  servers[1]!.kill('SIGSTOP')
  post.answer('silent')
  await enqueue(to)
  await until('it is at it', () => post.callsFor(to).length === 1, 20)
  expect(holderOf((await waiting(to))[0]!.claimedBy!)).toBe(leaving)
  leaving.kill('SIGTERM')
  await Bun.sleep(1_000)
  expect(leaving.hasExited()).toBe(false)
  expect(await waiting(to)).toHaveLength(1)
  post.relent()
  expect(await leaving.exited(20)).toBe(0)
  expect(leaving.output()).toContain('"msg":"stopped"')
  expect(await waiting(to)).toHaveLength(0)
  const left = await sql`select name from periodic_jobs where claimed_by like ${`%/${leaving.pid}/%`}`
  expect([...left]).toEqual([])
  servers[1]!.kill('SIGCONT')
  post.answer('yes')
  servers = [servers[1]!]
})

test('Postgres is killed and comes back: everything goes on by itself', async () => {
  servers.push(await start())
  await servers.at(-1)!.ready()
  const to = 'mai@example.com'
  await enqueue(to)
  postgres.kill()
  await waitUntilUp(postgres)
  await until('the mail arrives', () => post.callsFor(to).length > 0, 15)
  const [{ now: back }] = (await sql`select extract(epoch from now())::float8 as now`) as unknown as [{ now: number }]
  for (const name of ['order-deadlines', 'offer-expiry']) {
    const tookMs = await until(`${name} runs`, async () => (await jobRow(name)).lastSuccess > back, LEASE_SECONDS + 6)
    tell('jobs', { [`${name}AfterRestartMs`]: tookMs })
  }
  await until('nothing is left over', async () => (await waiting(to)).length === 0, 10)
  expect(post.callsFor(to)).toHaveLength(1)
})
