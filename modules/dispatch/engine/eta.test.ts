import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { type EtaInput, estimateEta } from './eta.ts'

const NOW = new Date('2026-11-23T11:00:00Z')
const minutes = (count: number) => new Date(NOW.getTime() + count * 60_000)
const minutesUntil = (input: Partial<EtaInput>) => {
  const { p50At, p90At } = estimateEta({
    now: NOW,
    readyAt: minutes(20),
    toPickupSeconds: 300,
    toDropoffSeconds: 600,
    pickedUp: false,
    ...input,
  })
  return [p50At, p90At].map((at) => (at.getTime() - NOW.getTime()) / 60_000)
}

test('the driver waits for the food: 20 to be ready, 2 to hand over, 10 to drive, 2 to find the door', () => {
  expect(minutesUntil({})).toEqual([34, 46.5])
})

test('the food waits for the driver', () => {
  expect(minutesUntil({ toPickupSeconds: 1_800 })[0]).toBe(44)
})

test('with the food on board only the way is left, whatever the kitchen thought', () => {
  expect(minutesUntil({ pickedUp: true, readyAt: minutes(90) })).toEqual([12, 19])
})

const inputs: fc.Arbitrary<EtaInput> = fc.record({
  now: fc.constant(NOW),
  readyAt: fc.integer({ min: -60, max: 480 }).map(minutes),
  toPickupSeconds: fc.nat(7_200),
  toDropoffSeconds: fc.nat(7_200),
  pickedUp: fc.boolean(),
})

test('it is never in the past, and nine of ten are there no earlier than half of them', () => {
  fc.assert(
    fc.property(inputs, (input) => {
      const { p50At, p90At } = estimateEta(input)
      expect(p50At.getTime()).toBeGreaterThan(NOW.getTime())
      expect(p90At.getTime()).toBeGreaterThan(p50At.getTime())
    }),
  )
})

test('a longer way, later food or a later driver never make it earlier', () => {
  fc.assert(
    fc.property(inputs, fc.nat(3_600), (input, more) => {
      const p50 = estimateEta(input).p50At.getTime()
      const readyAt = new Date(input.readyAt.getTime() + more * 1000)
      for (const later of [
        { ...input, readyAt },
        { ...input, toPickupSeconds: input.toPickupSeconds + more },
        { ...input, toDropoffSeconds: input.toDropoffSeconds + more },
      ]) {
        expect(estimateEta(later).p50At.getTime()).toBeGreaterThanOrEqual(p50)
      }
    }),
  )
})
