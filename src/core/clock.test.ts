import { afterEach, expect, setSystemTime, test } from 'bun:test'
import { clock, followClock, hurryClock, leaveClock, resetClock, turnClock } from '#core/clock'

afterEach(() => {
  leaveClock()
  resetClock()
  setSystemTime()
})

const DATABASE_MS = Date.UTC(2026, 10, 23, 12)
/** How far it is from the time that the database told just now. */
const offMs = (ms = DATABASE_MS) => Math.abs(clock.nowMs() - ms)

test('without a database it is the wall clock', () => {
  expect(offMs(Date.now())).toBeLessThan(1_000)
})

test('it is the time that the database told, whatever the wall clock does', () => {
  followClock(DATABASE_MS, 2)
  expect(offMs()).toBeLessThan(1_000)
  for (const jumpMs of [3_600_000, -3_600_000]) {
    setSystemTime(new Date(Date.now() + jumpMs))
    expect(offMs()).toBeLessThan(1_000)
  }
})

test('a slow answer moves nothing, and a time that can no longer be is followed at once', () => {
  followClock(DATABASE_MS, 2)
  // It was asked half a minute ago and said it then: nothing that speaks against what is known.
  followClock(DATABASE_MS - 30_000, 30_010)
  expect(offMs()).toBeLessThan(1_000)
  followClock(DATABASE_MS + 60_000, 2)
  expect(offMs(DATABASE_MS + 60_000)).toBeLessThan(1_000)
  followClock(DATABASE_MS, 2)
  expect(offMs()).toBeLessThan(1_000)
})

test('tests turn it on top of that', () => {
  followClock(DATABASE_MS, 2)
  turnClock(5_000)
  expect(offMs(DATABASE_MS + 5_000)).toBeLessThan(1_000)
})

test('in a hurry it goes on from where it is, so many times as fast, and the database cannot hold it', async () => {
  followClock(DATABASE_MS, 2)
  turnClock(5_000)
  hurryClock(100)
  const [startedMs, shownMs] = [performance.now(), clock.nowMs()]
  expect(offMs(DATABASE_MS + 5_000)).toBeLessThan(3_000)
  await Bun.sleep(50)
  followClock(DATABASE_MS + 50, 50)
  const passedMs = performance.now() - startedMs
  expect(clock.nowMs() - shownMs).toBeWithin(passedMs * 100 - 500, passedMs * 100 + 1_000)
  resetClock()
  expect(offMs()).toBeLessThan(1_000)
})
