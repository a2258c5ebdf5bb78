import { expect, test } from 'bun:test'
import { optimiser } from './optimiser.ts'
import { DEFAULT_SETTINGS, type Demand, type Driver, type Order, type Weights } from './problem.ts'
import { at, driver, NOW, order, situation } from './small-city.ts'

/** Nearly all orders are expected at mai's, in the middle. */
const demand: Demand = {
  kitchens: [
    { kitchen: 'mai', place: at(30, 30) },
    { kitchen: 'pat', place: at(2, 2) },
  ],
  ratePerSecond: (kitchen) => (kitchen === 'mai' ? 1 / 300 : 1 / 30_000),
}

const plan = (orders: Order[], crew: Driver[], expected?: Demand, change: Partial<Weights> = {}) => {
  const of = situation(orders, crew, { weights: { ...DEFAULT_SETTINGS.weights, ...change } })
  return optimiser.plan(expected ? { ...of, demand: expected } : of)
}
const who = (...of: Parameters<typeof plan>) => plan(...of).drafts.map(({ driverId }) => driverId)

test('of two who would be there in time, he goes who is needed less where he is', () => {
  const soup = order('soup', { readyAt: NOW + 1_200 })
  const crew = [driver('middle'), driver('outside', { place: at(30, 50) })]
  expect(who([soup], crew)).toEqual(['middle'])
  expect(who([soup], crew, demand)).toEqual(['outside'])
  expect(who([soup], crew, demand, { remoteness: 0 })).toEqual(['middle'])
})

test('nobody is late for the sake of orders that may never come', () => {
  const crew = [driver('middle'), driver('outside', { place: at(30, 50) })]
  expect(who([order('soup')], crew, demand)).toEqual(['middle'])
})

test('of two at the same place he goes whose shift ends meanwhile', () => {
  const crew = [driver('stays'), driver('leaves', { offAt: NOW + 200 })]
  expect(who([order('soup')], crew)).toEqual(['leaves'])
  expect(who([order('soup')], crew, undefined, { pastShift: 0 })).toEqual(['stays'])
})

test('a place with no way to where orders are expected is far, and costs stay numbers', () => {
  const of = situation([order('soup')], [driver('omar'), driver('lena', { place: at(30, 32) })])
  const cut = {
    ...of,
    demand,
    travelSeconds: (_: Driver, from: number, to: number) => (to === at(2, 2) ? 1 / 0 : from === to ? 0 : 60),
  }
  const { commits, explanations } = optimiser.plan(cut)
  expect(commits).toHaveLength(1)
  for (const { cost } of explanations[0]!.candidates) expect(Object.values(cost).every(Number.isFinite)).toBe(true)
})

test('the outlook is a term of its own in the explanation, and the terms add up', () => {
  const orders = [order('soup'), order('stew', { dropoff: at(30, 41) })]
  const crew = [driver('near', { offAt: NOW + 500 }), driver('far', { place: at(30, 10) })]
  const candidates = plan(orders, crew, demand).explanations.flatMap((one) => one.candidates)
  expect(candidates.some(({ cost }) => cost.outlook !== 0)).toBe(true)
  for (const { cost } of candidates) {
    const { total, ...terms } = cost
    expect(Object.values(terms).reduce((sum, term) => sum + term, 0)).toBeCloseTo(total, 6)
  }
})
