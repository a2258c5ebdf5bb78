import { database } from '#core/database'
import { distanceMeters } from '#core/geo'
import { newId } from '#core/ids'
import { counter, histogram } from '#core/metrics'
import { positions } from '#core/positions'
import { settingsOfZone, type ZoneSettings } from '#core/zones'
import { searchRadiusMeters } from './cascade.ts'
import { nearestDriver } from './engine/nearest-driver.ts'
import type { Decision, FreeDriver, OpenDelivery, Policy, Snapshot } from './engine/policy.ts'
import type { Fence } from './leases.ts'
import { makeOffer } from './offers.ts'
import type { Planner } from './planning/planner.ts'
import * as queries from './queries.ts'
import { rideTimes } from './ride-times.ts'

export const policy: Policy = nearestDriver

const ROUND_SECONDS_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]
const roundSeconds = histogram(
  'dispatch_round_seconds',
  'Time of a dispatch round of one zone',
  [],
  ROUND_SECONDS_BUCKETS,
)
const decisionsMade = counter('dispatch_decisions_total', 'Decisions of dispatch rounds', ['outcome'])

const roundsCut = counter('dispatch_rounds_cut_total', 'Rounds that took too long and left decisions to the next')
/** What was decided so long ago is decided again, from what is true now. */
const ROUND_MS_MAX = 4_000

/** One round in a zone that this process holds: snapshot, plan, offers. Throws a FencedError when it is another's now. */
export const runRound = async (fence: Fence, planner: Planner, now: Date) => {
  const settings = await settingsOfZone(database.sql, fence.zoneId)
  if (!settings) return
  const startedMs = performance.now()
  const rows = await queries.findOpenDeliveries(database.sql, fence.zoneId, now)
  if (rows.length > 0) {
    const { decisions } = await planner.plan('nearest-driver', await snapshotOf(rows, settings, now))
    await carryOut({ fence, settings, rows, now, startedMs }, decisions)
  }
  roundSeconds.observe((performance.now() - startedMs) / 1_000)
}

type Round = {
  fence: Fence
  settings: ZoneSettings
  rows: readonly queries.OpenDeliveryRow[]
  now: Date
  startedMs: number
}

/** Each offer by itself, guarded by what must still be true; then, in one statement, for whom there is nobody. */
const carryOut = async (round: Round, decisions: readonly Decision[]) => {
  const { fence, rows, now, startedMs } = round
  const rowsById = new Map(rows.map((row) => [row.orderId, row]))
  const nobody = []
  for (const decision of decisions) {
    const record = decisionOf(fence.zoneId, decision, now)
    if (decision.driverId === null) {
      nobody.push({ ...record, outcome: 'no_driver' as const })
      continue
    }
    if (performance.now() - startedMs > ROUND_MS_MAX) {
      roundsCut.inc()
      return
    }
    const { driverId, pickupSeconds } = decision
    const { orderId, payCents, currency } = rowsById.get(decision.orderId)!
    const timeoutSeconds = round.settings.offerTimeoutSeconds
    const offer = { driverId, orderIds: [orderId], payCents, currency, pickupSeconds, timeoutSeconds }
    const made = await makeOffer(offer, [{ ...record, outcome: 'offered' }], fence, now)
    decisionsMade.inc({ outcome: made ? 'offered' : 'overtaken' })
  }
  if (nobody.length === 0) return
  decisionsMade.inc({ outcome: 'no_driver' }, nobody.length)
  await queries.insertNoDriver(database.sql, nobody, fence)
}

export const decisionOf = (zoneId: string, decision: Decision, now: Date) => ({
  id: newId(),
  zoneId,
  orderId: decision.orderId,
  driverId: decision.driverId,
  policy: policy.name,
  reason: decision.driverId ? 'The nearest free driver who was not excluded.' : 'No free driver can come.',
  candidates: decision.candidates.map((one) => ({
    ...one,
    pickupSeconds: Number.isFinite(one.pickupSeconds) ? one.pickupSeconds : null,
  })),
  now,
})

export const snapshotOf = async (
  rows: readonly queries.OpenDeliveryRow[],
  settings: ZoneSettings,
  now: Date,
  forOrder?: string,
): Promise<Snapshot> => {
  const deliveries = rows.map(openDeliveryOf)
  const drivers = await freeDrivers(settings, now, forOrder)
  const meters = drivers.map(({ position }) => deliveries.map(({ pickup }) => distanceMeters(position, pickup)))
  const radii = deliveries.map(({ excludedDriverIds }, index) => {
    const willing = drivers.flatMap(({ driverId }, driver) =>
      excludedDriverIds.has(driverId) ? [] : [meters[driver]![index]!],
    )
    return searchRadiusMeters(excludedDriverIds.size, willing, settings)
  })
  const isNear = (driver: number, delivery: number) => meters[driver]![delivery]! <= radii[delivery]!
  const near = drivers.flatMap((driver, index) =>
    deliveries.some((_, at) => isNear(index, at)) ? [{ driver, index }] : [],
  )
  const pickups = deliveries.map(({ pickup }) => pickup)
  const seconds = await rideTimes(
    near.map(({ driver }) => driver),
    pickups,
  )
  return {
    now,
    deliveries,
    drivers: near.map(({ driver }) => driver),
    pickupSeconds: near.map(({ index }, row) =>
      pickups.map((_, at) => (isNear(index, at) ? seconds[row]![at]! : Number.POSITIVE_INFINITY)),
    ),
    leadSeconds: settings.dispatchLeadSeconds,
  }
}

const openDeliveryOf = (row: queries.OpenDeliveryRow): OpenDelivery => ({
  orderId: row.orderId,
  pickup: { lat: row.pickupLat, lng: row.pickupLng },
  dropoff: { lat: row.dropoffLat, lng: row.dropoffLng },
  placedAt: new Date(row.createdAt),
  readyAt: new Date(row.readyAt),
  payCents: row.payCents,
  excludedDriverIds: new Set(row.excludedDriverIds),
})

/** Free drivers whose place is known and recent; with `forOrder` also who is being asked about just that order. */
export const freeDrivers = async (
  { fixAgeSecondsMax }: Pick<ZoneSettings, 'fixAgeSecondsMax'>,
  now: Date,
  forOrder?: string,
) => {
  const rows = await queries.findFreeDrivers(database.sql, forOrder)
  const fixes = await positions.get(rows.map(({ id }) => id))
  const oldest = now.getTime() - fixAgeSecondsMax * 1000
  return rows.flatMap(({ id, vehicleType }, index): (FreeDriver & { vehicleType: string; recordedAt: string })[] => {
    const fix = fixes[index]
    if (!fix || Date.parse(fix.recordedAt) < oldest) return []
    return [{ driverId: id, vehicleType, position: { lat: fix.lat, lng: fix.lng }, recordedAt: fix.recordedAt }]
  })
}
