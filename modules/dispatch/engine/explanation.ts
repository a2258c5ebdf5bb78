import type { Compiled, Route } from './compiled.ts'
import { cheapestSlot, insert, remove } from './insertion.ts'
import { outlookCost } from './outlook.ts'
import type { Candidate, Cost, Explanation } from './problem.ts'
import { IMPOSSIBLE, Ride, routeCost, tripCost } from './route-cost.ts'
import { copyRoute, type Solution } from './solution.ts'

/** Explained even without any time. */
const ALWAYS_EXPLAINED_MAX = 10

/**
 * For each of these orders, what each of the nearest drivers would have cost, with everything else as it was decided. When the time
 * is over, the others only with who got them.
 */
export const explain = (
  of: Compiled,
  solution: Solution,
  candidates: Int32Array[],
  orders: readonly number[],
  isOver: () => boolean,
): Explanation[] =>
  of.settings.explainedMax === 0
    ? []
    : orders.map((order, index) => {
        const isBrief = index >= ALWAYS_EXPLAINED_MAX && isOver()
        return explainOne(of, solution, order, isBrief ? NOBODY : candidates[order]!, candidates[order]!.length)
      })

const NOBODY = new Int32Array(0)

const explainOne = (
  of: Compiled,
  solution: Solution,
  order: number,
  near: Int32Array,
  nearCount: number,
): Explanation => {
  const chosen = solution.driverOf[order]!
  const weighed = Array.from(chosen === -1 || near.includes(chosen) ? near : [chosen, ...near], (driver) => ({
    driver,
    candidate: weigh(of, solution, order, driver),
  }))
  weighed.sort((a, b) => a.candidate.cost.total - b.candidate.cost.total || a.driver - b.driver)
  const winner = weighed.find(({ driver }) => driver === chosen)
  const shown = weighed.slice(0, of.settings.explainedMax)
  if (winner && !shown.includes(winner)) shown[shown.length - 1] = winner
  return {
    orderId: of.orders[order]!.id,
    driverId: winner?.candidate.driverId ?? null,
    decision: winner ? `${winner.candidate.driverId} collects it` : leftOutReason(nearCount),
    candidates: shown.map(({ driver, candidate }) =>
      driver === chosen
        ? candidate
        : { ...candidate, lost: lostReason(of, order, driver, candidate, winner?.candidate) },
    ),
  }
}

const leftOutReason = (nearCount: number) =>
  nearCount === 0
    ? 'nobody on duty gets to the kitchen'
    : 'nobody can bring it before it is too late, or all are needed more'

const weigh = (of: Compiled, solution: Solution, order: number, driver: number): Candidate => {
  const driverId = of.drivers[driver]!.id
  const isHis = solution.driverOf[order] === driver
  const route = copyRoute(solution.routes[driver]!)
  const before = copyRoute(route)
  if (isHis) remove(of, before, order)
  const ride = new Ride()
  const cost = routeCost(of, driver, before, ride)
  const outlook = before.length === 0 || cost === IMPOSSIBLE ? 0 : outlookCost(of, driver, ride)
  if (!isHis) {
    const slot = cheapestSlot(of, driver, route, cost, order)
    if (slot.delta === IMPOSSIBLE) return { driverId, orderIds: [], pickupAt: 0, dropoffAt: 0, cost: NOTHING_POSSIBLE }
    insert(of, route, order, slot)
  }
  // Without it his others may not be possible as they are: then the order is told by itself.
  const total = cost === IMPOSSIBLE ? undefined : routeCost(of, driver, route, ride) - cost
  return { driverId, ...termsOf(of, driver, route, order, total, outlookCost(of, driver, ride) - outlook) }
}

const NOTHING_POSSIBLE: Cost = {
  clickToDoor: 0,
  foodAge: 0,
  overdue: 0,
  driverTime: 0,
  slack: 0,
  fairness: 0,
  outlook: 0,
  acceptance: 0,
  others: 0,
  total: IMPOSSIBLE,
}

/** What the order itself costs there; the rest of the difference is what it does to the others. */
const termsOf = (
  of: Compiled,
  driver: number,
  route: Route,
  order: number,
  added: number | undefined,
  outlook: number,
) => {
  const { weights } = of.settings
  const ride = new Ride()
  ride.start(of, driver)
  for (const trip of route) {
    const startsAt = ride.time
    const doorsAt: number[] = []
    tripCost(of, driver, ride, trip, doorsAt)
    const at = trip.orders.indexOf(order)
    if (at === -1) continue
    const dropoffAt = doorsAt[at]!
    const clickToDoor = dropoffAt - of.placedAt[order]!
    const foodAge = weights.foodAge * (ride.pickupAt - of.readyAt[order]!)
    const overdue = weights.overdue * Math.max(0, dropoffAt - of.promisedAt[order]!)
    const driverTime = (weights.driverTime * (ride.time - ride.leavesAt)) / trip.orders.length
    const slack = (-weights.slack * (ride.leavesAt - startsAt)) / trip.orders.length
    const acceptance = of.drivers[driver]!.unsureSeconds ?? 0
    const fairness = -of.favour[driver]! - acceptance
    const known = clickToDoor + foodAge + overdue + driverTime + slack + fairness + outlook + acceptance
    const total = added ?? known
    const others = total - known
    const orderIds = trip.orders.map((one) => of.orders[one]!.id)
    const terms = { clickToDoor, foodAge, overdue, driverTime, slack, fairness, outlook, acceptance, others }
    const cost: Cost = { ...terms, total }
    return { orderIds, pickupAt: ride.pickupAt, dropoffAt, cost }
  }
  throw new Error('the order that is weighed is not in the route')
}

const lostReason = (
  of: Compiled,
  order: number,
  driver: number,
  { cost, dropoffAt }: Candidate,
  winner: Candidate | undefined,
): string => {
  const { id, capacity } = of.drivers[driver]!
  if (of.orders[order]!.excluded?.has(id)) return 'not to be asked: declined, blocked, or without what it needs'
  if (of.size[order]! > capacity) return 'too big for his vehicle'
  if (cost.total === IMPOSSIBLE) return 'his shift, his way or his other orders leave no room'
  if (!winner) return 'would bring it too late, or leave another order behind'
  const laterSeconds = Math.round(dropoffAt - winner.dropoffAt)
  const harmSeconds = Math.round(cost.others - winner.cost.others)
  if (cost.total <= winner.cost.total) return 'as good for this order alone, worse for all together'
  if (laterSeconds > 0 && laterSeconds >= harmSeconds) return `at the door ${laterSeconds} s later`
  if (harmSeconds > 0) return `costs his other orders ${harmSeconds} s more`
  if (cost.acceptance - winner.cost.acceptance > cost.slack - winner.cost.slack) return 'less likely to want it'
  if (cost.slack > winner.cost.slack) return 'has to set out sooner'
  return 'costs more'
}
