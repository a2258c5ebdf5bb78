import { expect, test } from 'bun:test'
import { DAY, demandAt, drawTimes, planSessions, planShift } from './plan'
import { streamsOf } from './random'

/** A linear congruential generator (Numerical Recipes): enough for a test. */
const generator = (seed: number) => {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

const HOUR = 3_600
const plan = (orders: number, seed: number) => planSessions(orders, 40, streamsOf(generator, seed))

test('the same seed plans the same day, another one another', () => {
  expect(plan(50, 7)).toEqual(plan(50, 7))
  expect(plan(50, 7)).not.toEqual(plan(50, 8))
})

test('the demand of a day is one, all within opening hours', () => {
  let sum = 0
  for (let at = 0; at < 24 * HOUR; at += 60) sum += demandAt(at) * 60
  expect(sum).toBeGreaterThan(0.95)
  expect(sum).toBeLessThanOrEqual(1)
  expect(demandAt(DAY.opensAt - 1)).toBe(0)
  expect(demandAt(DAY.closesAt)).toBe(0)
})

test('orders come at lunch and at dinner rather than between', () => {
  const times = drawTimes(4_000, streamsOf(generator, 1)('demand'))
  const between = (from: number, until: number) => times.filter((at) => at >= from * HOUR && at < until * HOUR).length
  expect(times).toHaveLength(4_000)
  expect(times).toEqual([...times].sort((a, b) => a - b))
  expect(between(11.75, 12.75)).toBeGreaterThan(3 * between(15, 16))
  expect(between(18, 19)).toBeGreaterThan(3 * between(15, 16))
})

test('more want the special than there are portions, in the same moment', () => {
  const rushers = plan(300, 1).filter(({ rush }) => rush?.name.startsWith('Lunch'))
  expect(rushers).toHaveLength(12)
  expect(new Set(rushers.map(({ at }) => at)).size).toBe(1)
  expect(rushers[0]!.rush!.portions).toBe(6)
})

test('a small day has no rush', () => {
  expect(plan(20, 1).every(({ rush }) => rush === null)).toBe(true)
})

test('customers come back: fewer of them than orders', () => {
  const sessions = plan(300, 1)
  expect(sessions).toHaveLength(300)
  expect(Math.max(...sessions.map(({ customer }) => customer))).toBeLessThan(100)
})

test('whatever the seed, every third driver stays to the end', () => {
  const shifts = Array.from({ length: 25 }, (_, driver) => planShift(driver, streamsOf(generator, driver)('shift')))
  for (const [driver, { from, until }] of shifts.entries()) {
    expect(from).toBeLessThan(until)
    if (driver % 3 === 0) expect([from <= DAY.opensAt, until]).toEqual([true, Number.POSITIVE_INFINITY])
  }
})
