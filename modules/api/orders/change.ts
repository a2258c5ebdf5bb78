import { database, inTransaction, type Sql } from '#core/database'
import type { Columns, Move } from '#core/lifecycle/transitions'
import { notFound } from '#core/problem'
import type { Actor } from '#core/tokens'
import { estimateEta, type Food, knownTimes } from '#modules/dispatch/index'
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

/** What is to be written of when it will be where, while it is in the kitchen. */
export const etaColumns = async (tx: Sql, order: OrderRow, cooking: Cooking, now: Date): Promise<Columns> => {
  const known = await knownTimes(tx, order, now)
  const food: Food =
    cooking === 'ready'
      ? { isReady: true, sinceSeconds: 0 }
      : { isReady: false, sinceSeconds: 0, saidSeconds: cooking.saidSeconds, preparation: known.preparation }
  return columnsOf(estimateEta({ now, food, toDropoffSeconds: travelSecondsOf(order), known }))
}

type Cooking = 'ready' | { saidSeconds: number }

/** The same once the food is on its way. */
export const etaColumnsOnTheWay = async (
  tx: Sql,
  order: OrderRow,
  now: Date,
  travelSeconds = travelSecondsOf(order),
): Promise<Columns> => {
  const known = await knownTimes(tx, order, now)
  return columnsOf(estimateEta({ now, food: undefined, toDropoffSeconds: travelSeconds, known }))
}

const columnsOf = ({ p50At, p90At, pickup }: ReturnType<typeof estimateEta>) => ({
  eta_p50_at: p50At,
  eta_p90_at: p90At,
  pickup_p50_at: pickup?.p50At ?? null,
  pickup_p90_at: pickup?.p90At ?? null,
})

/** By the roads that it was priced by: an order that is locked waits for nobody. */
const travelSecondsOf = (order: OrderRow): number => {
  const kitchen = { lat: order.pickupLat, lng: order.pickupLng }
  const door = { lat: order.dropoffLat, lng: order.dropoffLng }
  return order.travelSeconds ?? approximateLeg(kitchen, door).durationSeconds
}
