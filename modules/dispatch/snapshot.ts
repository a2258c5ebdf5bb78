import { database } from '#core/database'
import { distanceMeters } from '#core/geo'
import { newId } from '#core/ids'
import { positions } from '#core/positions'
import type { ZoneSettings } from '#core/zones'
import { searchRadiusMeters } from './cascade.ts'
import { nearestDriver } from './engine/nearest-driver.ts'
import type { Decision, FreeDriver, OpenDelivery, Policy, Snapshot } from './engine/policy.ts'
import * as queries from './queries.ts'
import { rideTimes } from './ride-times.ts'

/** What the policy of the nearest driver is asked about, and how its decisions are recorded. */

export const policy: Policy = nearestDriver

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
  const { seconds, isApproximate } = await rideTimes(
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
    isApproximate,
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
  const rows = await queries.findFreeDrivers(database.sql, now, forOrder)
  const fixes = await positions.get(rows.map(({ id }) => id))
  const oldest = now.getTime() - fixAgeSecondsMax * 1000
  return rows.flatMap(({ id, vehicleType }, index): (FreeDriver & { vehicleType: string; recordedAt: string })[] => {
    const fix = fixes[index]
    if (!fix || Date.parse(fix.recordedAt) < oldest) return []
    return [{ driverId: id, vehicleType, position: { lat: fix.lat, lng: fix.lng }, recordedAt: fix.recordedAt }]
  })
}
