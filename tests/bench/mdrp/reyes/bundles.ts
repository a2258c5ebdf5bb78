/** Bundles of one restaurant, by parallel insertion (Reyes et al., The Meal Delivery Routing Problem, 2018, section 4). */
import type { Driver, Order, Situation } from '#modules/dispatch/engine/problem'

export type BundleOptions = {
  /** Seconds of travel that a second of delay of an order is worth. */
  delayWeight: number
  sizeTarget: number
  bundleCount: number
}

/** `orders` of one restaurant; in the answer each bundle is in the order of its dropoffs, and none is empty. */
export const makeBundles = (situation: Situation, orders: readonly Order[], options: BundleOptions): Order[][] => {
  const bundles: Order[][] = Array.from({ length: options.bundleCount }, () => [])
  const sorted = [...orders].sort((a, b) => a.readyAt - b.readyAt || (a.id < b.id ? -1 : 1))
  for (const order of sorted) insertCheapest(situation, bundles, order, options)
  for (const order of sorted) {
    const holder = bundles.findIndex((bundle) => bundle.includes(order))
    bundles[holder] = bundles[holder]!.filter((one) => one !== order)
    insertCheapest(situation, bundles, order, options)
  }
  return bundles.filter((bundle) => bundle.length > 0)
}

const insertCheapest = (situation: Situation, bundles: Order[][], order: Order, options: BundleOptions): void => {
  let best: { index: number; bundle: Order[]; added: number } | undefined
  for (const [index, bundle] of bundles.entries()) {
    const before = costOf(situation, bundle, options.delayWeight)
    for (let at = 0; at <= bundle.length; at++) {
      const grown = bundle.toSpliced(at, 0, order)
      if (bundle.length >= options.sizeTarget && !isFasterPerOrder(situation, bundle, grown)) continue
      const added = costOf(situation, grown, options.delayWeight) - before
      if (!best || added < best.added) best = { index, bundle: grown, added }
    }
  }
  if (best) bundles[best.index] = best.bundle
  else bundles.push([order])
}

const isFasterPerOrder = (situation: Situation, bundle: readonly Order[], grown: readonly Order[]): boolean =>
  durationOf(situation, grown) / grown.length < durationOf(situation, bundle) / bundle.length

/** Of the bundle's food in the order of its dropoffs, collected as soon as the last of it is ready. */
const walk = (situation: Situation, bundle: readonly Order[], visit: (order: Order, dropoffAt: number) => void) => {
  const { service, travelSeconds } = situation
  let at = Math.max(...bundle.map(({ readyAt }) => readyAt)) + service.pickupAfter
  let place = bundle[0]!.pickup
  for (const order of bundle) {
    const dropoffAt = at + travelSeconds(ANYONE, place, order.dropoff) + service.dropoffBefore
    visit(order, dropoffAt)
    at = dropoffAt + service.dropoffAfter
    place = order.dropoff
  }
}

const durationOf = (situation: Situation, bundle: readonly Order[]): number => {
  let end = 0
  walk(situation, bundle, (_order, dropoffAt) => {
    end = dropoffAt
  })
  return end - Math.max(...bundle.map(({ readyAt }) => readyAt))
}

const costOf = (situation: Situation, bundle: readonly Order[], delayWeight: number): number => {
  if (bundle.length === 0) return 0
  const { service, travelSeconds } = situation
  let [travel, delay, place] = [0, 0, bundle[0]!.pickup]
  walk(situation, bundle, (order, dropoffAt) => {
    travel += travelSeconds(ANYONE, place, order.dropoff)
    place = order.dropoff
    const way = travelSeconds(ANYONE, order.pickup, order.dropoff)
    delay += dropoffAt - (order.readyAt + service.pickupAfter + way + service.dropoffBefore)
  })
  return travel + delayWeight * delay
}

/** All couriers of an instance go equally fast; bundles are made before anyone is chosen for them. */
const ANYONE: Driver = {
  id: '',
  vehicle: 'courier',
  place: 0,
  freeAt: 0,
  onAt: 0,
  offAt: Number.POSITIVE_INFINITY,
  capacity: Number.POSITIVE_INFINITY,
}
