/** When something is tried again. Pure: chance is handed in. */

export type RetryPolicy = {
  /** So often it is tried in all, the first time included. */
  attemptsMax: number
  firstRetrySeconds: number
  /** No wait is longer. */
  retrySecondsMax: number
}

/**
 * Milliseconds until the next attempt after `attempt` (1, 2, ...) failed: doubling, and of that between a half and all of
 * it, so that what failed together does not come back together. Never more than the policy's longest wait, and, until it
 * is reached, always more than the wait before. `chance` is in [0, 1).
 */
export const retryDelayMs = (
  attempt: number,
  { firstRetrySeconds, retrySecondsMax }: Omit<RetryPolicy, 'attemptsMax'>,
  chance: number,
): number => {
  const seconds = Math.min(firstRetrySeconds * 2 ** Math.min(attempt - 1, DOUBLINGS_MAX), retrySecondsMax)
  return Math.round(seconds * 1_000 * (1 - chance / 2))
}

const DOUBLINGS_MAX = 30

const PERIODIC_RETRY = { firstRetrySeconds: 5, retrySecondsMax: 300 }

/** How long a periodic job waits after its `failureCount`th failure in a row: never longer than to its next tick. */
export const periodicRetryMs = (everyMs: number, failureCount: number, chance: number): number =>
  Math.min(everyMs, retryDelayMs(failureCount, PERIODIC_RETRY, chance))

/** How long to sleep before looking again: until the next one is due, but within the bounds. */
export const lookAgainMs = (dueInMs: number | null, { minMs, maxMs }: { minMs: number; maxMs: number }): number =>
  Math.max(minMs, Math.min(maxMs, dueInMs ?? maxMs))
