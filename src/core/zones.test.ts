import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { METERS_PER_MILE } from '#core/geo'
import { polygonOf, polygonText, settingsOf, ZoneSettings } from '#core/zones'

test('writes a polygon as Postgres reads it: longitude first', () => {
  const corners = [
    { lat: 57.6, lng: 11.8 },
    { lat: 57.6, lng: 12.2 },
    { lat: -57.8, lng: -12.25 },
  ]
  expect(polygonText(corners)).toBe('((11.8,57.6),(12.2,57.6),(-12.25,-57.8))')
})

test('reads back any polygon it has written', () => {
  const degrees = (max: number) => fc.double({ min: -max, max, noNaN: true }).map((n) => n + 0)
  fc.assert(
    fc.property(fc.array(fc.record({ lat: degrees(90), lng: degrees(180) }), { minLength: 3 }), (corners) => {
      expect(polygonOf(polygonText(corners))).toEqual(corners)
    }),
  )
})

test('reads what Postgres makes of very small and very long numbers', () => {
  expect(polygonOf('((1e-07,-2.5e-08),(11.12345678901234,57),(0,0))')).toEqual([
    { lat: -2.5e-8, lng: 1e-7 },
    { lat: 57, lng: 11.12345678901234 },
    { lat: 0, lng: 0 },
  ])
})

test('a zone that sets nothing has the defaults of the design', () => {
  const settings = settingsOf({})
  expect(settings).toMatchObject({
    taxBps: 800,
    commissionBps: 1_500,
    serviceFeeBps: 0,
    deliveryFeeCents: 500,
    deliveryFeePerStepCents: 150,
    minimumOrderCents: 1_000,
    demandMultiplierBpsMax: 10_000,
  })
  expect(settings.deliveryFeeIncludedMeters).toBeCloseTo(3 * METERS_PER_MILE, 6)
  expect(settings.deliveryFeeStepMeters).toBeCloseTo(METERS_PER_MILE, 6)
  expect(settingsOf(null)).toEqual(settings)
  expect(settingsOf(undefined)).toEqual(settings)
})

test('what is set is kept, the rest has its default', () => {
  expect(settingsOf({ taxBps: 1_200 })).toEqual({ ...settingsOf({}), taxBps: 1_200 })
})

test.each<[string, Record<string, unknown>]>([
  ['a tax beyond all', { taxBps: 10_001 }],
  ['a negative fee', { deliveryFeeCents: -1 }],
  ['half a cent', { minimumOrderCents: 10.5 }],
  ['a multiplier that lowers the fee', { demandMultiplierBpsMax: 9_999 }],
  ['steps of no length', { deliveryFeeStepMeters: 0 }],
  ['offers that run out at once', { offerTimeoutSeconds: 0 }],
  ['a setting that there is not', { surgeCents: 100 }],
])('refuses %s', (_, settings) => {
  expect(ZoneSettings.safeParse(settings).success).toBe(false)
})
