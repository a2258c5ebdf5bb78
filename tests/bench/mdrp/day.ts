/**
 * One day of an instance, minute by minute, under the published rules. A policy is asked through the shapes of the dispatch engine,
 * in seconds; it sees orders once they are placed, never before, and what it decides against the rules stops the run.
 */
import { searchWithin } from '#modules/dispatch/engine/budget'
import {
  DEFAULT_SETTINGS,
  type Demand,
  type Driver,
  type Order,
  type Place,
  type Plan,
  type Policy,
  type Settings,
  type Situation,
} from '#modules/dispatch/engine/problem'
import { type Instance, type OrderRow, type Point, travelMinutes } from './instance.ts'
import type { Rules } from './rules.ts'
import { Shift } from './shift.ts'
import type { Solution } from './solution.ts'

export type DayOptions = { rules: Rules; settings?: Partial<Settings>; budgetMs?: number | undefined }

/** Wall time of one decision, and how much there was to decide about. */
export type Round = { ms: number; orderCount: number; driverCount: number }

export type DayResult = { solution: Solution; rounds: Round[] }

/** The hour before a shift, so that a policy may count on whoever comes next; shifts are planned, not revealed. */
const SHIFT_NOTICE_MINUTES = 60
const SECONDS = 60

export const runDay = (instance: Instance, policy: Policy, options: DayOptions): DayResult => {
  const day = new Day(instance, options)
  const rounds: Round[] = []
  const lastMinute = Math.max(...instance.couriers.map(({ offMinute }) => offMinute))
  for (let minute = 0; minute <= lastMinute; minute++) {
    day.begin(minute)
    if (!day.hasAnyoneToAsk(minute)) continue
    const situation = day.situation(minute)
    const startedMs = performance.now()
    const plan = policy.plan(
      situation,
      searchWithin(options.budgetMs, () => performance.now()),
    )
    const ms = performance.now() - startedMs
    rounds.push({ ms, orderCount: situation.orders.length, driverCount: situation.drivers.length })
    day.carryOut(plan, minute)
  }
  return { solution: day.solution(), rounds }
}

class Day {
  private readonly shifts: Map<string, Shift>
  private readonly unplaced: OrderRow[]
  private readonly open = new Map<string, { row: OrderRow; order: Order }>()
  /** Restaurants, then on-locations, then orders as they come. */
  private readonly places: Point[] = []
  private readonly placeOf = new Map<string, Place>()
  private readonly kitchens: { kitchen: string; place: Place }[]
  private readonly seenAt = new Map<string, number[]>()
  private readonly settings: Settings
  private previous: Plan['drafts'] = []

  constructor(
    private readonly instance: Instance,
    private readonly options: DayOptions,
  ) {
    this.unplaced = [...instance.orders].sort((a, b) => b.placedMinute - a.placedMinute)
    this.shifts = new Map(instance.couriers.map((courier) => [courier.id, new Shift(instance, courier)]))
    this.kitchens = [...instance.restaurants].map(([id, at]) => ({ kitchen: id, place: this.addPlace(id, at) }))
    for (const courier of instance.couriers) this.addPlace(`0 ${courier.id}`, courier)
    this.settings = { ...DEFAULT_SETTINGS, ...options.settings, canReposition: options.rules.canPreposition }
  }

  begin(minute: number): void {
    for (const shift of this.shifts.values()) {
      const orders = shift.heading?.orders ?? []
      if (shift.collectIfDue(minute)) for (const { id } of orders) this.open.delete(id)
    }
    while (this.unplaced.at(-1) && this.unplaced.at(-1)!.placedMinute <= minute) this.reveal(this.unplaced.pop()!)
    this.giveUp(minute)
  }

  hasAnyoneToAsk(minute: number): boolean {
    return this.shifts.values().some(({ courier }) => courier.onMinute <= minute && minute <= courier.offMinute)
  }

  situation(minute: number): Situation {
    const { pickupServiceMinutes, dropoffServiceMinutes } = this.instance
    const pickup = (pickupServiceMinutes / 2) * SECONDS
    const dropoff = (dropoffServiceMinutes / 2) * SECONDS
    return {
      now: minute * SECONDS,
      orders: [...this.open.values()].map(({ order }) => order),
      drivers: [...this.shifts.values()].flatMap((shift) => this.driver(shift, minute) ?? []),
      travelSeconds: (_driver, from, to) => this.travelSeconds(from, to),
      service: { pickupBefore: pickup, pickupAfter: pickup, dropoffBefore: dropoff, dropoffAfter: dropoff },
      settings: this.settings,
      demand: this.demand(minute),
      previous: this.previous,
    }
  }

  carryOut(plan: Plan, minute: number): void {
    this.previous = plan.drafts
    const told = plan.commits.flatMap((commit) => {
      const shift = this.shift(commit.driverId)
      // Meant for when he is free: he cannot be told yet, and the next rounds plan for him again.
      if (!shift.heading && (shift.sinceMinute > minute || shift.courier.onMinute > minute)) return []
      const orders = commit.orderIds.map((id) => this.openOrder(id))
      this.refuseUnlessAllowed(shift, orders, minute)
      return [{ shift, orders, isFinal: commit.isFinal || !this.options.rules.canUpdate }]
    })
    this.refuseDoubles(told)
    for (const { shift, orders, isFinal } of told) {
      shift.tell(orders, minute, isFinal)
      if (!shift.heading) for (const { id } of orders) this.open.delete(id)
    }
    for (const move of plan.moves) {
      const shift = this.shift(move.driverId)
      if (!this.options.rules.canPreposition) throw new Error('nobody may be sent to wait under these rules')
      if (!this.instance.restaurants.has(move.kitchen)) throw new Error(`${move.kitchen} is no restaurant`)
      if (!shift.canBeTold(minute)) throw new Error(`${move.driverId} cannot be sent anywhere at ${minute}`)
      shift.wait(move.kitchen, minute)
    }
  }

  solution(): Solution {
    for (const shift of this.shifts.values()) shift.collectIfDue(Number.POSITIVE_INFINITY)
    const shifts = [...this.shifts.values()]
    return {
      assignments: shifts.flatMap(({ assignments }) => assignments),
      delivered: shifts.flatMap(({ delivered }) => delivered),
      moves: shifts.flatMap(({ moves }) => moves),
    }
  }

  private refuseUnlessAllowed(shift: Shift, orders: readonly OrderRow[], minute: number): void {
    const who = `${shift.courier.id} at ${minute}`
    if (orders.length === 0) throw new Error(`${who} is told to collect nothing`)
    const restaurantId = orders[0]!.restaurantId
    if (orders.some((order) => order.restaurantId !== restaurantId)) throw new Error(`${who}: two restaurants`)
    if (shift.heading && shift.heading.restaurantId !== restaurantId) throw new Error(`${who} heads elsewhere`)
    if (!shift.heading && !shift.canBeTold(minute)) throw new Error(`${who} cannot be told anything`)
    const ride = shift.ride(shift.headingTo(orders, minute))
    if (ride.pickupMinute > shift.courier.offMinute) throw new Error(`${who} would collect after his shift`)
    for (const [index, order] of orders.entries()) {
      const clickToDoor = ride.dropoffMinutes[index]! - order.placedMinute
      if (clickToDoor > this.instance.maximumMinutes) throw new Error(`${who}: ${order.id} would take ${clickToDoor}`)
    }
  }

  /** After this round no order is in two sets; who heads somewhere keeps his set when the plan does not speak of him. */
  private refuseDoubles(told: readonly { shift: Shift; orders: readonly OrderRow[] }[]): void {
    const byShift = new Map(told.map(({ shift, orders }) => [shift, orders]))
    if (byShift.size < told.length) throw new Error('a courier is told twice in one round')
    const taken = new Set<string>()
    for (const shift of this.shifts.values()) {
      for (const { id } of byShift.get(shift) ?? shift.heading?.orders ?? []) {
        if (taken.has(id)) throw new Error(`${id} is with two couriers`)
        taken.add(id)
      }
    }
  }

  private driver(shift: Shift, minute: number): Driver | undefined {
    const { courier, heading } = shift
    if (courier.offMinute < minute || courier.onMinute > minute + SHIFT_NOTICE_MINUTES) return undefined
    const place = heading ? heading.restaurantId : shift.atId === '0' ? `0 ${courier.id}` : shift.atId
    const arrivesAt = (heading?.arrivesMinute ?? 0) * SECONDS
    const orderIds = heading?.orders.map(({ id }) => id) ?? []
    return {
      id: courier.id,
      vehicle: 'courier',
      place: this.placeOf.get(place)!,
      freeAt: heading ? arrivesAt : shift.sinceMinute * SECONDS,
      onAt: courier.onMinute * SECONDS,
      offAt: courier.offMinute * SECONDS,
      capacity: Number.POSITIVE_INFINITY,
      ...(heading && { pending: { kitchen: heading.restaurantId, orderIds, arrivesAt } }),
    }
  }

  private reveal(row: OrderRow): void {
    const placedAt = row.placedMinute * SECONDS
    const order: Order = {
      id: row.id,
      kitchen: row.restaurantId,
      pickup: this.placeOf.get(row.restaurantId)!,
      dropoff: this.addPlace(row.id, row),
      placedAt,
      readyAt: row.readyMinute * SECONDS,
      readySpreadSeconds: 0,
      promisedAt: placedAt + this.instance.targetMinutes * SECONDS,
      latestAt: placedAt + this.instance.maximumMinutes * SECONDS,
      size: 1,
    }
    this.open.set(row.id, { row, order })
    this.seenAt.set(row.restaurantId, [...(this.seenAt.get(row.restaurantId) ?? []), row.placedMinute])
  }

  /** Orders that nobody can bring in time any more, not even from the restaurant's door. */
  private giveUp(minute: number): void {
    const { pickupServiceMinutes, dropoffServiceMinutes, maximumMinutes } = this.instance
    const headedFor = new Set([...this.shifts.values()].flatMap(({ heading }) => heading?.orders ?? []))
    for (const { row, order } of this.open.values()) {
      const way = this.travelSeconds(order.pickup, order.dropoff) / SECONDS
      const dropoffMinute =
        Math.max(minute, row.readyMinute) + pickupServiceMinutes / 2 + way + dropoffServiceMinutes / 2
      if (dropoffMinute - row.placedMinute > maximumMinutes && !headedFor.has(row)) this.open.delete(row.id)
    }
  }

  /** What this day has shown so far: orders of the last two hours, as if they went on like that. */
  private demand(minute: number): Demand {
    const WINDOW_MINUTES = 120
    return {
      kitchens: this.kitchens,
      ratePerSecond: (kitchen) => {
        const recent = (this.seenAt.get(kitchen) ?? []).filter((placed) => placed > minute - WINDOW_MINUTES)
        return recent.length / (WINDOW_MINUTES * SECONDS)
      },
    }
  }

  private travelSeconds(from: Place, to: Place): number {
    return travelMinutes(this.instance, this.places[from]!, this.places[to]!) * SECONDS
  }

  private addPlace(id: string, at: Point): Place {
    this.placeOf.set(id, this.places.length)
    return this.places.push({ x: at.x, y: at.y }) - 1
  }

  private shift(driverId: string): Shift {
    const shift = this.shifts.get(driverId)
    if (!shift) throw new Error(`there is no courier ${driverId}`)
    return shift
  }

  private openOrder(orderId: string): OrderRow {
    const found = this.open.get(orderId)
    if (!found) throw new Error(`${orderId} is not open`)
    return found.row
  }
}
