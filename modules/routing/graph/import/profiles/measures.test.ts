import { expect, test } from 'bun:test'
import { durationSeconds, kilograms, kmhOf, leadingNumber, meters } from './measures'
import { speedLimitKmh } from './speed-limits'

test.each([
  ['3.5', 3.5],
  ['3,5', 3.5],
  ['3.5 m', 3.5],
  ['6\'7"', 2.0066],
  ["12'", 3.6576],
  ['none', undefined],
  ['', undefined],
  [undefined, undefined],
])('%p is so many metres: %p', (text, value) => {
  if (value === undefined) expect(meters(text)).toBeUndefined()
  else expect(meters(text)).toBeCloseTo(value, 4)
})

test.each([
  ['3.5', 3500],
  ['3.5 t', 3500],
  ['3500 kg', 3500],
  ['8000 lbs', 3628.739],
  ['unsigned', undefined],
])('%p is so many kilograms: %p', (text, value) => {
  if (value === undefined) expect(kilograms(text)).toBeUndefined()
  else expect(kilograms(text)).toBeCloseTo(value, 2)
})

test.each([
  ['00:20', 1200],
  ['1:30', 5400],
  ['1:30:30', 5430],
  ['90', 5400],
  ['PT20M', 1200],
  ['P1DT1H', 90_000],
  ['P', undefined],
  ['20 min', undefined],
])('%p lasts %p s', (text, seconds) => {
  expect(durationSeconds(text)).toBe(seconds as number)
})

test.each([
  ['50', 50],
  ['50 mph', 80.45],
  ['50;60', 50],
  ['none', 140],
  ['walk', 0],
  ['RU:urban', 60],
  ['SE:rural', 90],
  ['DE:motorway', 0],
  ['gb:nsl_single', 96.54],
  ['', 0],
  [undefined, 0],
])('a limit of %p is %d km/h', (text, kmh) => {
  expect(speedLimitKmh(text)).toBeCloseTo(kmh, 2)
})

test('numbers at the beginning', () => {
  expect(leadingNumber('2; 3')).toBe(2)
  expect(leadingNumber('about 2')).toBeUndefined()
  expect(kmhOf('20 mp/h')).toBeCloseTo(32.18, 2)
})
