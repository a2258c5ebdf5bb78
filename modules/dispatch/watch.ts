import { database, type Sql } from '#core/database'
import { driverTopic, recordEvent, zoneTopic } from '#core/events'
import { log } from '#core/log'
import { findZones, settingsOf, ZoneSettings } from '#core/zones'
import { follow } from './astray.ts'
import { believedFixes, type Heard, listeningSinceMs } from './believed.ts'
import { isBeforePickup, relieve, troubles } from './relief.ts'
import * as queries from './watch-queries.ts'

/** Looks after drivers who have orders: whether anything is heard of them, and whether they come. */

const SILENT_POLICY = 'silent-driver'

export const watchDrivers = async (now: Date, signal?: AbortSignal) => {
  const [drivers, zones] = await Promise.all([queries.findWatched(database.sql), findZones(database.sql)])
  const settings = new Map(zones.map((zone) => [zone.id, settingsOf(zone.settings)]))
  const heard = await believedFixes(drivers.map(({ id }) => id))
  for (const [index, driver] of drivers.entries()) {
    if (signal?.aborted) return
    const limits = settings.get(driver.orders[0]?.zoneId ?? '') ?? ZoneSettings.parse({})
    await hear(driver, heard[index], limits, now)
    if (heard[index]) await follow(driver, heard[index], limits, now)
  }
}

/**
 * Marked, then relieved; or heard of again. A driver who was given an order has as long to begin to speak, and all of them
 * have where this process has just begun to listen.
 */
const hear = async (driver: queries.WatchedDriver, heard: Heard | undefined, limits: ZoneSettings, now: Date) => {
  const assignedMs = driver.orders.map(({ assignedAt }) => Date.parse(assignedAt))
  const markedMs = driver.silentSince === null ? undefined : Date.parse(driver.silentSince)
  const fixMs = heard?.heardMs ?? Number.NEGATIVE_INFINITY
  const heardMs = Math.max(fixMs, ...(markedMs === undefined ? [...assignedMs, listeningSinceMs()] : []))
  const isSilent = now.getTime() - heardMs >= limits.driverSilentSeconds * 1000
  if (markedMs === undefined) {
    if (isSilent && driver.orders.length > 0) await tellOnce(driver, 'silent', queries.markSilent, now)
    return
  }
  if (!isSilent) return tellOnce(driver, 'heard', queries.markHeard, now)
  const sinceMs = Math.max(markedMs, listeningSinceMs())
  const graceSeconds = Math.max(0, limits.driverRelievedSeconds - limits.driverSilentSeconds)
  if (now.getTime() - sinceMs < graceSeconds * 1000) return
  for (const order of driver.orders) if (isBeforePickup(order)) await relieveSilent(driver, order, now)
  if (driver.orders.some((order) => !isBeforePickup(order)) && driver.silentWithFoodAt === null) {
    await tellOnce(driver, 'silent_with_food', queries.markSilentWithFood, now)
  }
}

const relieveSilent = ({ id, silentSince }: queries.WatchedDriver, order: queries.WatchedOrder, now: Date) =>
  relieve(
    id,
    order,
    {
      policy: SILENT_POLICY,
      reason: 'Nothing was heard of the driver.',
      trouble: 'relieved',
      isDue: (tx) => queries.isToBeRelieved(tx, order.orderId, id, silentSince!),
    },
    now,
  )

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
