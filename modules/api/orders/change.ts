import { database, inTransaction, type Sql } from '#core/database'
import type { Move } from '#core/lifecycle/transitions'
import { notFound } from '#core/problem'
import type { Actor } from '#core/tokens'
import { estimateEta } from '#modules/dispatch/index'
import { approximateLeg } from '#modules/routing/index'
import { findOrder, lockOrder, type OrderRow, readOrderRow } from './queries.ts'
import type { Order } from './schema.ts'
import { orderOf } from './view.ts'

/** What is left to do once a change is committed: to count it. */
type Count = () => void

/**
 * Runs a change of an order that the actor may see, under its lock, and shows the result as the actor sees it. What the
 * change returns is called when it is done, and not when it was refused.
 */
export const changing = async (
  actor: Actor,
  orderId: string,
  run: (tx: Sql, order: OrderRow) => Promise<Count> | Promise<void>,
  sql: Sql = database.sql,
): Promise<Order> => {
  const [order, count] = await inTransaction(sql, async (tx) => {
    await lockOrder(tx, orderId)
    const found = await findOrder(tx, actor, orderId)
    if (!found) throw notFound('order')
    const after = await run(tx, found)
    return [orderOf((await readOrderRow(tx, orderId))!, actor), after] as const
  })
  count?.()
  return order
}

export const deliveryOf = (order: OrderRow) =>
  order.deliveryStatus === null ? undefined : { status: order.deliveryStatus, driverId: order.driverId }

export const moveOf = ({ role, userId }: Actor, now: Date, reason?: string): Move => ({
  by: role,
  actorId: userId,
  reason,
  now,
})

/** When it will be at the door, from when it is ready. */
export const etaFrom = (order: OrderRow, readyAt: Date, now: Date) =>
  estimateEta({ now, readyAt, toPickupSeconds: 0, toDropoffSeconds: travelSecondsOf(order), pickedUp: false })

/** When it will be at the door, now that the food is on its way. */
export const etaOnTheWay = (order: OrderRow, now: Date, travelSeconds = travelSecondsOf(order)) =>
  estimateEta({ now, readyAt: now, toPickupSeconds: 0, toDropoffSeconds: travelSeconds, pickedUp: true })

/** By the roads that it was priced by: an order that is locked waits for nobody. */
const travelSecondsOf = (order: OrderRow): number => {
  const kitchen = { lat: order.pickupLat, lng: order.pickupLng }
  const door = { lat: order.dropoffLat, lng: order.dropoffLng }
  return order.travelSeconds ?? approximateLeg(kitchen, door).durationSeconds
}
