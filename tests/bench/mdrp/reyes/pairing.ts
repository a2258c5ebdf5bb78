/** What a courier would make of a bundle. */
import type { Driver, Order, Situation } from '#modules/dispatch/engine/problem'

export type Pairing = {
  driver: Driver
  bundle: readonly Order[]
  pickupAt: number
  dropoffsAt: number[]
  profit: number
}

/** None when he could not collect it within his shift, or not bring all of it in time. Profit is in orders a minute. */
export const pair = (
  situation: Situation,
  driver: Driver,
  orders: readonly Order[],
  pickupDelayWeight: number,
): Pairing | undefined => {
  const { now, service, travelSeconds } = situation
  const kitchen = orders[0]!.pickup
  const freeAt = Math.max(now, driver.freeAt, driver.onAt)
  const readyAt = Math.max(...orders.map((order) => order.readyAt))
  // Who waits at the restaurant has been there for a while.
  const arrivesAt = driver.place === kitchen ? driver.freeAt : freeAt + travelSeconds(driver, driver.place, kitchen)
  const pickupAt = Math.max(now, readyAt, arrivesAt + service.pickupBefore)
  if (pickupAt > driver.offAt) return undefined
  let [at, place] = [pickupAt + service.pickupAfter, kitchen]
  const dropoffsAt: number[] = []
  for (const order of orders) {
    const dropoffAt = at + travelSeconds(driver, place, order.dropoff) + service.dropoffBefore
    if (dropoffAt > order.latestAt) return undefined
    dropoffsAt.push(dropoffAt)
    at = dropoffAt + service.dropoffAfter
    place = order.dropoff
  }
  const ordersPerMinute = orders.length / ((dropoffsAt.at(-1)! - freeAt) / 60)
  const profit = ordersPerMinute - (pickupDelayWeight * (pickupAt - readyAt)) / 60
  return { driver, bundle: orders, pickupAt, dropoffsAt, profit }
}
