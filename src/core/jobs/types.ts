import type { RetryPolicy } from './schedule.ts'

type Periodic = {
  name: string
  everyMs: number
  /** Stop where the signal says so, between two steps: the process stops, or the run takes too long. */
  run: (now: Date, signal?: AbortSignal) => Promise<unknown>
}

/**
 * Something of the whole market, done once per tick by whichever process comes first. When its process dies another one
 * does it again, so each run must be able to begin anew.
 */
export type MarketJob = Periodic & { per: 'market'; timeoutSeconds?: number }

/** Something of the process itself, such as writing down what only its own memory has: every process does it. */
export type ProcessJob = Periodic & { per: 'process' }

export type Job = MarketJob | ProcessJob

export type OneOffJob = { id: string; data: unknown; attempt: number; signal: AbortSignal }

/**
 * How jobs that are done once are done. At least once: a process that dies after its work and before its note leaves it
 * to be done again. A run that throws is tried again later, and given up after `attemptsMax`.
 */
export type Queue = RetryPolicy & {
  name: string
  /** How many of it one process does at a time. */
  concurrency: number
  timeoutSeconds: number
  run: (job: OneOffJob) => Promise<unknown>
}
