import { afterEach, expect, test } from 'bun:test'
import { clock, hurryClock, resetClock, turnClock } from './clock'

afterEach(resetClock)

test('a clock in a hurry goes on from where it was turned to, so many times as fast', async () => {
  turnClock(3_600_000)
  hurryClock(100)
  const [startedMs, shownMs] = [Date.now(), clock.nowMs()]
  expect(shownMs - startedMs).toBeWithin(3_600_000, 3_600_000 + 2_000)
  await Bun.sleep(50)
  const passedMs = Date.now() - startedMs
  expect(clock.nowMs() - shownMs).toBeWithin(passedMs * 100 - 500, passedMs * 100 + 2_000)
  expect(clock.now().getTime() - Date.now()).toBeWithin(clock.turnedMs() - 2_000, clock.turnedMs() + 2_000)
})

test('turned again it keeps its pace, and put right it shows our time', () => {
  hurryClock(10)
  turnClock(60_000)
  expect(clock.turnedMs()).toBeWithin(60_000, 62_000)
  resetClock()
  expect(clock.turnedMs()).toBe(0)
})
