import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { CENTISECONDS_MAX, cost, durationOf, weightOf } from './cost.ts'

const centiseconds = (max: number) => fc.integer({ min: 0, max })

test('weight and duration come out of a cost as they went in', () => {
  fc.assert(
    fc.property(centiseconds(CENTISECONDS_MAX), centiseconds(CENTISECONDS_MAX), (weight, duration) => {
      const packed = cost(weight, duration)
      expect([weightOf(packed), durationOf(packed)]).toEqual([weight, duration])
    }),
  )
  const largest = cost(CENTISECONDS_MAX, CENTISECONDS_MAX)
  expect([weightOf(largest), durationOf(largest)]).toEqual([CENTISECONDS_MAX, CENTISECONDS_MAX])
})

test('sums add both', () => {
  const half = centiseconds(Math.floor(CENTISECONDS_MAX / 2))
  fc.assert(
    fc.property(half, half, half, half, (weight, duration, moreWeight, moreDuration) => {
      const sum = cost(weight, duration) + cost(moreWeight, moreDuration)
      expect(sum).toBe(cost(weight + moreWeight, duration + moreDuration))
      expect([weightOf(sum), durationOf(sum)]).toEqual([weight + moreWeight, duration + moreDuration])
    }),
  )
})

test('the smaller weight is the smaller cost, then the smaller duration', () => {
  expect(cost(4, CENTISECONDS_MAX)).toBeLessThan(cost(5, 0))
  expect(cost(5, 1)).toBeLessThan(cost(5, 2))
  expect(cost(CENTISECONDS_MAX - 1, CENTISECONDS_MAX)).toBeLessThan(cost(CENTISECONDS_MAX, 0))
})

test('the largest duration is that of more than a week on the road', () => {
  expect(CENTISECONDS_MAX / 100 / 3600).toBeGreaterThan(7 * 24)
  // One more would be a weight.
  expect(weightOf(cost(0, CENTISECONDS_MAX + 1))).toBe(1)
})
