import { expect, test } from 'bun:test'
import { ROAD_CLASS_NAMES } from '#core/routing-settings'
import { ROAD_CLASSES } from '../graph/road-graph'
import { bucketOf, hourFactor, hourOfWeek } from './time-of-day'

test.each([
  ['2026-11-22T23:00:00Z', 'Europe/Stockholm', 0],
  ['2026-11-23T00:59:59Z', 'UTC', 0],
  ['2026-11-23T11:00:00Z', 'Europe/Stockholm', 12],
  // In summer the clock is two hours ahead.
  ['2026-07-06T11:00:00Z', 'Europe/Stockholm', 13],
  ['2026-11-22T22:59:00Z', 'Europe/Stockholm', 167],
  ['2026-11-23T02:00:00Z', 'America/New_York', 6 * 24 + 21],
])('%s in %s is hour %i of the week', (instant, timeZone, hour) => {
  expect(hourOfWeek(new Date(instant), timeZone)).toBe(hour)
})

test('working days share their hours, and so do Saturday and Sunday', () => {
  expect([8, 24 + 8, 4 * 24 + 8].map(bucketOf)).toEqual([8, 8, 8])
  expect([5 * 24 + 8, 6 * 24 + 8, 167].map(bucketOf)).toEqual([32, 32, 47])
})

test('a factor is that of its profile, class and hour, of a day or of a week; anything else is one', () => {
  const day = Array.from({ length: 24 }, (_, hour) => (hour === 8 ? 0.6 : 0.9))
  const week = Array.from({ length: 168 }, (_, hour) => (hour === 32 ? 0.5 : 1))
  const factors = { car: { primary: day, secondary: week } }
  expect(hourFactor(factors, 'car', 'primary', 8)).toBe(0.6)
  expect(hourFactor(factors, 'car', 'primary', 32)).toBe(0.6)
  expect(hourFactor(factors, 'car', 'secondary', 32)).toBe(0.5)
  expect(hourFactor(factors, 'car', 'secondary', 8)).toBe(1)
  expect(hourFactor(factors, 'car', 'motorway', 8)).toBe(1)
  expect(hourFactor(factors, 'bike', 'primary', 8)).toBe(1)
})

test('settings know the classes that road graphs know', () => {
  expect(ROAD_CLASS_NAMES as readonly string[]).toEqual([...ROAD_CLASSES])
})
