/**
 * The city that `bun dev` and the simulator run in: forty home kitchens, drivers, customers and addresses on the real
 * streets of Göteborg. People, kitchens, house numbers and postal codes are invented; street names and shapes are real.
 *
 * Streets: © OpenStreetMap contributors, ODbL.
 */
import { distanceMeters, type LatLng } from '#core/geo'
import { addressBook, type DrawAddress, fromCenter } from './addresses'
import { kitchenPlans } from './kitchens/index'
import type { FeatureCollection } from './network'
import { customerPeople, driverPeople } from './people'
import { seededRandom } from './random'
import { streetsWithHomes } from './streets'
import type { DemoAddress, DemoCity, DemoCustomer, DemoDriver, DemoKitchen } from './types'
import { demoZone } from './zone'

export { type FeatureCollection, readNetwork } from './network'
export type * from './types'

const ADDRESS_COUNT = 400
const KITCHEN_FROM_CENTER_METERS_MAX = 4900
const KITCHEN_GAP_METERS_MIN = 160
/** Customers and drivers of the demo live and start where most kitchens can deliver. */
const PEOPLE_FROM_CENTER_METERS_MAX = 3000

/** The same city for the same network and seed. Throws when the network has too few streets for it. */
export const demoCity = (network: FeatureCollection, seed = 1): DemoCity => {
  const drawAddress = addressBook(streetsWithHomes(network), seededRandom(seed))
  return {
    zone: demoZone(network),
    kitchens: placeKitchens(drawAddress),
    customers: placeCustomers(drawAddress),
    drivers: placeDrivers(drawAddress),
    addresses: Array.from({ length: ADDRESS_COUNT }, () => drawAddress()),
  }
}

const placeKitchens = (drawAddress: DrawAddress): DemoKitchen[] => {
  const placed: LatLng[] = []
  const fits = (place: LatLng) =>
    fromCenter(place) <= KITCHEN_FROM_CENTER_METERS_MAX &&
    placed.every((other) => distanceMeters(place, other) >= KITCHEN_GAP_METERS_MIN)
  return kitchenPlans.map((plan, index) => {
    const address: DemoAddress = drawAddress(fits)
    placed.push(address.coordinates)
    return { email: `chef${index + 1}@test.com`, phoneNumber: phoneNumber(index), address, ...structuredClone(plan) }
  })
}

const placeCustomers = (drawAddress: DrawAddress): DemoCustomer[] =>
  customerPeople.map((person, index) => ({
    email: `customer${index + 1}@test.com`,
    ...person,
    phoneNumber: phoneNumber(kitchenPlans.length + index),
    address: drawAddress(isCentral),
  }))

const placeDrivers = (drawAddress: DrawAddress): DemoDriver[] =>
  driverPeople.map((person, index) => ({
    email: `driver${index + 1}@test.com`,
    ...person,
    phoneNumber: phoneNumber(kitchenPlans.length + customerPeople.length + index),
    start: drawAddress(isCentral).coordinates,
  }))

const isCentral = (place: LatLng) => fromCenter(place) <= PEOPLE_FROM_CENTER_METERS_MAX

/** 070-174 06 05 to 070-174 06 99, which the Swedish telecoms authority keeps free for fiction. */
const FICTIONAL_NUMBER_FIRST = 46_701_740_605
const FICTIONAL_NUMBER_COUNT = 95

const phoneNumber = (index: number): string => {
  if (index >= FICTIONAL_NUMBER_COUNT) throw new Error('more people than fictional phone numbers')
  return `+${FICTIONAL_NUMBER_FIRST + index}`
}
