import { clock } from '#core/clock'
import { database } from '#core/database'
import { log } from '#core/log'
import { counter } from '#core/metrics'

/** Something to do again and again. Each run claims its rows in the database, so replicas may run it side by side. */
export type Job = { name: string; everyMs: number; run: (now: Date) => Promise<unknown> }

const jobRuns = counter('job_runs_total', 'Runs of recurring jobs', ['job', 'outcome'])
const JITTER = 0.1

/** Starts the jobs; each waits for its last run to end. The returned function stops them and waits for those under way. */
export const startJobs = (jobs: readonly Job[]) => {
  let stopped = false
  const timers = new Map<string, ReturnType<typeof setTimeout>>()
  const running = new Set<Promise<void>>()

  const schedule = (job: Job) => {
    const delay = job.everyMs * (1 + (Math.random() - 0.5) * JITTER)
    timers.set(
      job.name,
      setTimeout(() => {
        const run = runOnce(job).finally(() => {
          running.delete(run)
          if (!stopped) schedule(job)
        })
        running.add(run)
      }, delay),
    )
  }
  for (const job of jobs) schedule(job)

  return async () => {
    stopped = true
    for (const timer of timers.values()) clearTimeout(timer)
    await Promise.all(running)
  }
}

const runOnce = async (job: Job) => {
  if (database.isAway) return
  try {
    await job.run(clock.now())
    jobRuns.inc({ job: job.name, outcome: 'ok' })
  } catch (error) {
    jobRuns.inc({ job: job.name, outcome: 'failed' })
    log.error({ job: job.name, err: error instanceof Error ? error.stack : String(error) }, 'job failed')
  }
}
