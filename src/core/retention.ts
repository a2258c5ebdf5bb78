import { config } from '#core/config'
import { database } from '#core/database'
import type { MarketJob } from '#core/jobs'

const BATCH_MAX = 2_000
/** More is left for the next hour. */
const BATCHES_MAX = 500

export const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** A sweep that deletes this long goes on in its next run. */
const TIMEOUT_SECONDS = 600
const FAILED_JOBS_KEPT_DAYS = 30

type Deleted = PromiseLike<{ count: number }>

/**
 * Deletes batch by batch, so that no statement holds many locks or takes long, until there is no more, or the signal says
 * to stop. Returns how many rows went.
 */
export const deleteInBatches = async (
  deleteSome: (limit: number) => Deleted,
  signal?: AbortSignal,
  { batchMax = BATCH_MAX, batchesMax = BATCHES_MAX } = {},
): Promise<number> => {
  let total = 0
  for (let batch = 0; batch < batchesMax && !signal?.aborted; batch++) {
    const { count } = await deleteSome(batchMax)
    total += count
    if (count < batchMax) break
  }
  return total
}

/**
 * The oldest events, up to the first that is younger than `before`: what is left has no gap, so that a reader can tell by
 * its oldest number whether it has missed something. The newest event stays for the same reason, and so does what a
 * consumer has not read yet.
 */
export const forgetEvents = (before: Date, limit: number): Promise<{ count: number }> =>
  database.sql.begin(async (tx) => {
    // The table refuses to be deleted from otherwise.
    await tx`select set_config('ridendine.retention', 'on', true)`
    const [row] = await tx<{ count: number }[]>`
      with oldest as materialized (
        select seq, topics, occurred_at from events where seq is not null order by seq limit ${limit}
      ), kept as (
        select least(
          (select min(seq) from oldest where occurred_at >= ${before}),
          (select seq from event_head),
          (select min(seq) + 1 from event_consumers)) as seq
      ), gone as (
        delete from events e using oldest o where e.seq = o.seq and o.seq < (select seq from kept)
        returning e.seq, e.topics
      ), unheard as (
        delete from event_topics t using gone where t.topic = any(gone.topics) and t.seq = gone.seq
      )
      select count(*)::integer as count from gone`
    return row!
  })

const forgetFailedJobs = (before: Date, limit: number) => database.sql`
  delete from jobs where ctid = any(array(select ctid from jobs where failed_at < ${before} limit ${limit}))`

type Sweep = {
  name: string
  keptDays: number | (() => number)
  /** Deletes at most `limit` rows of before that time, and says how many. */
  deleteSome: (before: Date, limit: number) => Deleted
}

/** The job that deletes, each hour, what is older than it is kept. */
export const sweep = ({ name, keptDays, deleteSome }: Sweep): MarketJob => ({
  name,
  per: 'market',
  everyMs: HOUR_MS,
  timeoutSeconds: TIMEOUT_SECONDS,
  run: (now, signal) => {
    const days = typeof keptDays === 'number' ? keptDays : keptDays()
    const before = new Date(now.getTime() - days * DAY_MS)
    return deleteInBatches((limit) => deleteSome(before, limit), signal)
  },
})

/** What would grow without bound in the tables that every module stands on. */
export const retentionJobs: readonly MarketJob[] = [
  sweep({ name: 'forget-events', keptDays: () => config().EVENTS_KEPT_DAYS, deleteSome: forgetEvents }),
  sweep({ name: 'forget-failed-jobs', keptDays: FAILED_JOBS_KEPT_DAYS, deleteSome: forgetFailedJobs }),
]
