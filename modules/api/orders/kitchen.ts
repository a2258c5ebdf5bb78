import { addMinutes } from '#core/clock'
import type { Sql } from '#core/database'
import { beginDelivery, cancelDelivery } from '#core/lifecycle/deliveries'
import { announceOrder, type Move, moveOrder } from '#core/lifecycle/transitions'
import { Problem } from '#core/problem'
import type { Actor } from '#core/tokens'
import { refundPart, undoPayment } from '../payments/service.ts'
import { changing, deliveryOf, etaColumns, moveOf } from './change.ts'
import { countOrder, type Outcome } from './measures.ts'

/** What chefs, customers and support do to an order before it leaves the kitchen. */

export const acceptOrder = (actor: Actor, orderId: string, prepMinutes: number | undefined, now: Date) =>
  changing(actor, orderId, async (tx, order) => {
    const saidMinutes = prepMinutes ?? Math.max(...order.items.map((line) => line.prepMinutes))
    const readyAt = addMinutes(now, saidMinutes)
    const saidSeconds = saidMinutes * 60
    const columns = {
      accepted_at: now,
      deadline_at: null,
      ready_at: readyAt,
      prep_seconds: saidSeconds,
      ...(await etaColumns(tx, order, { saidSeconds }, now)),
    }
    const moved = await moveOrder(tx, orderId, 'accept', moveOf(actor, now), columns)
    await beginDelivery(tx, orderId, moved.zoneId, now)
    await announceOrder(tx, 'order.accepted', moved, undefined, now, { readyAt: readyAt.toISOString() })
  })

export const rejectOrder = (actor: Actor, orderId: string, reason: string, now: Date) =>
  changing(actor, orderId, (tx) => closeOrder(tx, orderId, 'reject', moveOf(actor, now, reason)))

export const startPreparing = (actor: Actor, orderId: string, now: Date) =>
  changing(actor, orderId, async (tx, order) => {
    const moved = await moveOrder(tx, orderId, 'prepare', moveOf(actor, now))
    await announceOrder(tx, 'order.preparing', moved, deliveryOf(order), now)
  })

export const markReady = (actor: Actor, orderId: string, now: Date) =>
  changing(actor, orderId, async (tx, order) => {
    const columns = { ready_at: now, ...(await etaColumns(tx, order, 'ready', now)) }
    const moved = await moveOrder(tx, orderId, 'ready', moveOf(actor, now), columns)
    await announceOrder(tx, 'order.ready', moved, deliveryOf(order), now)
  })

export const cancelOrder = (actor: Actor, orderId: string, reason: string, now: Date) =>
  changing(actor, orderId, (tx) => closeOrder(tx, orderId, 'cancel', moveOf(actor, now, reason)))

/** Support gives money back. All of it closes the order; one that is still under way is to be cancelled instead. */
export const refundOrder = async (
  sql: Sql,
  actor: Actor,
  orderId: string,
  amountCents: number,
  reason: string,
  now: Date,
) =>
  changing(
    actor,
    orderId,
    async (tx, order) => {
      const left = order.paidAt === null ? 0 : order.totalCents - order.refundedCents
      if (amountCents > left) throw tooMuch(left)
      const move = moveOf(actor, now, reason)
      const closes = amountCents === left && order.refundedCents + amountCents === order.totalCents
      const moved = closes ? await moveOrder(tx, orderId, 'refund', move) : order
      await refundPart(tx, orderId, amountCents, move)
      await announceOrder(tx, 'order.refunded', moved, deliveryOf(order), now, { amountCents })
      return () => void (closes && countOrder('refunded', order.zoneId))
    },
    sql,
  )

const tooMuch = (leftCents: number) =>
  new Problem(422, 'refund-too-large', `At most ${leftCents} cents can be given back.`, {
    errors: [{ path: 'amountCents', message: `must be at most ${leftCents}` }],
    refundableCents: leftCents,
  })

type Closing = 'reject' | 'expire' | 'abandon' | 'cancel'

const CLOSED_EVENT = {
  reject: 'order.rejected',
  expire: 'order.rejected',
  abandon: 'order.cancelled',
  cancel: 'order.cancelled',
} as const

const OUTCOMES: Record<Closing, Outcome> = {
  reject: 'rejected',
  expire: 'expired',
  abandon: 'abandoned',
  cancel: 'cancelled',
}

/**
 * Ends an order that will not be delivered: money, portions and promotion back, driver freed. The caller holds its lock,
 * and calls what this returns once it is committed.
 */
export const closeOrder = async (tx: Sql, orderId: string, event: Closing, move: Move) => {
  const columns = { deadline_at: null, closed_reason: move.reason ?? null }
  const moved = await moveOrder(tx, orderId, event, move, columns)
  const delivery = await cancelDelivery(tx, orderId, move.now)
  await undoPayment(tx, orderId, move)
  await tx`select release_portions(${orderId})`
  await tx`
    update promotions set redemption_count = redemption_count - 1
    where id = (select promotion_id from orders where id = ${orderId})`
  await announceOrder(tx, CLOSED_EVENT[event], moved, delivery, move.now, { reason: move.reason ?? null })
  return () => countOrder(OUTCOMES[event], moved.zoneId)
}
