import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { alongRoute, type EtaInput, estimateEta, type Food, NOTHING_KNOWN, type Stop } from './estimate.ts'

const NOW = new Date('2026-11-23T11:00:00Z')
const minutesUntil = (at: Date) => (at.getTime() - NOW.getTime()) / 60_000
const cooking = (sinceMinutes: number | null, saidMinutes = 20): Food => ({
  isReady: false,
  sinceSeconds: sinceMinutes === null ? null : sinceMinutes * 60,
  saidSeconds: saidMinutes * 60,
  preparation: NOTHING_KNOWN.preparation,
})
const eta = (more: Partial<EtaInput> = {}) => {
  const given = { now: NOW, food: cooking(0), toDropoffSeconds: 600, known: NOTHING_KNOWN, ...more }
  const { p50At, p90At, pickup } = estimateEta(given)
  return { p50: minutesUntil(p50At), p90: minutesUntil(p90At), pickup: pickup && minutesUntil(pickup.p50At) }
}
const ready = (sinceMinutes = 0): Food => ({ isReady: true, sinceSeconds: sinceMinutes * 60 })

test('20 to be ready, 2 to wait for the driver, 10 to drive, 2 to find the door, and a little, as what is late is very late', () => {
  const { p50, p90, pickup } = eta()
  expect(pickup).toBeWithin(22, 23.5)
  expect(p50).toBeWithin(34, 36)
  expect(p90).toBeWithin(42, 48)
})

test('with the food on board only the way is left', () => {
  const { p50, p90, pickup } = eta({ food: undefined })
  expect([Math.round(p50), pickup]).toEqual([12, null])
  expect(p90).toBeWithin(14, 18)
})

test('a kitchen that has yet to say yes is later by two minutes', () => {
  expect(eta({ food: cooking(null) }).p50 - eta().p50).toBeWithin(1.5, 3.5)
})

test('a kitchen that is late is expected to be later still, and ever less surely', () => {
  const left = (since: number) => {
    const { p50, p90 } = eta({ food: cooking(since) })
    return { p50, width: p90 - p50 }
  }
  const [onTime, late, veryLate] = [left(19), left(35), left(90)]
  expect(onTime.p50).toBeWithin(15, 21)
  expect(late.p50).toBeGreaterThan(16)
  expect(veryLate.p50).toBeGreaterThan(late.p50)
  expect(veryLate.width).toBeGreaterThan(late.width)
})

test('food that nobody has taken for long is expected to wait longer still', () => {
  expect(eta({ food: ready(20) }).p50).toBeGreaterThan(eta({ food: ready() }).p50)
})

test('who takes longer than he says, as is known of him, is expected later', () => {
  const preparation = { mean: Math.log(1.5), spread: 0.1, weight: 50 }
  const food = { ...cooking(0), preparation } as Food
  expect(eta({ food }).p50 - eta().p50).toBeWithin(9, 11.5)
  expect(eta({ food }).p90 - eta({ food }).p50).toBeLessThan(eta().p90 - eta().p50)
})

test('of a route each stop is after the one before, and the driver waits for food that is not ready', () => {
  const stops: Stop[] = [
    { travelSeconds: 300, food: cooking(0) },
    { travelSeconds: 0, food: ready() },
    { travelSeconds: 600, food: null },
    { travelSeconds: 300, food: null },
  ]
  const minutes = alongRoute(stops, NOTHING_KNOWN.ride).map(({ p50Seconds }) => p50Seconds / 60)
  expect(minutes[0]).toBeWithin(22, 23.5)
  expect(minutes[1]! - minutes[0]!).toBeWithin(1.5, 3)
  expect(minutes[2]! - minutes[1]!).toBeWithin(11, 13.5)
  expect(minutes[3]! - minutes[2]!).toBeWithin(6, 8.5)
})

test('the food waits for a driver who is far away', () => {
  const [pickup] = alongRoute([{ travelSeconds: 1_800, food: ready() }], NOTHING_KNOWN.ride)
  expect(pickup!.p50Seconds / 60).toBeWithin(31, 33.5)
})

const foods: fc.Arbitrary<Food | undefined> = fc.oneof(
  fc.constant(undefined),
  fc.nat(7_200).map((sinceSeconds): Food => ({ isReady: true, sinceSeconds })),
  fc.record({
    isReady: fc.constant(false as const),
    sinceSeconds: fc.option(fc.nat(20_000)),
    saidSeconds: fc.nat(28_800),
    preparation: fc.record({
      mean: fc.double({ min: -1, max: 1, noNaN: true }),
      spread: fc.double({ min: 0.02, max: 1, noNaN: true }),
      weight: fc.constant(1),
    }),
  }),
)
const inputs = fc.record({
  now: fc.constant(NOW),
  food: foods,
  toDropoffSeconds: fc.nat(7_200),
  known: fc.constant(NOTHING_KNOWN),
})

test('it is never in the past, nine of ten are there later than half of them, and it is the same each time', () => {
  fc.assert(
    fc.property(inputs, (input) => {
      const { p50At, p90At, pickup } = estimateEta(input)
      expect(p50At.getTime()).toBeGreaterThan(NOW.getTime())
      expect(p90At.getTime()).toBeGreaterThan(p50At.getTime())
      if (pickup) expect(pickup.p50At.getTime()).toBeWithin(NOW.getTime(), p50At.getTime() + 1)
      expect(estimateEta(input)).toEqual({ p50At, p90At, pickup })
    }),
  )
})

test('a longer way or more to cook never make it earlier', () => {
  fc.assert(
    fc.property(inputs, fc.nat(3_600), (input, more) => {
      const p50 = estimateEta(input).p50At.getTime()
      const later = [{ ...input, toDropoffSeconds: input.toDropoffSeconds + more }]
      if (input.food?.isReady === false && input.food.sinceSeconds === null)
        later.push({ ...input, food: { ...input.food, saidSeconds: input.food.saidSeconds + more } })
      for (const one of later) expect(estimateEta(one).p50At.getTime()).toBeGreaterThanOrEqual(p50)
    }),
  )
})
