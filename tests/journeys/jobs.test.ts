import { afterEach, expect, test } from 'bun:test'
import { clock, turnClock } from '#core/clock'
import { closeDatabase, database } from '#core/database'
import { enqueue, type Job, type Queue, startJobs } from '#core/jobs'
import { LEASE_SECONDS } from '#core/jobs/leases'
import { retryJob } from '#core/jobs/operate'
import { registry } from '#core/metrics'
import { eventually, sql, useMarket } from '../support/market'

useMarket({ environment: { MODULES: 'web' } })

const everyMs = 5
const per = 'market'
const stops: (() => Promise<void>)[] = []

/** Replicas in one process: each has its own claims. */
const start = (...given: Parameters<typeof startJobs>) => {
  const stop = startJobs(...given)
  stops.push(stop)
  return stop
}

afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()))
  if (!database.isAway) await sql()`delete from jobs`
})

const queue = (run: Queue['run'], more: Partial<Queue> = {}): Queue => ({
  name: 'letters',
  attemptsMax: 4,
  firstRetrySeconds: 10,
  retrySecondsMax: 40,
  concurrency: 2,
  timeoutSeconds: 30,
  run,
  ...more,
})
const jobRows = () => sql()`select *, extract(epoch from run_at - now())::float8 as due_in from jobs order by id`
const later = (seconds: number) => sql()`update jobs set run_at = run_at - ${seconds} * interval '1 second'`
const metric = async (line: string) => {
  const found = (await registry.metrics()).split('\n').find((one) => one.startsWith(`${line} `))
  return found === undefined ? undefined : Number(found.slice(line.length + 1))
}

test('a job runs again and again, with the time as it is', async () => {
  const times: number[] = []
  start([{ name: 'tick', per, everyMs, run: async (now) => void times.push(now.getTime()) }])
  await eventually('two runs', async () => times.length >= 2)
  turnClock(3_600_000)
  const before = times.length
  await eventually('a run after the clock was turned', async () => times.length > before + 1)
  expect(Math.abs(times.at(-1)! - clock.nowMs())).toBeLessThan(60_000)
})

test('a run that fails is not the last, and keeps no other job from running', async () => {
  let failures = 0
  let others = 0
  const failing = async () => {
    failures++
    throw new Error('not today')
  }
  start([
    { name: 'failing', per, everyMs, run: failing },
    { name: 'other', per, everyMs, run: async () => void others++ },
  ])
  await eventually('three failures beside three runs', async () => failures >= 3 && others >= 3)
  const [row] = await sql()`select failure_count, last_error, last_success_at from periodic_jobs where name = 'failing'`
  expect(row).toMatchObject({ lastError: 'not today', lastSuccessAt: null })
  expect(await metric('ridendine_job_failures_in_a_row{job="failing"}')).toBeGreaterThanOrEqual(2)
  expect(await metric('ridendine_job_last_success_timestamp_seconds{job="failing"}')).toBe(0)
  expect(await metric('ridendine_job_last_success_timestamp_seconds{job="other"}')).toBeGreaterThan(1_700_000_000)
})

test('a job of every hour that failed does not wait for an hour', async () => {
  const hourly = { name: 'hourly', per, everyMs: 3_600_000, run: () => Promise.reject(new Error('not now')) } as const
  start([hourly])
  const row = await eventually('the failure', async () => {
    const [one] = await sql()`
      select failure_count, extract(epoch from next_run_at - now())::float8 as due_in from periodic_jobs where name = 'hourly'`
    return one?.failureCount === 1 && one
  })
  expect(row.dueIn).toBeWithin(1, 5.001)
})

test('of several replicas one does it at each tick', async () => {
  const runs: number[] = []
  const everyMs = 300
  const replica = (index: number): Job => ({ name: 'shared', per, everyMs, run: async () => void runs.push(index) })
  const startedMs = performance.now()
  for (let index = 0; index < 4; index++) start([replica(index)])
  await eventually('six runs', async () => runs.length >= 6)
  // The first is due at once.
  expect(runs.length).toBeLessThanOrEqual(1 + (performance.now() - startedMs) / everyMs)
})

test('what each process does for itself, each process does', async () => {
  const runs = [0, 0]
  for (const index of [0, 1]) {
    start([{ name: 'own', per: 'process', everyMs, run: async () => void runs[index]!++ }])
  }
  await eventually('runs of both', async () => runs.every((count) => count >= 3))
  expect(await metric('ridendine_job_last_success_timestamp_seconds{job="own"}')).toBeGreaterThan(1_700_000_000)
})

test('a job never overtakes itself, not even at another replica, and stopping waits for the run under way', async () => {
  let running = 0
  let most = 0
  let finish = () => {}
  const slow = async () => {
    most = Math.max(most, ++running)
    await new Promise<void>((resolve) => {
      finish = resolve
    })
    running--
  }
  const replicas = [0, 1].map(() => start([{ name: 'slow', per, everyMs, run: slow }]))
  let otherRuns = 0
  start([{ name: 'clockwork', per, everyMs, run: async () => void otherRuns++ }])
  await eventually('time to overtake', async () => otherRuns > 5 && running === 1)
  expect(most).toBe(1)
  let stopped = false
  const stopping = Promise.all(replicas.map((stop) => stop())).then(() => {
    stopped = true
  })
  const seen = otherRuns
  await eventually('some more time', async () => otherRuns > seen + 2)
  expect(stopped).toBe(false)
  finish()
  await stopping
  expect(running).toBe(0)
})

test('a run that takes longer than its claim keeps it', async () => {
  let runs = 0
  const long = async () => {
    runs++
    await Bun.sleep((LEASE_SECONDS + 1.5) * 1_000)
  }
  for (let index = 0; index < 2; index++) start([{ name: 'long', per, everyMs: 60_000, run: long }])
  await eventually(
    'its success',
    async () => {
      const [row] = await sql()`select from periodic_jobs where name = 'long' and last_success_at is not null`
      return row !== undefined
    },
    12,
  )
  expect(runs).toBe(1)
})

test('a run that never ends is given up after its time, told so, and its tick comes again', async () => {
  let runs = 0
  let told = 0
  const stuck = (_: Date, signal?: AbortSignal) => {
    runs++
    signal!.addEventListener('abort', () => told++)
    return new Promise(() => {})
  }
  start([{ name: 'stuck', per, everyMs, timeoutSeconds: 0.1, run: stuck }])
  await eventually('three runs', async () => runs >= 3)
  expect(told).toBeGreaterThanOrEqual(2)
  const [row] = await sql()`select last_error from periodic_jobs where name = 'stuck'`
  expect(row!.lastError).toBe('took longer than 0.1 s')
})

test('a tick that its process did not end is done by the next one when the claim runs out, and counts as failed', async () => {
  await sql()`
    insert into periodic_jobs (name, every_ms, next_run_at, claimed_by, started_at)
    values ('orphan', 3600000, now() + interval '1 second', 'a process that is no more', now())`
  const before = (await metric('ridendine_job_runs_total{job="orphan",outcome="taken_over"}')) ?? 0
  let runs = 0
  const startedMs = performance.now()
  start([{ name: 'orphan', per, everyMs: 3_600_000, run: async () => void runs++ }])
  await eventually('the run', async () => runs === 1)
  expect(performance.now() - startedMs).toBeGreaterThan(500)
  expect(await metric('ridendine_job_runs_total{job="orphan",outcome="taken_over"}')).toBe(before + 1)
})

test('a one-off job is done after the commit, once, and is gone', async () => {
  const done: unknown[] = []
  const letters = queue(async ({ data, attempt }) => void done.push([data, attempt]))
  start([], [letters])
  start([], [letters])
  await database.begin(async (tx) => {
    await enqueue(tx, 'letters', { to: 'nora' })
    await Bun.sleep(100)
    expect(done).toEqual([])
  })
  await database
    .begin(async (tx) => {
      await enqueue(tx, 'letters', { to: 'nobody' })
      throw new Error('not after all')
    })
    .catch(() => {})
  await eventually('it is done', async () => (await jobRows()).length === 0)
  expect(done).toEqual([[{ to: 'nora' }, 1]])
})

test('many jobs: each replica does its part, no more at a time than it may, and each job is done once', async () => {
  const done = new Map<unknown, number>()
  const busiest = [0, 0]
  await sql()`
    insert into jobs (id, queue, data) select gen_random_uuid(), 'letters', jsonb_build_object('n', n)
    from generate_series(1, 60) n`
  for (const index of [0, 1]) {
    let running = 0
    const letters = queue(async ({ data }) => {
      busiest[index] = Math.max(busiest[index]!, ++running)
      await Bun.sleep(10)
      const { n } = data as { n: number }
      done.set(n, (done.get(n) ?? 0) + 1)
      running--
    })
    start([], [letters])
  }
  await eventually('all are done', async () => (await jobRows()).length === 0)
  expect([...done.values()]).toEqual(Array.from({ length: 60 }, () => 1))
  expect(busiest).toEqual([2, 2])
})

test('a one-off job that fails is tried again later and later, then kept, and an operator can have it tried again', async () => {
  let isBroken = true
  const done: number[] = []
  const letters = queue(async ({ attempt }) => {
    if (isBroken) throw new Error('the post office is closed')
    done.push(attempt)
  })
  start([], [letters])
  await enqueue(sql(), 'letters', { to: 'nora' })
  for (const [index, longest] of [10, 20, 40].entries()) {
    const row = await eventually(`attempt ${index + 1}`, async () => {
      const [one] = await jobRows()
      return one?.attemptCount === index + 1 && one.claimedBy === null && one
    })
    expect(row.dueIn).toBeWithin(longest / 2 - 2, longest + 0.001)
    expect(await metric('ridendine_queue_jobs{queue="letters",state="delayed"}')).toBe(1)
    await later(longest)
  }
  const given = await eventually('it is given up', async () =>
    (await jobRows()).find(({ failedAt }) => failedAt !== null),
  )
  expect(given).toMatchObject({ attemptCount: 4, lastError: 'the post office is closed' })
  expect(await metric('ridendine_queue_jobs{queue="letters",state="failed"}')).toBe(1)
  expect(await metric('ridendine_queue_jobs{queue="letters",state="delayed"}')).toBe(0)
  expect(await metric('ridendine_job_runs_total{job="letters",outcome="failed"}')).toBe(1)
  isBroken = false
  expect(await retryJob(sql(), given.id as string)).toBe(true)
  await eventually('it is done', async () => (await jobRows()).length === 0)
  expect(done).toEqual([1])
  expect(await retryJob(sql(), given.id as string)).toBe(false)
})

test('a job whose process died at its last attempt is given up, not tried for ever', async () => {
  let runs = 0
  await enqueue(sql(), 'letters', {})
  await sql()`update jobs set attempt_count = 4, claimed_by = 'a process that is no more'`
  start([], [queue(async () => void runs++)])
  const row = await eventually('it is given up', async () =>
    (await jobRows()).find(({ failedAt }) => failedAt !== null),
  )
  expect(row.lastError).toMatch(/ended during its last attempt/)
  expect(runs).toBe(0)
})

test('how long the oldest job waits can be read, also of a queue that nobody works on', async () => {
  await enqueue(sql(), 'orphans', {})
  await enqueue(sql(), 'orphans', {}, { delaySeconds: 60 })
  await sql()`update jobs set run_at = run_at - interval '90 seconds' where run_at <= now()`
  expect(await metric('ridendine_queue_oldest_waiting_seconds{queue="orphans"}')).toBeWithin(89, 100)
  expect(await metric('ridendine_queue_jobs{queue="orphans",state="waiting"}')).toBe(1)
  expect(await metric('ridendine_queue_jobs{queue="orphans",state="delayed"}')).toBe(1)
  expect(await metric('ridendine_queue_jobs{queue="letters",state="waiting"}')).toBe(0)
})

test('while the store is away no job runs', async () => {
  await closeDatabase()
  let runs = 0
  const idle = { everyMs: 1, run: async () => void runs++ }
  start([
    { name: 'idle', per, ...idle },
    { name: 'idle-here', per: 'process', ...idle },
  ])
  let turns = 0
  await eventually('some time', async () => ++turns > 5)
  expect(runs).toBe(0)
  expect(await metric('ridendine_queue_jobs{queue="letters",state="waiting"}')).toBeUndefined()
})
