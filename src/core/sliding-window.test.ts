import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { roomInMs, usesAt } from '#core/sliding-window'

const MINUTE = 60_000

test('the window before counts for as much of it as is left', () => {
  const counts = { previous: 12, current: 3 }
  expect(usesAt(counts, 10 * MINUTE, MINUTE)).toBe(15)
  expect(usesAt(counts, 10 * MINUTE + 15_000, MINUTE)).toBe(12)
  expect(usesAt(counts, 10 * MINUTE + 59_999, MINUTE)).toBeCloseTo(3, 2)
})

test('twenty at the start of a minute leave room for one three seconds into the next', () => {
  expect(roomInMs({ previous: 0, current: 20 }, 20, 10 * MINUTE, MINUTE)).toBe(63_000)
  expect(roomInMs({ previous: 20, current: 0 }, 20, 11 * MINUTE, MINUTE)).toBeCloseTo(3_000, -1)
})

test('a limit of one', () => {
  expect(roomInMs({ previous: 0, current: 0 }, 1, 5, MINUTE)).toBe(0)
  expect(roomInMs({ previous: 1, current: 0 }, 1, 10 * MINUTE, MINUTE)).toBe(MINUTE)
})

test('when the time it says has gone there is room, and a little earlier there is none', () => {
  const number = (max: number) => fc.integer({ min: 0, max })
  fc.assert(
    fc.property(
      number(50),
      number(50),
      fc.integer({ min: 1, max: 40 }),
      number(3 * MINUTE),
      (previous, current, max, nowMs) => {
        const waitMs = roomInMs({ previous, current }, max, nowMs, MINUTE)
        const thenMs = nowMs + waitMs
        const windowsOn = Math.floor(thenMs / MINUTE) - Math.floor(nowMs / MINUTE)
        const then = [
          { previous, current },
          { previous: current, current: 0 },
          { previous: 0, current: 0 },
        ][windowsOn]!
        expect(usesAt(then, thenMs, MINUTE) + 1).toBeLessThanOrEqual(max + 1e-9)
        if (waitMs < 2 || windowsOn > 1) return
        const earlier = thenMs - 2
        const before =
          Math.floor(earlier / MINUTE) === Math.floor(nowMs / MINUTE)
            ? { previous, current }
            : { previous: current, current: 0 }
        expect(usesAt(before, earlier, MINUTE) + 1).toBeGreaterThan(max)
      },
    ),
  )
})
