import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { optimiser } from './optimiser.ts'
import type { Driver, Plan, Situation } from './problem.ts'
import { at, driver, NOW, order, SIDE, situation, walk } from './small-city.ts'

const plan = (...of: Parameters<typeof situation>) => optimiser.plan(situation(...of))
const said = ({ commits }: Plan) => commits.map(({ driverId, orderIds }) => `${driverId}: ${orderIds.join(' ')}`)

test('the driver who is there first collects what is ready', () => {
  const drivers = [driver('far', { place: at(0, 0) }), driver('near', { place: at(30, 32) })]
  expect(said(plan([order('soup')], drivers))).toEqual(['near: soup'])
})

test('nobody leaves before he must: it is held until then', () => {
  const { commits, holds } = plan([order('soup', { readyAt: NOW + 1_200 })], [driver('omar', { place: at(30, 20) })])
  expect(commits).toEqual([])
  expect(holds).toEqual([{ orderId: 'soup', until: NOW + 1_200 - 120 - 200, why: 'omar need not leave yet' }])
})

test('two for the same street go together when there is one driver', () => {
  const orders = [order('soup'), order('stew', { dropoff: at(30, 41) })]
  expect(said(plan(orders, [driver('omar')]))).toEqual(['omar: soup stew'])
})

test('a bundle has no more than its most, and fits the vehicle', () => {
  const five = ['a', 'b', 'c', 'd', 'e'].map((id) => order(id))
  expect(plan(five, [driver('omar', { capacity: 9 })]).commits[0]!.orderIds).toHaveLength(4)
  expect(plan(five, [driver('omar', { capacity: 2 })]).commits[0]!.orderIds).toHaveLength(2)
})

test('two kitchens share a trip only when they may', () => {
  const orders = [order('soup'), order('stew', { kitchen: 'pat', pickup: at(30, 31) })]
  expect(plan(orders, [driver('omar')]).commits[0]!.kitchens).toHaveLength(1)
  const shared = plan(orders, [driver('omar')], { bundleKitchenSecondsMax: 300 }).commits[0]!
  expect(shared.kitchens).toHaveLength(2)
  expect(shared.orderIds).toHaveLength(2)
})

test('the set of a driver on his way may grow, and his kitchen does not change', () => {
  const bound = driver('omar', { pending: { kitchen: 'mai', orderIds: ['soup'], arrivesAt: NOW + 300 } })
  const stew = order('stew', { dropoff: at(30, 41), readyAt: NOW + 420 })
  expect(said(plan([order('soup', { readyAt: NOW + 420 }), stew], [bound]))).toEqual(['omar: soup stew'])
})

test('whoever ends his shift before the food is ready does not get it, and the plan says so', () => {
  const { commits, explanations } = plan(
    [order('soup', { readyAt: NOW + 600 })],
    [driver('omar', { offAt: NOW + 500 })],
  )
  expect(commits).toEqual([])
  const [candidate] = explanations[0]!.candidates
  expect(candidate!.lost).toBe('his shift, his way or his other orders leave no room')
})

test('what somebody was sent for he collects, though his shift has ended meanwhile; he gets nothing besides', () => {
  const late = driver('omar', {
    offAt: NOW - 60,
    pending: { kitchen: 'mai', orderIds: ['a'], arrivesAt: NOW + 300 },
  })
  const answer = plan([order('a', { readyAt: NOW + 600 }), order('b', { readyAt: NOW + 900 })], [late])
  expect(said(answer)).toEqual(['omar: a'])
  expect(answer.commits[0]).toMatchObject({ pickupAt: NOW + 600 })
})

test('who declined it is not asked again, and that is why he lost', () => {
  const soup = order('soup', { excluded: new Set(['near']) })
  const drivers = [driver('near'), driver('far', { place: at(30, 20) })]
  const { commits, explanations } = plan([soup], drivers)
  expect(commits.map(({ driverId }) => driverId)).toEqual(['far'])
  const lost = explanations[0]!.candidates.find(({ driverId }) => driverId === 'near')!.lost
  expect(lost).toBe('not to be asked: declined, blocked, or without what it needs')
})

test('an explanation adds up: the terms are the total, and the winner has lost nothing', () => {
  const drivers = [driver('near'), driver('far', { place: at(30, 10) })]
  const [{ candidates, driverId }] = plan([order('soup')], drivers).explanations as [Plan['explanations'][number]]
  expect(driverId).toBe('near')
  expect(candidates.map(({ driverId: id, lost }) => [id, lost])).toEqual([
    ['near', undefined],
    ['far', 'at the door 400 s later'],
  ])
  for (const { cost } of candidates) {
    const { total, ...terms } = cost
    expect(Object.values(terms).reduce((sum, term) => sum + term, 0)).toBeCloseTo(total, 6)
  }
})

test('of two orders of which only one can be brought, the older one is', () => {
  const orders = [order('new', { placedAt: NOW - 60 }), order('old', { placedAt: NOW - 3_000 })].map((one) => ({
    ...one,
    dropoff: at(30, 50),
  }))
  const once = driver('omar', { offAt: NOW + 200, capacity: 1 })
  expect(said(plan(orders, [once]))).toEqual(['omar: old'])
})

const situations = fc
  .record({
    orders: fc.array(
      fc.record({
        kitchen: fc.nat(4),
        dropoff: fc.nat(SIDE * SIDE - 1),
        ready: fc.integer({ min: -900, max: 2_400 }),
        age: fc.integer({ min: 0, max: 3_000 }),
        excluded: fc.uniqueArray(fc.nat(6), { maxLength: 2 }),
        size: fc.integer({ min: 1, max: 3 }),
      }),
      { maxLength: 14 },
    ),
    drivers: fc.array(
      fc.record({
        place: fc.nat(SIDE * SIDE - 1),
        free: fc.integer({ min: -600, max: 1_800 }),
        off: fc.integer({ min: -60, max: 5_400 }),
        bound: fc.option(fc.nat(13), { freq: 3 }),
      }),
      { maxLength: 7 },
    ),
    isSpread: fc.boolean(),
  })
  .map(({ orders, drivers, isSpread }): Situation => {
    const open = orders.map(({ kitchen, dropoff, ready, age, excluded, size }, index) =>
      order(`order-${index}`, {
        kitchen: `kitchen-${kitchen}`,
        pickup: at(10 * kitchen, 10 * kitchen),
        dropoff,
        readyAt: NOW + ready,
        placedAt: NOW - age,
        promisedAt: NOW - age + 2_400,
        latestAt: NOW - age + 5_400,
        excluded: new Set(excluded.map((number) => `driver-${number}`)),
        size,
      }),
    )
    const taken = new Set<string>()
    const crew = drivers.map(({ place, free, off, bound }, index): Driver => {
      const idle = driver(`driver-${index}`, { place, freeAt: NOW + free, offAt: NOW + off })
      const own = bound === null ? undefined : open[bound]
      const isHis = own && !taken.has(own.id) && !own.excluded!.has(idle.id) && own.readyAt <= idle.offAt && off > 0
      if (!isHis) return idle
      taken.add(own.id)
      const arrivesAt = Math.min(NOW + free, idle.offAt - 120)
      return {
        ...idle,
        place: own.pickup,
        freeAt: arrivesAt,
        pending: { kitchen: own.kitchen, orderIds: [own.id], arrivesAt },
      }
    })
    return situation(open, crew, { improvementsMax: 15, bundleKitchenSecondsMax: isSpread ? 500 : 0 })
  })

const each = (check: (of: Situation, answer: Plan) => void) =>
  fc.assert(
    fc.property(situations, (of) => check(of, optimiser.plan(of))),
    { numRuns: 200 },
  )

test('no driver is in two places, no order goes twice, and every order is decided, held or explained', () => {
  each((of, { commits, holds, explanations, drafts }) => {
    const drivers = commits.map(({ driverId }) => driverId)
    expect(new Set(drivers).size).toBe(drivers.length)
    const planned = drafts.flatMap(({ trips }) => trips.flatMap(({ orderIds }) => orderIds))
    expect(new Set(planned).size).toBe(planned.length)
    const spokenOf = [...commits.flatMap(({ orderIds }) => orderIds), ...holds.map(({ orderId }) => orderId)]
    expect(spokenOf.toSorted()).toEqual(planned.toSorted())
    const left = explanations.filter(({ driverId }) => driverId === null).map(({ orderId }) => orderId)
    expect([...spokenOf, ...left].toSorted()).toEqual(of.orders.map(({ id }) => id).toSorted())
  })
})

test('limits are kept: bundle, vehicle, shift, exclusions, ready times, kitchens', () => {
  each((of, { commits }) => {
    for (const { driverId, orderIds, kitchens, pickupAt, leavesAt, dropoffsAt } of commits) {
      const who = of.drivers.find(({ id }) => id === driverId)!
      const orders = orderIds.map((id) => of.orders.find((one) => one.id === id)!)
      expect(orders.length).toBeLessThanOrEqual(of.settings.bundleMax)
      expect(orders.reduce((sum, { size }) => sum + size, 0)).toBeLessThanOrEqual(who.capacity)
      expect(pickupAt).toBeLessThanOrEqual(who.offAt)
      expect(pickupAt).toBeGreaterThanOrEqual(Math.max(NOW, ...orders.map(({ readyAt }) => readyAt)))
      expect(orders.filter(({ excluded }) => excluded!.has(driverId))).toEqual([])
      expect(new Set(kitchens)).toEqual(new Set(orders.map(({ kitchen }) => kitchen)))
      if (of.settings.bundleKitchenSecondsMax === 0) expect(kitchens).toHaveLength(1)
      if (who.pending) expect(kitchens[0]).toBe(who.pending.kitchen)
      else expect(leavesAt).toBeLessThan(NOW + of.settings.roundSeconds)
      dropoffsAt.forEach((time, index) => {
        expect(time).toBeGreaterThan(index === 0 ? pickupAt : dropoffsAt[index - 1]!)
        // What he was already sent for is brought, be it late.
        const isOwn = who.pending?.orderIds.includes(orderIds[index]!)
        if (!isOwn) expect(time).toBeLessThanOrEqual(orders[index]!.latestAt)
      })
    }
  })
})

test('every cost that is told is a number, and its terms add up to it', () => {
  each((_, { explanations }) => {
    for (const { candidates } of explanations) {
      for (const { cost } of candidates) {
        const { total, ...terms } = cost
        if (total === Number.POSITIVE_INFINITY) continue
        expect(Object.values(terms).reduce((sum, term) => sum + term, 0)).toBeCloseTo(total, 3)
      }
    }
  })
})

test('nobody who drives to a kitchen finds there that he has nothing to collect', () => {
  each((of, { commits }) => {
    const told = new Set(commits.map(({ driverId }) => driverId))
    expect(of.drivers.filter(({ id, pending }) => pending && !told.has(id))).toEqual([])
  })
})

test('nobody is left waiting while a free driver could bring it', () => {
  each((of, { drafts, explanations }) => {
    const used = new Set(drafts.map(({ driverId }) => driverId))
    const left = explanations.filter(({ driverId }) => driverId === null)
    for (const { orderId } of left) {
      const one = of.orders.find(({ id }) => id === orderId)!
      const could = of.drivers.filter((who) => {
        const pickupAt = Math.max(one.readyAt, NOW, Math.max(who.freeAt, NOW) + walk(who.place, one.pickup) + 120)
        const doorAt = pickupAt + 240 + walk(one.pickup, one.dropoff)
        const isFree = !used.has(who.id) && !one.excluded!.has(who.id) && one.size <= who.capacity
        return isFree && pickupAt <= who.offAt && doorAt <= one.latestAt
      })
      expect(could).toEqual([])
    }
  })
})

test('the same situation and seed give the same plan; with no time there is one too', () => {
  each((of, answer) => {
    expect(optimiser.plan(of)).toEqual(answer)
    const hasty = optimiser.plan(of, () => true)
    expect(hasty.drafts.length === 0).toBe(answer.drafts.length === 0)
  })
})

test('more time never makes the plan leave out more, when nobody is bound to a kitchen', () => {
  const leftOut = ({ explanations }: Plan) => explanations.filter(({ driverId }) => driverId === null).length
  each((situation) => {
    const of = { ...situation, drivers: situation.drivers.map(({ pending: _, ...free }) => free) }
    expect(leftOut(optimiser.plan(of))).toBeLessThanOrEqual(leftOut(optimiser.plan(of, () => true)))
  })
})
