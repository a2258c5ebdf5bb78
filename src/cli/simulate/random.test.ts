import { expect, test } from 'bun:test'
import { randomOf, streamsOf } from './random'

const counting = (seed: number) => {
  let state = seed % 997
  return () => {
    state = (state * 31 + 7) % 997
    return state / 997
  }
}

test('streams of other names are other streams, and do not disturb each other', () => {
  const streams = streamsOf(counting, 1)
  const alone = Array.from({ length: 5 }, () => 0)
  const one = streams('driver 1')
  const first = alone.map(() => one.between(0, 1))
  const again = streams('driver 1')
  const other = streams('driver 2')
  const mixed = alone.map(() => {
    other.between(0, 1)
    return again.between(0, 1)
  })
  expect(mixed).toEqual(first)
})

test('ends are drawn too, and nothing beyond them', () => {
  expect(randomOf(() => 0).int(3, 5)).toBe(3)
  expect(randomOf(() => 0.999_999).int(3, 5)).toBe(5)
  expect(randomOf(() => 0.999_999).pick(['a', 'b'])).toBe('b')
  expect(() => randomOf(() => 0).pick([])).toThrow('nothing to pick from')
})

test('a weight of zero is never drawn', () => {
  for (const next of [0, 0.3, 0.999_999]) {
    expect(randomOf(() => next).weighted(['never', 'always'], (_, i) => i)).toBe('always')
  }
})

test('shuffling keeps every member once', () => {
  const list = [1, 2, 3, 4, 5, 6]
  const shuffled = randomOf(counting(5)).shuffled(list)
  expect([...shuffled].sort()).toEqual(list)
  expect(list).toEqual([1, 2, 3, 4, 5, 6])
})

test('a lognormal draw with no spread is its median, and an exponential one is never negative', () => {
  expect(randomOf(counting(1)).lognormal(12, 0)).toBe(12)
  expect(randomOf(() => 0).exponential(10)).toBeCloseTo(0)
  expect(randomOf(() => 1 - 1 / Math.E).exponential(10)).toBeCloseTo(10)
})
