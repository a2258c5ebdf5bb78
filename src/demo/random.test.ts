import { expect, test } from 'bun:test'
import { seededRandom } from './random'

const draws = (seed: number, count: number) => {
  const random = seededRandom(seed)
  return Array.from({ length: count }, random)
}

test('gives the published first number of mulberry32 for seed 1', () => {
  expect(draws(1, 1)).toEqual([0.6270739405881613])
})

test('repeats itself for one seed and differs for another', () => {
  expect(draws(7, 20)).toEqual(draws(7, 20))
  expect(draws(7, 20)).not.toEqual(draws(8, 20))
})

test('spreads evenly over [0, 1)', () => {
  const numbers = draws(3, 10_000)
  expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0)
  expect(Math.max(...numbers)).toBeLessThan(1)
  const tenths = Array.from({ length: 10 }, (_, tenth) => numbers.filter((n) => Math.floor(n * 10) === tenth).length)
  for (const count of tenths) expect(count).toBeWithin(850, 1150)
})
