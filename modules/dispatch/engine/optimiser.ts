import { answerOf } from './answer.ts'
import { candidatesOf } from './candidates.ts'
import { type Compiled, compile, type Route } from './compiled.ts'
import { improve } from './improvement.ts'
import type { Order, Plan, Policy, Situation } from './problem.ts'
import { movesOf } from './repositioning.ts'
import { IMPOSSIBLE, isAllowed, isAstray, Ride, routeCost } from './route-cost.ts'
import { emptySolution, insertWithRegret, leftOutOf, type Solution, setRoute, takeOrder } from './solution.ts'

/**
 * Plans trips one after the other for every driver from all orders known, improves the plan while there is time, and commits only
 * what could not be begun in time after the next round.
 */
export const optimiser: Policy = {
  name: 'optimiser',
  plan: (situation, isOver = () => false) => planRound(inSight(situation), isOver),
}

const planRound = (situation: Situation, isOver: () => boolean): Plan => {
  const of = compile(situation)
  const solution = emptySolution(of)
  const candidates = candidatesOf(of)
  warmStart(of, solution)
  keepBound(of, solution)
  insertWithRegret(of, solution, leftOutOf(solution), candidates, isOver)
  improve(of, solution, candidates, isOver)
  keepBound(of, solution)
  insertWithRegret(of, solution, leftOutOf(solution), candidates, isOver)
  const moves = isOver() ? [] : movesOf(of, solution)
  return answerOf(of, solution, candidates, moves, isOver)
}

/** What is ready long from now waits for a later round, unless somebody is on his way to it. */
const inSight = (situation: Situation): Situation => {
  const { now, drivers, settings } = situation
  const bound = new Set(drivers.flatMap(({ pending }) => pending?.orderIds ?? []))
  const isNear = ({ id, readyAt }: Order) => readyAt <= now + settings.lookAheadSeconds || bound.has(id)
  return { ...situation, orders: situation.orders.filter(isNear) }
}

/** Begins with what was planned in the round before, as far as it still can and may be done; each order once. */
const warmStart = (of: Compiled, solution: Solution) => {
  const ride = new Ride()
  const orders = new Map(of.orders.map(({ id }, order) => [id, order]))
  const drivers = new Map(of.drivers.map(({ id }, driver) => [id, driver]))
  for (const { driverId, trips } of of.situation.previous ?? []) {
    const driver = drivers.get(driverId)
    if (driver === undefined) continue
    const isHis = (order: number) => orders.delete(of.orders[order]!.id) && !of.orders[order]!.excluded?.has(driverId)
    const route: Route = trips.flatMap((trip) => {
      const kept = trip.orderIds.flatMap((id) => orders.get(id) ?? []).filter(isHis)
      const kitchens = trip.kitchens.flatMap((name) => kept.find((one) => of.orders[one]!.kitchen === name) ?? [])
      return kept.length > 0 ? [{ orders: kept, kitchens: kitchens.map((one) => of.kitchen[one]!) }] : []
    })
    const isKept = isAllowed(of, driver, route) && routeCost(of, driver, route, ride) < IMPOSSIBLE
    if (isKept) setRoute(of, solution, driver, route)
  }
}

/** Whoever was left without an order at the kitchen he drives to, gets back those that he has been given. Their sets do not overlap. */
const keepBound = (of: Compiled, solution: Solution) => {
  const orders = new Map(of.orders.map(({ id }, order) => [id, order]))
  const astray = () => solution.routes.findIndex((route, driver) => isAstray(of, driver, route))
  for (let driver = astray(); driver !== -1; driver = astray()) {
    const own = of.drivers[driver]!.pending!.orderIds.flatMap((id) => orders.get(id) ?? [])
    for (const order of own) takeOrder(of, solution, order)
    const kitchens = new Set([of.bound[driver]!, ...own.map((order) => of.kitchen[order]!)])
    setRoute(of, solution, driver, [{ kitchens: [...kitchens], orders: own }])
  }
}
