import { expect, test } from 'bun:test'
import { believed, judge, type Seen } from './progress.ts'

const NOW = new Date('2026-11-23T11:00:00Z')
const KITCHEN = { lat: 57.7, lng: 11.97 }
const METERS_PER_DEGREE = 111_195

const seen = (metersNorth: number, seconds: number): Seen => ({
  lat: KITCHEN.lat + metersNorth / METERS_PER_DEGREE,
  lng: KITCHEN.lng,
  atMs: NOW.getTime() + seconds * 1000,
})

test.each<[string, number, number, boolean]>([
  ['a step', 20, 2, true],
  ['standing still, as phones see it', 90, 1, true],
  ['a jump across the city', 8_000, 2, false],
  ['as far, but in a time in which it can be driven', 8_000, 200, true],
  ['a fix from before', 5_000, -10, false],
])('%s is believed or not', (_what, meters, seconds, isBelieved) => {
  const [before, fix] = [seen(0, 0), seen(meters, seconds)]
  expect(believed(before, fix, 50)).toEqual(isBelieved ? fix : before)
})

test('where a phone stays after a jump it is, once it can be', () => {
  let at = seen(0, 0)
  for (let seconds = 5; seconds <= 160; seconds += 5) at = believed(at, seen(8_000, seconds), 50)
  expect(at.atMs).toBe(NOW.getTime() + 160_000)
  expect(believed(undefined, seen(8_000, 0), 50)).toEqual(seen(8_000, 0))
})

const limits = { astrayMeters: 1_000, astraySeconds: 300 }
const minutes = (count: number) => new Date(NOW.getTime() + count * 60_000)

test.each<[string, number, number, number, string]>([
  // The nearest he was is 2,000 m, now.
  ['nearer', 1_700, 1, 0, 'nearer'],
  ['a bit nearer', 1_950, 1, 0, 'on the way'],
  ['there', 2_000, 1, 0, 'on the way'],
  ['away from it', 3_100, 1, 0, 'drives off'],
  ['a detour', 2_900, 4, 0, 'on the way'],
  ['standing while the food waits', 2_000, 5, 0, 'comes no nearer'],
  ['standing while the food is not nearly ready', 2_000, 5, 20, 'on the way'],
  ['standing since he should have set out', 2_000, 17, 20, 'comes no nearer'],
])('%s: %p m after %p min, ready in %p min: %s', (_what, meters, after, readyIn, expected) => {
  const before = { nearestMeters: 2_000, nearerAt: NOW }
  const said = judge(before, meters, minutes(readyIn), minutes(after), limits)
  expect(said.is === 'astray' ? said.why : said.is).toBe(expected as never)
})

test('who waits at the kitchen is not astray, however long', () => {
  const before = { nearestMeters: 20, nearerAt: NOW }
  expect(judge(before, 120, NOW, minutes(60), limits).is).toBe('on the way')
})
