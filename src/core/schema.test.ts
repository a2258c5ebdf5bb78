import { expect, test } from 'bun:test'
import type { z } from 'zod'
import { Cents, Email, Instant, InstantInput, PhoneNumber, PositionInput, Slug, Text, TimeZone } from '#core/schema'

const accepts = (schema: z.ZodType, value: unknown) => schema.safeParse(value).success

test.each<[string, z.ZodType, unknown[], unknown[]]>([
  ['text of one to five', Text(5), ['a', 'räksm', 'a\nb', 'a\tb'], ['', '   ', 'sixsix', 'a\u0000b', 'a\u001bb', 5]],
  ['text that may be empty', Text(5, 0), ['', ' '], ['a\u0000']],
  ['an email', Email, ['mai@example.com', ' MAI@EXAMPLE.COM '], ['mai', 'mai@', '@example.com', 'a b@example.com']],
  ['a phone number', PhoneNumber, ['+46701740605', '+1234567'], ['0701740605', '+0701740605', '+46 70', '+123456']],
  ['a label', Slug, ['thai', 'gluten-free', 'a1'], ['Thai', 'gluten--free', '-thai', 'thai-', 'a_b', '']],
  ['a time zone', TimeZone, ['Europe/Stockholm', 'UTC', 'America/Argentina/Ushuaia'], ['Mars/Olympus', '', '../etc']],
  ['cents', Cents, [0, 1, 100_000_000], [-1, 0.5, 100_000_001, '5', Number.NaN]],
  ['an instant of an answer', Instant, ['2026-11-23T11:00:00.000Z'], ['2026-11-23', '2026-11-23T11:00:00+01:00']],
  ['an instant of a request', InstantInput, ['2026-11-23T11:00:00+01:00', '2026-11-23T11:00:00Z'], ['yesterday']],
  [
    'an instant of our time',
    InstantInput,
    ['1970-01-01T00:00:00Z', '9999-12-31T23:59:59Z'],
    ['0000-01-01T00:00:00Z', '0001-01-01T00:00:00+23:59', '1970-01-01T00:00:00+01:00', '9999-12-31T23:59:59-01:00'],
  ],
])('%s', (_, schema, good, bad) => {
  expect(good.filter((value) => !accepts(schema, value))).toEqual([])
  expect(bad.filter((value) => accepts(schema, value))).toEqual([])
})

test('trims text and lowers an email', () => {
  expect(Text(5).parse('  abc ')).toBe('abc')
  expect(Email.parse(' Mai@Example.COM ')).toBe('mai@example.com')
})

test.each<[unknown, boolean]>([
  [{ lat: 90, lng: 180 }, true],
  [{ lat: -90, lng: -180 }, true],
  [{ lat: 90.01, lng: 0 }, false],
  [{ lat: 0, lng: 180.01 }, false],
  [{ lat: 0 }, false],
  [{ lat: '57', lng: 11 }, false],
  [{ lat: Number.NaN, lng: 0 }, false],
  [{ lat: 0, lng: 0, altitude: 10 }, false],
  [[57, 11], false],
])('the position %j is good: %p', (value, good) => {
  expect(accepts(PositionInput, value)).toBe(good)
})
