import { distanceMeters, type LatLng } from '#core/geo'
import { type Profile, profileOfVehicle } from '#modules/routing/index'
import { rideTimes } from '../ride-times'
import type { CarriedOrder } from './duty'
import type { Travel } from './travel'

/** Kitchens and doors once each, then where drivers are. */
export class Places {
  readonly fixed: LatLng[] = []
  /** Their ids by their places. */
  readonly kitchens = new Map<number, string>()
  readonly expectedAt: number[] = []
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

  kitchen(at: LatLng, id: string): number {
    const index = this.door(at)
    this.kitchens.set(index, id)
    return index
  }

  /** A kitchen as somewhere that orders are expected: a place apart, since no radius keeps a driver from being far from it. */
  expected(at: LatLng): number {
    const index = this.fixed.push(at) - 1
    this.expectedAt.push(index)
    return index
  }

  get count() {
    return this.fixed.length + this.driverCount
  }
}

type Traveller = { position: LatLng; vehicleType: string; carried: readonly CarriedOrder[] }

/** Between all fixed places, and from each driver to the kitchens that ask so far, and to where orders are expected; there is no way to the rest. */
export const travelTimes = async (
  places: Places,
  drivers: readonly Traveller[],
  radiusOf: (kitchen: number) => number,
  travel: Travel,
) => {
  const kitchens = [...places.kitchens.keys()]
  const reached = [...kitchens, ...places.expectedAt]
  const profiles = new Set(drivers.map(({ vehicleType }) => profileOfVehicle(vehicleType)))
  const toKitchens = drivers.map((driver) => ({ position: driver.position, vehicleType: driver.vehicleType }))
  const [rides, ...fixed] = await Promise.all([
    rideTimes(
      toKitchens,
      reached.map((index) => places.fixed[index]!),
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
  for (const [index, { position, vehicleType, carried }] of drivers.entries()) {
    const table = tables[profileOfVehicle(vehicleType)]
    for (const [column, place] of reached.entries()) {
      const isAsked = column < kitchens.length
      const isFar = isAsked && distanceMeters(position, places.fixed[place]!) > radiusOf(place)
      // Who has an order comes from wherever he is.
      if (isFar && carried.length === 0) continue
      table[(fixedCount + index) * count + place] = rides.seconds[index]![column]!
    }
  }
  return { travel: tables, isApproximate: rides.isApproximate || fixed.some((one) => one.isApproximate) }
}
