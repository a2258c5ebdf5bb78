/** One simulated day: what is asked for, and what came of it. */
import type { Report } from '#cli/simulate/report'
import type { Measures } from '#modules/dispatch/replay/measures'

export const DAY_POLICIES = ['optimiser', 'nearest-driver'] as const
export type DayPolicy = (typeof DAY_POLICIES)[number]

export type DayJob = { policy: DayPolicy; orders: number; drivers: number; seed: number; speed: number; roads: string }

/** Ready food without a driver, in minutes, and what was done about it. */
export type Waits = {
  meanMinutes: number
  p90Minutes: number
  maxMinutes: number
  boardCount: number
  untakenCount: number
}

export type DayResult = {
  lived: Measures
  /** The same day, as `replay` has it under the same policy. */
  replayed: Measures
  replayMs: number[]
  waits: Waits
  report: Pick<
    Report,
    'orders' | 'times' | 'drivers' | 'counts' | 'findings' | 'wallSeconds' | 'virtualHours' | 'stopped'
  >
}
