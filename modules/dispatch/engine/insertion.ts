import type { Compiled, Route, Trip } from './compiled.ts'
import { fits, IMPOSSIBLE, isCloseBy, Ride, routeCost } from './route-cost.ts'

/** Where an order goes into a route: into the trip `trip` (kitchen `kitchenAt`, dropoff `at`), or as a trip of its own before it. */
export type Slot = { delta: number; trip: number; isNew: boolean; at: number; kitchenAt: number }

const ride = new Ride()

/** The cheapest slot for one order in one route; its delta is IMPOSSIBLE when there is none. */
export const cheapestSlot = (of: Compiled, driver: number, route: Route, cost: number, order: number): Slot => {
  const best: Slot = { delta: IMPOSSIBLE, trip: 0, isNew: false, at: 0, kitchenAt: -1 }
  if (of.orders[order]!.excluded?.has(of.drivers[driver]!.id)) return best
  const kitchen = of.kitchen[order]!
  for (let index = 0; index < route.length; index++) {
    const trip = route[index]!
    if (trip.orders.length >= of.settings.bundleMax) continue
    if (trip.kitchens.includes(kitchen)) tryDropoffs(of, driver, route, cost, order, index, -1, best)
    else if (isCloseBy(of, driver, trip.kitchens, kitchen)) {
      for (let at = 0; at <= trip.kitchens.length; at++) {
        trip.kitchens.splice(at, 0, kitchen)
        tryDropoffs(of, driver, route, cost, order, index, at, best)
        trip.kitchens.splice(at, 1)
      }
    }
  }
  if (route.length < of.settings.tripsMax) tryTrips(of, driver, route, cost, order, best)
  return best
}

const tryDropoffs = (
  of: Compiled,
  driver: number,
  route: Route,
  cost: number,
  order: number,
  index: number,
  kitchenAt: number,
  best: Slot,
) => {
  const { orders } = route[index]!
  for (let at = 0; at <= orders.length; at++) {
    orders.splice(at, 0, order)
    if (fits(of, driver, route[index]!)) {
      const delta = routeCost(of, driver, route, ride) - cost
      if (delta < best.delta) Object.assign(best, { delta, trip: index, isNew: false, at, kitchenAt })
    }
    orders.splice(at, 1)
  }
}

const tryTrips = (of: Compiled, driver: number, route: Route, cost: number, order: number, best: Slot) => {
  const trip: Trip = { kitchens: [of.kitchen[order]!], orders: [order] }
  if (!fits(of, driver, trip)) return
  for (let index = 0; index <= route.length; index++) {
    route.splice(index, 0, trip)
    const delta = routeCost(of, driver, route, ride) - cost
    if (delta < best.delta) Object.assign(best, { delta, trip: index, isNew: true, at: 0, kitchenAt: 0 })
    route.splice(index, 1)
  }
}

export const insert = (of: Compiled, route: Route, order: number, place: Slot) => {
  const kitchen = of.kitchen[order]!
  if (place.isNew) route.splice(place.trip, 0, { kitchens: [kitchen], orders: [order] })
  else {
    const trip = route[place.trip]!
    trip.orders.splice(place.at, 0, order)
    if (place.kitchenAt >= 0) trip.kitchens.splice(place.kitchenAt, 0, kitchen)
  }
}

export const remove = (of: Compiled, route: Route, order: number): boolean => {
  for (let index = 0; index < route.length; index++) {
    const trip = route[index]!
    const at = trip.orders.indexOf(order)
    if (at === -1) continue
    trip.orders.splice(at, 1)
    if (trip.orders.length === 0) route.splice(index, 1)
    else trip.kitchens = trip.kitchens.filter((kitchen) => trip.orders.some((one) => of.kitchen[one] === kitchen))
    return true
  }
  return false
}
