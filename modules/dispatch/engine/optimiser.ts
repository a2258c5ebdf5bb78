import { candidatesOf } from './candidates.ts'
import { type Compiled, compile, type Route } from './compiled.ts'
import { improve } from './improvement.ts'
import type { Commit, Draft, Hold, Plan, Policy, Situation } from './problem.ts'
import { IMPOSSIBLE, isAstray, Ride, routeCost, tripCost } from './route-cost.ts'
import { emptySolution, insertWithRegret, type Solution, setRoute, takeOrder } from './solution.ts'

export const optimiser: Policy = {
  name: 'optimiser',
  plan: (situation, isOver = () => false) => planRound(situation, isOver),
}

const planRound = (situation: Situation, isOver: () => boolean): Plan => {
  const of = compile(situation)
  const solution = emptySolution(of)
  const candidates = candidatesOf(of)
  warmStart(of, solution)
  const open = of.orders.flatMap((_, order) => (solution.driverOf[order] === -1 ? [order] : []))
  insertWithRegret(of, solution, open, candidates)
  improve(of, solution, candidates, isOver)
  keepBound(of, solution)
  return planOf(of, solution)
}

/** Begins with what was planned in the round before, as far as it still can be done. */
const warmStart = (of: Compiled, solution: Solution) => {
  const ride = new Ride()
  const orders = new Map(of.orders.map(({ id }, order) => [id, order]))
  const drivers = new Map(of.drivers.map(({ id }, driver) => [id, driver]))
  for (const { driverId, trips } of of.situation.previous ?? []) {
    const driver = drivers.get(driverId)
    if (driver === undefined) continue
    const route: Route = trips.flatMap((trip) => {
      const kept = trip.orderIds.flatMap((id) => orders.get(id) ?? [])
      const kitchens = trip.kitchens.flatMap((name) => kept.find((one) => of.orders[one]!.kitchen === name) ?? [])
      return kept.length > 0 ? [{ orders: kept, kitchens: kitchens.map((one) => of.kitchen[one]!) }] : []
    })
    if (routeCost(of, driver, route, ride) < IMPOSSIBLE) setRoute(of, solution, driver, route)
  }
}

/** Whoever was left without an order at the kitchen he drives to, gets back those that he has been given. Their sets do not overlap. */
const keepBound = (of: Compiled, solution: Solution) => {
  const orders = new Map(of.orders.map(({ id }, order) => [id, order]))
  const astray = () => solution.routes.findIndex((route, driver) => isAstray(of, driver, route))
  for (let driver = astray(); driver !== -1; driver = astray()) {
    const own = of.drivers[driver]!.pending!.orderIds.flatMap((id) => orders.get(id) ?? [])
    for (const order of own) takeOrder(of, solution, order)
    setRoute(of, solution, driver, [{ kitchens: [of.bound[driver]!], orders: own }])
  }
}

const planOf = (of: Compiled, solution: Solution): Plan => {
  const commits: Commit[] = []
  const holds: Hold[] = []
  const drafts: Draft[] = []
  const ride = new Ride()
  solution.routes.forEach((route, driver) => {
    const trip = route[0]
    if (!trip) return
    const { id, pending } = of.drivers[driver]!
    drafts.push({
      driverId: id,
      trips: route.map(({ kitchens, orders }) => ({
        kitchens: kitchens.map((kitchen) => of.kitchenName[kitchen]!),
        orderIds: orders.map((order) => of.orders[order]!.id),
      })),
    })
    ride.start(of, driver)
    tripCost(of, driver, ride, trip)
    const orderIds = trip.orders.map((order) => of.orders[order]!.id)
    if (pending === undefined && ride.leavesAt >= of.now + of.settings.roundSeconds) {
      for (const orderId of orderIds) holds.push({ orderId, until: ride.leavesAt, why: 'too early to leave' })
    } else if (pending !== undefined || of.startAt[driver]! <= of.now) {
      commits.push({
        driverId: id,
        orderIds,
        kitchens: trip.kitchens.map((kitchen) => of.kitchenName[kitchen]!),
        isFinal: ride.pickupAt < of.now + of.settings.roundSeconds,
        leavesAt: ride.leavesAt,
        pickupAt: ride.pickupAt,
        dropoffsAt: [],
        freeAt: ride.time,
      })
    }
  })
  return { commits, moves: [], holds, drafts, explanations: [] }
}
