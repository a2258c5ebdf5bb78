import type { Compiled } from './compiled.ts'
import type { Place, Situation } from './problem.ts'
import type { Ride } from './route-cost.ts'

/** The busiest are enough to know where the middle is. */
const KITCHENS_MAX = 40
/** Farther, or no way at all, is as bad as that. */
const FAR_SECONDS = 1_200

/**
 * What a route does to the orders that are still to come, in seconds: its driver ends nearer to where they are expected than he began
 * (cheaper) or farther from there (dearer); and what he works past his shift nobody will miss. `ride` has come to its end. So of several who would all be
 * there in time, he goes who is least needed where he is. An approximation of the value of a driver's place and time by one
 * step, as in Ulmer and Thomas, Meso-parametric value function approximation for dynamic customer acceptances in delivery routing (2020).
 */
export const outlookCost = (of: Compiled, driver: number, ride: Ride): number => {
  const past = ride.time - of.offAt[driver]!
  const cost = of.remoteness(driver, ride.place) - of.startRemoteness[driver]!
  return past > 0 ? cost - of.settings.weights.pastShift * past : cost
}

/** The mean way from a place to the kitchens, each as often as orders are expected there; weighed. Drivers of one vehicle go alike. */
export const remotenessOf = ({ demand, drivers, travelSeconds, now, settings }: Situation) => {
  const weight = settings.weights.remoteness
  const spots = (weight === 0 ? [] : (demand?.kitchens ?? []))
    .map(({ kitchen, place }) => ({ place, rate: demand!.ratePerSecond(kitchen, now) }))
    .filter(({ rate }) => rate > 0)
    .sort((a, b) => b.rate - a.rate || a.place - b.place)
    .slice(0, KITCHENS_MAX)
  if (spots.length === 0) return () => 0
  const sum = spots.reduce((total, { rate }) => total + rate, 0)
  const byVehicle = new Map<string, number[]>()
  const known = drivers.map(({ vehicle }) => {
    const places = byVehicle.get(vehicle) ?? []
    byVehicle.set(vehicle, places)
    return places
  })
  return (driver: number, from: Place): number => {
    const found = known[driver]![from]
    if (found !== undefined) return found
    let seconds = 0
    for (const { place, rate } of spots) {
      seconds += rate * Math.min(FAR_SECONDS, travelSeconds(drivers[driver]!, from, place))
    }
    const cost = (weight * seconds) / sum
    known[driver]![from] = cost
    return cost
  }
}
