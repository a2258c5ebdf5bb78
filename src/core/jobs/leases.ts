import { hostname } from 'node:os'
import { database } from '#core/database'
import { newId } from '#core/ids'
import { log } from '#core/log'
import { inSpan } from '#core/tracing'
import { jobRuns, jobSeconds, type Outcome } from './metrics.ts'

/** So long a claim lasts that nobody renews: what a killed process was at is taken over after that. */
export const LEASE_SECONDS = 6
const RENEW_EVERY_MS = 2_000
/** What came of a run is noted as soon as the database answers again; after that long somebody else may have it. */
const SETTLE_SECONDS_MAX = 60
const SETTLE_RETRY_MS = 250
/** A database that is away for so long while the process stops is not waited for: what is claimed is taken over. */
const STOP_AWAY_MS = 2_000
const STOP_LOOK_MS = 100

/** Who holds a claim, in words for the operator who looks at the table. */
export const newWorkerName = () => `${hostname()}/${process.pid}/${newId().slice(-6)}`

/** What a statement that moves a claim on puts into its time column. */
export const leaseEnd = () => database.sql`now() + ${LEASE_SECONDS} * interval '1 second'`

export type Run = {
  /** What is claimed: the name of a periodic job, the id of a one-off job. */
  key: string
  job: string
  timeoutMs: number
  work: (signal: AbortSignal) => Promise<unknown>
  /** Notes what came of it, if the claim is still ours, and says how it is to be counted. */
  settle: (error: Error | undefined) => Promise<Outcome>
}

type Held = { job: string; controller: AbortController; isLost: boolean; ended: Promise<void> }

/**
 * What this process has claimed and works on. `renew` moves the claims on that are still ours and returns their keys; it
 * is called every two seconds. A run whose claim is lost is told by its signal, and so is one that takes longer than its
 * timeout: that one counts as failed and is let go, so that it cannot stand in the way for ever.
 */
export const createLeases = (renew: (keys: string[]) => Promise<string[]>) => {
  const held = new Map<string, Held>()

  const renewAll = async () => {
    const keys = [...held].filter(([, { isLost }]) => !isLost).map(([key]) => key)
    if (keys.length === 0 || database.isAway) return
    const kept = new Set(await renew(keys))
    for (const key of keys) {
      const one = held.get(key)
      if (!one || kept.has(key)) continue
      one.isLost = true
      jobRuns.inc({ job: one.job, outcome: 'lost' })
      log.warn({ job: one.job, key }, 'a job was taken over while it still ran here')
      one.controller.abort(new Error('the claim was lost'))
    }
  }
  const timer = setInterval(() => {
    renewAll().catch((error) => log.debug({ err: String(error) }, 'claims could not be renewed'))
  }, RENEW_EVERY_MS)

  const start = (run: Run): Promise<void> => {
    const controller = new AbortController()
    const one: Held = { job: run.job, controller, isLost: false, ended: Promise.resolve() }
    held.set(run.key, one)
    one.ended = (async () => {
      const startedMs = performance.now()
      const error = await outcomeOf(run, controller)
      jobSeconds.observe({ job: run.job }, (performance.now() - startedMs) / 1_000)
      await settleForSure(run, error, () => one.isLost)
      held.delete(run.key)
    })()
    return one.ended
  }

  return {
    start,
    keys: () => [...held.keys()],
    count: () => held.size,
    /** Tells those under way and waits for them, so long at most; then leaves them to whoever takes over. */
    stop: async (waitMsMax: number) => {
      for (const { controller } of held.values()) controller.abort(new Error('the process stops'))
      await Promise.race([Promise.all([...held.values()].map(({ ended }) => ended)), hopeless(waitMsMax)])
      clearInterval(timer)
      if (held.size > 0) log.warn({ jobs: [...held.values()].map(({ job }) => job) }, 'left jobs that did not end')
    },
  }
}

/** Done when there is no use in waiting for what is under way. */
const hopeless = async (waitMsMax: number) => {
  const startedMs = performance.now()
  for (let awayMs = 0; awayMs < STOP_AWAY_MS && performance.now() - startedMs < waitMsMax; ) {
    await Bun.sleep(STOP_LOOK_MS)
    awayMs = database.isAway ? awayMs + STOP_LOOK_MS : 0
  }
}

const outcomeOf = async ({ job, work, timeoutMs }: Run, controller: AbortController): Promise<Error | undefined> => {
  let timer: ReturnType<typeof setTimeout> | undefined
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new Error(`took longer than ${timeoutMs / 1_000} s`)
      controller.abort(error)
      reject(error)
    }, timeoutMs)
  })
  try {
    await Promise.race([inSpan(`job ${job}`, {}, () => work(controller.signal)), tooLong])
    return undefined
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  } finally {
    clearTimeout(timer)
  }
}

/** A run that succeeded and is not noted would be done again: noting it survives a restart of the database. */
const settleForSure = async (run: Run, failure: Error | undefined, isLost: () => boolean) => {
  const triesMax = (SETTLE_SECONDS_MAX * 1_000) / SETTLE_RETRY_MS
  for (let attempt = 1; attempt <= triesMax && !isLost(); attempt++) {
    try {
      const outcome = await run.settle(failure)
      jobRuns.inc({ job: run.job, outcome })
      if (failure) log.error({ job: run.job, key: run.key, outcome, err: failure.stack }, 'job failed')
      return
    } catch (error) {
      if (attempt === 1) log.warn({ job: run.job, err: String(error) }, 'a run could not be noted yet')
      await Bun.sleep(SETTLE_RETRY_MS)
    }
  }
}
