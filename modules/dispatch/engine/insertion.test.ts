import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { compile, type Route } from './compiled.ts'
import { cheapestSlot, insert, remove } from './insertion.ts'
import { IMPOSSIBLE, Ride, routeCost } from './route-cost.ts'
import { driver, NOW, order, SIDE, situation } from './small-city.ts'
import { copyRoute } from './solution.ts'

const place = fc.nat(SIDE * SIDE - 1)
const cases = fc
  .record({
    orders: fc.array(fc.record({ kitchen: fc.nat(2), dropoff: place, ready: fc.integer({ min: -600, max: 1_800 }) }), {
      minLength: 1,
      maxLength: 7,
    }),
    start: place,
    isSpread: fc.boolean(),
  })
  .map(({ orders, start, isSpread }) => {
    const open = orders.map(({ kitchen, dropoff, ready }, index) =>
      order(`order-${index}`, { kitchen: `${kitchen}`, pickup: 300 * kitchen, dropoff, readyAt: NOW + ready }),
    )
    const settings = { bundleKitchenSecondsMax: isSpread ? 900 : 0 }
    return compile(situation(open, [driver('omar', { place: start })], settings))
  })

/** All routes that one more order could make of this one, written down without thinking. */
const allRoutes = (route: Route, index: number, kitchen: number): Route[] => {
  const alone = { kitchens: [kitchen], orders: [index] }
  const apart = Array.from({ length: route.length + 1 }, (_, before) => copyRoute(route).toSpliced(before, 0, alone))
  const joined = route.flatMap((trip, which) => {
    const at = Array.from({ length: trip.orders.length + 1 }, (_, position) =>
      trip.orders.toSpliced(position, 0, index),
    )
    const visits = trip.kitchens.includes(kitchen)
      ? [trip.kitchens]
      : Array.from({ length: trip.kitchens.length + 1 }, (_, position) => trip.kitchens.toSpliced(position, 0, kitchen))
    return at.flatMap((orders) => visits.map((kitchens) => copyRoute(route).with(which, { kitchens, orders })))
  })
  return [...apart, ...joined]
}

test('the cheapest slot is the cheapest of all, costs what it says, and leaves the route as it was', () => {
  fc.assert(
    fc.property(cases, (of) => {
      const ride = new Ride()
      const route: Route = []
      const close = of.settings.bundleKitchenSecondsMax
      const kitchensFit = ({ kitchens }: Route[number]) =>
        kitchens.every((a) =>
          kitchens.every((b) => a === b || of.travel(0, of.kitchenPlace[a]!, of.kitchenPlace[b]!) <= close),
        )
      const isAllowed = (one: Route) =>
        one.length <= of.settings.tripsMax &&
        one.every(
          (trip) =>
            trip.orders.length <= of.settings.bundleMax &&
            (trip.kitchens.length === 1 || (close > 0 && kitchensFit(trip))),
        )
      for (const index of of.orders.keys()) {
        const before = copyRoute(route)
        const cost = routeCost(of, 0, route, ride)
        const slot = cheapestSlot(of, 0, route, cost, index)
        expect(route).toEqual(before)
        const tried = allRoutes(route, index, of.kitchen[index]!).filter(isAllowed)
        const least = Math.min(IMPOSSIBLE, ...tried.map((one) => routeCost(of, 0, one, ride)))
        expect(slot.delta).toBeCloseTo(least - cost, 6)
        if (slot.delta === IMPOSSIBLE) continue
        insert(of, route, index, slot)
        expect(routeCost(of, 0, route, ride)).toBeCloseTo(cost + slot.delta, 6)
        const after = copyRoute(route)
        expect(remove(of, after, index)).toBe(true)
        expect(after).toEqual(before)
      }
    }),
    { numRuns: 150 },
  )
})
