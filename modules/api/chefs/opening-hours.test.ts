import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { isOpenAt, localTime } from './opening-hours.ts'
import type { OpeningHours } from './schema.ts'

const kitchen = (hours: OpeningHours | null) => ({ hours, vacationFrom: null, vacationUntil: null })
const open = (hours: OpeningHours | null, at: string, timeZone = 'Europe/Stockholm') =>
  isOpenAt(kitchen(hours), new Date(at), localTime(new Date(at), timeZone))

const lunch: OpeningHours = [{ weekday: 1, opens: '11:00', closes: '14:00' }]
const lateFriday: OpeningHours = [{ weekday: 5, opens: '18:00', closes: '02:00' }]
const sundayNight: OpeningHours = [{ weekday: 7, opens: '22:00', closes: '01:00' }]

test.each([
  ['2026-11-23T11:30:00Z', 'Europe/Stockholm', { weekday: 1, minuteOfDay: 750, day: '2026-11-23' }],
  ['2026-11-22T23:30:00Z', 'Europe/Stockholm', { weekday: 1, minuteOfDay: 30, day: '2026-11-23' }],
  ['2026-11-23T04:59:00Z', 'America/New_York', { weekday: 7, minuteOfDay: 1_439, day: '2026-11-22' }],
  ['2026-11-23T05:00:00Z', 'America/New_York', { weekday: 1, minuteOfDay: 0, day: '2026-11-23' }],
  ['2026-11-23T00:00:00Z', 'Asia/Kathmandu', { weekday: 1, minuteOfDay: 345, day: '2026-11-23' }],
  ['2026-12-31T10:00:00Z', 'Pacific/Kiritimati', { weekday: 5, minuteOfDay: 0, day: '2027-01-01' }],
  // The clocks go from 02:00 to 03:00, and half a year later from 03:00 to 02:00.
  ['2026-03-29T00:59:00Z', 'Europe/Stockholm', { weekday: 7, minuteOfDay: 119, day: '2026-03-29' }],
  ['2026-03-29T01:00:00Z', 'Europe/Stockholm', { weekday: 7, minuteOfDay: 180, day: '2026-03-29' }],
  ['2026-10-25T00:30:00Z', 'Europe/Stockholm', { weekday: 7, minuteOfDay: 150, day: '2026-10-25' }],
  ['2026-10-25T01:30:00Z', 'Europe/Stockholm', { weekday: 7, minuteOfDay: 150, day: '2026-10-25' }],
])('what the clock shows at %s in %s', (at, timeZone, shown) => {
  expect(localTime(new Date(at), timeZone)).toEqual(shown)
})

test.each([
  ['2026-11-23T09:59:59Z', false],
  ['2026-11-23T10:00:00Z', true],
  ['2026-11-23T12:59:59Z', true],
  ['2026-11-23T13:00:00Z', false],
  ['2026-11-24T11:00:00Z', false],
])('Monday lunch from 11 to 14 in Stockholm: at %s open is %p', (at, expected) => {
  expect(open(lunch, at)).toBe(expected)
})

test('the same hours are other instants in another time zone, and in summer', () => {
  expect(open(lunch, '2026-11-23T16:30:00Z', 'America/New_York')).toBe(true)
  expect(open(lunch, '2026-11-23T10:30:00Z', 'America/New_York')).toBe(false)
  expect(open(lunch, '2026-07-06T09:00:00Z')).toBe(true)
  expect(open(lunch, '2026-07-06T12:30:00Z')).toBe(false)
})

test.each([
  ['2026-11-27T16:59:00Z', false],
  ['2026-11-27T17:00:00Z', true],
  ['2026-11-27T22:59:00Z', true],
  ['2026-11-28T00:59:00Z', true],
  ['2026-11-28T01:00:00Z', false],
  // Thursday to Friday at one is not Friday to Saturday at one.
  ['2026-11-27T00:30:00Z', false],
  ['2026-11-28T17:00:00Z', false],
])('Friday 18 to 02 goes into Saturday: at %s open is %p', (at, expected) => {
  expect(open(lateFriday, at)).toBe(expected)
})

test('a Sunday night goes into Monday', () => {
  expect(open(sundayNight, '2026-11-22T23:30:00Z')).toBe(true)
  expect(open(sundayNight, '2026-11-23T00:00:00Z')).toBe(false)
  expect(open(sundayNight, '2026-11-21T23:30:00Z')).toBe(false)
})

test('in the hour that spring leaves out nothing is open; the hour that autumn repeats is open twice', () => {
  const small: OpeningHours = [{ weekday: 7, opens: '02:15', closes: '02:45' }]
  const spring = Array.from({ length: 24 }, (_, hour) => new Date(Date.UTC(2026, 2, 28, 23 + hour, 30)).toISOString())
  expect(spring.filter((at) => open(small, at))).toEqual([])
  expect(open(small, '2026-10-25T00:30:00Z')).toBe(true)
  expect(open(small, '2026-10-25T01:30:00Z')).toBe(true)
  expect(open(small, '2026-10-25T02:30:00Z')).toBe(false)
})

test('an evening over the hour that spring leaves out closes when the clock says so', () => {
  const saturday: OpeningHours = [{ weekday: 6, opens: '20:00', closes: '03:30' }]
  expect(open(saturday, '2026-03-29T01:29:00Z')).toBe(true)
  expect(open(saturday, '2026-03-29T01:30:00Z')).toBe(false)
})

test('without hours a kitchen is always open; with an empty list never', () => {
  expect(open(null, '2026-11-23T03:00:00Z')).toBe(true)
  expect(open([], '2026-11-23T11:30:00Z')).toBe(false)
})

test('24:00 is the end of the day, and closing when it opens is a whole day', () => {
  const day: OpeningHours = [{ weekday: 1, opens: '00:00', closes: '24:00' }]
  expect(open(day, '2026-11-23T22:59:00Z')).toBe(true)
  expect(open(day, '2026-11-23T23:00:00Z')).toBe(false)
  const round: OpeningHours = [{ weekday: 1, opens: '10:00', closes: '10:00' }]
  expect(open(round, '2026-11-23T08:59:00Z')).toBe(false)
  expect(open(round, '2026-11-23T09:00:00Z')).toBe(true)
  expect(open(round, '2026-11-24T08:59:00Z')).toBe(true)
  expect(open(round, '2026-11-24T09:00:00Z')).toBe(false)
})

test('on vacation nothing is open: from its first instant to just before its last', () => {
  const away = { hours: null, vacationFrom: '2026-12-23T00:00:00.000Z', vacationUntil: '2027-01-02T00:00:00.000Z' }
  const openAt = (at: string) => isOpenAt(away, new Date(at), localTime(new Date(at), 'UTC'))
  expect(openAt('2026-12-22T23:59:59.999Z')).toBe(true)
  expect(openAt('2026-12-23T00:00:00.000Z')).toBe(false)
  expect(openAt('2027-01-01T23:59:59.999Z')).toBe(false)
  expect(openAt('2027-01-02T00:00:00.000Z')).toBe(true)
})

const timeOf = (minute: number) =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`

test('a span is open for exactly as many minutes of the week as it is long', () => {
  const minute = fc.integer({ min: 0, max: 1_439 })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 7 }), minute, minute, (weekday, from, until) => {
      const hours = [{ weekday, opens: timeOf(from), closes: timeOf(until) }]
      let minutes = 0
      for (let at = 0; at < 7 * 1_440; at++) {
        const local = { weekday: Math.floor(at / 1_440) + 1, minuteOfDay: at % 1_440, day: '' }
        if (isOpenAt(kitchen(hours), new Date(0), local)) minutes++
      }
      expect(minutes).toBe(from < until ? until - from : until - from + 1_440)
    }),
    { numRuns: 100 },
  )
})
