import { database, type Sql } from '#core/database'
import { driverTopic, recordEvent, zoneTopic } from '#core/events'
import { newId } from '#core/ids'
import { announceOrder } from '#core/lifecycle/transitions'
import { log } from '#core/log'
import { findZones, settingsOf, ZoneSettings } from '#core/zones'
import * as queries from './late-kitchen-queries.ts'
import { insertDecision, type LockedOrder, lockIdleOrders } from './queries.ts'
import { relieve } from './relief.ts'

/**
 * Kitchens that do not say that the food is ready. Operators are told; a driver who waits there is let go after a time, and
 * the order is held back, so that nobody else is sent there, until the kitchen says that it is ready or an operator releases it.
 */

const POLICY = 'late-kitchen'
const WAITED_IN_VAIN = 'The kitchen did not say that the food is ready; the driver was let go.'

export const watchKitchens = async (now: Date, signal?: AbortSignal) => {
  const zones = await findZones(database.sql)
  const settings = new Map(zones.map((zone) => [zone.id, settingsOf(zone.settings)]))
  const usual = ZoneSettings.parse({})
  for (const order of await queries.findLate(database.sql, now)) {
    if (signal?.aborted) return
    const { kitchenLateSeconds, kitchenWaitSeconds } = settings.get(order.zoneId) ?? usual
    if (order.lateSeconds >= kitchenLateSeconds && order.kitchenLateAt === null) await tellLate(order, now)
    if (order.waitedSeconds !== null && order.waitedSeconds >= kitchenWaitSeconds) await letGo(order, now)
  }
  for (const orderId of await queries.findReadyHeld(database.sql, WAITED_IN_VAIN)) {
    if (signal?.aborted) return
    await offerAgain(orderId, now)
  }
}

/** Operators, the kitchen, the driver and the customer: the order's own topic. */
const tellLate = (late: queries.LateOrder, now: Date) =>
  database.begin(async (tx) => {
    const [order] = await lockIdleOrders(tx, [late.orderId])
    if (!order || !(await queries.markLate(tx, order.id, now))) return
    const delivery = { status: late.deliveryStatus, driverId: late.driverId }
    const lateSeconds = Math.round(late.lateSeconds)
    await announceOrder(tx, 'delivery.kitchen_late', order, delivery, now, { lateSeconds })
    log.info({ orderId: order.id, lateSeconds }, 'kitchen is late')
  })

const letGo = ({ orderId, zoneId, driverId }: queries.LateOrder, now: Date) =>
  relieve(
    driverId!,
    { orderId, zoneId },
    {
      policy: POLICY,
      reason: WAITED_IN_VAIN,
      trouble: 'let_go',
      mayReturn: true,
      isDue: (tx) => queries.isWaitingStill(tx, orderId, driverId!),
      after: (tx, order) => holdBack(tx, order, driverId!, now),
    },
    now,
  )

const holdBack = async (tx: Sql, { id, zoneId }: LockedOrder, driverId: string, now: Date) => {
  await queries.hold(tx, id, WAITED_IN_VAIN, now)
  await insertDecision(tx, { ...decisionOf(id, zoneId, now), outcome: 'held', driverId, reason: WAITED_IN_VAIN })
  const data = { orderId: id, reason: WAITED_IN_VAIN }
  const topics = [zoneTopic(zoneId), driverTopic(driverId)]
  await recordEvent(tx, { topics, type: 'delivery.held', data, occurredAt: now })
}

const offerAgain = (orderId: string, now: Date) =>
  database.begin(async (tx) => {
    const [order] = await lockIdleOrders(tx, [orderId])
    if (!order || !(await queries.release(tx, orderId, WAITED_IN_VAIN, now))) return
    const reason = 'The food is ready.'
    await insertDecision(tx, { ...decisionOf(orderId, order.zoneId, now), outcome: 'released', driverId: null, reason })
    const topics = [zoneTopic(order.zoneId)]
    await recordEvent(tx, { topics, type: 'delivery.released', data: { orderId, reason }, occurredAt: now })
  })

const decisionOf = (orderId: string, zoneId: string, now: Date) => ({
  ...{ id: newId(), zoneId, orderId, policy: POLICY, candidates: [], now },
})
