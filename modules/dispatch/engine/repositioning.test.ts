import { expect, test } from 'bun:test'
import { optimiser } from './optimiser.ts'
import type { Demand, Driver, Settings } from './problem.ts'
import { at, driver, NOW, order, situation } from './small-city.ts'

const busy: Demand = {
  kitchens: [
    { kitchen: 'mai', place: at(30, 30) },
    { kitchen: 'pat', place: at(8, 8) },
  ],
  ratePerSecond: () => 1 / 600,
}
const moves = (drivers: Driver[], demand: Demand | undefined = busy, settings: Partial<Settings> = {}) =>
  optimiser
    .plan({ ...situation([], drivers, settings), demand })
    .moves.map(({ driverId, kitchen }) => `${driverId} ${kitchen}`)
const crew = ['omar', 'lena', 'sven', 'ida', 'per'].map((id) => driver(id))

test('of five who wait at one kitchen, one is sent to the other that expects as much', () => {
  expect(moves(crew)).toEqual([expect.stringMatching(/ pat$/)])
})

test('nobody is sent anywhere when it may not be, or nothing is expected', () => {
  expect(moves(crew, busy, { canReposition: false })).toEqual([])
  expect(moves(crew, { ...busy, ratePerSecond: () => 0 })).toEqual([])
  expect(optimiser.plan(situation([], crew)).moves).toEqual([])
})

test('nobody is sent who is busy, bound, or about to end his shift', () => {
  expect(moves(crew.map((one) => ({ ...one, freeAt: NOW + 60 })))).toEqual([])
  expect(moves(crew.map((one) => ({ ...one, offAt: NOW + 900 })))).toEqual([])
  const orders = crew.map(({ id }) => order(id))
  const bound = crew.map((one) => ({ ...one, pending: { kitchen: 'mai', orderIds: [one.id], arrivesAt: NOW } }))
  expect(optimiser.plan({ ...situation(orders, bound), demand: busy }).moves).toEqual([])
})

test('each kitchen has its driver: all stay', () => {
  expect(moves([driver('omar'), driver('lena', { place: at(8, 8) })])).toEqual([])
})
