import { expect, test } from 'bun:test'
import {
  BELIEFS,
  type Cell,
  HALF_LIFE_DAYS,
  learn,
  logRatio,
  NO_SUMS,
  observed,
  type Sums,
  shrunk,
} from './learning.ts'

const LATE = Math.log(1.5)
const times = (count: number, value: number, ageDays = 0): Sums => {
  let sums = NO_SUMS
  for (let n = 0; n < count; n++) sums = observed(sums, value + (n % 2 ? 0.1 : -0.1), ageDays)
  return sums
}
const cell = (chefId: string | null, hour: number, sums: Sums): Cell => ({ zoneId: 'zone', chefId, hour, ...sums })
const learned = (cells: Cell[]) => {
  const all = learn(cells, BELIEFS.preparation)
  return (chefId: string | null, hour: number | null) => all.find((one) => one.chefId === chefId && one.hour === hour)!
}

test('of a kitchen with few orders the zone is believed, of one with many its own', () => {
  const known = learned([
    cell('mai', 12, times(200, LATE)),
    cell('luca', 12, times(400, 0)),
    cell('new', 12, times(1, LATE)),
  ])
  expect(known('mai', 12).mean).toBeWithin(LATE * 0.9, LATE)
  expect(known('luca', 12).mean).toBeWithin(-0.01, 0.05)
  const zone = known(null, null)
  expect(Math.abs(known('new', 12).mean - zone.mean)).toBeLessThan(0.08)
})

test('who is like himself each day has a narrow range, and nobody is sure of one order', () => {
  const known = learned([cell('mai', 12, times(200, LATE)), cell('new', 12, times(1, LATE))])
  expect(known('mai', 12).spread).toBeWithin(0.09, 0.18)
  expect(known('new', 12).spread).toBeGreaterThan(known('mai', 12).spread)
})

test('kitchens that differ do not make one that is always the same unsure, but they do of one that is new', () => {
  const odd = [cell('late', 12, times(60, LATE)), cell('early', 12, times(60, -LATE))]
  const known = learned([...odd, cell('mai', 12, times(60, 0)), cell('new', 12, times(1, 0))])
  expect(known('mai', 12).spread).toBeWithin(0.09, 0.18)
  expect(known('new', 12).spread).toBeGreaterThan(0.25)
  expect(known(null, null).spread).toBeGreaterThan(0.25)
})

test('an hour that is slow in the zone is thought to be slow at a kitchen that is new to it', () => {
  const rush = Array.from({ length: 20 }, (_, n) => cell(`kitchen ${n}`, 18, times(20, 0.4)))
  const noon = Array.from({ length: 20 }, (_, n) => cell(`kitchen ${n}`, 12, times(20, 0)))
  const known = learned([...rush, ...noon, cell('mai', 12, times(30, 0)), cell('mai', 18, times(1, 0))])
  expect(known('mai', 18).mean - known('mai', 12).mean).toBeGreaterThan(0.15)
})

test('what is older counts less, half after a fortnight', () => {
  expect(observed(NO_SUMS, 1, HALF_LIFE_DAYS)).toEqual({ weight: 0.5, sum: 0.5, squares: 0.5 })
  const changed = { ...times(40, 0, 28) }
  const recent = times(40, LATE, 1)
  const both = {
    weight: changed.weight + recent.weight,
    sum: changed.sum + recent.sum,
    squares: changed.squares + recent.squares,
  }
  expect(shrunk(both, BELIEFS.preparation, 1).mean).toBeGreaterThan(0.75 * LATE)
})

test('nothing observed is what it is thought to be like; a button forgotten for a day is not believed', () => {
  const like = { mean: 0.2, within: 0.09, between: 0.07 }
  expect(shrunk(NO_SUMS, like, 8).mean).toBeCloseTo(0.2)
  expect(shrunk(NO_SUMS, like, 8).spread).toBeCloseTo(0.4)
  expect(logRatio(86_400, 600)).toBe(2)
  expect(logRatio(0, 0)).toBe(0)
})
