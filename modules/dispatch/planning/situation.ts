import { database } from '#core/database'
import { distanceMeters, type LatLng } from '#core/geo'
import { positions } from '#core/positions'
import type { ZoneSettings } from '#core/zones'
import { approximateLeg, profileOfVehicle } from '#modules/routing/index'
import { searchRadiusMeters } from '../cascade'
import { DEFAULT_SETTINGS, type Driver, type Order } from '../engine/problem'
import type { OpenDeliveryRow } from '../queries'
import { stopsLeft } from '../stop-order'
import { type CarriedOrder, type DutyRow, findOnDuty } from './duty'
import { Places, travelTimes } from './places'
import type { SentSituation } from './plan'
import type { Travel } from './travel'

/** A zone at an instant, as a policy is asked about it. Its seconds count from a midnight, so that they are exact. */
export type Gathered = {
  situation: SentSituation
  originMs: number
  isApproximate: boolean
  /** What each driver has to collect already, who may be given more. */
  pending: ReadonlyMap<string, readonly string[]>
}

const DAY_MS = 86_400_000
/** Half of each before the food changes hands, half after it. */
const PICKUP_SECONDS = 120
const DROPOFF_SECONDS = 120
/** What nobody has taken for so long is somebody's problem, but not one of time. */
const LATEST_SECONDS = 86_400
/** Who says when he goes home is not known. */
const SHIFT_SECONDS = 86_400
/** Of a kitchen's own estimate, while it cooks. */
const READY_SPREAD_SECONDS = 240

type OnDuty = DutyRow & { position: LatLng }

/** Two statements, the drivers' positions, and what is not known yet of the ways between all of them. */
export const gather = async (
  rows: readonly OpenDeliveryRow[],
  settings: ZoneSettings,
  roundSeconds: number,
  travel: Travel,
  now: Date,
): Promise<Gathered> => {
  const due = rows.filter(({ readyAt }) => Date.parse(readyAt) - settings.dispatchLeadSeconds * 1000 <= now.getTime())
  const placed = await findPlaced(settings, now)
  const radii = radiiOf(due, placed, settings)
  const isNear = ({ position }: OnDuty) =>
    due.some((row) => distanceMeters(position, pickupOf(row)) <= radii.get(row.chefId)!)
  const drivers = placed.filter(isNear)
  const places = new Places()
  const builder = new Builder(places, now)
  for (const row of due) builder.addOrder(row, new Set(row.excludedDriverIds), row.status === 'ready_for_pickup')
  for (const driver of drivers) builder.addDriver(driver, drivers)
  const radiusOf = (kitchen: number) => radii.get(places.kitchens.get(kitchen)!) ?? settings.dispatchRadiusMeters
  const times = await travelTimes(places, drivers, radiusOf, travel)
  builder.letDriversArrive(times.travel, places.count)
  return {
    originMs: builder.originMs,
    isApproximate: times.isApproximate,
    pending: builder.pending,
    situation: {
      now: builder.secondsOf(now.getTime()),
      orders: builder.orders,
      drivers: builder.drivers,
      service: {
        pickupBefore: PICKUP_SECONDS / 2,
        pickupAfter: PICKUP_SECONDS / 2,
        dropoffBefore: DROPOFF_SECONDS / 2,
        dropoffAfter: DROPOFF_SECONDS / 2,
      },
      settings: {
        ...DEFAULT_SETTINGS,
        roundSeconds,
        lookAheadSeconds: settings.dispatchLeadSeconds,
        canReposition: false,
        weights: { ...DEFAULT_SETTINGS.weights, fairness: settings.fairnessWeightSeconds },
      },
      placeCount: places.count,
      travel: times.travel,
    },
  }
}

const pickupOf = ({ pickupLat, pickupLng }: { pickupLat: number; pickupLng: number }): LatLng => ({
  lat: pickupLat,
  lng: pickupLng,
})
const dropoffOf = ({ dropoffLat, dropoffLng }: { dropoffLat: number; dropoffLng: number }): LatLng => ({
  lat: dropoffLat,
  lng: dropoffLng,
})

/** How far around each kitchen drivers are asked: as far as the order of it that was refused most. */
const radiiOf = (rows: readonly OpenDeliveryRow[], drivers: readonly OnDuty[], settings: ZoneSettings) => {
  const radii = new Map<string, number>()
  for (const row of rows) {
    const excluded = new Set(row.excludedDriverIds)
    const willing = drivers.filter(({ id }) => !excluded.has(id))
    const meters = willing.map(({ position }) => distanceMeters(position, pickupOf(row)))
    const radius = searchRadiusMeters(excluded.size, meters, settings)
    radii.set(row.chefId, Math.max(radii.get(row.chefId) ?? 0, radius))
  }
  return radii
}

/** Whose place is known and recent. */
const findPlaced = async ({ fixAgeSecondsMax }: ZoneSettings, now: Date): Promise<OnDuty[]> => {
  const rows = await findOnDuty(database.sql)
  const fixes = await positions.get(rows.map(({ id }) => id))
  const oldest = now.getTime() - fixAgeSecondsMax * 1000
  return rows.flatMap((row, index) => {
    const fix = fixes[index]
    return fix && Date.parse(fix.recordedAt) >= oldest ? [{ ...row, position: { lat: fix.lat, lng: fix.lng } }] : []
  })
}

class Builder {
  readonly orders: Order[] = []
  readonly drivers: Driver[] = []
  readonly pending = new Map<string, readonly string[]>()
  readonly originMs: number
  #starts: { driver: number; kitchen: number }[] = []

  constructor(
    readonly places: Places,
    readonly now: Date,
  ) {
    this.originMs = Math.floor(now.getTime() / DAY_MS) * DAY_MS
  }

  secondsOf = (ms: number): number => (ms - this.originMs) / 1000

  addOrder(row: OpenDeliveryRow | CarriedOrder, excluded: ReadonlySet<string>, isReady: boolean) {
    const placedAt = this.secondsOf(Date.parse(row.createdAt))
    this.orders.push({
      id: row.orderId,
      kitchen: row.chefId,
      pickup: this.places.kitchen(pickupOf(row), row.chefId),
      dropoff: this.places.door(dropoffOf(row)),
      placedAt,
      readyAt: this.secondsOf(Date.parse(row.readyAt)),
      readySpreadSeconds: isReady ? 0 : READY_SPREAD_SECONDS,
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
  addDriver({ id, vehicleType, capacity, carried, route, position }: OnDuty, all: readonly OnDuty[]) {
    const now = this.secondsOf(this.now.getTime())
    const driver: Driver = {
      id,
      vehicle: profileOfVehicle(vehicleType),
      place: -1 - this.places.driverCount++,
      freeAt: now,
      onAt: now,
      offAt: now + SHIFT_SECONDS,
      capacity,
    }
    this.drivers.push(driver)
    if (carried.length === 0) return
    const [{ chefId }] = carried as [CarriedOrder]
    if (carried.every((one) => !one.isPickedUp && one.chefId === chefId)) {
      // Nobody else may have them: he has been promised them.
      const others = new Set(all.map((one) => one.id).filter((other) => other !== id))
      for (const one of carried) this.addOrder(one, others, false)
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
    const left = ridesLeft(position, route, carried)
    driver.freeAt = now + left.seconds
    driver.place = this.places.door(left.end)
  }

  /** Once places are counted: where drivers are comes after all kitchens and doors. */
  letDriversArrive(travel: Record<string, Float64Array>, placeCount: number) {
    for (const driver of this.drivers) if (driver.place < 0) driver.place = this.places.fixed.length - 1 - driver.place
    for (const { driver: index, kitchen } of this.#starts) {
      const driver = this.drivers[index]!
      const arrivesAt = driver.freeAt + travel[driver.vehicle]![driver.place * placeCount + kitchen]!
      const orderIds = this.pending.get(driver.id)!
      const { kitchen: name } = this.orders.find(({ id }) => id === orderIds[0])!
      Object.assign(driver, { place: kitchen, freeAt: arrivesAt, pending: { kitchen: name, orderIds, arrivesAt } })
    }
  }
}

/** What is on his way is not weighed, only when it ends: an estimate does. */
const ridesLeft = (position: LatLng, route: DutyRow['route'], carried: readonly CarriedOrder[]) => {
  const byId = new Map(carried.map((one) => [one.orderId, one]))
  const known = carried.map((one) => ({ orderId: one.orderId, kitchen: one.chefId, isPickedUp: one.isPickedUp }))
  let end = position
  let seconds = 0
  for (const { type, orderId } of stopsLeft(route, known)) {
    const order = byId.get(orderId)!
    const place = type === 'pickup' ? pickupOf(order) : dropoffOf(order)
    seconds += approximateLeg(end, place).durationSeconds + (type === 'pickup' ? PICKUP_SECONDS : DROPOFF_SECONDS)
    end = place
  }
  return { end, seconds }
}
