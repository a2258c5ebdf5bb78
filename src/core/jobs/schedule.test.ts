import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { lookAgainMs, periodicRetryMs, retryDelayMs } from './schedule.ts'

const policy = { firstRetrySeconds: 10, retrySecondsMax: 3_600 }
const attempts = fc.integer({ min: 1, max: 1_000 })
const chances = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

test('waits double from the first one up to the longest', () => {
  const waits = [1, 2, 3, 4, 9, 10, 500].map((attempt) => retryDelayMs(attempt, policy, 0) / 1_000)
  expect(waits).toEqual([10, 20, 40, 80, 2_560, 3_600, 3_600])
})

test('chance takes up to half of a wait', () => {
  expect([0, 0.5, 0.999999].map((chance) => retryDelayMs(1, policy, chance))).toEqual([10_000, 7_500, 5_000])
})

test('whatever the chances, each wait is longer than the one before, and none longer than the longest', () => {
  fc.assert(
    fc.property(attempts, chances, chances, (attempt, chance, next) => {
      const [wait, later] = [retryDelayMs(attempt, policy, chance), retryDelayMs(attempt + 1, policy, next)]
      expect(wait).toBeLessThanOrEqual(3_600_000)
      expect(wait).toBeGreaterThanOrEqual(5_000)
      if (10 * 2 ** attempt <= 3_600) expect(later).toBeGreaterThanOrEqual(wait)
    }),
  )
})

test('a periodic job that failed waits for less than its tick, and one of every second is not slowed down', () => {
  expect([1, 2, 3, 20].map((failures) => periodicRetryMs(3_600_000, failures, 0))).toEqual([
    5_000, 10_000, 20_000, 300_000,
  ])
  fc.assert(fc.property(attempts, chances, (failures, chance) => periodicRetryMs(1_000, failures, chance) === 1_000))
})

test('who waits for a job looks when it is due, not at once and not too late', () => {
  const bounds = { minMs: 20, maxMs: 500 }
  expect([null, -5, 0, 130, 86_400_000].map((due) => lookAgainMs(due, bounds))).toEqual([500, 20, 20, 130, 500])
})
