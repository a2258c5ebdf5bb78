import { type Stop, Stopped } from './stop.ts'

/**
 * Virtual time: seconds after midnight of a day that runs `speed` times as fast as ours. The server knows nothing of
 * it; it lives in real time.
 */
export type VirtualClock = ReturnType<typeof createClock>

type Waiter = {
  dueMs: () => number
  timer: ReturnType<typeof setTimeout>
  done: () => void
  fail: (error: Error) => void
}

/** Longer timers are set again: setTimeout takes no more. */
const TIMER_MS_MAX = 60_000

export const createClock = (options: { startsAt: number; speed: number; stop: Stop; realMs?: () => number }) => {
  const { speed, stop, realMs = () => performance.now() } = options
  let { startsAt } = options
  let startedMs = realMs()
  const waiters = new Set<Waiter>()

  const now = () => startsAt + ((realMs() - startedMs) / 1000) * speed

  const arm = (waiter: Waiter) => {
    clearTimeout(waiter.timer)
    const leftMs = waiter.dueMs()
    const settle = () => {
      if (waiter.dueMs() > 0.5) return arm(waiter)
      waiters.delete(waiter)
      waiter.done()
    }
    waiter.timer = setTimeout(settle, Math.min(Math.max(leftMs, 0), TIMER_MS_MAX))
  }

  const wait = (dueMs: () => number) =>
    new Promise<void>((done, fail) => {
      if (stop.reason !== undefined) return fail(new Stopped())
      const waiter: Waiter = { dueMs, done, fail, timer: undefined as never }
      waiters.add(waiter)
      arm(waiter)
    })

  stop.onRaise(() => {
    for (const waiter of waiters) {
      clearTimeout(waiter.timer)
      waiter.fail(new Stopped())
    }
    waiters.clear()
  })

  const until = (at: number) => wait(() => ((at - now()) * 1000) / speed)

  return {
    now,
    /** Waits for a virtual instant. */
    until,
    /** Waits for some virtual seconds. */
    sleep: (seconds: number) => until(now() + seconds),
    /** Waits for real milliseconds, for what has its own pace whatever the speed. */
    pause: (ms: number) => {
      const dueMs = realMs() + ms
      return wait(() => dueMs - realMs())
    },
    realMsOf: (seconds: number) => (seconds * 1000) / speed,
    /** Begins the day anew at an instant. */
    startAt: (at: number) => {
      startsAt = at
      startedMs = realMs()
      for (const waiter of waiters) arm(waiter)
    },
  }
}

/** "13:05", and "next day 01:10" for those who are still driving then. */
export const timeOfDay = (at: number): string => {
  const minutes = Math.floor(at / 60)
  const text = `${String(Math.floor(minutes / 60) % 24).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
  return minutes >= 24 * 60 ? `next day ${text}` : text
}
