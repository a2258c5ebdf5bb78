import { expect, test } from 'bun:test'
import { type AutoscalerSettings, decide, wanted } from './autoscaler.ts'

const settings: AutoscalerSettings = {
  replicasMin: 3,
  replicasMax: 10,
  scaleUpWindowSeconds: 60,
  scaleDownWindowSeconds: 300,
}

test.each([
  // The formula of the documentation: twice the target, twice the pods; a tenth off is left alone.
  ['twice the target', 4, [2], 8],
  ['half of it', 8, [0.5], 4],
  ['within the tolerance', 5, [1.09], 5],
  ['just beyond it', 5, [1.11], 6],
  ['never below the least', 4, [0.1], 3],
  ['never above the most', 8, [3], 10],
  ['the most that any metric asks for', 4, [0.2, 1.5], 6],
  // A metric that does not fall with the load holds pods: 4 at 0.78 are 4 again.
  ['held by memory', 4, [0.1, 0.78], 4],
])('%s', (_, replicas, ratios, expected) => {
  expect(wanted(replicas, ratios, settings)).toBe(expected)
})

const every15 = (...replicas: number[]) => replicas.map((count, at) => ({ atSeconds: at * 15, replicas: count }))

test('it grows only to what was asked for throughout the window of scaling up', () => {
  expect(decide(3, every15(3, 6, 6, 6), 45, settings)).toBe(3)
  expect(decide(3, every15(3, 6, 5, 6, 6), 60, settings)).toBe(5)
})

test('it shrinks only to the most of the window of scaling down', () => {
  const recent = [{ atSeconds: 0, replicas: 9 }, ...every15(4, 4, 4)]
  expect(decide(9, recent, 30, settings)).toBe(9)
  expect(
    decide(
      9,
      [
        { atSeconds: 0, replicas: 9 },
        { atSeconds: 300, replicas: 4 },
      ],
      300,
      settings,
    ),
  ).toBe(4)
})

test('at once it at most doubles, or grows by four', () => {
  expect(decide(3, [{ atSeconds: 0, replicas: 10 }], 0, settings)).toBe(7)
  expect(decide(5, [{ atSeconds: 0, replicas: 20 }], 0, { ...settings, replicasMax: 20 })).toBe(10)
})
