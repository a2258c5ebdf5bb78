/** The one place that reads the clock: rules are handed `now`, and tests turn it. */
export const clock = {
  now: (): Date => new Date(clock.nowMs()),
  nowMs: (): number => Date.now() + turnedMs(),
  /** How far a test has turned it; for who has another source of time. */
  turnedMs: (): number => turnedMs(),
}

let offsetMs = 0
/** A clock that runs faster than ours, and since when. */
let haste = { speed: 1, sinceMs: 0 }

const turnedMs = () => Math.round(offsetMs + (haste.speed === 1 ? 0 : (Date.now() - haste.sinceMs) * (haste.speed - 1)))

/** For tests: moves the clock on by so many milliseconds. */
export const turnClock = (ms: number) => {
  offsetMs += ms
}

/** For benchmarks that live through a day in minutes: from now on it runs so many times as fast. */
export const hurryClock = (speed: number) => {
  offsetMs = turnedMs()
  haste = { speed, sinceMs: Date.now() }
}

export const resetClock = () => {
  offsetMs = 0
  haste = { speed: 1, sinceMs: 0 }
}

export const addSeconds = (from: Date, seconds: number): Date => new Date(from.getTime() + seconds * 1000)
export const addMinutes = (from: Date, minutes: number): Date => addSeconds(from, minutes * 60)
