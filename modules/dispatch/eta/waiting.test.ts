import { expect, test } from 'bun:test'
import { leadOf, waitAt } from './waiting.ts'

const waits = (mean: number, spread: number) => {
  const lead = leadOf(mean, spread)
  return Array.from({ length: 4_000 }, (_, i) => waitAt(lead, (i + 0.5) / 4_000))
}
const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

test('waits have the mean and the spread that were seen, from nearly none to always', () => {
  for (const [mean, spread] of [
    [0.05, 0.3],
    [0.2, 0.4],
    [0.5, 0.5],
    [1, 0.5],
    [2, 0.4],
  ] as const) {
    const all = waits(mean, spread)
    const found = meanOf(all)
    expect(found / mean).toBeWithin(0.97, 1.03)
    expect(Math.sqrt(meanOf(all.map((value) => (value - found) ** 2))) / spread).toBeWithin(0.97, 1.03)
  }
})

test('where the spread is larger than the mean, most do not wait at all; where it is small, all do', () => {
  const share = (values: number[]) => values.filter((value) => value === 0).length / values.length
  expect(share(waits(0.2, 0.4))).toBeWithin(0.6, 0.8)
  expect(share(waits(2, 0.4))).toBe(0)
  expect(waits(2, 0.4)[2_000]!).toBeWithin(1.95, 2.05)
})
