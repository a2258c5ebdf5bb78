/** A server whose clock runs faster: argument 1 is how fast, 2 since when (ours), 3 what it showed then. Milliseconds. */
import { hurryClock, turnClock } from '#core/clock'

const [speed, sinceMs, shownMs] = process.argv.slice(2).map(Number) as [number, number, number]
const nowMs = Date.now()
turnClock(shownMs + (nowMs - sinceMs) * speed - nowMs)
hurryClock(speed)
await import('#main')
