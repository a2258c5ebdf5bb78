import { expect, test } from 'bun:test'
import { searchRadiusMeters } from './cascade.ts'

const settings = { offerRadiusMeters: 5_000, offerRadiusStepMeters: 2_500, dispatchRadiusMeters: 15_000 }

test.each<[string, number, number[], number]>([
  ['somebody is near', 0, [9_000, 4_000], 5_000],
  ['somebody is near, who is not the first to be asked', 2, [9_000, 4_000], 10_000],
  ['nobody is near: as far as the nearest', 0, [14_000, 6_000], 7_500],
  ['nobody is within the limit', 0, [16_000], 15_000],
  ['nobody at all', 0, [], 15_000],
  ['many have refused: no farther than the limit', 20, [1_000], 15_000],
])('%s', (_what, refused, distances, meters) => {
  expect(searchRadiusMeters(refused, distances, settings)).toBe(meters)
})

test('without steps there are two radii: the first, and the limit', () => {
  const still = { ...settings, offerRadiusStepMeters: 0 }
  expect(searchRadiusMeters(3, [4_000], still)).toBe(5_000)
  expect(searchRadiusMeters(3, [6_000], still)).toBe(15_000)
})
