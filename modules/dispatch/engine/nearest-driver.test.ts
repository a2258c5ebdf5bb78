import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { nearestDriver } from './nearest-driver.ts'
import type { OpenDelivery, Snapshot } from './policy.ts'

const NOW = new Date('2026-11-23T11:00:00Z')
const PLACE = { lat: 57.7, lng: 11.97 }
const FAR = Number.POSITIVE_INFINITY

const delivery = (orderId: string, readyInMinutes = 0, excluded: string[] = []): OpenDelivery => ({
  orderId,
  pickup: PLACE,
  dropoff: PLACE,
  placedAt: NOW,
  readyAt: new Date(NOW.getTime() + readyInMinutes * 60_000),
  payCents: 700,
  excludedDriverIds: new Set(excluded),
})

const snapshot = (deliveries: OpenDelivery[], drivers: Record<string, number[]>, leadSeconds = 1_800): Snapshot => ({
  now: NOW,
  deliveries,
  drivers: Object.keys(drivers).map((driverId) => ({ driverId, position: PLACE })),
  pickupSeconds: Object.values(drivers),
  leadSeconds,
})

const plan = (...of: Parameters<typeof snapshot>) => nearestDriver.plan(snapshot(...of))
const pairs = (...of: Parameters<typeof snapshot>) =>
  plan(...of).map(({ orderId, driverId }) => `${orderId} ${driverId}`)

test('the nearest driver gets it', () => {
  expect(pairs([delivery('soup')], { omar: [240], lena: [90], sven: [300] })).toEqual(['soup lena'])
})

test('food that is ready first is served first, also by the driver whom another would need more', () => {
  const later = delivery('later', 10)
  const sooner = delivery('sooner', 5)
  expect(pairs([later, sooner], { omar: [60, 60], lena: [600, 90] })).toEqual(['sooner omar', 'later lena'])
})

test('no driver is looked for before the time comes', () => {
  const [now, soon, late] = [delivery('now', 10), delivery('soon', 30), delivery('late', 31)]
  expect(pairs([late, soon, now], { omar: [1, 1, 1], lena: [2, 2, 2] })).toEqual(['now omar', 'soon lena'])
  expect(pairs([late], { omar: [1] }, 0)).toEqual([])
})

test('who has declined is not asked again, and who is too far away not at all', () => {
  expect(pairs([delivery('soup', 0, ['omar'])], { omar: [60], lena: [600] })).toEqual(['soup lena'])
  expect(pairs([delivery('soup', 0, ['omar'])], { omar: [60], lena: [FAR] })).toEqual(['soup null'])
})

test('with nobody free there is a decision all the same', () => {
  expect(plan([delivery('soup')], {})).toEqual([{ orderId: 'soup', driverId: null, pickupSeconds: 0, candidates: [] }])
})

test('says of each candidate why it lost', () => {
  const first = delivery('first', 0)
  const second = delivery('second', 5, ['sven'])
  const [, decision] = plan([first, second], { omar: [60, 70], lena: [600, 90], sven: [FAR, 50], ida: [FAR, FAR] })
  expect(decision).toEqual({
    orderId: 'second',
    driverId: 'lena',
    pickupSeconds: 90,
    candidates: [
      { driverId: 'sven', pickupSeconds: 50, lost: 'declined or did not answer' },
      { driverId: 'omar', pickupSeconds: 70, lost: 'brings an order that is ready earlier' },
      { driverId: 'lena', pickupSeconds: 90 },
      { driverId: 'ida', pickupSeconds: FAR, lost: 'too far from the kitchen' },
    ],
  })
})

test('keeps the ten best candidates', () => {
  const crowd = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`driver-${i}`, [1_000 - i]]))
  const [decision] = plan([delivery('soup')], crowd)
  expect(decision!.candidates).toHaveLength(10)
  expect(decision!.candidates[0]).toEqual({ driverId: 'driver-29', pickupSeconds: 971 })
})

const situations = fc
  .record({
    deliveries: fc.array(
      fc.record({ readyInMinutes: fc.integer({ min: -20, max: 60 }), excluded: fc.uniqueArray(fc.nat(9)) }),
      { maxLength: 12 },
    ),
    driverCount: fc.nat(10),
    seconds: fc.infiniteStream(fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constant(FAR))),
    leadSeconds: fc.integer({ min: 0, max: 3_600 }),
  })
  .map(({ deliveries, driverCount, seconds, leadSeconds }) => {
    const open = deliveries.map(({ readyInMinutes, excluded }, i) =>
      delivery(
        `order-${i}`,
        readyInMinutes,
        excluded.map((n) => `driver-${n}`),
      ),
    )
    const next = () => seconds.next().value as number
    const drivers = Object.fromEntries(Array.from({ length: driverCount }, (_, i) => [`driver-${i}`, open.map(next)]))
    return snapshot(open, drivers, leadSeconds)
  })

const each = (check: (situation: Snapshot) => void) => fc.assert(fc.property(situations, check), { numRuns: 300 })

test('no driver is sent to two places, and no delivery is decided twice', () => {
  each((situation) => {
    const decisions = nearestDriver.plan(situation)
    const sent = decisions.flatMap(({ driverId }) => driverId ?? [])
    expect(new Set(sent).size).toBe(sent.length)
    expect(new Set(decisions.map(({ orderId }) => orderId)).size).toBe(decisions.length)
  })
})

test('every delivery that is due is decided, and no other', () => {
  each((situation) => {
    const dueBefore = NOW.getTime() + situation.leadSeconds * 1000
    const due = situation.deliveries.filter(({ readyAt }) => readyAt.getTime() <= dueBefore)
    const decided = nearestDriver.plan(situation).map(({ orderId }) => orderId)
    expect(decided.toSorted()).toEqual(due.map(({ orderId }) => orderId).toSorted())
  })
})

test('never chosen: who is excluded, who is too far, who is nobody', () => {
  each((situation) => {
    for (const { orderId, driverId, pickupSeconds } of nearestDriver.plan(situation)) {
      if (driverId === null) continue
      const wanted = situation.deliveries.findIndex((one) => one.orderId === orderId)
      const driver = situation.drivers.findIndex((one) => one.driverId === driverId)
      expect(driver).toBeGreaterThanOrEqual(0)
      expect(situation.deliveries[wanted]!.excludedDriverIds.has(driverId)).toBe(false)
      expect(pickupSeconds).toBe(situation.pickupSeconds[driver]![wanted]!)
      expect(Number.isFinite(pickupSeconds)).toBe(true)
    }
  })
})

test('nobody is left waiting beside a free driver who could come', () => {
  each((situation) => {
    const decisions = nearestDriver.plan(situation)
    const sent = new Set(decisions.map(({ driverId }) => driverId))
    for (const { orderId } of decisions.filter(({ driverId }) => driverId === null)) {
      const index = situation.deliveries.findIndex((one) => one.orderId === orderId)
      const couldCome = situation.drivers.filter(
        ({ driverId }, driver) =>
          !sent.has(driverId) &&
          !situation.deliveries[index]!.excludedDriverIds.has(driverId) &&
          Number.isFinite(situation.pickupSeconds[driver]![index]!),
      )
      expect(couldCome).toEqual([])
    }
  })
})

test('the same situation gets the same plan, in whatever order it was read', () => {
  each((situation) => {
    const reversed: Snapshot = {
      ...situation,
      deliveries: situation.deliveries.toReversed(),
      drivers: situation.drivers.toReversed(),
      pickupSeconds: situation.pickupSeconds.toReversed().map((row) => row.toReversed()),
    }
    expect(nearestDriver.plan(situation)).toEqual(nearestDriver.plan(situation))
    const choices = (of: Snapshot) => nearestDriver.plan(of).map(({ orderId, driverId }) => ({ orderId, driverId }))
    expect(choices(reversed)).toEqual(choices(situation))
  })
})
