import { expect, test } from 'bun:test'
import { PRIORS } from '../eta/learning.ts'
import { Courier, type ReplayedOrder } from './courier.ts'
import { SERVICE } from './market.ts'
import { Spot } from './ways.ts'

/** Places on one street, a second for each thousandth of a degree; omar begins at 0, the kitchen is at 0.3. */
const spot = (lng: number) => new Spot({ lat: 0, lng })
const HOME = spot(0)
const KITCHEN = spot(0.3)
const seconds = (from: Spot, to: Spot) => Math.round(Math.abs(from.at.lng - to.at.lng) * 1000)

const omar = (...shifts: [from: number, to: number, start?: Spot][]) => {
  const courier = new Courier({ id: 'omar', capacity: 4, seconds, service: SERVICE })
  for (const [from, to, start = HOME] of shifts) courier.addShift([from, to], start)
  return courier
}

const order = (changes: Partial<ReplayedOrder> = {}): ReplayedOrder => ({
  ...{ id: 'soup', kitchen: 'mai', pickup: KITCHEN, dropoff: spot(0.5), placedAt: 0, acceptedAt: 0 },
  ...{ estimatedAt: 600, readyAt: 600, preparation: PRIORS.preparation },
  ...{ promisedAt: 3_000, cancelledAt: Number.POSITIVE_INFINITY, counts: true },
  ...changes,
})

test('he drives, waits for the food, and brings it', () => {
  const courier = omar([0, 10_000])
  courier.tell([order()], 100)
  expect(courier.advance(599)).toEqual([])
  expect(courier.isFree(599)).toBe(false)
  const [ride] = courier.advance(600)
  expect(ride).toMatchObject({ assignedAt: 100, arrivedAt: 400, pickedUpAt: 600, deliveredAt: 600 + 60 + 200 + 60 })
  // Cooked, handed over, driven, handed over.
  expect(ride!.floorSeconds).toBe(600 + 60 + 200 + 60)
  expect([courier.freeAt, courier.spot.at.lng]).toEqual([980, 0.5])
})

test('who comes later than the food takes half a service first', () => {
  const courier = omar([0, 10_000])
  courier.tell([order({ readyAt: 50 })], 100)
  expect(courier.advance(1_000)[0]!.pickedUpAt).toBe(400 + 60)
})

test('an order more joins until the pickup, and both doors are visited in turn', () => {
  const courier = omar([0, 10_000])
  const [soup, stew] = [order(), order({ id: 'stew', dropoff: spot(0.4), readyAt: 700 })]
  courier.tell([soup], 100)
  courier.tell([stew, soup], 500)
  const rides = courier.advance(2_000)
  expect(rides.map((ride) => [ride.order.id, ride.assignedAt, ride.pickedUpAt, ride.deliveredAt])).toEqual([
    ['stew', 500, 700, 700 + 60 + 100 + 60],
    ['soup', 100, 700, 920 + 60 + 100 + 60],
  ])
  expect(() => courier.tell([order({ id: 'late' })], 800)).toThrow('cannot be told')
})

test('one from another kitchen cannot join', () => {
  const courier = omar([0, 10_000])
  courier.tell([order()], 100)
  expect(() => courier.tell([order(), order({ id: 'cake', pickup: spot(0.1) })], 200)).toThrow('two kitchens')
})

test('called off on the way, he is free where he is', () => {
  const courier = omar([0, 10_000])
  courier.tell([order({ cancelledAt: 200 })], 100)
  expect(courier.advance(199)).toEqual([])
  expect(courier.isFree(199)).toBe(false)
  expect(courier.advance(250)).toEqual([])
  expect(courier.isFree(250)).toBe(true)
  expect(courier.freeAt).toBe(200)
  expect(courier.spot.at.lng).toBeCloseTo(0.1, 9)
})

test('what he waited for is called off: he leaves then with the rest', () => {
  const courier = omar([0, 10_000])
  const never = order({ id: 'cake', readyAt: Number.POSITIVE_INFINITY, cancelledAt: 900 })
  courier.tell([order(), never], 100)
  const rides = courier.advance(2_000)
  expect(rides.map((ride) => [ride.order.id, ride.pickedUpAt])).toEqual([['soup', 900]])
})

test('food in his hands is not called off any more', () => {
  const courier = omar([0, 10_000])
  courier.tell([order({ cancelledAt: 700 })], 100)
  expect(courier.advance(2_000)).toHaveLength(1)
})

test('a new shift begins where it began; a short pause moves nobody', () => {
  const [AWAY, THERE] = [spot(0.9), spot(0.7)]
  const courier = omar([0, 1_000], [2_000, 3_000, AWAY], [8_000, 9_000, THERE])
  const placeAt = (now: number) => {
    courier.advance(now)
    return [courier.isOnDuty(now), courier.spot.at.lng]
  }
  expect(placeAt(500)).toEqual([true, 0])
  expect(placeAt(1_500)).toEqual([false, 0])
  expect(placeAt(2_500)).toEqual([true, 0])
  expect(placeAt(8_500)).toEqual([true, 0.7])
  courier.tell([order({ readyAt: 0 })], 8_500)
  courier.advance(9_500)
  expect(courier.idleShare(10_000)).toBeCloseTo(1 - (400 + 60 + 60 + 200 + 120) / 3_000, 5)
})
