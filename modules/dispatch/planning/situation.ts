import { config } from '#core/config'
import { database } from '#core/database'
import { distanceMeters } from '#core/geo'
import { positions } from '#core/positions'
import type { ZoneSettings } from '#core/zones'
import { acceptanceShare } from '../acceptance'
import { searchRadiusMeters } from '../cascade'
import { DEFAULT_SETTINGS, type Settings } from '../engine/problem'
import type { OpenDeliveryRow } from '../queries'
import { Builder, DROPOFF_SECONDS, type OnDuty, PICKUP_SECONDS, pickupOf } from './builder'
import type { Demand } from './demand'
import { type DutyRow, findOnDuty } from './duty'
import { readyTimes } from './food'
import type { IdleShares } from './idle-shares'
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

/** What rounds of a zone remember of what they asked. */
export type Remembered = { travel: Travel; demand: Demand; idleShares: IdleShares }

export type ZoneNow = { zoneId: string; rows: readonly OpenDeliveryRow[]; settings: ZoneSettings; now: Date }

/**
 * Of food that may be ready sooner or later, the middle is planned with. A driver who is early waits, one who is late lets food
 * wait and its customer; the second is about two and a half times as bad, and he who has been asked sets out as soon as he
 * accepts, so that he is there sooner than planned by what was left for his answer. docs/dispatch.md has the sum.
 */
const READY_MARGIN = 0

/** Few statements, the drivers' positions, and what is not known yet of the ways between all of them. */
export const gather = async (zone: ZoneNow, remembered: Remembered): Promise<Gathered> => {
  const { rows, settings, now } = zone
  const due = rows.filter(({ readyAt }) => Date.parse(readyAt) - settings.dispatchLeadSeconds * 1000 <= now.getTime())
  const expected = await remembered.demand.expected(database.sql, zone.zoneId, now)
  // Who may be told where to wait need not be near to anything that is due.
  const worthWaitingAt = settings.suggestsWaiting ? expected : []
  const placed = await findPlaced(zone, remembered)
  const radii = radiiOf(due, placed, settings)
  const kitchensDue = [...new Map(due.map((row) => [row.chefId, row])).values()]
  const isNear = ({ position }: OnDuty) =>
    kitchensDue.some((row) => distanceMeters(position, pickupOf(row)) <= radii.get(row.chefId)!) ||
    worthWaitingAt.some(({ at }) => distanceMeters(position, at) <= settings.dispatchRadiusMeters)
  const drivers = placed.filter(isNear)
  const carried = drivers.flatMap((driver) => driver.carried)
  const ready = await readyTimes(database.sql, zone.zoneId, [...due, ...carried], now)
  const places = new Places()
  const builder = new Builder(places, ready, now)
  for (const row of due) builder.addOrder(row, new Set(row.excludedDriverIds))
  for (const driver of drivers) builder.addDriver(driver, drivers)
  const kitchens = expected.map(({ chefId, at, ratePerSecond }) => {
    return { kitchen: chefId, place: places.expected(at), ratePerSecond }
  })
  const radiusOf = (kitchen: number) => radii.get(places.kitchens.get(kitchen)!) ?? settings.dispatchRadiusMeters
  const times = await travelTimes(places, drivers, radiusOf, remembered.travel)
  builder.letDriversArrive(times.travel, places.count)
  return {
    originMs: builder.originMs,
    isApproximate: times.isApproximate,
    pending: builder.pending,
    situation: {
      now: builder.secondsOf(now.getTime()),
      orders: builder.orders,
      drivers: builder.drivers,
      service: SERVICE,
      settings: engineSettings(settings),
      ...(kitchens.length > 0 && { expected: kitchens }),
      placeCount: places.count,
      travel: times.travel,
    },
  }
}

const SERVICE = {
  pickupBefore: PICKUP_SECONDS / 2,
  pickupAfter: PICKUP_SECONDS / 2,
  dropoffBefore: DROPOFF_SECONDS / 2,
  dropoffAfter: DROPOFF_SECONDS / 2,
}

const engineSettings = (settings: ZoneSettings): Settings => ({
  ...DEFAULT_SETTINGS,
  // An offer must be out so long before its driver has to leave: until the next round, until he has answered, and to ask another.
  roundSeconds: roundSeconds() + settings.offerTimeoutSeconds + settings.offerLeadSeconds,
  // What is ready too late was left out by what its kitchen said.
  lookAheadSeconds: Number.MAX_SAFE_INTEGER,
  canReposition: settings.suggestsWaiting,
  isReachableOnMove: true,
  readyMargin: READY_MARGIN,
  // Nobody is given a late ride for being about to go home.
  weights: { ...DEFAULT_SETTINGS.weights, fairness: settings.fairnessWeightSeconds, pastShift: 0 },
})

const roundSeconds = () => config().DISPATCH_ROUND_MS / 1_000

/** How far around each kitchen drivers are asked: as far as the order of it that was refused most. */
const radiiOf = (rows: readonly OpenDeliveryRow[], drivers: readonly OnDuty[], settings: ZoneSettings) => {
  const radii = new Map<string, number>()
  for (const [chefId, own] of Map.groupBy(rows, (row) => row.chefId)) {
    const meters = drivers.map(({ position }) => distanceMeters(position, pickupOf(own[0]!)))
    let radius = 0
    const refused = own.filter(({ excludedDriverIds }) => excludedDriverIds.length > 0)
    if (refused.length < own.length) radius = searchRadiusMeters(0, meters, settings)
    for (const { excludedDriverIds } of refused) {
      const excluded = new Set(excludedDriverIds)
      const willing = meters.filter((_, driver) => !excluded.has(drivers[driver]!.id))
      radius = Math.max(radius, searchRadiusMeters(excluded.size, willing, settings))
    }
    radii.set(chefId, radius)
  }
  return radii
}

/** Whose place is known and recent. */
const findPlaced = async ({ settings, now }: ZoneNow, { idleShares }: Remembered): Promise<OnDuty[]> => {
  const rows = await findOnDuty(database.sql)
  const ids = rows.map(({ id }) => id)
  const [fixes, idle] = await Promise.all([positions.get(ids), idleShares.of(ids, settings, now)])
  const oldest = now.getTime() - settings.fixAgeSecondsMax * 1000
  return rows.flatMap((row, index) => {
    const fix = fixes[index]
    if (!fix || Date.parse(fix.recordedAt) < oldest) return []
    const position = { lat: fix.lat, lng: fix.lng }
    return [{ ...row, position, idleShare: idle.get(row.id) ?? 0, unsureSeconds: unsureSecondsOf(row, settings) }]
  })
}

/** An employed driver takes what he is given. */
const unsureSecondsOf = (row: DutyRow, { offerTimeoutSeconds }: ZoneSettings): number =>
  row.isEmployed ? 0 : (1 - acceptanceShare(row)) * (offerTimeoutSeconds + roundSeconds())
