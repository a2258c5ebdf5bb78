/**
 * The one place that reads the clock: rules are handed `now`, and tests turn it. It is the database's time, carried on by
 * this process' steady clock between one answer and the next: all processes agree, and a wall clock that jumps moves nothing.
 * Where there is no database it is the wall clock.
 */
export const clock = {
  now: (): Date => new Date(clock.nowMs()),
  nowMs: (): number => Math.round(aheadMs === undefined ? Date.now() : performance.now() + aheadMs) + turnedMs(),
}

/** Of the steady clock; unknown until a database has told its time. */
let aheadMs: number | undefined
let offsetMs = 0
/** Runs so many times as fast as ours, and since when, by the steady clock. */
let haste = { speed: 1, sinceMs: 0 }

const turnedMs = () => Math.round(offsetMs + (performance.now() - haste.sinceMs) * (haste.speed - 1))

/**
 * The database said its time, and was asked `tookMs` ago: it is that time now, or up to so much later. What lies within is
 * left as it is, so that a slow answer moves nothing.
 */
export const followClock = (databaseMs: number, tookMs: number) => {
  const earliest = databaseMs - performance.now()
  const latest = earliest + tookMs
  aheadMs = aheadMs === undefined ? (earliest + latest) / 2 : Math.min(Math.max(aheadMs, earliest), latest)
}

/** The database is closed. */
export const leaveClock = () => {
  aheadMs = undefined
}

/** For tests: moves the clock on by so many milliseconds. */
export const turnClock = (ms: number) => {
  offsetMs += ms
}

/** For benchmarks that live through a day in minutes: from now on it runs so many times as fast. */
export const hurryClock = (speed: number) => {
  offsetMs = turnedMs()
  haste = { speed, sinceMs: performance.now() }
}

export const resetClock = () => {
  offsetMs = 0
  haste = { speed: 1, sinceMs: 0 }
}

export const addSeconds = (from: Date, seconds: number): Date => new Date(from.getTime() + seconds * 1000)
export const addMinutes = (from: Date, minutes: number): Date => addSeconds(from, minutes * 60)
