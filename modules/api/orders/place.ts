import { addSeconds } from '#core/clock'
import { brokenConstraint, errorCode, inTransaction, type Sql } from '#core/database'
import { orderTopic, zoneTopic } from '#core/events'
import { newId, randomCode } from '#core/ids'
import { conflict, invalid, notFound } from '#core/problem'
import { countUse, type RateLimit } from '#core/rate-limit'
import type { Actor } from '#core/tokens'
import { type Basket, type BasketRequest, readBasket, soldOut } from '../quotes/basket.ts'
import { findQuote } from '../quotes/queries.ts'
import type { QuoteRequest } from '../quotes/schema.ts'
import type { FrozenPrice } from '../quotes/service.ts'
import { orderNumber } from './order-number.ts'
import { nextOrderNumber, readOrderRow } from './queries.ts'
import type { NewOrder, Order } from './schema.ts'
import { orderOf } from './view.ts'

/** An order holds portions until it is paid or abandoned: nobody may hold a kitchen's whole day. */
const ORDERS: RateLimit = { name: 'orders', max: 20, windowSeconds: 60 }

/** Places an order and reserves its portions; it waits for its payment. */
export const placeOrder = async (sql: Sql, actor: Actor, order: NewOrder, now: Date): Promise<Order> => {
  await countUse(ORDERS, actor.userId)
  const quoted = order.quoteId === undefined ? undefined : await readQuote(sql, actor, order, now)
  const request: BasketRequest = quoted?.request ?? (order as BasketRequest)
  const basket = await readBasket(sql, actor, { ...request, tipCents: request.tipCents ?? 0 }, now)
  const agreed = quoted ? { ...basket, ...quoted.frozen } : basket
  const id = newId()
  try {
    if (agreed.promotionId === null) await insertOrder(sql, id, actor, order, request, agreed, now)
    else {
      await inTransaction(sql, async (tx) => {
        await redeem(tx, agreed.promotionId!)
        await insertOrder(tx, id, actor, order, request, agreed, now)
      })
    }
  } catch (error) {
    throw problemOfPlacing(error) ?? error
  }
  return orderOf((await readOrderRow(sql, id))!, actor)
}

const problemOfPlacing = (error: unknown) => {
  if (errorCode(error) === 'RD001') return soldOut((error as { detail: string }).detail)
  const constraint = brokenConstraint(error)
  if (constraint === 'orders_quote_id_key') return conflict('quote-used', 'This quote has already become an order.')
  if (constraint === 'orders_one_promotion_per_customer')
    return conflict('promotion-used', 'You have used this code before.')
  return undefined
}

/** The quote of an order, unexpired and of the same basket; the order keeps its price. */
const readQuote = async (sql: Sql, actor: Actor, order: NewOrder, now: Date) => {
  const stored = await findQuote(sql, order.quoteId!, actor.userId)
  if (!stored) throw notFound('quote')
  if (Date.parse(stored.expiresAt) <= now.getTime()) {
    throw conflict('quote-expired', 'This quote has expired. Ask for a new one.', { expiredAt: stored.expiresAt })
  }
  const request = stored.request as QuoteRequest
  assertSameBasket(order, request)
  const { price, lines, currency } = stored.price as FrozenPrice
  return { request, frozen: { price, lines: withNotes(lines, order), currency, promotionId: stored.promotionId } }
}

const assertSameBasket = (order: NewOrder, quoted: QuoteRequest) => {
  const differs = (path: string) => invalid(path, 'is not what was quoted', 'quote-mismatch')
  if (order.chefId !== undefined && order.chefId !== quoted.chefId) throw differs('chefId')
  if (order.tipCents !== undefined && order.tipCents !== quoted.tipCents) throw differs('tipCents')
  if (order.promoCode !== undefined && order.promoCode !== quoted.promoCode) throw differs('promoCode')
  if (order.items !== undefined && basketKey(order.items) !== basketKey(quoted.items)) throw differs('items')
  const { coordinates } = order.deliveryAddress ?? quoted.deliveryAddress
  const { lat, lng } = quoted.deliveryAddress.coordinates
  if (coordinates.lat !== lat || coordinates.lng !== lng) throw differs('deliveryAddress.coordinates')
}

const basketKey = (items: readonly { menuItemId: string; quantity: number }[]) =>
  items
    .map(({ menuItemId, quantity }) => `${menuItemId}:${quantity}`)
    .sort()
    .join()

/** Notes do not change a price: those sent with the order win over those of the quote. */
const withNotes = (lines: FrozenPrice['lines'], { items }: NewOrder) =>
  items === undefined
    ? lines
    : lines.map((line) => ({
        ...line,
        notes: items.find((item) => item.menuItemId === line.menuItemId)?.notes ?? line.notes,
      }))

const redeem = async (tx: Sql, promotionId: string) => {
  const rows = await tx`
    update promotions set redemption_count = redemption_count + 1
    where id = ${promotionId} and (redemption_count_max is null or redemption_count < redemption_count_max) returning id`
  if (rows.length === 0) throw conflict('promotion-used-up', 'This code has been used up.')
}

/** One statement, so that it is a transaction by itself: portions, order, history and event, all or none. */
const insertOrder = async (
  sql: Sql,
  id: string,
  actor: Actor,
  { deliveryInstructions, deliveryAddress, quoteId }: NewOrder,
  request: BasketRequest,
  { chefId, zoneId, currency, settings, lines, portionsDay, leg, price, promotionId, eta }: Basket,
  now: Date,
) => {
  const address = deliveryAddress ?? request.deliveryAddress
  const { lat, lng } = address.coordinates
  const number = orderNumber(await nextOrderNumber(sql), portionsDay)
  const event = { orderId: id, status: 'pending', deliveryStatus: 'unassigned' }
  await sql`
    with reserved as materialized (
      select reserve_portions(${lines.map((line) => line.menuItemId)}::uuid[], ${lines.map((line) => line.quantity)}::integer[],
        ${portionsDay}::text::date)
    ), placed as (
      insert into orders (id, order_number, customer_id, chef_id, zone_id, quote_id, promotion_id, status,
        subtotal_cents, discount_cents, tax_cents, delivery_fee_cents, service_fee_cents, tip_cents, total_cents,
        commission_cents, currency, items, portions_held, portions_day, street, city, postal_code, delivery_instructions, dropoff,
        distance_meters, handover_code, promise_p50_at, promise_p90_at, eta_p50_at, eta_p90_at, created_at, deadline_at)
      values (${id}, ${number}, ${actor.userId}, ${chefId}, ${zoneId}, ${quoteId ?? null}, ${promotionId}, 'pending',
        ${price.subtotalCents}, ${price.discountCents}, ${price.taxCents}, ${price.deliveryFeeCents},
        ${price.serviceFeeCents}, ${price.tipCents}, ${price.totalCents}, ${price.commissionCents}, ${currency},
        ${sql.json(lines)}, (select count(*) = 1 from reserved), ${portionsDay}::text::date, ${address.street}, ${address.city}, ${address.postalCode},
        ${deliveryInstructions ?? null}, point(${lng}, ${lat}), ${leg.distanceMeters}, ${randomCode(4, '0123456789')},
        ${eta.p50At}, ${eta.p90At}, ${eta.p50At}, ${eta.p90At}, ${now}, ${addSeconds(now, settings.paymentTimeoutSeconds)})
      returning id
    ), history as (
      insert into order_events (order_id, machine, event, from_status, to_status, actor_role, actor_id, at)
      select id, 'order', 'place', null, 'pending', 'customer', ${actor.userId}::uuid, ${now}::timestamptz from placed
    )
    insert into events (topics, type, data, occurred_at)
    select ${[orderTopic(id), zoneTopic(zoneId)]}::text[], 'order.placed', ${sql.json(event)}::jsonb, ${now}::timestamptz from placed`
}
