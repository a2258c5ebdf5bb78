import { type Profile, profileOfVehicle } from '#modules/routing/index'
import type { Service } from '../engine/problem.ts'
import { readyOf } from '../eta/estimate.ts'
import type { Estimate } from '../eta/learning.ts'
import { DROPOFF_SECONDS, PICKUP_SECONDS } from '../planning/builder.ts'
import { Courier, type ReplayedOrder, type Ride } from './courier.ts'
import type { RecordedOrder, RecordedShift } from './record.ts'
import { Spot, Ways } from './ways.ts'

/** Half of each before the food changes hands, half after it: as rounds reckon. */
export const SERVICE: Service = {
  pickupBefore: PICKUP_SECONDS / 2,
  pickupAfter: PICKUP_SECONDS / 2,
  dropoffBefore: DROPOFF_SECONDS / 2,
  dropoffAfter: DROPOFF_SECONDS / 2,
}

/** A driver and what he is to have; in order of dropoff. */
export type Assignment = { driverId: string; orderIds: readonly string[] }

/** The customer's own wish is no failure; one who waited longer than he was promised and then gave up is. */
export const countsAs = ({ isFailed, cancelledAt, promisedAt }: RecordedOrder): boolean =>
  !isFailed && cancelledAt > promisedAt

/** A zone as it lives under another policy: the same orders and drivers, other rides. Knows what policies must not see. */
export class ReplayedMarket {
  readonly ways: Ways
  readonly couriers = new Map<string, Courier & { profile: Profile; capacity: number }>()
  readonly rides: Ride[] = []
  /** Accepted by the kitchen, with nobody. */
  readonly open = new Map<string, ReplayedOrder>()
  #kitchens = new Map<string, Spot>()

  constructor(shifts: readonly RecordedShift[]) {
    this.ways = new Ways([...new Set(shifts.map(({ vehicleType }) => profileOfVehicle(vehicleType)))])
    for (const shift of shifts) this.#addShift(shift)
  }

  #addShift({ driverId, vehicleType, capacity, beganAt, endedAt, start }: RecordedShift) {
    const profile = profileOfVehicle(vehicleType)
    const seconds = (from: Spot, to: Spot) => this.ways.between(profile, from, to)
    const known = this.couriers.get(driverId)
    const courier =
      known ?? Object.assign(new Courier({ id: driverId, capacity, seconds, service: SERVICE }), { profile, capacity })
    this.couriers.set(driverId, courier)
    courier.addShift([beganAt, endedAt], new Spot(start))
  }

  add(order: RecordedOrder, preparation: Estimate) {
    const kitchen = this.#kitchens.get(order.chefId) ?? new Spot(order.pickup)
    this.#kitchens.set(order.chefId, kitchen)
    const { id, placedAt, acceptedAt, estimatedAt, readyAt, promisedAt, isFailed } = order
    this.open.set(id, {
      ...{ id, kitchen: order.chefId, pickup: kitchen, dropoff: new Spot(order.dropoff) },
      ...{ placedAt, acceptedAt, estimatedAt, preparation, readyAt, promisedAt },
      // Who was not found at the door had his food brought there.
      cancelledAt: isFailed ? Number.POSITIVE_INFINITY : order.cancelledAt,
      counts: countsAs(order),
    })
  }

  /** All that happens up to `now` by itself. Travel times must be known of what was given since the last time. */
  advance(now: number) {
    for (const [id, { cancelledAt }] of this.open) if (cancelledAt <= now) this.open.delete(id)
    for (const courier of this.couriers.values()) this.rides.push(...courier.advance(now))
  }

  /** Nothing is open, and nobody on his way to a kitchen. */
  get isQuiet(): boolean {
    return this.open.size === 0 && !this.couriers.values().some(({ errand }) => errand)
  }

  /** Asks for the ways between all that a round may speak of. */
  async know(now: number): Promise<void> {
    const spots = new Set<Spot>()
    for (const { pickup, dropoff } of this.open.values()) spots.add(pickup).add(dropoff)
    for (const courier of this.couriers.values()) {
      if (courier.isOnDuty(now)) spots.add(courier.spot)
      for (const { pickup, dropoff } of courier.errand?.orders ?? []) spots.add(pickup).add(dropoff)
    }
    await this.ways.use(spots)
  }

  /** Gives each driver what he does not have yet. */
  give(assignments: readonly Assignment[], now: number) {
    for (const { driverId, orderIds } of assignments) {
      const courier = this.couriers.get(driverId)!
      const had = courier.errand?.orders ?? []
      const added = orderIds.flatMap((id) => this.open.get(id) ?? [])
      if (added.length === 0) continue
      const all = orderIds.flatMap((id) => had.find((one) => one.id === id) ?? this.open.get(id) ?? [])
      // What he has stays his, whether the plan speaks of it or not.
      const kept = had.filter((one) => !all.includes(one))
      courier.tell([...all, ...kept], now)
      for (const { id } of added) this.open.delete(id)
    }
  }
}

/** By what its kitchen said, until it is ready. */
export const saidReadyAt = ({ readyAt, estimatedAt }: ReplayedOrder, now: number): number =>
  readyAt <= now ? readyAt : estimatedAt

/** By what such words have been worth so far. */
export const expectedReady = (order: ReplayedOrder, now: number): { at: number; spreadSeconds: number } => {
  const { readyAt, acceptedAt, estimatedAt, preparation } = order
  if (readyAt <= now) return { at: readyAt, spreadSeconds: 0 }
  const { middleSeconds, spreadSeconds } = readyOf({
    isReady: false,
    sinceSeconds: now - acceptedAt,
    saidSeconds: estimatedAt - acceptedAt,
    preparation,
  })
  return { at: now + middleSeconds, spreadSeconds }
}
