import type { Compiled, Route } from './compiled.ts'
import { cheapestSlot, insert, remove, type Slot } from './insertion.ts'
import { leftOutCost, Ride, routeCost } from './route-cost.ts'

/**
 * Of a route that cannot be driven, as can be on the way to a better one: without one order another may have made too long a
 * detour. Finite, so that the total goes on being a number that can be compared, and more than all that could be gained by it.
 */
const BROKEN_COST = 1e10
/** That many orders are looked at even without any time: so each round decides something. */
const ALWAYS_TRIED_MAX = 40

/**
 * A route for each driver, who has each order (-1: nobody), and what all of it costs. While there is a journal, it holds each route
 * as it was before it was touched, so that a change can be taken back.
 */
export type Solution = {
  routes: Route[]
  costs: Float64Array
  driverOf: Int32Array
  total: number
  journal: Map<number, Route> | null
}

const ride = new Ride()

export const emptySolution = (of: Compiled): Solution => {
  const routes: Route[] = of.drivers.map(() => [])
  const costs = Float64Array.from(routes, (route, driver) => costOf(of, driver, route))
  const left = of.orders.reduce((sum, _, order) => sum + leftOutCost(of, order), 0)
  const driverOf = new Int32Array(of.orders.length).fill(-1)
  return { routes, costs, driverOf, total: costs.reduce((sum, cost) => sum + cost, left), journal: null }
}

const costOf = (of: Compiled, driver: number, route: Route): number =>
  Math.min(BROKEN_COST, routeCost(of, driver, route, ride))

export const leftOutOf = ({ driverOf }: Solution): number[] =>
  Array.from(driverOf.keys()).filter((order) => driverOf[order] === -1)

export const copyRoute = (route: Route): Route =>
  route.map(({ kitchens, orders }) => ({ kitchens: [...kitchens], orders: [...orders] }))

const touch = ({ journal, routes }: Solution, driver: number) => {
  if (journal && !journal.has(driver)) journal.set(driver, copyRoute(routes[driver]!))
}

/** Takes back all that was done since the journal was opened. */
export const takeBack = (of: Compiled, solution: Solution) => {
  const { journal } = solution
  if (!journal) return
  solution.journal = null
  for (const driver of journal.keys()) setRoute(of, solution, driver, [])
  for (const [driver, route] of journal) setRoute(of, solution, driver, route)
}

export const setRoute = (of: Compiled, solution: Solution, driver: number, route: Route) => {
  touch(solution, driver)
  for (const trip of solution.routes[driver]!) {
    for (const order of trip.orders) {
      if (solution.driverOf[order] !== driver) continue
      solution.driverOf[order] = -1
      solution.total += leftOutCost(of, order)
    }
  }
  for (const trip of route) {
    for (const order of trip.orders) {
      if (solution.driverOf[order] === -1) solution.total -= leftOutCost(of, order)
      solution.driverOf[order] = driver
    }
  }
  const cost = costOf(of, driver, route)
  solution.total += cost - solution.costs[driver]!
  solution.routes[driver] = route
  solution.costs[driver] = cost
}

const recost = (of: Compiled, solution: Solution, driver: number) => {
  const cost = costOf(of, driver, solution.routes[driver]!)
  solution.total += cost - solution.costs[driver]!
  solution.costs[driver] = cost
}

export const addOrder = (of: Compiled, solution: Solution, driver: number, order: number, slot: Slot) => {
  touch(solution, driver)
  insert(of, solution.routes[driver]!, order, slot)
  solution.driverOf[order] = driver
  solution.total -= leftOutCost(of, order)
  recost(of, solution, driver)
}

export const takeOrder = (of: Compiled, solution: Solution, order: number) => {
  const driver = solution.driverOf[order]!
  if (driver === -1) return
  touch(solution, driver)
  remove(of, solution.routes[driver]!, order)
  solution.driverOf[order] = -1
  solution.total += leftOutCost(of, order)
  recost(of, solution, driver)
}

/**
 * Insertion with regret: next is the order that loses most when it does not get its best driver. Orders for whom nobody is left stay
 * out; when the time is over, so do all but the first few, for the next round. Potvin and Rousseau, A parallel route building algorithm, EJOR 66 (1993).
 */
export const insertWithRegret = (
  of: Compiled,
  solution: Solution,
  orders: readonly number[],
  candidates: Int32Array[],
  isOver: () => boolean = () => false,
) => {
  const slots: Slot[][] = []
  for (const order of orders) {
    if (slots.length >= ALWAYS_TRIED_MAX && isOver()) break
    slots.push(slotsFor(of, solution, order, candidates[order]!))
  }
  const open = [...slots.keys()]
  for (let count = 0; open.length > 0 && (count < ALWAYS_TRIED_MAX || !isOver()); count++) {
    let chosen = -1
    let most = Number.NEGATIVE_INFINITY
    for (let i = 0; i < open.length; i++) {
      const regret = regretOf(slots[open[i]!]!, leftOutCost(of, orders[open[i]!]!))
      if (regret > most) {
        most = regret
        chosen = i
      }
    }
    if (chosen === -1) return
    const index = open[chosen]!
    open.splice(chosen, 1)
    const order = orders[index]!
    const best = cheapest(slots[index]!)
    const driver = candidates[order]![best]!
    addOrder(of, solution, driver, order, slots[index]![best]!)
    for (const other of open) {
      const at = candidates[orders[other]!]!.indexOf(driver)
      if (at !== -1) slots[other]![at] = slotIn(of, solution, orders[other]!, driver)
    }
  }
}

const slotIn = (of: Compiled, solution: Solution, order: number, driver: number): Slot =>
  cheapestSlot(of, driver, solution.routes[driver]!, solution.costs[driver]!, order)

const slotsFor = (of: Compiled, solution: Solution, order: number, drivers: Int32Array): Slot[] =>
  Array.from(drivers, (driver) => slotIn(of, solution, order, driver))

const cheapest = (slots: readonly Slot[]): number => {
  let best = 0
  for (let i = 1; i < slots.length; i++) if (slots[i]!.delta < slots[best]!.delta) best = i
  return best
}

const regretOf = (slots: readonly Slot[], leftOut: number): number => {
  let first = leftOut
  let second = leftOut
  for (const { delta } of slots) {
    if (delta < first) {
      second = first
      first = delta
    } else if (delta < second) second = delta
  }
  return first === leftOut ? Number.NEGATIVE_INFINITY : second - first
}
