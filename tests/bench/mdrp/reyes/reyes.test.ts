import { expect, test } from 'bun:test'
import type { Situation } from '#modules/dispatch/engine/problem'
import { runDay } from '../day.ts'
import { courier, order, scripted, smallDay } from '../small-day.ts'
import { makeBundles } from './bundles.ts'
import { reyes } from './policy.ts'

const RULES = { canPreposition: false, canUpdate: true }

/** What a policy is asked at that minute, when nobody has done anything before. */
const situationAt = (minute: number, orders: ReturnType<typeof order>[]): Situation => {
  const seen: Situation[] = []
  runDay(smallDay(orders), scripted({}, seen), { rules: RULES })
  return seen.find(({ now }) => now === minute * 60)!
}

const bundlesAt = (orders: ReturnType<typeof order>[], sizeTarget: number, bundleCount: number) => {
  const situation = situationAt(10, orders)
  const bundles = makeBundles(situation, situation.orders, { delayWeight: 0.5, sizeTarget, bundleCount })
  return bundles.map((bundle) => bundle.map(({ id }) => id)).sort()
}

test('neighbours share a bundle, and the nearer door comes first', () => {
  const orders = [order('o1', { x: 800 }), order('o2', { x: -800 }), order('o3', { x: 600 })]
  expect(bundlesAt(orders, 2, 2)).toEqual([['o2'], ['o3', 'o1']])
})

test('with a courier for each nobody makes a detour', () => {
  const orders = [order('o1', { x: 800 }), order('o3', { x: -600 })]
  expect(bundlesAt(orders, 1, 2)).toEqual([['o1'], ['o3']])
})

test('beyond the target a bundle grows only when its time for each order falls', () => {
  const near = [order('o1', { x: 800 }), order('o3', { x: 800 })]
  expect(bundlesAt(near, 1, 1)).toEqual([['o3', 'o1']])
  const opposite = [order('o1', { x: 800 }), order('o3', { x: -1800 })]
  expect(bundlesAt(opposite, 1, 1)).toEqual([['o1'], ['o3']])
})

test('decisions fall every five minutes; who is there in time for ready food is told for good', () => {
  const { solution } = runDay(smallDay([order('o1', { placedMinute: 11 })]), reyes(), { rules: RULES })
  expect(solution.assignments).toEqual([{ assignedMinute: 15, pickupMinute: 30, courierId: 'c1', orderIds: ['o1'] }])
})

test('a set that is given in part grows by what comes from the same restaurant', () => {
  const later = order('o2', { placedMinute: 18, readyMinute: 31, x: 520 })
  const { solution } = runDay(smallDay([order('o1'), later]), reyes(), { rules: RULES })
  expect(solution.assignments.map(({ assignedMinute, orderIds }) => [assignedMinute, orderIds])).toEqual([
    [20, ['o1', 'o2']],
  ])
})

test('who finishes between two decisions is told when he finishes', () => {
  const second = order('o2', { placedMinute: 22, readyMinute: 38, x: 300 })
  const { solution } = runDay(smallDay([order('o1', { readyMinute: 20 }), second]), reyes(), { rules: RULES })
  // c1: 10 to 20 drives, 22 collects, 24 leaves, 31 at the door, 33 free.
  expect(solution.assignments.map(({ assignedMinute }) => assignedMinute)).toEqual([10, 33])
})

test('where it may, it begins shifts at the nearest restaurant', () => {
  const rules = { canPreposition: true, canUpdate: true }
  const { solution } = runDay(smallDay([order('o1')], [courier({ x: 900, onMinute: 3 })]), reyes(), { rules })
  expect(solution.moves[0]).toEqual({ courierId: 'c1', departureMinute: 3, origin: '0', destination: 'r2' })
})
