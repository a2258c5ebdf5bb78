import { expect, test } from 'bun:test'
import { chanceOf, normalAt, OUTCOME_COUNT, quantileOf, shareBelow } from './sampling.ts'

const column = (source: number) => chanceOf(source).map((share) => normalAt(share))
const correlation = (a: Float64Array, b: Float64Array) =>
  a.reduce((sum, one, i) => sum + one * b[i]!, 0) / OUTCOME_COUNT

test('a source of chance has each of its slices once, in an order that is its own', () => {
  expect([...chanceOf(4).toSorted()].map((share) => Math.round(share * OUTCOME_COUNT + 0.5))).toEqual(
    Array.from({ length: OUTCOME_COUNT }, (_, i) => i + 1),
  )
  expect(chanceOf(4)).toEqual(chanceOf(4))
  for (let a = 0; a < 12; a++) {
    for (let b = 0; b < a; b++) expect(Math.abs(correlation(column(a), column(b)))).toBeLessThan(0.16)
  }
})

test('the normal distribution and its inverse are each other, as the tables say', () => {
  expect(shareBelow(1.2815516)).toBeCloseTo(0.9, 5)
  expect(shareBelow(-1)).toBeCloseTo(0.1586553, 5)
  expect(normalAt(0.5)).toBeCloseTo(0, 3)
  for (const z of [-3, -1.5, 0.2, 2.5]) expect(normalAt(shareBelow(z))).toBeCloseTo(z, 2)
})

test('quantiles lie between the outcomes', () => {
  const outcomes = Float64Array.of(30, 10, 20, 40)
  expect([0, 0.5, 0.9, 1].map((share) => quantileOf(outcomes, share))).toEqual([10, 25, 40, 40])
})
