import { database, type Sql } from '#core/database'
import { newId } from '#core/ids'
import { log } from '#core/log'
import { createLeases, leaseEnd, newWorkerName, type Run } from './leases.ts'
import { startLoop } from './loop.ts'
import { jobRuns, knowQueue } from './metrics.ts'
import { retryDelayMs } from './schedule.ts'
import type { Queue } from './types.ts'

const LOOK_EVERY_MS = 1_000
/** After the database was away the others first note what they have done meanwhile. */
const RECOVERY_MS = 2_000
const ERROR_CHARS_MAX = 500

/** Writes down a job with what causes it: pass the transaction. It is done after the commit, by any process. */
export const enqueue = (sql: Sql, queue: string, data: Record<string, unknown>, { delaySeconds = 0 } = {}) => sql`
  insert into jobs (id, queue, data, run_at)
  values (${newId()}, ${queue}, ${sql.json(data as never)}, now() + ${delaySeconds} * interval '1 second')`

/** Does the jobs of a queue beside the other processes. Returns how to stop: it waits for those under way. */
export const startQueue = (queue: Queue) => {
  const worker = newWorkerName()
  const leases = createLeases((ids) => renew(worker, ids))
  knowQueue(queue.name)
  let isFull = false

  const look = async (wasAway: boolean) => {
    if (wasAway) await Bun.sleep(RECOVERY_MS)
    const free = queue.concurrency - leases.count()
    isFull = free === 0
    if (isFull) return LOOK_EVERY_MS
    const claimed = await claim(worker, queue.name, free)
    isFull = claimed.length === free
    for (const job of claimed) {
      if (job.abandonedBy) sayTakenOver(queue.name, job)
      void leases.start(runOf(worker, queue, job)).then(() => isFull && loop.wake())
    }
    return LOOK_EVERY_MS
  }
  const loop = startLoop(queue.name, look)

  return async (waitMsMax: number) => {
    await loop.stop()
    await leases.stop(waitMsMax)
  }
}

/** Does what is due now, one after the other, and returns how many runs that were. For tests and tools. */
export const runDue = async (queue: Queue): Promise<number> => {
  const worker = newWorkerName()
  const leases = createLeases((ids) => renew(worker, ids))
  let count = 0
  for (;;) {
    const [job] = await claim(worker, queue.name, 1)
    if (!job) break
    await leases.start(runOf(worker, queue, job))
    count++
  }
  await leases.stop(0)
  return count
}

type Row = { id: string; data: unknown; attemptCount: number; abandonedBy: string | null }

const sayTakenOver = (queue: string, { id, abandonedBy }: Row) => {
  jobRuns.inc({ job: queue, outcome: 'taken_over' })
  log.warn({ job: queue, id, from: abandonedBy }, 'took over a job that another process did not end')
}

/** What is due longest comes first. What another process is just claiming is passed by, not waited for. */
const claim = (worker: string, queue: string, limit: number) => database.sql<Row[]>`
  with due as materialized (
    select id, claimed_by from jobs where queue = ${queue} and failed_at is null and run_at <= now()
    order by run_at limit ${limit} for update skip locked
  )
  update jobs j set claimed_by = ${worker}, run_at = ${leaseEnd()}, attempt_count = j.attempt_count + 1
  from due where j.id = due.id
  returning j.id, j.data, j.attempt_count, due.claimed_by as abandoned_by`

const renew = async (worker: string, ids: string[]) => {
  const rows = await database.sql<{ id: string }[]>`
    update jobs set run_at = ${leaseEnd()} where id = any(${ids}::uuid[]) and claimed_by = ${worker} returning id`
  return rows.map(({ id }) => id)
}

const runOf = (worker: string, queue: Queue, { id, data, attemptCount }: Row): Run => ({
  key: id,
  job: queue.name,
  timeoutMs: queue.timeoutSeconds * 1_000,
  work: async (signal) => {
    // Counted at the claim: whoever had the last attempt died at it, and so may we.
    if (attemptCount > queue.attemptsMax) throw new Error('its process ended during its last attempt')
    await queue.run({ id, data, attempt: attemptCount, signal })
  },
  settle: async (error) => {
    if (!error) {
      await database.sql`delete from jobs where id = ${id} and claimed_by = ${worker}`
      return 'ok'
    }
    const isGivenUp = attemptCount >= queue.attemptsMax
    const retryMs = retryDelayMs(attemptCount, queue, Math.random())
    await database.sql`
      update jobs set claimed_by = null, last_error = ${error.message.slice(0, ERROR_CHARS_MAX)},
        run_at = now() + ${retryMs} * interval '1 millisecond',
        failed_at = case when ${isGivenUp} then now() end
      where id = ${id} and claimed_by = ${worker}`
    return isGivenUp ? 'failed' : 'retried'
  },
})
