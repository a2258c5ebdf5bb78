import { addSeconds } from '#core/clock'
import { inTransaction, type Sql } from '#core/database'
import { newId } from '#core/ids'
import { shownStatus } from '#core/lifecycle/shown-states'
import { announceOrder, deliveryStatusOf, type Move, moveOrder, orderConflict } from '#core/lifecycle/transitions'
import { counter } from '#core/metrics'
import { notFound } from '#core/problem'
import type { Actor } from '#core/tokens'
import { settingsOf } from '#core/zones'
import { findOrder, lockOrder } from '../orders/queries.ts'
import { paymentProcessor } from './processor.ts'
import type { Confirmation, PaymentIntent } from './schema.ts'

type PaymentRow = {
  id: string
  orderId: string
  processor: 'simulated' | 'stripe'
  intentId: string
  clientSecret: string
  amountCents: number
  currency: string
  status: 'requires_confirmation' | 'succeeded' | 'cancelled'
}

/** Payments and refunds here; what a delivered order brings whom, once it is delivered. */
export const moneyMoved = counter('money_cents_total', 'Cents paid, refunded, and earned by delivered orders', [
  'fact',
  'currency',
])

/** The payment of an order that waits to be paid; asked again, the same one. */
export const createPaymentIntent = (sql: Sql, actor: Actor, orderId: string, now: Date): Promise<PaymentIntent> =>
  inTransaction(sql, async (tx) => {
    await lockOrder(tx, orderId)
    const order = await findOrder(tx, actor, orderId)
    if (!order) throw notFound('order')
    const [known] = await tx<PaymentRow[]>`select * from payments where order_id = ${orderId} and status <> 'cancelled'`
    if (known?.status === 'requires_confirmation') return intentOf(known)
    if (known || order.status !== 'pending') throw await orderConflict(tx, orderId)
    const processor = paymentProcessor()
    const { totalCents: amountCents, currency } = order
    const { intentId, clientSecret } = await processor.createIntent({ orderId, amountCents, currency })
    const [made] = await tx<PaymentRow[]>`
      insert into payments (id, order_id, processor, intent_id, client_secret, amount_cents, currency, status, created_at)
      values (${newId()}, ${orderId}, ${processor.name}, ${intentId}, ${clientSecret}, ${amountCents}, ${currency},
        'requires_confirmation', ${now})
      returning *`
    return intentOf(made!)
  })

const intentOf = (row: PaymentRow): PaymentIntent => ({
  paymentIntentId: row.intentId,
  clientSecret: row.clientSecret,
  amountCents: row.amountCents,
  currency: row.currency,
  processor: row.processor,
})

/** The simulated processor's "the customer has paid". A second confirmation changes nothing and says the same. */
export const confirmSimulated = (sql: Sql, actor: Actor, intentId: string, now: Date): Promise<Confirmation> =>
  inTransaction(sql, async (tx) => {
    const [found] = await tx<{ orderId: string }[]>`
      select p.order_id from payments p join orders o on o.id = p.order_id
      where p.intent_id = ${intentId} and p.processor = 'simulated' and o.customer_id = ${actor.userId}`
    if (!found) throw notFound('payment-intent')
    await lockOrder(tx, found.orderId)
    const [payment] = await tx<PaymentRow[]>`select * from payments where intent_id = ${intentId} for update`
    if (payment!.status === 'cancelled') throw await orderConflict(tx, found.orderId)
    if (payment!.status === 'requires_confirmation') await confirmPayment(tx, payment!, now)
    const order = (await findOrder(tx, actor, found.orderId))!
    return {
      paymentIntentId: intentId,
      status: 'succeeded',
      orderId: order.id,
      orderStatus: shownStatus(order.status, deliveryStatusOf(order.status, order.deliveryStatus)),
      amountCents: payment!.amountCents,
      currency: payment!.currency,
      processor: 'simulated',
    }
  })

const confirmPayment = async (tx: Sql, payment: PaymentRow, now: Date) => {
  const [zone] = await tx<{ settings: unknown }[]>`
    select z.settings from zones z join orders o on o.zone_id = z.id where o.id = ${payment.orderId}`
  const acceptBy = addSeconds(now, settingsOf(zone!.settings).acceptTimeoutSeconds)
  const order = await moveOrder(
    tx,
    payment.orderId,
    'pay',
    { by: 'system', now },
    { paid_at: now, deadline_at: acceptBy },
  )
  await tx`update payments set status = 'succeeded', succeeded_at = ${now} where id = ${payment.id}`
  await announceOrder(tx, 'order.paid', order, undefined, now, { acceptBy: acceptBy.toISOString() })
  moneyMoved.inc({ fact: 'payment', currency: payment.currency }, payment.amountCents)
}

/**
 * Gives back part of what was paid for an order, at most what is left of it; the caller holds the order's lock.
 * Returns how much has been given back in all.
 */
export const refundPart = async (tx: Sql, orderId: string, amountCents: number, move: Move): Promise<void> => {
  const [payment] = await tx<PaymentRow[]>`
    select * from payments where order_id = ${orderId} and status = 'succeeded' for update`
  if (!payment) throw await orderConflict(tx, orderId)
  const refundId = newId()
  await tx`update orders set refunded_cents = refunded_cents + ${amountCents} where id = ${orderId}`
  await tx`
    insert into refunds (id, payment_id, order_id, amount_cents, reason, actor_role, actor_id, created_at)
    values (${refundId}, ${payment.id}, ${orderId}, ${amountCents}, ${move.reason ?? ''}, ${move.by}, ${move.actorId ?? null},
      ${move.now})`
  await paymentProcessor().refund({ intentId: payment.intentId, amountCents, refundId })
  moneyMoved.inc({ fact: 'refund', currency: payment.currency }, amountCents)
}

/** Undoes whatever has been paid for an order that will not be: a payment not yet made can no longer be. */
export const undoPayment = async (tx: Sql, orderId: string, move: Move): Promise<void> => {
  await tx`update payments set status = 'cancelled' where order_id = ${orderId} and status = 'requires_confirmation'`
  const [order] = await tx<{ leftCents: number; isPaid: boolean }[]>`
    select total_cents - refunded_cents as left_cents, paid_at is not null as is_paid from orders where id = ${orderId}`
  if (order!.isPaid && order!.leftCents > 0) await refundPart(tx, orderId, order!.leftCents, move)
}
