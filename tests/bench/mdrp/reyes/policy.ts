/**
 * The rolling horizon of Reyes, Erera, Savelsbergh, Sahasrabudhe and O'Neil (The Meal Delivery Routing Problem, Optimization Online,
 * 2018), as far as it is published: bundles by insertion, priority groups, one linear assignment each, commitment in two stages.
 */
import { match } from '#modules/dispatch/engine/matching'
import type { Commit, Driver, Move, Order, Plan, Policy, Situation } from '#modules/dispatch/engine/problem'
import { makeBundles } from './bundles.ts'
import { type Pairing, pair } from './pairing.ts'

/** One set for all classes of instances (the paper tunes them per class). Looking 20 minutes ahead comes nearer to its figures than 10. */
export const REYES = {
  periodSeconds: 300,
  ordersAheadSeconds: 1_200,
  couriersAheadSeconds: 1_200,
  delayWeight: 0.5,
  pickupDelayWeight: 0.5,
  readyPatienceSeconds: 1_200,
}

type Given = { orders: readonly Order[]; isFinal: boolean }

/** A new one for each day: it keeps what couriers are to hear when they finish what they do. */
export const reyes = (): Policy => {
  const queue = new Map<string, Given>()
  const started = new Set<string>()
  return {
    name: 'reyes',
    plan: (situation): Plan => {
      if (situation.now % REYES.periodSeconds === 0) {
        queue.clear()
        for (const [driverId, given] of decide(situation)) queue.set(driverId, given)
      }
      const commits = situation.drivers.flatMap((driver) => {
        const given = queue.get(driver.id)
        if (!given || (!driver.pending && (driver.freeAt > situation.now || driver.onAt > situation.now))) return []
        queue.delete(driver.id)
        return [commitOf(situation, driver, given)]
      })
      const moves = situation.settings.canReposition ? firstMoves(situation, started, commits) : []
      return { commits, moves, holds: [], drafts: [], explanations: [] }
    },
  }
}

/** Who is given what now: couriers who finish before the next decision are told when they do. */
const decide = (situation: Situation): Map<string, Given> => {
  const { now } = situation
  const decided = new Map<string, Given>()
  const orders = situation.orders.filter((order) => order.readyAt <= now + REYES.ordersAheadSeconds)
  const drivers = situation.drivers.filter(
    (driver) => driver.pending || freeAt(driver, now) <= now + REYES.couriersAheadSeconds,
  )
  const sizeTarget = Math.max(1, Math.ceil(orders.length / Math.max(1, drivers.length)))
  const bundles: Order[][] = []
  const bound = Map.groupBy(
    drivers.filter((driver) => driver.pending),
    (driver) => driver.pending!.kitchen,
  )
  for (const [kitchen, own] of Map.groupBy(orders, (order) => order.kitchen)) {
    const heading = bound.get(kitchen) ?? []
    const made = bundlesOf(situation, own, sizeTarget, heading.length)
    const pairs = matchBound(situation, made, heading)
    if (pairs) {
      for (const { driver, bundle } of pairs) decided.set(driver.id, given(situation, driver, bundle))
      const taken = new Set<readonly Order[]>(pairs.map(({ bundle }) => bundle))
      bundles.push(...made.filter((bundle) => !taken.has(bundle)))
    } else {
      const kept = keepSets(heading, own)
      for (const [driver, set] of kept) decided.set(driver.id, given(situation, driver, set))
      const held = new Set([...kept.values()].flat())
      const rest = own.filter((order) => !held.has(order))
      if (rest.length > 0) bundles.push(...bundlesOf(situation, rest, sizeTarget, 0))
    }
  }
  const free = drivers.filter((driver) => !driver.pending)
  for (const { driver, bundle } of matchByPriority(situation, bundles, free)) {
    // Those who are busy for longer hear nothing: the bundle waits for them, or for a better idea.
    if (freeAt(driver, now) < now + REYES.periodSeconds) decided.set(driver.id, given(situation, driver, bundle))
  }
  return decided
}

const freeAt = (driver: Driver, now: number) => Math.max(now, driver.freeAt, driver.onAt)

const bundlesOf = (situation: Situation, orders: readonly Order[], sizeTarget: number, headingCount: number) => {
  const bundleCount = Math.max(headingCount, Math.ceil(orders.length / sizeTarget))
  const bundles = makeBundles(situation, orders, { delayWeight: REYES.delayWeight, sizeTarget, bundleCount })
  // Each who drives there is to find something.
  while (bundles.length < headingCount && bundles.some((bundle) => bundle.length > 1)) {
    const largest = bundles.reduce((a, b) => (b.length > a.length ? b : a))
    bundles.push([largest.pop()!])
  }
  return bundles
}

/** Couriers who drive to this restaurant come first; none if one of them could do none of the bundles. */
const matchBound = (situation: Situation, bundles: Order[][], heading: readonly Driver[]): Pairing[] | undefined => {
  const pairs = matchBundles(situation, bundles, heading)
  return pairs.length === heading.length ? pairs : undefined
}

const keepSets = (heading: readonly Driver[], orders: readonly Order[]): Map<Driver, Order[]> => {
  const byId = new Map(orders.map((order) => [order.id, order]))
  return new Map(heading.map((driver) => [driver, driver.pending!.orderIds.map((id) => byId.get(id)!)]))
}

/** First bundles whose target is out of reach, then those that cannot be collected when ready, then the rest. */
const matchByPriority = (situation: Situation, bundles: Order[][], drivers: readonly Driver[]): Pairing[] => {
  const groups: Order[][][] = [[], [], []]
  for (const bundle of bundles) {
    const pairs = drivers.flatMap((driver) => pair(situation, driver, bundle, REYES.pickupDelayWeight) ?? [])
    const isLate = pairs.every(({ dropoffsAt }) => bundle.some((order, index) => dropoffsAt[index]! > order.promisedAt))
    const readyAt = Math.max(...bundle.map((order) => order.readyAt))
    groups[isLate ? 0 : pairs.every(({ pickupAt }) => pickupAt > readyAt) ? 1 : 2]!.push(bundle)
  }
  const left = new Set(drivers)
  return groups.flatMap((group) => {
    const pairs = matchBundles(situation, group, [...left])
    for (const { driver } of pairs) left.delete(driver)
    return pairs
  })
}

/** As many bundles as can be, then the most profit. */
const matchBundles = (situation: Situation, bundles: readonly Order[][], drivers: readonly Driver[]): Pairing[] => {
  const pairs = bundles.map((bundle) =>
    drivers.map((driver) => pair(situation, driver, bundle, REYES.pickupDelayWeight)),
  )
  const costs = Float64Array.from(pairs.flat(), (option) => (option ? -option.profit : Number.POSITIVE_INFINITY))
  const columnOf = match(costs, bundles.length, drivers.length)
  return pairs.flatMap((options, row) => options[columnOf[row]!] ?? [])
}

/** For good when he can be there and all is ready before the next decision, or when something has waited long enough. */
const given = (situation: Situation, driver: Driver, orders: readonly Order[]): Given => {
  const nextAt = situation.now + REYES.periodSeconds
  const arrivesAt = freeAt(driver, situation.now) + situation.travelSeconds(driver, driver.place, orders[0]!.pickup)
  const isDue = arrivesAt <= nextAt && orders.every((order) => order.readyAt <= nextAt)
  const isStale = orders.some((order) => situation.now - order.readyAt > REYES.readyPatienceSeconds)
  return { orders, isFinal: isDue || isStale }
}

const commitOf = (situation: Situation, driver: Driver, { orders, isFinal }: Given): Commit => {
  const { pickupAt, dropoffsAt } = pair(situation, driver, orders, REYES.pickupDelayWeight) ?? {
    pickupAt: Number.NaN,
    dropoffsAt: [],
  }
  return {
    driverId: driver.id,
    orderIds: orders.map(({ id }) => id),
    kitchens: [orders[0]!.kitchen],
    isFinal,
    leavesAt: situation.now,
    pickupAt,
    dropoffsAt,
    freeAt: (dropoffsAt.at(-1) ?? Number.NaN) + situation.service.dropoffAfter,
  }
}

/** Couriers begin their shift by moving to a restaurant nearby. */
const firstMoves = (situation: Situation, started: Set<string>, commits: readonly Commit[]): Move[] => {
  const told = new Set(commits.map(({ driverId }) => driverId))
  return situation.drivers.flatMap((driver) => {
    if (started.has(driver.id) || driver.onAt > situation.now) return []
    started.add(driver.id)
    if (told.has(driver.id) || driver.freeAt > situation.now) return []
    const way = (place: number) => situation.travelSeconds(driver, driver.place, place)
    const near = (situation.demand?.kitchens ?? []).reduce((a, b) => (way(b.place) < way(a.place) ? b : a))
    return [{ driverId: driver.id, place: near.place, kitchen: near.kitchen, why: 'begins his shift' }]
  })
}
