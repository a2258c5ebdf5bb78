import type { Sql } from '#core/database'
import { chefTopic, driverTopic, orderTopic, recordEvent, zoneTopic } from '#core/events'
import { DELIVERY_TRANSITIONS, type DeliveryEvent, type DeliveryStatus } from '#core/lifecycle/delivery-states'
import {
  type Mover,
  movesOf,
  ORDER_TRANSITIONS,
  type OrderEvent,
  type OrderStatus,
  type Transition,
} from '#core/lifecycle/order-states'
import { shownStatus } from '#core/lifecycle/shown-states'
import { conflict, forbidden, notFound, type Problem } from '#core/problem'

/** Who moves, when, and why: written into the history with the move. */
export type Move = { by: Mover; actorId?: string | null; reason?: string | null; now: Date }

/** Columns to set with a move, by their SQL names. */
export type Columns = Record<string, SqlValue>
type SqlValue = string | number | boolean | null | Date

export type OrderRef = {
  id: string
  orderNumber: string
  chefId: string
  zoneId: string
  status: OrderStatus
  isPaid: boolean
}

export type DeliveryRef = { orderId: string; zoneId: string; status: DeliveryStatus; driverId: string | null }

/**
 * Moves an order, in one statement guarded by the state it was found in, with its history row. Throws 409 with the
 * current state when the event cannot happen to it now, 403 when this mover may never cause it. Call it under the
 * order's lock, or as the only change of the transaction.
 */
export const moveOrder = async (tx: Sql, orderId: string, event: OrderEvent, move: Move, set: Columns = {}) => {
  const moves = allowedMoves(movesOf(ORDER_TRANSITIONS, event, move.by), move.by)
  const [known] = await tx<{ status: OrderStatus }[]>`select status from orders where id = ${orderId} for update`
  const step = moves.find(({ from }) => from === known?.status)
  if (!step) throw await orderConflict(tx, orderId)
  const [row] = await tx<OrderRef[]>`
    update orders set ${tx({ ...set, status: step.to })} where id = ${orderId} and status = ${step.from}
    returning id, order_number, chef_id, zone_id, status, paid_at is not null as is_paid`
  await recordHistory(tx, orderId, 'order', event, step.from, step.to, move)
  return row!
}

/** As moveOrder, for the delivery of an order. Also tells whose it was before. */
export const moveDelivery = async (tx: Sql, orderId: string, event: DeliveryEvent, move: Move, set: Columns = {}) => {
  const moves = allowedMoves(movesOf(DELIVERY_TRANSITIONS, event, move.by), move.by)
  const [known] = await tx<
    DeliveryRef[]
  >`select status, driver_id from deliveries where order_id = ${orderId} for update`
  const step = moves.find(({ from }) => from === known?.status)
  if (!step) throw await orderConflict(tx, orderId)
  const [row] = await tx<DeliveryRef[]>`
    update deliveries set ${tx({ ...set, status: step.to })} where order_id = ${orderId} and status = ${step.from}
    returning order_id, zone_id, status, driver_id`
  await recordHistory(tx, orderId, 'delivery', event, step.from, step.to, move)
  return { ...row!, fromDriverId: known!.driverId }
}

const allowedMoves = <S extends string, E extends string>(moves: Transition<S, E>[], mover: Mover) => {
  if (moves.length === 0) throw forbidden(`A ${mover} may not do this to an order.`)
  return moves
}

/** The refusal of a move, telling the states as they are now. */
export const orderConflict = async (tx: Sql, orderId: string): Promise<Problem> => {
  const [now] = await tx<{ status: OrderStatus; deliveryStatus: DeliveryStatus | null }[]>`
    select o.status, d.status as delivery_status
    from orders o left join deliveries d on d.order_id = o.id where o.id = ${orderId}`
  if (!now) return notFound('order')
  const deliveryStatus = deliveryStatusOf(now.status, now.deliveryStatus)
  const shown = shownStatus(now.status, deliveryStatus)
  return conflict('order-not-open', `The order is ${shown.replaceAll('_', ' ')}, so this cannot be done to it now.`, {
    currentStatus: shown,
    currentDeliveryStatus: deliveryStatus,
  })
}

/** Before the kitchen has accepted there is no delivery row yet. */
export const deliveryStatusOf = (order: OrderStatus, delivery: DeliveryStatus | null): DeliveryStatus =>
  delivery ?? (order === 'cancelled' || order === 'rejected' || order === 'refunded' ? 'cancelled' : 'unassigned')

export const recordHistory = (
  tx: Sql,
  orderId: string,
  machine: 'order' | 'delivery',
  event: OrderEvent | DeliveryEvent | 'place' | 'begin',
  from: string | null,
  to: string,
  { by, actorId, reason, now }: Move,
) => tx`
  insert into order_events (order_id, machine, event, from_status, to_status, actor_role, actor_id, reason, at)
  values (${orderId}, ${machine}, ${event}, ${from}, ${to}, ${by}, ${actorId ?? null}, ${reason ?? null}, ${now})`

/**
 * Tells everyone whom an order concerns what happened to it; a kitchen not before it is paid. Data goes to all of them:
 * nothing private.
 */
export const announceOrder = (
  tx: Sql,
  type: string,
  order: { id: string; chefId: string; zoneId: string; status: OrderStatus; isPaid?: boolean },
  delivery: { status: DeliveryStatus; driverId: string | null } | undefined,
  now: Date,
  more: Record<string, unknown> = {},
) => {
  const deliveryStatus = deliveryStatusOf(order.status, delivery?.status ?? null)
  const topics = [orderTopic(order.id), zoneTopic(order.zoneId)]
  if (order.isPaid !== false) topics.push(chefTopic(order.chefId))
  if (delivery?.driverId) topics.push(driverTopic(delivery.driverId))
  return recordEvent(tx, {
    topics,
    type,
    data: { orderId: order.id, status: shownStatus(order.status, deliveryStatus), deliveryStatus, ...more },
    occurredAt: now,
  })
}
