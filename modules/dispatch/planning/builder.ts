import type { LatLng } from '#core/geo'
import { approximateLeg, profileOfVehicle } from '#modules/routing/index'
import type { Driver, Order } from '../engine/problem'
import type { OpenDeliveryRow } from '../queries'
import { stopsLeft } from '../stop-order'
import type { CarriedOrder, DutyRow } from './duty'
import type { Ready } from './food'
import type { Places } from './places'

const DAY_MS = 86_400_000
/** At each door: half of it before the food changes hands, half after it. */
export const PICKUP_SECONDS = 120
export const DROPOFF_SECONDS = 120
/** What nobody has taken for so long is somebody's problem, but not one of time. */
const LATEST_SECONDS = 86_400
/** Of who has not said when he goes home. */
const SHIFT_SECONDS = 86_400

export type OnDuty = DutyRow & {
  position: LatLng
  idleShare: number
  /** What asking him costs, in expectation: he may not want it, and then the next is asked. */
  unsureSeconds: number
}

export const pickupOf = ({ pickupLat, pickupLng }: { pickupLat: number; pickupLng: number }): LatLng => ({
  lat: pickupLat,
  lng: pickupLng,
})
export const dropoffOf = ({ dropoffLat, dropoffLng }: { dropoffLat: number; dropoffLng: number }): LatLng => ({
  lat: dropoffLat,
  lng: dropoffLng,
})

/** Rows turned into what a policy knows: ids, places by their numbers, seconds from a midnight, so that they are exact. */
export class Builder {
  readonly orders: Order[] = []
  readonly drivers: Driver[] = []
  /** What each driver has to collect already, who may be given more. */
  readonly pending = new Map<string, readonly string[]>()
  readonly originMs: number
  #starts: { driver: number; kitchen: number }[] = []

  constructor(
    readonly places: Places,
    readonly ready: ReadonlyMap<string, Ready>,
    readonly now: Date,
  ) {
    this.originMs = Math.floor(now.getTime() / DAY_MS) * DAY_MS
  }

  secondsOf = (ms: number): number => (ms - this.originMs) / 1000

  addOrder(row: OpenDeliveryRow | CarriedOrder, excluded: ReadonlySet<string>) {
    const { atMs, spreadSeconds } = this.ready.get(row.orderId)!
    this.orders.push({
      id: row.orderId,
      kitchen: row.chefId,
      pickup: this.places.kitchen(pickupOf(row), row.chefId),
      dropoff: this.places.door(dropoffOf(row)),
      placedAt: this.secondsOf(Date.parse(row.createdAt)),
      readyAt: this.secondsOf(atMs),
      readySpreadSeconds: spreadSeconds,
      promisedAt: this.secondsOf(Date.parse(row.promisedAt)),
      latestAt: this.secondsOf(this.now.getTime()) + LATEST_SECONDS,
      size: 1,
      excluded,
    })
  }

  /**
   * Free now, where he is; or with orders of one kitchen to collect, to which more may come; or, with food on board or
   * several kitchens, free at his last door.
   */
  addDriver(row: OnDuty, all: readonly OnDuty[]) {
    const { id, vehicleType, capacity, carried, availableUntil, idleShare, unsureSeconds } = row
    const now = this.secondsOf(this.now.getTime())
    const driver: Driver = {
      id,
      vehicle: profileOfVehicle(vehicleType),
      place: -1 - this.places.driverCount++,
      freeAt: now,
      onAt: now,
      offAt: availableUntil === null ? now + SHIFT_SECONDS : this.secondsOf(Date.parse(availableUntil)),
      capacity,
      idleShare,
      unsureSeconds,
    }
    this.drivers.push(driver)
    if (carried.length === 0) return
    const [{ chefId }] = carried as [CarriedOrder]
    if (carried.every((one) => !one.isPickedUp && one.chefId === chefId)) {
      // Nobody else may have them: he has been promised them.
      const others = new Set(all.map((one) => one.id).filter((other) => other !== id))
      for (const one of carried) this.addOrder(one, others)
      this.pending.set(
        id,
        carried.map(({ orderId }) => orderId),
      )
      this.#starts.push({
        driver: this.drivers.length - 1,
        kitchen: this.places.kitchen(pickupOf(carried[0]!), chefId),
      })
      return
    }
    const left = this.#ridesLeft(row)
    driver.freeAt = now + left.seconds
    driver.place = this.places.door(left.end)
  }

  /** Once places are counted: where drivers are comes after all kitchens and doors. */
  letDriversArrive(travel: Record<string, Float64Array>, placeCount: number) {
    for (const driver of this.drivers) if (driver.place < 0) driver.place = this.places.fixed.length - 1 - driver.place
    const orders = new Map(this.orders.map((order) => [order.id, order]))
    for (const { driver: index, kitchen } of this.#starts) {
      const driver = this.drivers[index]!
      const arrivesAt = driver.freeAt + travel[driver.vehicle]![driver.place * placeCount + kitchen]!
      const orderIds = this.pending.get(driver.id)!
      const own = orderIds.map((id) => orders.get(id)!)
      // What he has promised he collects, however late it gets; more only if it costs him no more of his evening.
      const collectsAt = Math.max(arrivesAt + PICKUP_SECONDS / 2, ...own.map(({ readyAt }) => readyAt))
      Object.assign(driver, {
        place: kitchen,
        freeAt: arrivesAt,
        offAt: Math.max(driver.offAt, collectsAt),
        pending: { kitchen: own[0]!.kitchen, orderIds, arrivesAt },
      })
    }
  }

  /** What is on his way is not weighed, only when it ends: an estimate does. */
  #ridesLeft({ position, route, carried }: OnDuty) {
    const byId = new Map(carried.map((one) => [one.orderId, one]))
    const known = carried.map((one) => ({ orderId: one.orderId, kitchen: one.chefId, isPickedUp: one.isPickedUp }))
    let end = position
    let seconds = 0
    for (const { type, orderId } of stopsLeft(route, known)) {
      const order = byId.get(orderId)!
      const place = type === 'pickup' ? pickupOf(order) : dropoffOf(order)
      seconds += approximateLeg(end, place).durationSeconds
      if (type === 'pickup') {
        const readySeconds = (this.ready.get(orderId)!.atMs - this.now.getTime()) / 1000
        seconds = Math.max(seconds + PICKUP_SECONDS, readySeconds + PICKUP_SECONDS / 2)
      } else seconds += DROPOFF_SECONDS
      end = place
    }
    return { end, seconds }
  }
}
