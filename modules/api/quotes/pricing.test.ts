import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { METERS_PER_MILE } from '#core/geo'
import { ZoneSettings } from '#core/zones'
import { demandMultiplierBps, type PricingInput, type PricingRules, priceOrder, shareOf } from './pricing.ts'

const defaults: PricingRules = ZoneSettings.parse({})
const calm = { distanceMeters: 0, tipCents: 0, discount: null, demandRatio: 0 }
const one = (unitPriceCents: number, quantity = 1) => [{ unitPriceCents, quantity }]

const price = (input: Partial<PricingInput>, rules: Partial<PricingRules> = {}) =>
  priceOrder({ items: one(2_000), ...calm, ...input }, { ...defaults, ...rules })

const feeAt = (distanceMeters: number) => price({ distanceMeters }).deliveryFeeCents

test('with the defaults of a zone: 8 % tax, 500 for the way, 15 % of the food for the platform', () => {
  expect(price({ items: [...one(1_290, 2), ...one(420)], distanceMeters: 1_240, tipCents: 200 })).toEqual({
    subtotalCents: 3_000,
    discountCents: 0,
    taxCents: 240,
    deliveryFeeCents: 500,
    deliveryFeeMultiplier: 1,
    serviceFeeCents: 0,
    tipCents: 200,
    totalCents: 3_940,
    commissionCents: 450,
  })
})

test('a discount lowers what is taxed and what the commission is taken of, not the fee and the tip', () => {
  const discounted = price({ discount: { bps: 2_000, centsMax: null }, tipCents: 300 }, { serviceFeeBps: 500 })
  expect(discounted).toMatchObject({ subtotalCents: 2_000, discountCents: 400, taxCents: 128, serviceFeeCents: 80 })
  expect(discounted).toMatchObject({ commissionCents: 240, deliveryFeeCents: 500, tipCents: 300, totalCents: 2_608 })
})

test('a discount is at most its cap, and at most the food', () => {
  expect(price({ discount: { bps: 5_000, centsMax: 700 } }).discountCents).toBe(700)
  expect(price({ discount: { bps: 5_000, centsMax: 1_500 } }).discountCents).toBe(1_000)
  expect(price({ discount: { bps: 10_000, centsMax: null } })).toMatchObject({ discountCents: 2_000, taxCents: 0 })
})

test.each([
  [0, 500],
  [1, 500],
  [4_828, 500],
  [4_829, 650],
  [6_437, 650],
  [6_438, 800],
  [8_046, 800],
])('%p metres cost %p cents: 500 up to three miles, 150 for each further mile begun', (meters, cents) => {
  expect(feeAt(meters)).toBe(cents)
})

test('the steps stay at whole miles, however far', () => {
  for (let miles = 3; miles <= 31; miles++) {
    const whole = Math.floor(miles * METERS_PER_MILE)
    expect([miles, feeAt(whole)]).toEqual([miles, 500 + 150 * (miles - 3)])
    expect([miles, feeAt(whole + 1)]).toEqual([miles, 500 + 150 * (miles - 2)])
  }
})

test.each([
  [1, 5_000, 1],
  [1, 4_999, 0],
  [3, 1_500, 0],
  [4, 1_500, 1],
  [10_000, 800, 800],
  [100_000_000 * 99, 10_000, 9_900_000_000],
])('of %p cents, %p basis points are %p: half a cent goes up', (cents, bps, share) => {
  expect(shareOf(cents, bps)).toBe(share)
})

test.each([
  [0, 10_000],
  [2, 10_000],
  [3, 15_000],
  [3.5, 17_500],
  [4, 20_000],
  [400, 20_000],
])('%p open deliveries per free driver raise the fee to %p basis points, up to the cap', (ratio, bps) => {
  expect(demandMultiplierBps(ratio, { demandThreshold: 2, demandMultiplierBpsMax: 20_000 })).toBe(bps)
})

test('demand raises the delivery fee only, and says so', () => {
  const busy = price({ demandRatio: 3, distanceMeters: 5_000 }, { demandMultiplierBpsMax: 20_000, demandThreshold: 2 })
  expect(busy).toMatchObject({ deliveryFeeCents: 975, deliveryFeeMultiplier: 1.5, taxCents: 160, commissionCents: 300 })
})

test('a zone that allows no surcharge has none, however busy it is', () => {
  expect(price({ demandRatio: 1_000 })).toMatchObject({ deliveryFeeCents: 500, deliveryFeeMultiplier: 1 })
})

const cents = (max: number) => fc.integer({ min: 0, max })
const bps = fc.integer({ min: 0, max: 10_000 })

const inputs: fc.Arbitrary<PricingInput> = fc.record({
  items: fc.array(fc.record({ unitPriceCents: fc.integer({ min: 1, max: 10_000_000 }), quantity: cents(99) }), {
    minLength: 1,
    maxLength: 50,
  }),
  distanceMeters: fc.oneof(fc.integer({ min: 0, max: 50_000 }), fc.double({ min: 0, max: 50_000, noNaN: true })),
  tipCents: cents(100_000),
  discount: fc.option(fc.record({ bps, centsMax: fc.option(cents(1_000_000)) })),
  demandRatio: fc.double({ min: 0, max: 1_000, noNaN: true }),
})

const rules: fc.Arbitrary<PricingRules> = fc.record({
  taxBps: bps,
  commissionBps: bps,
  serviceFeeBps: bps,
  deliveryFeeCents: cents(100_000),
  deliveryFeeIncludedMeters: cents(100_000),
  deliveryFeePerStepCents: cents(10_000),
  deliveryFeeStepMeters: fc.integer({ min: 1, max: 100_000 }),
  demandMultiplierBpsMax: fc.integer({ min: 10_000, max: 50_000 }),
  demandThreshold: fc.double({ min: 0.1, max: 100, noNaN: true }),
})

test('whatever is bought: the total is the sum of its parts, all whole cents, none negative', () => {
  fc.assert(
    fc.property(inputs, rules, (input, zone) => {
      const { deliveryFeeMultiplier, commissionCents, ...money } = priceOrder(input, zone)
      const { subtotalCents, discountCents, taxCents, deliveryFeeCents, serviceFeeCents, tipCents, totalCents } = money
      for (const amount of [...Object.values(money), commissionCents]) {
        expect(Number.isSafeInteger(amount)).toBe(true)
        expect(amount).toBeGreaterThanOrEqual(0)
      }
      const parts = subtotalCents - discountCents + taxCents + deliveryFeeCents + serviceFeeCents + tipCents
      expect(totalCents).toBe(parts)
      expect(discountCents).toBeLessThanOrEqual(subtotalCents)
      expect(discountCents).toBeLessThanOrEqual(input.discount?.centsMax ?? subtotalCents)
      expect(commissionCents).toBeLessThanOrEqual(subtotalCents - discountCents)
      expect(deliveryFeeMultiplier).toBeWithin(1, zone.demandMultiplierBpsMax / 10_000 + 1e-9)
    }),
    { numRuns: 300 },
  )
})

test('farther never costs less, and busier never costs less', () => {
  fc.assert(
    fc.property(inputs, rules, fc.nat(20_000), fc.nat(50), (input, zone, metersMore, ratioMore) => {
      const fee = priceOrder(input, zone).deliveryFeeCents
      const farther = { ...input, distanceMeters: input.distanceMeters + metersMore }
      const busier = { ...input, demandRatio: input.demandRatio + ratioMore }
      expect(priceOrder(farther, zone).deliveryFeeCents).toBeGreaterThanOrEqual(fee)
      expect(priceOrder(busier, zone).deliveryFeeCents).toBeGreaterThanOrEqual(fee)
    }),
    { numRuns: 200 },
  )
})
