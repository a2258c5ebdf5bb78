import type { Compiled, Route, Trip } from './compiled.ts'
import { outlookCost } from './outlook.ts'

/** What cannot be done at all. */
export const IMPOSSIBLE = Number.POSITIVE_INFINITY
/** What an order costs at least that is in nobody's route: more than any way to bring it. */
const LEFT_OUT_COST = 40_000
const LEFT_OUT_GROWTH = 4
/** No number of orders is worth it. */
const ASTRAY_COST = 1e9

/** Where and when a driver is as he goes along his trips. One is reused for many routes: nothing is allocated. */
export class Ride {
  place = 0
  time = 0
  leavesAt = 0
  pickupAt = 0
  isFirst = true
  /** Seconds at the wheel so far. */
  driven = 0

  start(of: Compiled, driver: number) {
    this.place = of.startPlace[driver]!
    this.time = of.startAt[driver]!
    this.isFirst = true
    this.driven = 0
  }
}

/**
 * Cost of one more trip, in seconds of click-to-door, or IMPOSSIBLE. Moves the ride to its end, and tells `doorsAt` when he is at
 * each door. He leaves as late as still brings him to the kitchen in time, so that waiting beforehand can still be used for something
 * else. What would reach into his break is begun after it.
 */
export const tripCost = (of: Compiled, driver: number, ride: Ride, trip: Trip, doorsAt?: number[]): number => {
  const { place, time, driven, isFirst } = ride
  const cost = costFrom(of, driver, ride, trip, doorsAt)
  const endsAt = of.breakEndsAt[driver]!
  const isInBreak = ride.time > of.breakStartsAt[driver]! && ride.leavesAt < endsAt
  if (cost === IMPOSSIBLE || !isInBreak || (isFirst && of.bound[driver] === trip.kitchens[0])) return cost
  Object.assign(ride, { place, time: Math.max(time, endsAt), driven, isFirst })
  if (doorsAt) doorsAt.length = 0
  return costFrom(of, driver, ride, trip, doorsAt)
}

const costFrom = (
  of: Compiled,
  driver: number,
  ride: Ride,
  { kitchens, orders }: Trip,
  doorsAt: number[] | undefined,
): number => {
  const { pickupBefore, pickupAfter, dropoffBefore, dropoffAfter } = of.situation.service
  const { weights, foodAgeSecondsMax, detourSecondsMax } = of.settings
  const startsAt = ride.time
  const isHere = ride.isFirst && of.bound[driver] === kitchens[0]
  let place = ride.place
  let time = startsAt
  let pickupAt = 0
  let drivenSeconds = 0
  for (let i = 0; i < kitchens.length; i++) {
    const kitchen = kitchens[i]!
    const to = of.kitchenPlace[kitchen]!
    const seconds = isHere && i === 0 ? 0 : of.travel(driver, place, to)
    if (i === 0) drivenSeconds = seconds
    time += seconds
    ride.driven += seconds
    pickupAt = time + pickupBefore
    for (const order of orders) {
      if (of.kitchen[order] === kitchen && of.readyAt[order]! > pickupAt) pickupAt = of.readyAt[order]!
    }
    if (pickupAt < of.now) pickupAt = of.now
    if (i === 0) ride.leavesAt = isHere ? startsAt : Math.max(startsAt, pickupAt - pickupBefore - seconds)
    time = pickupAt + pickupAfter
    place = to
  }
  if (pickupAt > of.offAt[driver]! || drivenSeconds === IMPOSSIBLE) return IMPOSSIBLE
  ride.pickupAt = pickupAt
  ride.isFirst = false
  let cost = 0
  const isShared = orders.length > 1
  for (const order of orders) {
    const seconds = of.travel(driver, place, of.dropoff[order]!)
    time += seconds + dropoffBefore
    ride.driven += seconds
    place = of.dropoff[order]!
    if (time > of.latestAt[order]! && of.lateBringer[order] !== driver) return IMPOSSIBLE
    cost += orderCost(of, order, pickupAt, time)
    doorsAt?.push(time)
    if (isShared) {
      if (time - of.readyAt[order]! > foodAgeSecondsMax) return IMPOSSIBLE
      const alone = of.travel(driver, of.kitchenPlace[of.kitchen[order]!]!, place) + dropoffBefore
      const couldBe = Math.max(of.readyAt[order]!, startsAt + drivenSeconds + pickupBefore) + pickupAfter + alone
      if (time - couldBe > detourSecondsMax) return IMPOSSIBLE
    }
    time += dropoffAfter
  }
  ride.place = place
  ride.time = time
  return (
    cost +
    weights.driverTime * (time - ride.leavesAt) -
    weights.slack * (ride.leavesAt - startsAt) -
    of.favour[driver]! * orders.length
  )
}

const orderCost = (of: Compiled, order: number, pickupAt: number, at: number): number => {
  const { foodAge, overdue } = of.settings.weights
  const over = at - of.promisedAt[order]!
  let cost = at - of.placedAt[order]! + foodAge * (pickupAt - of.readyAt[order]!)
  if (over > 0) cost += overdue * over
  return cost
}

/** Grows with its age, so that of two that exclude each other the older one is brought: nobody waits for ever. */
export const leftOutCost = (of: Compiled, order: number): number =>
  LEFT_OUT_COST + LEFT_OUT_GROWTH * Math.max(0, of.now - of.placedAt[order]!)

export const fits = (of: Compiled, driver: number, { orders }: Trip): boolean => {
  let size = 0
  for (const order of orders) size += of.size[order]!
  return size <= of.capacity[driver]!
}

/** What does not depend on when: who is not asked, what he can carry, how many orders and which kitchens share a trip. */
export const isAllowed = (of: Compiled, driver: number, route: Route): boolean =>
  route.every(
    (trip) =>
      trip.orders.length <= of.settings.bundleMax &&
      fits(of, driver, trip) &&
      trip.kitchens.every((kitchen, at) => isCloseBy(of, driver, trip.kitchens.slice(0, at), kitchen)) &&
      !trip.orders.some((order) => of.orders[order]!.excluded?.has(of.drivers[driver]!.id)),
  )

export const isCloseBy = (of: Compiled, driver: number, kitchens: readonly number[], kitchen: number): boolean => {
  const max = of.settings.bundleKitchenSecondsMax
  const to = of.kitchenPlace[kitchen]!
  return kitchens.every((other) => max > 0 && of.travel(driver, of.kitchenPlace[other]!, to) <= max)
}

/** He who is bound to a kitchen must begin there; without, the route costs more than all the rest, so that a search mends it. */
export const isAstray = (of: Compiled, driver: number, route: Route): boolean =>
  of.bound[driver] !== -1 && (route.length === 0 || route[0]!.kitchens[0] !== of.bound[driver])

export const routeCost = (of: Compiled, driver: number, route: Route, ride: Ride): number => {
  ride.start(of, driver)
  let cost = isAstray(of, driver, route) ? ASTRAY_COST : 0
  for (const trip of route) {
    cost += tripCost(of, driver, ride, trip)
    if (cost === IMPOSSIBLE || ride.driven > of.range[driver]!) return IMPOSSIBLE
  }
  return route.length === 0 ? cost : cost + outlookCost(of, driver, ride)
}
