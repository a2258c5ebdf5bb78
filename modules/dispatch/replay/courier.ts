import type { Service } from '../engine/problem.ts'
import type { Estimate } from '../eta/learning.ts'
import type { Interval } from './measures.ts'
import { Spot } from './ways.ts'

/** An order of a replay. Times are seconds of one origin; `readyAt` is what a policy must not see before it has come. */
export type ReplayedOrder = {
  id: string
  kitchen: string
  pickup: Spot
  dropoff: Spot
  placedAt: number
  acceptedAt: number
  /** What its kitchen said. */
  estimatedAt: number
  /** How its kitchen keeps its word, as it was known then. */
  preparation: Estimate
  readyAt: number
  promisedAt: number
  cancelledAt: number
  /** Whether the measures are to count it. */
  counts: boolean
}

/** On his way to a kitchen, or waiting there. Until the food is in his hands more may be added. */
export type Errand = {
  kitchen: Spot
  /** In order of dropoff. */
  orders: ReplayedOrder[]
  assignedAt: Map<ReplayedOrder, number>
  origin: Spot
  leftAt: number
  arrivesAt: number
  /** He cannot have left the kitchen earlier: when he was told, or when he learned that he need not wait. */
  notBefore: number
}

export type Ride = {
  order: ReplayedOrder
  driverId: string
  assignedAt: number
  arrivedAt: number
  pickedUpAt: number
  deliveredAt: number
  floorSeconds: number
}

export type Seconds = (from: Spot, to: Spot) => number

type Options = { id: string; capacity: number; seconds: Seconds; service: Service }

/** Who is off duty for less than that is where he was when he comes back. */
const PAUSE_SECONDS_MAX = 1_800

/** What one driver does: he takes what he is given, at once, drives there, waits for the food, and goes from door to door. */
export class Courier {
  errand: Errand | undefined
  /** Where he is free, and since when or from when on. */
  spot: Spot
  freeAt: number
  busySeconds = 0
  readonly #shifts: { time: Interval; start: Spot }[] = []
  #shift = 0

  constructor(readonly options: Options) {
    this.spot = new Spot({ lat: 0, lng: 0 })
    this.freeAt = Number.POSITIVE_INFINITY
  }

  get id() {
    return this.options.id
  }

  /** In the order of time. */
  addShift(time: Interval, start: Spot) {
    if (this.#shifts.length === 0) {
      this.spot = start
      this.freeAt = time[0]
    }
    this.#shifts.push({ time, start })
  }

  isOnDuty(now: number): boolean {
    const shift = this.#shifts[this.#shift]
    return shift !== undefined && shift.time[0] <= now && now < shift.time[1]
  }

  isFree(now: number): boolean {
    return !this.errand && this.freeAt <= now
  }

  /** Of his time on duty so far, without an order. */
  idleShare(now: number): number {
    const dutySeconds = this.#shifts.reduce((sum, { time }) => sum + Math.max(0, Math.min(now, time[1]) - time[0]), 0)
    return dutySeconds === 0 ? 0 : Math.max(0, 1 - this.busySeconds / dutySeconds)
  }

  /** Everything up to `now`: what is picked up, what is called off. Returns the rides that have become certain. */
  advance(now: number): Ride[] {
    const rides = this.#attend(now)
    this.#beginShift(now)
    return rides
  }

  /** These orders in this order: those that he has, and more from the same kitchen; or, when he is free, the first. */
  tell(orders: readonly ReplayedOrder[], now: number) {
    const before = this.errand
    if (before && orders.some(({ pickup }) => pickup !== before.kitchen)) throw new Error('one errand, two kitchens')
    if (!before && !this.isFree(now)) throw new Error('he cannot be told anything now')
    const kitchen = orders[0]!.pickup
    const assignedAt = new Map(orders.map((order) => [order, before?.assignedAt.get(order) ?? now]))
    this.errand = before
      ? { ...before, orders: [...orders], assignedAt, notBefore: now }
      : {
          kitchen,
          orders: [...orders],
          assignedAt,
          origin: this.spot,
          leftAt: now,
          arrivesAt: now + this.options.seconds(this.spot, kitchen),
          notBefore: now,
        }
  }

  #beginShift(now: number) {
    for (let next = this.#shifts[this.#shift + 1]; next && next.time[0] <= now; next = this.#shifts[this.#shift + 1]) {
      const isPause = next.time[0] - this.#shifts[this.#shift]!.time[1] < PAUSE_SECONDS_MAX
      this.#shift++
      if (isPause || !this.isFree(now)) continue
      this.spot = next.start
      this.freeAt = Math.max(this.freeAt, next.time[0])
    }
  }

  #attend(now: number): Ride[] {
    for (let { errand } = this; errand; { errand } = this) {
      const pickedUpAt = this.#pickupAt(errand)
      const calledOff = errand.orders
        .filter(({ cancelledAt }) => cancelledAt <= now && cancelledAt < pickedUpAt)
        .sort((a, b) => a.cancelledAt - b.cancelledAt)[0]
      if (calledOff) this.#callOff(errand, calledOff)
      else if (pickedUpAt <= now) return this.#collect(errand, pickedUpAt)
      else return []
    }
    return []
  }

  #pickupAt({ orders, arrivesAt, notBefore }: Errand): number {
    const here = arrivesAt + this.options.service.pickupBefore
    return Math.max(here, notBefore, ...orders.map(({ readyAt }) => readyAt))
  }

  #callOff(errand: Errand, order: ReplayedOrder) {
    errand.orders.splice(errand.orders.indexOf(order), 1)
    errand.notBefore = Math.max(errand.notBefore, order.cancelledAt)
    if (errand.orders.length > 0) return
    const { origin, kitchen, leftAt, arrivesAt } = errand
    const share = Math.min(1, (order.cancelledAt - leftAt) / Math.max(1, arrivesAt - leftAt))
    const part = (from: number, to: number) => from + (to - from) * share
    this.spot =
      share === 1
        ? kitchen
        : new Spot({ lat: part(origin.at.lat, kitchen.at.lat), lng: part(origin.at.lng, kitchen.at.lng) })
    this.freeAt = order.cancelledAt
    this.busySeconds += order.cancelledAt - leftAt
    this.errand = undefined
  }

  #collect({ kitchen, orders, assignedAt, arrivesAt, leftAt }: Errand, pickedUpAt: number): Ride[] {
    const { seconds, service } = this.options
    let time = pickedUpAt + service.pickupAfter
    let from = kitchen
    const rides = orders.map((order): Ride => {
      const deliveredAt = time + seconds(from, order.dropoff) + service.dropoffBefore
      time = deliveredAt + service.dropoffAfter
      from = order.dropoff
      const prepared = order.readyAt - order.placedAt
      const floorSeconds = prepared + service.pickupAfter + seconds(kitchen, order.dropoff) + service.dropoffBefore
      const told = assignedAt.get(order)!
      return {
        ...{ order, driverId: this.id, assignedAt: told, arrivedAt: arrivesAt },
        ...{ pickedUpAt, deliveredAt, floorSeconds },
      }
    })
    this.spot = from
    this.freeAt = time
    this.busySeconds += time - leftAt
    this.errand = undefined
    return rides
  }
}
