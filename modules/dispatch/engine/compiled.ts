import { remotenessOf } from './outlook.ts'
import type { Driver, Order, Place, Settings, Situation } from './problem.ts'

/** Orders one after the other that are collected together: `orders` in order of dropoff, `kitchens` in order of visit. */
export type Trip = { kitchens: number[]; orders: number[] }
export type Route = Trip[]

/** The situation with ids turned into indexes and times into typed arrays, so that a route costs well under a microsecond to weigh. */
export type Compiled = {
  situation: Situation
  settings: Settings
  now: number
  orders: readonly Order[]
  drivers: readonly Driver[]
  /** Of each order; kitchens are numbered as they come up. */
  kitchen: Int32Array
  kitchenPlace: Place[]
  kitchenName: string[]
  dropoff: Int32Array
  placedAt: Float64Array
  readyAt: Float64Array
  promisedAt: Float64Array
  latestAt: Float64Array
  size: Float64Array
  /** Who is on his way to it although it will be too late, or -1: he, and nobody else, brings it all the same. */
  lateBringer: Int32Array
  startPlace: Int32Array
  startAt: Float64Array
  offAt: Float64Array
  capacity: Float64Array
  /** The kitchen he is bound to, or -1; nobody is any more once all that he was to collect there is gone. */
  bound: Int32Array
  /** Of each order that he gets: for having had few, less for how unsure he is. */
  favour: Float64Array
  travel: (driver: number, from: Place, to: Place) => number
  /** How far a place is from where orders are expected, as it is weighed. */
  remoteness: (driver: number, place: Place) => number
  startRemoteness: Float64Array
  /** Of his driving from now on. */
  range: Float64Array
  /** Infinity when he takes no break. */
  breakStartsAt: Float64Array
  breakEndsAt: Float64Array
}

export const compile = (situation: Situation): Compiled => {
  const { orders, drivers, now } = situation
  const { readyMargin } = situation.settings
  const kitchenName: string[] = []
  const kitchenPlace: Place[] = []
  const numbers = new Map<string, number>()
  const kitchen = Int32Array.from(orders, ({ kitchen: name, pickup }) => {
    const known = numbers.get(name)
    if (known !== undefined) return known
    numbers.set(name, kitchenName.length)
    kitchenPlace.push(pickup)
    return kitchenName.push(name) - 1
  })
  const known = new Set(orders.map(({ id }) => id))
  const remoteness = remotenessOf(situation)
  return {
    situation,
    settings: situation.settings,
    now,
    orders,
    drivers,
    kitchen,
    kitchenPlace,
    kitchenName,
    dropoff: Int32Array.from(orders, (order) => order.dropoff),
    placedAt: Float64Array.from(orders, (order) => order.placedAt),
    readyAt: Float64Array.from(orders, (order) => order.readyAt + readyMargin * order.readySpreadSeconds),
    promisedAt: Float64Array.from(orders, (order) => order.promisedAt),
    latestAt: Float64Array.from(orders, (order) => order.latestAt),
    size: Float64Array.from(orders, (order) => order.size),
    lateBringer: lateBringersOf(situation),
    startPlace: Int32Array.from(drivers, (driver) => driver.place),
    startAt: Float64Array.from(drivers, (driver) =>
      driver.pending ? driver.pending.arrivesAt : Math.max(now, driver.freeAt, driver.onAt),
    ),
    offAt: Float64Array.from(drivers, (driver) => Math.max(driver.offAt, lastPickupAt(situation, driver))),
    capacity: Float64Array.from(drivers, (driver) => driver.capacity),
    bound: Int32Array.from(drivers, ({ pending }) =>
      pending?.orderIds.some((id) => known.has(id)) ? (numbers.get(pending.kitchen) ?? -1) : -1,
    ),
    favour: Float64Array.from(
      drivers,
      ({ idleShare = 0, unsureSeconds = 0 }) => situation.settings.weights.fairness * idleShare - unsureSeconds,
    ),
    travel: (driver, from, to) => situation.travelSeconds(drivers[driver]!, from, to),
    remoteness,
    startRemoteness: Float64Array.from(drivers, ({ place }, driver) => remoteness(driver, place)),
    range: Float64Array.from(drivers, ({ rangeSeconds }) => rangeSeconds ?? Number.POSITIVE_INFINITY),
    breakStartsAt: Float64Array.from(drivers, (driver) => driver.break?.startsAt ?? Number.POSITIVE_INFINITY),
    breakEndsAt: Float64Array.from(drivers, (driver) => driver.break?.endsAt ?? Number.POSITIVE_INFINITY),
  }
}

/** What he was sent for before his shift ended, he collects after it too. */
const lastPickupAt = ({ now, orders, service, settings }: Situation, { pending }: Driver): number => {
  if (!pending) return Number.NEGATIVE_INFINITY
  const own = orders.filter(({ id }) => pending.orderIds.includes(id))
  const readyAt = own.map((one) => one.readyAt + settings.readyMargin * one.readySpreadSeconds)
  return Math.max(now, pending.arrivesAt + service.pickupBefore, ...readyAt)
}

const lateBringersOf = ({ now, orders, drivers, travelSeconds, service, settings }: Situation): Int32Array => {
  const lateBringer = new Int32Array(orders.length).fill(-1)
  const indexes = new Map(orders.map(({ id }, index) => [id, index]))
  for (const [number, driver] of drivers.entries()) {
    for (const id of driver.pending?.orderIds ?? []) {
      const index = indexes.get(id)
      if (index === undefined) continue
      const { readyAt, readySpreadSeconds, pickup, dropoff, latestAt } = orders[index]!
      const ready = readyAt + settings.readyMargin * readySpreadSeconds
      const pickupAt = Math.max(now, ready, driver.pending!.arrivesAt + service.pickupBefore)
      const doorAt = pickupAt + service.pickupAfter + travelSeconds(driver, pickup, dropoff) + service.dropoffBefore
      if (doorAt > latestAt) lateBringer[index] = number
    }
  }
  return lateBringer
}
