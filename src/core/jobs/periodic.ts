import { clock } from '#core/clock'
import { database } from '#core/database'
import { log } from '#core/log'
import { createLeases, leaseEnd, newWorkerName, type Run } from './leases.ts'
import { startLoop } from './loop.ts'
import { jobRuns, knowPeriodicJobs } from './metrics.ts'
import { lookAgainMs, periodicRetryMs } from './schedule.ts'
import type { MarketJob } from './types.ts'

const LOOK_MS = { minMs: 5, maxMs: 500 }
const TIMEOUT_SECONDS = 60
const ERROR_CHARS_MAX = 500

/**
 * Runs each job once per tick, whichever process comes first. Times are those of the database: the clocks of the
 * replicas need not agree. Returns how to stop: it waits for those under way, `waitMsMax` at most.
 */
export const startPeriodicJobs = (jobs: readonly MarketJob[]) => {
  const worker = newWorkerName()
  const byName = new Map(jobs.map((job) => [job.name, job]))
  const leases = createLeases((names) => renew(worker, names))
  let isRegistered = false
  knowPeriodicJobs(jobs)

  const look = async () => {
    if (!isRegistered) await register(jobs)
    isRegistered = true
    const running = new Set(leases.keys())
    const free = [...byName.keys()].filter((name) => !running.has(name))
    const { claimed, dueInMs } = await claimDue(worker, free)
    for (const claim of claimed) {
      if (claim.abandonedBy) sayTakenOver(claim.name, claim.abandonedBy)
      const job = byName.get(claim.name)!
      // The next tick of the others is looked for in time anyway.
      void leases.start(runOf(worker, job, claim.failureCount)).then(() => job.everyMs < LOOK_MS.maxMs && loop.wake())
    }
    return lookAgainMs(dueInMs, LOOK_MS)
  }
  const loop = startLoop('periodic', look)

  return async (waitMsMax: number) => {
    await loop.stop()
    await leases.stop(waitMsMax)
  }
}

const sayTakenOver = (job: string, from: string) => {
  jobRuns.inc({ job, outcome: 'taken_over' })
  log.warn({ job, from }, 'took over a job that another process did not end')
}

/** In the order of their names, as every process does, so that two that start together do not wait for each other. */
const register = (jobs: readonly MarketJob[]) => {
  const sorted = jobs.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return database.sql`
    insert into periodic_jobs as known (name, every_ms)
    select * from unnest(${sorted.map(({ name }) => name)}::text[], ${sorted.map(({ everyMs }) => everyMs)}::integer[])
    on conflict (name) do update set every_ms = excluded.every_ms,
      next_run_at = least(known.next_run_at, now() + excluded.every_ms * interval '1 millisecond')
      where known.every_ms <> excluded.every_ms`
}

type Claimed = { name: string; abandonedBy: string | null; failureCount: number }
type Row = Claimed | { name: null; dueInMs: number | null }

/** Claims what is due, and says in how many milliseconds the next one will be. A run that nobody ended has failed. */
const claimDue = async (worker: string, names: string[]) => {
  const rows = await database.sql<Row[]>`
    with due as materialized (
      select name, claimed_by from periodic_jobs where name = any(${names}) and next_run_at <= now()
      for update skip locked
    ), claimed as (
      update periodic_jobs p set claimed_by = ${worker}, started_at = now(), next_run_at = ${leaseEnd()},
        failure_count = p.failure_count + (due.claimed_by is not null)::integer
      from due where p.name = due.name
      returning p.name, due.claimed_by as abandoned_by, p.failure_count
    )
    select name, abandoned_by, failure_count, null::float8 as due_in_ms from claimed
    union all
    select null, null, null, extract(epoch from min(next_run_at) - now())::float8 * 1000
    from periodic_jobs where name = any(${names}) and next_run_at > now()`
  const claimed = rows.filter((row) => row.name !== null)
  const next = rows.find((row) => row.name === null)
  return { claimed, dueInMs: next?.dueInMs ?? null }
}

const renew = async (worker: string, names: string[]) => {
  const rows = await database.sql<{ name: string }[]>`
    update periodic_jobs set next_run_at = ${leaseEnd()} where name = any(${names}) and claimed_by = ${worker}
    returning name`
  return rows.map(({ name }) => name)
}

const runOf = (worker: string, job: MarketJob, failureCount: number): Run => ({
  key: job.name,
  job: job.name,
  timeoutMs: (job.timeoutSeconds ?? TIMEOUT_SECONDS) * 1_000,
  work: (signal) => job.run(clock.now(), signal),
  settle: async (error) => {
    if (error) await noteFailure(worker, job, failureCount + 1, error)
    else await noteSuccess(worker, job)
    return error ? 'failed' : 'ok'
  },
})

/** The next tick counts from the start of this run, so that long runs do not make the ticks rarer. */
const noteSuccess = (worker: string, { name, everyMs }: MarketJob) => database.sql`
  update periodic_jobs set claimed_by = null, last_success_at = now(), failure_count = 0, last_error = null,
    next_run_at = greatest(started_at + ${everyMs} * interval '1 millisecond', now())
  where name = ${name} and claimed_by = ${worker}`

const noteFailure = (worker: string, { name, everyMs }: MarketJob, failureCount: number, error: Error) => database.sql`
  update periodic_jobs set claimed_by = null, failure_count = ${failureCount},
    last_error = ${error.message.slice(0, ERROR_CHARS_MAX)},
    next_run_at = now() + ${periodicRetryMs(everyMs, failureCount, Math.random())} * interval '1 millisecond'
  where name = ${name} and claimed_by = ${worker}`
