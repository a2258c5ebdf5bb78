import { expect, test } from 'bun:test'
import { quantile } from '#modules/dispatch/replay/measures'
import { measure } from './measures.ts'
import { SIXTEEN } from './published.ts'
import { courier, order, smallDay } from './small-day.ts'
import type { Solution } from './solution.ts'
import { meanMeasures } from './table.ts'

const day = smallDay(
  [order('o1'), order('o2', { x: 700, readyMinute: 28 }), order('o3')],
  [courier(), courier({ id: 'c2', offMinute: 60 })],
)

const solution: Solution = {
  assignments: [{ assignedMinute: 12, pickupMinute: 30, courierId: 'c1', orderIds: ['o1', 'o2'] }],
  delivered: [
    { orderId: 'o1', placedMinute: 10, readyMinute: 30, pickupMinute: 30, dropoffMinute: 39, courierId: 'c1' },
    { orderId: 'o2', placedMinute: 10, readyMinute: 28, pickupMinute: 30, dropoffMinute: 55, courierId: 'c1' },
  ],
  moves: [
    { courierId: 'c1', departureMinute: 12, origin: '0', destination: 'r1' },
    { courierId: 'c1', departureMinute: 32, origin: 'r1', destination: 'o1' },
    { courierId: 'c1', departureMinute: 41, origin: 'o1', destination: 'o2' },
  ],
}

test('the measures of two orders of three, by hand', () => {
  const measures = measure(day, solution)
  expect(measures).toEqual({
    orderCount: 3,
    undeliveredPercent: expect.closeTo(33.33, 2),
    impossiblePercent: 0,
    clickToDoor: 37,
    clickToDoorP90: expect.closeTo(43.4, 9),
    overage: 2.5,
    readyToPickup: 1,
    readyToPickupP90: expect.closeTo(1.8, 9),
    readyToDoor: 18,
    // Floors of 29 and 18 + 2 + 7 + 2.
    aboveFloor: 8,
    // c1 drives 17 minutes and serves 12 of his 120; c2 does nothing.
    utilisation: expect.closeTo(29 / 240, 9),
    // c1 is paid two hours, which is more than two orders; c2 one hour.
    costPerOrder: 22.5,
    ordersPerBundle: 2,
  })
})

test('an order is impossible when nobody is on duty for it, or its door is too far', () => {
  const late = order('o1', { placedMinute: 100, readyMinute: 121 })
  const far = order('o2', { x: 6_700 })
  const faultless = order('o3', { x: 6_600 })
  const without = { assignments: [], delivered: [], moves: [] }
  expect(measure(smallDay([late, far, faultless, order('o4')]), without).impossiblePercent).toBe(50)
})

test('percentiles lie between neighbours, as the published evaluator has them', () => {
  expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5)
  expect(quantile([10, 0], 0.9)).toBe(9)
  expect(quantile([7], 0.9)).toBe(7)
  expect(quantile([], 0.9)).toBeNaN()
})

test('the mean of instances counts each once', () => {
  const measures = measure(day, solution)
  expect(meanMeasures([measures, { ...measures, clickToDoor: 41 }]).clickToDoor).toBe(39)
})

test('the sixteen published figures have the published means', () => {
  const mean = (read: (one: (typeof SIXTEEN)[number]) => number) => SIXTEEN.map(read).reduce((a, b) => a + b, 0) / 16
  expect(mean(({ reyes }) => reyes)).toBeCloseTo(31.88, 2)
  expect(mean(({ optimum }) => optimum)).toBeCloseTo(30.67, 1)
  expect(mean(({ floor }) => floor)).toBeCloseTo(29.99, 2)
})
