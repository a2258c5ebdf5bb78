import { database } from '#core/database'
import { distanceMeters, type LatLng } from '#core/geo'
import { positions } from '#core/positions'
import type { ZoneSettings } from '#core/zones'
import { approximateLeg, type Profile, profileOfVehicle } from '#modules/routing/index'
import { DEFAULT_SETTINGS, type Driver, type Order } from '../engine/problem'
import type { OpenDeliveryRow } from '../queries'
import { rideTimes } from '../ride-times'
import { stopsLeft } from '../stop-order'
import { type CarriedOrder, type DutyRow, findOnDuty } from './duty'
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
  const isNear = (position: LatLng) =>
    rows.some((row) => distanceMeters(position, pickupOf(row)) <= settings.dispatchRadiusMeters)
  const drivers = (await findPlaced(settings, now)).filter(({ position }) => isNear(position))
  const places = new Places()
  const builder = new Builder(places, now)
  const due = rows.filter(({ readyAt }) => Date.parse(readyAt) - settings.dispatchLeadSeconds * 1000 <= now.getTime())
  for (const row of due) builder.addOrder(row, new Set(row.excludedDriverIds), row.status === 'ready_for_pickup')
  for (const driver of drivers) builder.addDriver(driver, drivers)
  const times = await travelTimes(places, drivers, settings, travel)
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

/** Kitchens and doors once each, then where drivers are. */
class Places {
  readonly fixed: LatLng[] = []
  readonly kitchens = new Set<number>()
  /** Of each driver in the order in which they are added. */
  driverCount = 0
  #indexes = new Map<string, number>()

  door(at: LatLng): number {
    const key = `${at.lat},${at.lng}`
    const known = this.#indexes.get(key)
    if (known !== undefined) return known
    this.#indexes.set(key, this.fixed.length)
    return this.fixed.push(at) - 1
  }

  kitchen(at: LatLng): number {
    const index = this.door(at)
    this.kitchens.add(index)
    return index
  }

  get count() {
    return this.fixed.length + this.driverCount
  }
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
      pickup: this.places.kitchen(pickupOf(row)),
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
      this.#starts.push({ driver: this.drivers.length - 1, kitchen: this.places.kitchen(pickupOf(carried[0]!)) })
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

/** Between all fixed places, and from each driver to the kitchens within his zone's radius; there is no way to the rest. */
const travelTimes = async (places: Places, drivers: readonly OnDuty[], settings: ZoneSettings, travel: Travel) => {
  const kitchens = [...places.kitchens]
  const profiles = new Set(drivers.map(({ vehicleType }) => profileOfVehicle(vehicleType)))
  const toKitchens = drivers.map((driver) => ({ position: driver.position, vehicleType: driver.vehicleType }))
  const [rides, ...fixed] = await Promise.all([
    rideTimes(
      toKitchens,
      kitchens.map((index) => places.fixed[index]!),
    ),
    ...[...profiles].map(async (profile) => ({ profile, ...(await travel.between(places.fixed, profile)) })),
  ])
  const tables = {} as Record<Profile, Float64Array>
  const [fixedCount, count] = [places.fixed.length, places.count]
  for (const { profile, seconds } of fixed) {
    const table = new Float64Array(count * count).fill(Number.POSITIVE_INFINITY)
    for (let from = 0; from < fixedCount; from++) {
      table.set(seconds.subarray(from * fixedCount, (from + 1) * fixedCount), from * count)
    }
    tables[profile] = table
  }
  for (const [index, { position, vehicleType }] of drivers.entries()) {
    const table = tables[profileOfVehicle(vehicleType)]
    for (const [column, kitchen] of kitchens.entries()) {
      if (distanceMeters(position, places.fixed[kitchen]!) > settings.dispatchRadiusMeters) continue
      table[(fixedCount + index) * count + kitchen] = rides.seconds[index]![column]!
    }
  }
  return { travel: tables, isApproximate: rides.isApproximate || fixed.some((one) => one.isApproximate) }
}
