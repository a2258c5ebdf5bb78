import { expect, test } from 'bun:test'
import { ZoneSettings } from '#core/zones'
import { PRIORS } from '../eta/learning.ts'
import { knowledgeOf } from './knowledge.ts'
import { countsAs, expectedReady, ReplayedMarket, saidReadyAt } from './market.ts'
import { createPlanning, REPLAY_POLICIES, type ReplayPolicy } from './policies.ts'
import type { RecordedOrder } from './record.ts'

const KITCHEN = { lat: 57.7, lng: 11.97 }
const options = { settings: ZoneSettings.parse({}), roundSeconds: 10, budgetMs: undefined }

const order = (id: string, changes: Partial<RecordedOrder> = {}): RecordedOrder => ({
  ...{ id, chefId: 'mai', pickup: KITCHEN, dropoff: { lat: 57.71, lng: 11.98 }, placedAt: 0, acceptedAt: 60 },
  ...{ estimatedAt: 1_260, readyAt: 1_400, promisedAt: 3_600, cancelledAt: Number.POSITIVE_INFINITY, isFailed: false },
  ...{ travelSeconds: null, driverId: null, assignedAt: null, pickedUpAt: null, deliveredAt: null },
  ...changes,
})

const marketOf = (orders: readonly RecordedOrder[]) => {
  const shift = { vehicleType: 'car', capacity: 4, beganAt: 0, endedAt: Number.POSITIVE_INFINITY }
  const market = new ReplayedMarket([
    { ...shift, driverId: 'omar', start: KITCHEN },
    { ...shift, driverId: 'lena', start: { lat: 57.72, lng: 11.99 } },
  ])
  for (const one of orders) market.add(one, PRIORS.preparation)
  return market
}

/** All that a policy says until an instant. */
const decisionsUntil = async (policy: ReplayPolicy, orders: readonly RecordedOrder[], endsAt: number) => {
  const market = marketOf(orders)
  const plan = createPlanning(policy, options)
  const said: object[] = []
  for (let now = 60; now < endsAt; now += options.roundSeconds) {
    market.advance(now)
    await market.know(now)
    const { assignments = [] } = plan(market, now) ?? {}
    said.push(...assignments.map((one) => ({ now, ...one })))
    market.give(assignments, now)
  }
  return said
}

test('no policy sees what has not happened yet: when food will be ready, or who will call it off', async () => {
  const orders = [order('soup'), order('stew', { chefId: 'luca', pickup: { lat: 57.69, lng: 11.96 } })]
  for (const policy of REPLAY_POLICIES) {
    const said = await decisionsUntil(policy, orders, 1_300)
    expect(said.length).toBeGreaterThan(0)
    for (const changes of [{ readyAt: 9_999 }, { cancelledAt: 1_300 }, { readyAt: 1_301 }]) {
      const others = orders.map((one) => ({ ...one, ...changes }))
      expect(await decisionsUntil(policy, others, 1_300)).toEqual(said)
    }
  }
})

test('an order is brought by one driver, and no more is heard of it', async () => {
  for (const policy of REPLAY_POLICIES) {
    const said = await decisionsUntil(policy, [order('soup')], 3_000)
    const first = JSON.stringify(said[0])
    expect(new Set(said.map((one) => JSON.stringify({ ...one, now: 0 }))).size).toBe(1)
    expect(first).toContain('soup')
  }
})

test('what a kitchen said holds until the food is ready; what it is worth is learned', () => {
  const soup = { ...marketOf([order('soup')]).open.get('soup')! }
  expect(saidReadyAt(soup, 1_000)).toBe(1_260)
  expect(saidReadyAt(soup, 1_500)).toBe(1_400)
  const late = { ...soup, preparation: { mean: Math.log(1.5), spread: 0.1, weight: 9 } }
  expect(expectedReady(late, 60).at).toBeWithin(1_700, 1_950)
  expect(expectedReady(late, 60).spreadSeconds).toBeGreaterThan(60)
  expect(expectedReady(late, 1_400)).toEqual({ at: 1_400, spreadSeconds: 0 })
})

test('of a kitchen the closest that is known counts, at the hour of its zone', () => {
  const like = { zoneId: 'zone', spread: 0.1, weight: 5 }
  const known = knowledgeOf(
    [
      { ...like, chefId: 'mai', hour: 13, mean: 1 },
      { ...like, chefId: 'mai', hour: null, mean: 2 },
      { ...like, chefId: null, hour: 13, mean: 3 },
    ],
    'Europe/Stockholm',
  )
  const [noon, night] = [new Date('2026-11-20T12:30:00Z'), new Date('2026-11-20T22:30:00Z')]
  expect([known('mai', noon).mean, known('mai', night).mean, known('luca', noon).mean]).toEqual([1, 2, 3])
  expect(known('luca', night)).toEqual(PRIORS.preparation)
})

test("a customer's own wish does not count, one who waited in vain does", () => {
  expect(countsAs(order('soup'))).toBe(true)
  expect(countsAs(order('soup', { cancelledAt: 900 }))).toBe(false)
  expect(countsAs(order('soup', { cancelledAt: 4_000 }))).toBe(true)
  expect(countsAs(order('soup', { isFailed: true }))).toBe(false)
})
