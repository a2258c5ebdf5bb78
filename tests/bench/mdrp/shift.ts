/** What one courier does on his day: where he stands, what he is told, and the lines about it in the solution. */
import type { CourierRow, Instance, OrderRow, Point } from './instance.ts'
import { travelMinutes } from './instance.ts'
import { type AssignmentLine, type DeliveredLine, type MoveLine, ON_LOCATION } from './solution.ts'

/** On his way to a restaurant, or waiting there, for orders that may still change. */
export type Heading = { restaurantId: string; orders: readonly OrderRow[]; arrivesMinute: number; toldMinute: number }

export type Ride = { pickupMinute: number; dropoffMinutes: number[]; freeMinute: number }

export class Shift {
  /** Where he stands from `sinceMinute` on. While he carries something out that cannot be changed: where and when he is free. */
  at: Point
  atId: string = ON_LOCATION
  sinceMinute: number
  heading: Heading | undefined
  readonly moves: MoveLine[] = []
  readonly assignments: AssignmentLine[] = []
  readonly delivered: DeliveredLine[] = []

  constructor(
    private readonly instance: Instance,
    readonly courier: CourierRow,
  ) {
    this.at = courier
    this.sinceMinute = courier.onMinute
  }

  /** Instructions reach him between two assignments, and while he is on duty. */
  canBeTold(minute: number): boolean {
    return !this.heading && this.sinceMinute <= minute && minute <= this.courier.offMinute
  }

  /** Should he be told now to collect these. Who waits at a restaurant arrived there long ago. */
  headingTo(orders: readonly OrderRow[], minute: number): Heading {
    const restaurantId = orders[0]!.restaurantId
    if (this.heading?.restaurantId === restaurantId) {
      const isSame = sameOrders(this.heading.orders, orders)
      return { ...this.heading, orders, toldMinute: isSame ? this.heading.toldMinute : minute }
    }
    const restaurant = this.instance.restaurants.get(restaurantId)!
    const isThere = this.atId === restaurantId
    const arrivesMinute = isThere ? this.sinceMinute : minute + travelMinutes(this.instance, this.at, restaurant)
    return { restaurantId, orders, arrivesMinute, toldMinute: minute }
  }

  ride(heading: Heading): Ride {
    const { pickupServiceMinutes, dropoffServiceMinutes, restaurants } = this.instance
    const readyMinute = Math.max(...heading.orders.map((order) => order.readyMinute))
    const pickupMinute = Math.max(readyMinute, heading.arrivesMinute + pickupServiceMinutes / 2, heading.toldMinute)
    let leavesMinute = pickupMinute + pickupServiceMinutes / 2
    let from: Point = restaurants.get(heading.restaurantId)!
    const dropoffMinutes: number[] = []
    for (const order of heading.orders) {
      const dropoffMinute = leavesMinute + travelMinutes(this.instance, from, order) + dropoffServiceMinutes / 2
      dropoffMinutes.push(dropoffMinute)
      leavesMinute = dropoffMinute + dropoffServiceMinutes / 2
      from = order
    }
    return { pickupMinute, dropoffMinutes, freeMinute: leavesMinute }
  }

  tell(orders: readonly OrderRow[], minute: number, isFinal: boolean): void {
    const heading = this.headingTo(orders, minute)
    if (!this.heading) this.drive(heading.restaurantId, minute)
    this.heading = heading
    if (isFinal) this.collect()
    else this.collectIfDue(minute)
  }

  /** The set is what it is when the food changes hands. */
  collectIfDue(minute: number): boolean {
    if (!this.heading || this.ride(this.heading).pickupMinute > minute) return false
    this.collect()
    return true
  }

  wait(restaurantId: string, minute: number): void {
    const restaurant = this.instance.restaurants.get(restaurantId)!
    if (!this.drive(restaurantId, minute)) return
    this.sinceMinute = minute + travelMinutes(this.instance, this.at, restaurant)
    this.at = restaurant
    this.atId = restaurantId
  }

  private collect(): void {
    const heading = this.heading!
    const ride = this.ride(heading)
    const { pickupMinute } = ride
    const courierId = this.courier.id
    const orderIds = heading.orders.map((order) => order.id)
    this.assignments.push({ assignedMinute: heading.toldMinute, pickupMinute, courierId, orderIds })
    let leavesMinute = pickupMinute + this.instance.pickupServiceMinutes / 2
    let origin = heading.restaurantId
    for (const [index, order] of heading.orders.entries()) {
      const dropoffMinute = ride.dropoffMinutes[index]!
      this.moves.push({ courierId, departureMinute: leavesMinute, origin, destination: order.id })
      const { id: orderId, placedMinute, readyMinute } = order
      this.delivered.push({ orderId, placedMinute, readyMinute, pickupMinute, dropoffMinute, courierId })
      leavesMinute = dropoffMinute + this.instance.dropoffServiceMinutes / 2
      origin = order.id
      this.at = order
    }
    this.atId = origin
    this.sinceMinute = ride.freeMinute
    this.heading = undefined
  }

  /** False when he is there. */
  private drive(destination: string, departureMinute: number): boolean {
    if (this.atId === destination) return false
    this.moves.push({ courierId: this.courier.id, departureMinute, origin: this.atId, destination })
    return true
  }
}

const sameOrders = (left: readonly OrderRow[], right: readonly OrderRow[]): boolean =>
  left.length === right.length && left.every((order, index) => order.id === right[index]!.id)
