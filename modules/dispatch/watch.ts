import { LRUCache } from 'lru-cache'
import { database, problemOfDatabaseError, type Sql } from '#core/database'
import { driverTopic, recordEvent, zoneTopic } from '#core/events'
import { distanceMeters } from '#core/geo'
import { newId } from '#core/ids'
import { releaseDelivery } from '#core/lifecycle/deliveries'
import { announceOrder, type Move } from '#core/lifecycle/transitions'
import { log } from '#core/log'
import { counter } from '#core/metrics'
import { type Fix, positions } from '#core/positions'
import { findZones, settingsOf, ZoneSettings } from '#core/zones'
import { believed, judge, type Seen } from './progress.ts'
import { insertDecision, lockIdleOrders } from './queries.ts'
import { stopsLeft } from './stop-order.ts'
import * as queries from './watch-queries.ts'

/** Looks after drivers who have orders: whether anything is heard of them, and whether they come. */

const troubles = counter('dispatch_driver_troubles_total', 'Drivers with orders by what was wrong with them', [
  'trouble',
])

const SILENT_POLICY = 'silent-driver'
const DRIVERS_MAX = 20_000

/** The newest fix of each that can be true. Lost with the process: the next one is believed then. */
const seen = new LRUCache<string, Seen>({ max: DRIVERS_MAX })

/** While nobody ran this, nothing could be heard: a process that has just begun relieves nobody. */
let watchingSince: Date | undefined

export const watchDrivers = async (now: Date, signal?: AbortSignal) => {
  watchingSince ??= now
  const [drivers, zones] = await Promise.all([queries.findWatched(database.sql), findZones(database.sql)])
  const settings = new Map(zones.map((zone) => [zone.id, settingsOf(zone.settings)]))
  const fixes = await positions.get(drivers.map(({ id }) => id))
  for (const [index, driver] of drivers.entries()) {
    if (signal?.aborted) return
    const limits = settings.get(driver.orders[0]?.zoneId ?? '') ?? ZoneSettings.parse({})
    await hear(driver, fixes[index], limits, now)
    if (fixes[index]) await follow(driver, fixes[index], limits, now)
  }
}

/** Marked, then relieved; or heard of again. A driver who was given an order has as long to begin to speak. */
const hear = async (driver: queries.WatchedDriver, fix: Fix | undefined, limits: ZoneSettings, now: Date) => {
  const assignedMs = driver.orders.map(({ assignedAt }) => Date.parse(assignedAt))
  const fixMs = fix ? Date.parse(fix.receivedAt ?? fix.recordedAt) : Number.NEGATIVE_INFINITY
  const markedMs = driver.silentSince === null ? undefined : Date.parse(driver.silentSince)
  const heardMs = Math.max(fixMs, ...(markedMs === undefined ? assignedMs : []))
  const isSilent = now.getTime() - heardMs >= limits.driverSilentSeconds * 1000
  if (markedMs === undefined) {
    if (isSilent && driver.orders.length > 0) await tellOnce(driver, 'silent', queries.markSilent, now)
    return
  }
  if (!isSilent) return tellOnce(driver, 'heard', queries.markHeard, now)
  const sinceMs = Math.max(markedMs, watchingSince!.getTime())
  const graceSeconds = Math.max(0, limits.driverRelievedSeconds - limits.driverSilentSeconds)
  if (now.getTime() - sinceMs < graceSeconds * 1000) return
  for (const order of driver.orders) if (isBeforePickup(order)) await relieve(driver.id, order, now)
  if (driver.orders.some((order) => !isBeforePickup(order)) && driver.silentWithFoodAt === null) {
    await tellOnce(driver, 'silent_with_food', queries.markSilentWithFood, now)
  }
}

const isBeforePickup = ({ status }: queries.WatchedOrder) => status === 'assigned' || status === 'at_pickup'

type Mark = (sql: Sql, driverId: string, now: Date) => Promise<boolean>

/** To him and to the operators of his orders' zones. */
const tellOnce = async ({ id, orders }: queries.WatchedDriver, trouble: string, mark: Mark, now: Date) => {
  const isFirst = await database.begin(async (tx) => {
    if (!(await mark(tx, id, now))) return false
    const topics = [driverTopic(id), ...new Set(orders.map(({ zoneId }) => zoneTopic(zoneId)))]
    const data = { driverId: id, orderIds: orders.map(({ orderId }) => orderId) }
    await recordEvent(tx, { topics, type: `driver.${trouble}`, data, occurredAt: now })
    return true
  })
  if (!isFirst) return
  troubles.inc({ trouble })
  log.info({ driverId: id, trouble }, 'driver with orders')
}

/** An order that somebody is changing comes up again at the next look. */
const relieve = async (driverId: string, { orderId, zoneId }: queries.WatchedOrder, now: Date) => {
  const move: Move = { by: 'system', reason: 'Nothing was heard of the driver.', now }
  try {
    await database.begin(async (tx) => {
      const [order] = await lockIdleOrders(tx, [orderId])
      if (!order || !(await queries.isToBeRelieved(tx, orderId, driverId))) return
      const moved = await releaseDelivery(tx, orderId, 'unassign', move)
      const decision = { id: newId(), zoneId, orderId, driverId, policy: SILENT_POLICY, candidates: [], now }
      await insertDecision(tx, { ...decision, outcome: 'unassigned', reason: move.reason })
      await announceOrder(tx, 'delivery.unassigned', order, { status: moved.status, driverId }, now, {
        reason: move.reason,
      })
      troubles.inc({ trouble: 'relieved' })
    })
  } catch (error) {
    if (problemOfDatabaseError(error)?.slug !== 'busy') throw error
  }
}

/** Only the kitchen that is next: on the way to one he may well move away from another. */
const follow = async (driver: queries.WatchedDriver, fix: Fix, limits: ZoneSettings, now: Date) => {
  const { lat, lng, receivedAt, recordedAt } = fix
  const newest = { lat, lng, atMs: Date.parse(receivedAt ?? recordedAt) }
  const at = believed(seen.get(driver.id), newest, limits.believableMetersPerSecond)
  seen.set(driver.id, at)
  const order = nextPickup(driver)
  // An old place says nothing of where he goes; that he is silent is another matter.
  if (!order || now.getTime() - at.atMs >= limits.driverSilentSeconds * 1000) return
  const { orderId, nearestMeters, nearerAt } = order
  const before = nearestMeters === null ? undefined : { nearestMeters, nearerAt: new Date(nearerAt!) }
  const readyAt = order.readyAt === null ? now : new Date(order.readyAt)
  const said = judge(before, distanceMeters(at, order.pickup), readyAt, now, limits)
  if (said.is === 'nearer') {
    await queries.noteProgress(database.sql, orderId, driver.id, said.progress.nearestMeters, said.progress.nearerAt)
  } else if (said.is === 'astray' && order.astrayAt === null) await tellAstray(driver.id, order, said.why, now)
}

const nextPickup = ({ route, orders }: queries.WatchedDriver) => {
  const carried = orders.map((order) => ({
    orderId: order.orderId,
    kitchen: order.chefId,
    isPickedUp: !isBeforePickup(order),
  }))
  const [next] = stopsLeft(route, carried)
  return orders.find(
    ({ orderId, status }) => next?.type === 'pickup' && orderId === next.orderId && status === 'assigned',
  )
}

const tellAstray = async (driverId: string, { orderId, zoneId }: queries.WatchedOrder, why: string, now: Date) => {
  await database.begin(async (tx) => {
    if (!(await queries.markAstray(tx, orderId, driverId, now))) return
    const data = { orderId, driverId, why }
    await recordEvent(tx, { topics: [zoneTopic(zoneId)], type: 'delivery.astray', data, occurredAt: now })
    troubles.inc({ trouble: 'astray' })
  })
}
