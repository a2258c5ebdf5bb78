/** The checker's second half: one courier's day, his moves walked one by one beside what he was assigned. */

import type { CourierRow, Instance, OrderRow, Point } from './instance.ts'
import type { Rules } from './rules.ts'
import type { AssignmentLine, DeliveredLine, MoveLine } from './solution.ts'

export type RuleName =
  /** Names, headers, whole minutes, one block for each courier. */
  | 'format'
  /** Each delivered order is in one assignment, of the courier and the pickup that the other file says. */
  | 'assignment'
  | 'restaurant'
  | 'revealed'
  | 'ready'
  | 'maximum'
  /** Begins where he is, no sooner than he is there; goes where he was assigned to, in that order. */
  | 'travel'
  /** Two minutes before and two after, at each door. */
  | 'service'
  | 'shift'
  /** No instruction during an assignment, or on the way to where he waits. */
  | 'busy'
  /** Left for a restaurant before there was anything to collect there, and nobody may be sent to wait. */
  | 'waiting'

export type Finding = { rule: RuleName; text: string }
export type CheckedAssignment = { line: AssignmentLine; orders: readonly OrderRow[] }

export type Knowledge = {
  instance: Instance
  rules: Rules
  rows: ReadonlyMap<string, OrderRow>
  delivered: ReadonlyMap<string, DeliveredLine>
  /** By order. */
  pickups: ReadonlyMap<string, number>
}

export const checkCourier = (
  known: Knowledge,
  courier: CourierRow,
  assignments: readonly CheckedAssignment[],
  moves: readonly MoveLine[],
): Finding[] => {
  const walk = new Walk(known, courier, moves)
  for (const one of [...assignments].sort((a, b) => a.line.pickupMinute - b.line.pickupMinute)) walk.assignment(one)
  walk.end()
  return walk.findings
}

class Walk {
  readonly findings: Finding[] = []
  private index = 0
  private place: Point
  private placeId = '0'
  /** There since then; he may not leave before. */
  private arrivedMinute: number
  /** The end of his last assignment, or of his way to where he waits: he hears nothing before. */
  private freeMinute: number

  constructor(
    private readonly known: Knowledge,
    private readonly courier: CourierRow,
    private readonly moves: readonly MoveLine[],
  ) {
    this.place = courier
    this.arrivedMinute = courier.onMinute
    this.freeMinute = courier.onMinute
  }

  assignment({ line, orders }: CheckedAssignment): void {
    const { pickupServiceMinutes } = this.known.instance
    const restaurantId = orders[0]!.restaurantId
    this.check(line.assignedMinute <= line.pickupMinute, 'busy', `told at ${line.assignedMinute}, after the pickup`)
    this.check(
      line.pickupMinute <= this.courier.offMinute,
      'shift',
      `collects at ${line.pickupMinute}, after his shift`,
    )
    for (let move = this.moves[this.index]; move && this.isRestaurant(move); move = this.moves[this.index]) {
      const next = this.moves[this.index + 1]
      const isApproach = move.destination === restaurantId && !(next && this.isRestaurant(next))
      this.toRestaurant(move, isApproach ? line : undefined)
    }
    this.check(
      line.assignedMinute >= this.freeMinute,
      'busy',
      `told at ${line.assignedMinute}, free at ${this.freeMinute}`,
    )
    this.check(this.placeId === restaurantId, 'travel', `collects at ${restaurantId}, is at ${this.placeId}`)
    const handover = this.arrivedMinute + pickupServiceMinutes / 2
    const readyMinute = Math.max(...orders.map((order) => order.readyMinute))
    const dueMinute = Math.max(readyMinute, handover, line.assignedMinute)
    const text = `collects at ${line.pickupMinute}, was there at ${this.arrivedMinute}, the food at ${readyMinute}`
    this.check(line.pickupMinute === dueMinute, 'service', text)
    let leavesMinute = line.pickupMinute + pickupServiceMinutes / 2
    for (const order of orders) leavesMinute = this.dropoff(order, leavesMinute)
    this.freeMinute = leavesMinute
    this.arrivedMinute = leavesMinute
  }

  /** Gives when he may leave that door. */
  private dropoff(order: OrderRow, leavesMinute: number): number {
    const half = this.known.instance.dropoffServiceMinutes / 2
    const dropoffMinute = this.known.delivered.get(order.id)?.dropoffMinute ?? Number.NaN
    const move = this.moves[this.index]
    if (!move || move.destination !== order.id) {
      this.check(false, 'travel', `has no move to ${order.id} after ${this.placeId}`)
      return dropoffMinute + half
    }
    const text = `leaves for ${order.id} at ${move.departureMinute}, is done at ${leavesMinute}`
    this.check(move.departureMinute === leavesMinute, 'service', text)
    this.drive(move)
    const due = this.arrivedMinute + half
    this.check(dropoffMinute === due, 'service', `hands ${order.id} over at ${dropoffMinute}, not at ${due}`)
    return dropoffMinute + half
  }

  /** To collect what `line` says, or, without it, only to wait. */
  private toRestaurant(move: MoveLine, line: AssignmentLine | undefined): void {
    const { departureMinute, destination } = move
    const { rules } = this.known
    const text = `leaves for ${destination} at ${departureMinute}, told at ${line?.assignedMinute ?? 'no time'}`
    const isTold = line !== undefined && line.assignedMinute <= departureMinute
    // With updates the set that he left for may have become another one since; something there must have been open.
    const isUpdated = line !== undefined && rules.canUpdate && this.isAnythingOpen(destination, departureMinute)
    this.check(isTold || isUpdated || rules.canPreposition, 'waiting', text)
    this.check(departureMinute <= this.courier.offMinute, 'shift', `${text}, after his shift`)
    this.drive(move)
    if (!isTold && !isUpdated) this.freeMinute = this.arrivedMinute
  }

  end(): void {
    for (let move = this.moves[this.index]; move; move = this.moves[this.index]) {
      if (this.isRestaurant(move)) this.toRestaurant(move, undefined)
      else {
        this.check(false, 'travel', `goes to ${move.destination} without an assignment`)
        this.drive(move)
      }
    }
  }

  private drive(move: MoveLine): void {
    const { instance, rows } = this.known
    const { departureMinute, origin, destination } = move
    this.check(origin === this.placeId, 'travel', `leaves ${origin}, is at ${this.placeId}`)
    const text = `leaves ${origin} at ${departureMinute}, is free there at ${this.arrivedMinute}`
    this.check(departureMinute >= this.arrivedMinute, 'travel', text)
    const to = instance.restaurants.get(destination) ?? rows.get(destination)!
    const meters = Math.sqrt((to.x - this.place.x) ** 2 + (to.y - this.place.y) ** 2)
    this.arrivedMinute = departureMinute + Math.ceil(meters / instance.metersPerMinute)
    this.place = to
    this.placeId = destination
    this.index++
  }

  private isRestaurant(move: MoveLine): boolean {
    return this.known.instance.restaurants.has(move.destination)
  }

  private isAnythingOpen(restaurantId: string, minute: number): boolean {
    const isOpen = (row: OrderRow) =>
      row.restaurantId === restaurantId &&
      row.placedMinute <= minute &&
      (this.known.pickups.get(row.id) ?? Number.POSITIVE_INFINITY) > minute
    return this.known.rows.values().some(isOpen)
  }

  private check(isKept: boolean, rule: RuleName, text: string): void {
    if (!isKept) this.findings.push({ rule, text: `${this.courier.id} ${text}` })
  }
}
