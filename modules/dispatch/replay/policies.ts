import { distanceMeters } from '#core/geo'
import type { ZoneSettings } from '#core/zones'
import { searchRadiusMeters } from '../cascade.ts'
import { searchWithin } from '../engine/budget.ts'
import { nearestDriver } from '../engine/nearest-driver.ts'
import { optimiser } from '../engine/optimiser.ts'
import type { Snapshot } from '../engine/policy.ts'
import { DEFAULT_SETTINGS, type Draft, type Driver, type Order, type Situation } from '../engine/problem.ts'
import type { Courier, ReplayedOrder } from './courier.ts'
import { type Assignment, expectedReady, type ReplayedMarket, SERVICE, saidReadyAt } from './market.ts'

/** The ways to dispatch that a replay knows, asked as rounds ask them, with what was known at that moment. */

export const REPLAY_POLICIES = ['ours', 'nearest'] as const
export type ReplayPolicy = (typeof REPLAY_POLICIES)[number]

export type RoundOptions = {
  settings: ZoneSettings
  /** Between rounds. */
  roundSeconds: number
  budgetMs: number | undefined
}

/** Remembers what makes the next plan better, as the rounds of a zone do. */
export type Planning = (market: ReplayedMarket, now: number) => { assignments: Assignment[]; ms: number } | undefined

const DAY_SECONDS = 86_400

export const createPlanning = (policy: ReplayPolicy, options: RoundOptions): Planning =>
  policy === 'ours' ? planOurs(options) : planNearest(options)

type Rider = ReturnType<ReplayedMarket['couriers']['get']> & Courier

const dueOf = ({ open }: ReplayedMarket, { dispatchLeadSeconds }: ZoneSettings, now: number) =>
  [...open.values()].filter((order) => saidReadyAt(order, now) - dispatchLeadSeconds <= now)

/** How far around each kitchen drivers are asked. */
const radiiOf = (orders: readonly ReplayedOrder[], riders: readonly Rider[], settings: ZoneSettings) => {
  const radii = new Map<string, number>()
  for (const { kitchen, pickup } of orders) {
    if (radii.has(kitchen)) continue
    const meters = riders.map(({ spot }) => distanceMeters(spot.at, pickup.at))
    radii.set(kitchen, searchRadiusMeters(0, meters, settings))
  }
  return radii
}

const planNearest =
  ({ settings }: RoundOptions): Planning =>
  (market, now) => {
    const due = dueOf(market, settings, now)
    const free = [...market.couriers.values()].filter((one) => one.isOnDuty(now) && one.isFree(now))
    if (due.length === 0) return undefined
    const radii = radiiOf(due, free, settings)
    const instant = (seconds: number) => new Date(seconds * 1000)
    const snapshot: Snapshot = {
      now: instant(now),
      deliveries: due.map((order) => ({
        orderId: order.id,
        pickup: order.pickup.at,
        dropoff: order.dropoff.at,
        placedAt: instant(order.placedAt),
        readyAt: instant(saidReadyAt(order, now)),
        payCents: 0,
        excludedDriverIds: NOBODY,
      })),
      drivers: free.map(({ id, spot }) => ({ driverId: id, position: spot.at })),
      pickupSeconds: free.map(({ profile, spot }) =>
        due.map(({ kitchen, pickup }) =>
          distanceMeters(spot.at, pickup.at) <= radii.get(kitchen)!
            ? market.ways.between(profile, spot, pickup)
            : Number.POSITIVE_INFINITY,
        ),
      ),
      leadSeconds: settings.dispatchLeadSeconds,
    }
    const startedMs = performance.now()
    const decisions = nearestDriver.plan(snapshot)
    const ms = performance.now() - startedMs
    const assignments = decisions.flatMap(({ driverId, orderId }) =>
      driverId ? { driverId, orderIds: [orderId] } : [],
    )
    return { assignments, ms }
  }

const NOBODY: ReadonlySet<string> = new Set()

const planOurs = (options: RoundOptions): Planning => {
  let previous: readonly Draft[] = []
  return (market, now) => {
    const due = dueOf(market, options.settings, now)
    if (due.length === 0) return undefined
    const situation = { ...situationOf(market, due, options, now), previous }
    const startedMs = performance.now()
    const isOver = searchWithin(options.budgetMs, () => performance.now())
    const { commits, drafts } = optimiser.plan(situation, isOver)
    const ms = performance.now() - startedMs
    previous = drafts
    return { assignments: commits.map(({ driverId, orderIds }) => ({ driverId, orderIds })), ms }
  }
}

const situationOf = (
  market: ReplayedMarket,
  due: readonly ReplayedOrder[],
  { settings, roundSeconds }: RoundOptions,
  now: number,
): Situation => {
  const onDuty = [...market.couriers.values()].filter((one) => one.isOnDuty(now))
  const radii = radiiOf(due, onDuty, settings)
  const isNear = ({ spot, errand }: Rider) =>
    errand !== undefined || due.some(({ kitchen, pickup }) => distanceMeters(spot.at, pickup.at) <= radii.get(kitchen)!)
  const riders = onDuty.filter(isNear)
  const orders = due.map((order) => orderOf(order, now))
  for (const { id, errand } of riders) {
    // Nobody else may have them: he has been promised them.
    const others = new Set(riders.map((one) => one.id).filter((other) => other !== id))
    for (const order of errand?.orders ?? []) orders.push({ ...orderOf(order, now), excluded: others })
  }
  const byId = new Map(riders.map((one) => [one.id, one]))
  const reach = new Map(due.map(({ kitchen, pickup }) => [pickup.slot, { at: pickup.at, meters: radii.get(kitchen)! }]))
  return {
    now,
    orders,
    drivers: riders.map((rider) => driverOf(rider, settings, now)),
    travelSeconds: ({ id, place }, from, to) => {
      const { profile, errand, spot } = byId.get(id)!
      const kitchen = reach.get(to)
      const isFar = from === place && !errand && kitchen && distanceMeters(spot.at, kitchen.at) > kitchen.meters
      return isFar ? Number.POSITIVE_INFINITY : market.ways.seconds(profile, from, to)
    },
    service: SERVICE,
    settings: {
      ...DEFAULT_SETTINGS,
      // As live: an offer must be out so long before its driver has to leave.
      roundSeconds: roundSeconds + settings.offerTimeoutSeconds + settings.offerLeadSeconds,
      // What is ready too late was left out by what its kitchen said.
      lookAheadSeconds: Number.MAX_SAFE_INTEGER,
      bundleKitchenSecondsMax: 0,
      canReposition: false,
      explainedMax: 0,
      weights: { ...DEFAULT_SETTINGS.weights, fairness: settings.fairnessWeightSeconds },
    },
  }
}

const orderOf = (order: ReplayedOrder, now: number): Order => {
  const ready = expectedReady(order, now)
  return {
    id: order.id,
    kitchen: order.kitchen,
    pickup: order.pickup.slot,
    dropoff: order.dropoff.slot,
    placedAt: order.placedAt,
    readyAt: ready.at,
    readySpreadSeconds: ready.spreadSeconds,
    promisedAt: order.promisedAt,
    latestAt: now + DAY_SECONDS,
    size: 1,
  }
}

/** When somebody goes home is not told to a policy: nobody knew it. */
const driverOf = (rider: Rider, { fairnessWeightSeconds }: ZoneSettings, now: number): Driver => {
  const { id, profile, capacity, errand, spot, freeAt } = rider
  const same = {
    ...{ id, vehicle: profile, capacity, onAt: now, offAt: now + DAY_SECONDS },
    ...(fairnessWeightSeconds > 0 && { idleShare: rider.idleShare(now) }),
  }
  if (!errand) return { ...same, place: spot.slot, freeAt: Math.max(now, freeAt) }
  const { arrivesAt, kitchen, orders } = errand
  const pending = { kitchen: orders[0]!.kitchen, orderIds: orders.map((order) => order.id), arrivesAt }
  return { ...same, place: kitchen.slot, freeAt: arrivesAt, pending }
}
