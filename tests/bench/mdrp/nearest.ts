/**
 * The rule that most marketplaces begin with: each order, oldest first, to the nearest courier without work, as soon as he
 * arrives no earlier than the food. No bundles, nobody is sent anywhere without an order.
 */
import type { Commit, Driver, Order, Plan, Policy, Situation } from '#modules/dispatch/engine/problem'

export const nearest: Policy = {
  name: 'nearest',
  plan: (situation): Plan => {
    const idle = new Set(situation.drivers.filter((driver) => isIdle(driver, situation.now)))
    const commits: Commit[] = []
    for (const order of [...situation.orders].sort(byPlacement)) {
      const rides = [...idle].flatMap((driver) => ride(situation, driver, order) ?? [])
      const best = rides.reduce<Ride | undefined>((a, b) => (a && a.waySeconds <= b.waySeconds ? a : b), undefined)
      if (!best || best.arrivesAt < order.readyAt - situation.service.pickupBefore) continue
      idle.delete(best.driver)
      commits.push(best.commit)
    }
    return { commits, moves: [], holds: [], drafts: [], explanations: [] }
  },
}

type Ride = { driver: Driver; waySeconds: number; arrivesAt: number; commit: Commit }

const isIdle = (driver: Driver, now: number) =>
  !driver.pending && driver.onAt <= now && driver.freeAt <= now && now <= driver.offAt

const byPlacement = (a: Order, b: Order) => a.placedAt - b.placedAt || (a.id < b.id ? -1 : 1)

const ride = (situation: Situation, driver: Driver, order: Order): Ride | undefined => {
  const { now, service, travelSeconds } = situation
  const waySeconds = travelSeconds(driver, driver.place, order.pickup)
  const arrivesAt = now + waySeconds
  const pickupAt = Math.max(order.readyAt, arrivesAt + service.pickupBefore)
  const leavesKitchenAt = pickupAt + service.pickupAfter
  const dropoffAt = leavesKitchenAt + travelSeconds(driver, order.pickup, order.dropoff) + service.dropoffBefore
  if (pickupAt > driver.offAt || dropoffAt > order.latestAt) return undefined
  const commit: Commit = {
    driverId: driver.id,
    orderIds: [order.id],
    kitchens: [order.kitchen],
    isFinal: true,
    leavesAt: now,
    pickupAt,
    dropoffsAt: [dropoffAt],
    freeAt: dropoffAt + service.dropoffAfter,
  }
  return { driver, waySeconds, arrivesAt, commit }
}
