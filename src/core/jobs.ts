import { clock } from '#core/clock'
import { database } from '#core/database'
import { log } from '#core/log'
import { jobRuns, jobSeconds, knowProcessJob, noteProcessSuccess } from './jobs/metrics.ts'
import { startPeriodicJobs } from './jobs/periodic.ts'
import { startQueue } from './jobs/queue.ts'
import type { Job, MarketJob, ProcessJob, Queue } from './jobs/types.ts'

export { enqueue } from './jobs/queue.ts'
export type { Job, MarketJob, OneOffJob, ProcessJob, Queue } from './jobs/types.ts'

const STOP_SECONDS_MAX = 25
const JITTER = 0.1

const isMarketJob = (job: Job): job is MarketJob => job.per === 'market'
const isProcessJob = (job: Job): job is ProcessJob => job.per === 'process'

/**
 * Starts what is done beside the requests: jobs of the whole market, once per tick across processes; jobs of this
 * process; one-off jobs. The returned function stops them and waits for those under way, up to 25 seconds.
 */
export const startJobs = (jobs: readonly Job[], queues: readonly Queue[] = []) => {
  const market = jobs.filter(isMarketJob)
  const stops = [
    ...(market.length > 0 ? [startPeriodicJobs(market)] : []),
    ...queues.map(startQueue),
    ...jobs.filter(isProcessJob).map(startProcessJob),
  ]
  return async () => {
    await Promise.all(stops.map((stop) => stop(STOP_SECONDS_MAX * 1_000)))
  }
}

/** Again and again in this process, each run after the last one has ended. */
const startProcessJob = (job: ProcessJob) => {
  let isStopped = false
  let timer: ReturnType<typeof setTimeout>
  let current = Promise.resolve()
  knowProcessJob(job)

  const schedule = () => {
    const delayMs = job.everyMs * (1 + (Math.random() - 0.5) * JITTER)
    timer = setTimeout(() => {
      current = runOnce(job).finally(() => {
        if (!isStopped) schedule()
      })
    }, delayMs)
  }
  schedule()

  return async (waitMsMax: number) => {
    isStopped = true
    clearTimeout(timer)
    await Promise.race([current, Bun.sleep(waitMsMax)])
  }
}

const runOnce = async (job: ProcessJob) => {
  if (database.isAway) return
  const startedMs = performance.now()
  try {
    await job.run(clock.now())
    jobRuns.inc({ job: job.name, outcome: 'ok' })
    noteProcessSuccess(job.name, clock.now())
  } catch (error) {
    jobRuns.inc({ job: job.name, outcome: 'failed' })
    log.error({ job: job.name, err: error instanceof Error ? error.stack : String(error) }, 'job failed')
  }
  jobSeconds.observe({ job: job.name }, (performance.now() - startedMs) / 1_000)
}
