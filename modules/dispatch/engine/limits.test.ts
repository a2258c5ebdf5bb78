import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { optimiser } from './optimiser.ts'
import type { Draft, Driver, Order, Plan, Situation } from './problem.ts'
import { at, driver, NOW, order, SIDE, situation, walk } from './small-city.ts'

const KITCHENS = 4
const ORDERS = 12
const CREW = 5
const place = fc.nat(SIDE * SIDE - 1)
const kitchenPlace = (kitchen: number) => at(28 + 3 * kitchen, 30)

const orders = fc
  .array(
    fc.record({
      kitchen: fc.nat(KITCHENS - 1),
      dropoff: place,
      ready: fc.integer({ min: -900, max: 1_800 }),
      excluded: fc.uniqueArray(fc.nat(CREW - 1), { maxLength: 3 }),
      size: fc.integer({ min: 1, max: 3 }),
    }),
    { minLength: 1, maxLength: ORDERS },
  )
  .map((rows) =>
    rows.map(({ kitchen, dropoff, ready, excluded, size }, index): Order => {
      const not = new Set(excluded.map((number) => `driver-${number}`))
      const change = { pickup: kitchenPlace(kitchen), dropoff, readyAt: NOW + ready, excluded: not, size }
      return order(`order-${index}`, { kitchen: `kitchen-${kitchen}`, ...change })
    }),
  )

const crew = fc
  .array(
    fc.record({
      place,
      vehicle: fc.constantFrom('car', 'bike'),
      off: fc.integer({ min: 0, max: 5_400 }),
      capacity: fc.integer({ min: 1, max: 6 }),
      range: fc.option(fc.integer({ min: 0, max: 2_400 })),
      rest: fc.option(fc.record({ from: fc.integer({ min: -600, max: 1_800 }), seconds: fc.nat(2_400) })),
    }),
    { minLength: 1, maxLength: CREW },
  )
  .map((rows) =>
    rows.map(({ place: from, vehicle, off, capacity, range, rest }, index): Driver => {
      const idle = driver(`driver-${index}`, { place: from, vehicle, offAt: NOW + off, capacity })
      if (range !== null) idle.rangeSeconds = range
      if (rest) idle.break = { startsAt: NOW + rest.from, endsAt: NOW + rest.from + rest.seconds }
      return idle
    }),
  )

/** What a plan before may have said under other settings, of drivers and orders who have changed since: anything. */
const previous = fc
  .array(fc.array(fc.array(fc.nat(ORDERS - 1), { maxLength: 5 }), { maxLength: 3 }), { maxLength: CREW })
  .map((routes) =>
    routes.map(
      (trips, index): Draft => ({
        driverId: `driver-${index}`,
        trips: trips.map((numbers) => ({
          kitchens: Array.from({ length: KITCHENS }, (_, kitchen) => `kitchen-${kitchen}`),
          orderIds: numbers.map((number) => `order-${number}`),
        })),
      }),
    ),
  )

const ways = (who: Driver, from: number, to: number) => walk(from, to) * (who.vehicle === 'bike' ? 2 : 1)

const situations = fc
  .record({ orders, crew, previous, isSpread: fc.boolean(), seed: fc.nat(1_000) })
  .map(({ orders: open, crew: drivers, previous: before, isSpread, seed }): Situation => {
    const limits = { bundleMax: 3, bundleKitchenSecondsMax: isSpread ? 130 : 0, foodAgeSecondsMax: 2_400 }
    const of = situation(open, drivers, { ...limits, detourSecondsMax: 500, improvementsMax: 15, seed })
    const kitchens = Array.from({ length: KITCHENS }, (_, kitchen) => ({
      kitchen: `kitchen-${kitchen}`,
      place: kitchenPlace(kitchen),
    }))
    return { ...of, travelSeconds: ways, previous: before, demand: { kitchens, ratePerSecond: () => 0.01 } }
  })

const each = (check: (of: Situation, answer: Plan) => void) =>
  fc.assert(
    fc.property(situations, fc.boolean(), (of, isHasty) =>
      check(
        of,
        optimiser.plan(of, () => isHasty),
      ),
    ),
    { numRuns: 400 },
  )

const find = <T extends { id: string }>(all: readonly T[], id: string): T => all.find((one) => one.id === id)!

test('whatever was planned before, no draft breaks a limit: exclusions, vehicle, bundle, kitchens, range', () => {
  each((of, { drafts }) => {
    for (const { driverId, trips } of drafts) {
      const who = find(of.drivers, driverId)
      let from = who.place
      let drivenSeconds = 0
      for (const { orderIds, kitchens } of trips) {
        const own = orderIds.map((id) => find(of.orders, id))
        expect(own.filter(({ excluded }) => excluded!.has(driverId))).toEqual([])
        expect(own.reduce((sum, { size }) => sum + size, 0)).toBeLessThanOrEqual(who.capacity)
        expect(own.length).toBeLessThanOrEqual(of.settings.bundleMax)
        expect(new Set(kitchens)).toEqual(new Set(own.map(({ kitchen }) => kitchen)))
        const pickups = kitchens.map((name) => own.find(({ kitchen }) => kitchen === name)!.pickup)
        for (const one of pickups) {
          for (const other of pickups) {
            if (one !== other) expect(ways(who, one, other)).toBeLessThanOrEqual(of.settings.bundleKitchenSecondsMax)
          }
        }
        for (const to of [...pickups, ...own.map(({ dropoff }) => dropoff)]) {
          drivenSeconds += ways(who, from, to)
          from = to
        }
      }
      expect(drivenSeconds).toBeLessThanOrEqual(who.rangeSeconds ?? Number.POSITIVE_INFINITY)
    }
  })
})

test('what is told keeps shift and break, the age of food and the detour', () => {
  each((of, { commits }) => {
    for (const { driverId, orderIds, leavesAt, pickupAt, dropoffsAt, freeAt, kitchens } of commits) {
      const who = find(of.drivers, driverId)
      const own = orderIds.map((id) => find(of.orders, id))
      expect(leavesAt).toBeGreaterThanOrEqual(NOW)
      expect(pickupAt).toBeLessThanOrEqual(who.offAt)
      const { startsAt, endsAt } = who.break ?? { startsAt: 0, endsAt: 0 }
      expect(freeAt <= startsAt || leavesAt >= endsAt).toBe(true)
      own.forEach((one, index) => {
        const before = index === 0 ? find(of.orders, orderIds[0]!).pickup : own[index - 1]!.dropoff
        const leftAt = index === 0 ? pickupAt : dropoffsAt[index - 1]!
        const isDirect = index > 0 || kitchens.length === 1
        if (isDirect) expect(dropoffsAt[index]! - leftAt).toBe(240 + ways(who, before, one.dropoff))
        if (own.length === 1) return
        expect(dropoffsAt[index]! - one.readyAt).toBeLessThanOrEqual(of.settings.foodAgeSecondsMax)
        const startsAtSeconds = Math.max(NOW, endsAt > NOW && leavesAt >= endsAt && startsAt < freeAt ? endsAt : NOW)
        const first = own.find(({ kitchen }) => kitchen === kitchens[0])!
        const there = startsAtSeconds + ways(who, who.place, first.pickup) + 120
        const alone = Math.max(one.readyAt, there) + 240 + ways(who, one.pickup, one.dropoff)
        expect(dropoffsAt[index]! - alone).toBeLessThanOrEqual(of.settings.detourSecondsMax)
      })
    }
  })
})

test('with no time at all every order is still planned or explained, and each once', () => {
  fc.assert(
    fc.property(situations, (of) => {
      const { commits, holds, explanations } = optimiser.plan(of, () => true)
      const left = explanations.filter(({ driverId }) => driverId === null).map(({ orderId }) => orderId)
      const said = [...commits.flatMap(({ orderIds }) => orderIds), ...holds.map(({ orderId }) => orderId), ...left]
      expect(said.toSorted()).toEqual(of.orders.map(({ id }) => id).toSorted())
    }),
    { numRuns: 200 },
  )
})

test('when the time ends in the middle of a rush, nothing is lost, somebody is sent, and soon there is an answer', () => {
  const open = Array.from({ length: 150 }, (_, index) =>
    order(`order-${index}`, {
      kitchen: `kitchen-${index % 9}`,
      pickup: at(6 * (index % 9), 20),
      dropoff: at(index % 60, 40),
    }),
  )
  const drivers = Array.from({ length: 90 }, (_, index) => driver(`driver-${index}`, { place: at(index % 60, 10) }))
  const of = situation(open, drivers)
  const planned: number[] = []
  for (const asksMax of [0, 1, 30, 100, 10_000]) {
    let asks = 0
    const { commits, holds, explanations } = optimiser.plan(of, () => ++asks > asksMax)
    const left = explanations.filter(({ driverId }) => driverId === null).map(({ orderId }) => orderId)
    const said = [...commits.flatMap(({ orderIds }) => orderIds), ...holds.map(({ orderId }) => orderId), ...left]
    expect(said.toSorted()).toEqual(open.map(({ id }) => id).toSorted())
    expect(commits.length).toBeGreaterThan(0)
    const weighed = explanations.filter(({ candidates }) => candidates.length > 1).length
    if (asksMax === 0) expect(weighed).toBeLessThan(open.length / 2)
    planned.push(open.length - left.length)
  }
  expect(planned).toEqual(planned.toSorted((a, b) => a - b))
  expect(planned[0]!).toBeLessThan(planned.at(-1)!)
})

test('a driver collects before his break what he can bring before it, and after it the rest', () => {
  const rest = (startsAt: number) => [driver('omar', { break: { startsAt, endsAt: NOW + 3_000 } })]
  const soup = order('soup', { latestAt: NOW + 9_000 })
  expect(optimiser.plan(situation([soup], rest(NOW + 680))).commits).toHaveLength(1)
  const { commits, holds } = optimiser.plan(situation([soup], rest(NOW + 679)))
  expect(commits).toEqual([])
  expect(holds).toMatchObject([{ orderId: 'soup', until: NOW + 3_000 }])
})

test('nobody is given more to drive than he has range for', () => {
  const short = [driver('omar', { rangeSeconds: 199 })]
  const enough = [driver('omar', { rangeSeconds: 200 })]
  expect(optimiser.plan(situation([order('soup')], enough)).commits).toHaveLength(1)
  expect(optimiser.plan(situation([order('soup')], short)).commits).toEqual([])
})
