import type { Sql } from '#core/database'

const LISTED_MAX = 200

export type ListedJob = {
  id: string
  queue: string
  state: 'waiting' | 'active' | 'delayed' | 'failed'
  attemptCount: number
  createdAt: string
  runAt: string
  claimedBy: string | null
  lastError: string | null
}

/** One-off jobs for the eyes of an operator, failed ones first. Without their data, which may name people. */
export const listJobs = (sql: Sql) => sql<ListedJob[]>`
  select id, queue, attempt_count, created_at, run_at, claimed_by, last_error,
    case when failed_at is not null then 'failed' when claimed_by is not null then 'active'
      when run_at > now() then 'delayed' else 'waiting' end as state
  from jobs order by failed_at desc nulls last, run_at limit ${LISTED_MAX}`

export type ListedPeriodicJob = {
  name: string
  everyMs: number
  nextRunAt: string
  claimedBy: string | null
  lastSuccessAt: string | null
  failureCount: number
  lastError: string | null
}

export const listPeriodicJobs = (sql: Sql) => sql<ListedPeriodicJob[]>`
  select name, every_ms, next_run_at, claimed_by, last_success_at, failure_count, last_error
  from periodic_jobs order by name`

/** Has a failed or delayed job tried again now, with all its attempts before it. False when there is none to be tried. */
export const retryJob = async (sql: Sql, id: string): Promise<boolean> => {
  const { count } = await sql`
    update jobs set failed_at = null, run_at = now(), attempt_count = 0 where id = ${id} and claimed_by is null`
  return count > 0
}
