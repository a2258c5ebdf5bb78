import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { candidatesOf } from './candidates.ts'
import { compile } from './compiled.ts'
import { improve } from './improvement.ts'
import { leftOutCost, Ride, routeCost } from './route-cost.ts'
import { at, driver, NOW, order, SIDE, situation } from './small-city.ts'
import { emptySolution, insertWithRegret, leftOutOf } from './solution.ts'

const place = fc.nat(SIDE * SIDE - 1)

/** Few drivers and little room for detours: routes that lose an order often cannot be driven any more. */
const tight = fc
  .record({
    orders: fc.array(fc.record({ kitchen: fc.nat(1), dropoff: place, ready: fc.integer({ min: -600, max: 1_800 }) }), {
      minLength: 2,
      maxLength: 14,
    }),
    starts: fc.array(place, { minLength: 1, maxLength: 2 }),
    isBound: fc.boolean(),
  })
  .map(({ orders, starts, isBound }) => {
    const open = orders.map(({ kitchen, dropoff, ready }, index) =>
      order(`order-${index}`, {
        kitchen: `${kitchen}`,
        pickup: at(20 * kitchen, 20 * kitchen),
        dropoff,
        readyAt: NOW + ready,
      }),
    )
    const pending = { kitchen: open[0]!.kitchen, orderIds: [open[0]!.id], arrivesAt: NOW + 300 }
    const crew = starts.map((start, index) =>
      driver(`driver-${index}`, { place: start, ...(isBound && index === 0 && { place: open[0]!.pickup, pending }) }),
    )
    return compile(situation(open, crew, { detourSecondsMax: 300 }))
  })

test('what a search believes that all of it costs, is what it costs; it leaves no route that cannot be driven', () => {
  fc.assert(
    fc.property(tight, (of) => {
      const solution = emptySolution(of)
      const candidates = candidatesOf(of)
      insertWithRegret(of, solution, leftOutOf(solution), candidates)
      const begun = solution.total
      const gained = improve(of, solution, candidates, () => false)
      const ride = new Ride()
      const driven = solution.routes.reduce((sum, route, index) => sum + routeCost(of, index, route, ride), 0)
      const left = leftOutOf(solution).reduce((sum, one) => sum + leftOutCost(of, one), 0)
      expect(solution.total).toBeCloseTo(driven + left, 2)
      expect(begun - solution.total).toBeCloseTo(gained, 2)
      expect(gained).toBeGreaterThanOrEqual(0)
    }),
    { numRuns: 300 },
  )
})
