/** The one place that reads the clock: rules are handed `now`, and tests turn it. */
export const clock = {
  now: (): Date => new Date(Date.now() + offsetMs),
  nowMs: (): number => Date.now() + offsetMs,
  /** How far a test has turned it; for who has another source of time. */
  turnedMs: (): number => offsetMs,
}

let offsetMs = 0

/** For tests: moves the clock on by so many milliseconds. */
export const turnClock = (ms: number) => {
  offsetMs += ms
}

export const resetClock = () => {
  offsetMs = 0
}

export const addSeconds = (from: Date, seconds: number): Date => new Date(from.getTime() + seconds * 1000)
export const addMinutes = (from: Date, minutes: number): Date => addSeconds(from, minutes * 60)
