import { database } from '#core/database'
import { counter, gauge, histogram } from '#core/metrics'

/**
 * ok; failed: a tick that failed, or a one-off job given up; retried: a one-off job that will be tried again; taken_over:
 * begun again here after another process did not end it; lost: taken over from this process, which still ran it.
 */
export type Outcome = 'ok' | 'failed' | 'retried' | 'taken_over' | 'lost'

export const jobRuns = counter('job_runs_total', 'Runs of jobs by outcome', ['job', 'outcome'])

const SECONDS_BUCKETS = [0.005, 0.02, 0.1, 0.5, 2, 10, 60, 600]

export const jobSeconds = histogram('job_duration_seconds', 'How long runs of jobs took', ['job'], SECONDS_BUCKETS)

const lastSuccess = gauge(
  'job_last_success_timestamp_seconds',
  'When a recurring job last succeeded, in any process; 0: never yet',
  ['job'],
  async (self) => {
    for (const { name, lastSuccessSeconds } of await periodicRows()) self.set({ job: name }, lastSuccessSeconds)
  },
)

gauge(
  'job_failures_in_a_row',
  'How often a recurring job has failed since it last succeeded',
  ['job'],
  async (self) => {
    for (const { name, failureCount } of await periodicRows()) self.set({ job: name }, failureCount)
  },
)

const interval = gauge('job_interval_seconds', 'How often a recurring job is due', ['job'])

const STATES = ['waiting', 'active', 'delayed', 'failed'] as const

gauge(
  'queue_jobs',
  'One-off jobs by state: due, being done, to be tried (again) later, given up',
  ['queue', 'state'],
  async (self) => {
    self.reset()
    for (const row of await queueRows()) for (const state of STATES) self.set({ queue: row.queue, state }, row[state])
  },
)

gauge('queue_oldest_waiting_seconds', 'How long the oldest due job has been due', ['queue'], async (self) => {
  self.reset()
  for (const { queue, oldestSeconds } of await queueRows()) self.set({ queue }, oldestSeconds)
})

const knownJobs = new Set<string>()
const knownQueues = new Set<string>()

export const knowPeriodicJobs = (jobs: readonly { name: string; everyMs: number }[]) => {
  for (const { name, everyMs } of jobs) {
    knownJobs.add(name)
    interval.set({ job: name }, everyMs / 1_000)
  }
}

/** For a job that each process has for itself: nothing of it is in the database. */
export const noteProcessSuccess = (job: string, now: Date) => lastSuccess.set({ job }, now.getTime() / 1_000)

export const knowProcessJob = ({ name, everyMs }: { name: string; everyMs: number }) =>
  interval.set({ job: name }, everyMs / 1_000)

export const knowQueue = (name: string) => knownQueues.add(name)

type PeriodicRow = { name: string; lastSuccessSeconds: number; failureCount: number }
type QueueRow = { queue: string; oldestSeconds: number } & Record<(typeof STATES)[number], number>

/** All gauges are read at the same moment: one statement serves those that ask while it is under way. */
const shared = <T>(read: () => Promise<T[]>) => {
  let reading: Promise<T[]> | undefined
  return () => {
    reading ??= read()
      // Metrics must be readable exactly when the database is not.
      .catch(() => [])
      .finally(() => {
        reading = undefined
      })
    return reading
  }
}

const periodicRows = shared<PeriodicRow>(
  async () => database.sql`
    select name, coalesce(extract(epoch from last_success_at), 0)::float8 as last_success_seconds, failure_count
    from periodic_jobs where name = any(${[...knownJobs]})`,
)

const queueRows = shared<QueueRow>(
  async () => database.sql`
    select known.queue,
      (count(*) filter (where failed_at is null and claimed_by is null and run_at <= now()))::integer as waiting,
      (count(*) filter (where failed_at is null and claimed_by is not null))::integer as active,
      (count(*) filter (where failed_at is null and claimed_by is null and run_at > now()))::integer as delayed,
      (count(*) filter (where failed_at is not null))::integer as failed,
      coalesce(extract(epoch from now() - min(run_at) filter (where failed_at is null and run_at <= now())), 0)::float8
        as oldest_seconds
    from (select unnest(${[...knownQueues]}::text[]) as queue union select queue from jobs) known
    left join jobs on jobs.queue = known.queue group by known.queue`,
)
