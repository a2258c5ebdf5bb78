import { batcher, REQUEST_BATCHES } from '#core/batch'
import { addSeconds } from '#core/clock'
import { brokenConstraint, committed, database, errorCode, problemOfDatabaseError, type Sql } from '#core/database'
import { type IdempotencyKey, inProgress } from '#core/idempotency'
import { newId, randomCode } from '#core/ids'
import { conflict, invalid, notFound } from '#core/problem'
import { countUse, type RateLimit } from '#core/rate-limit'
import type { Actor } from '#core/tokens'
import { locate } from '../addresses/locate.ts'
import type { AddressInput } from '../addresses/schema.ts'
import {
  type Available,
  type Basket,
  type BasketRequest,
  readAvailable,
  readBasket,
  soldOut,
} from '../quotes/basket.ts'
import { findQuote } from '../quotes/queries.ts'
import type { FrozenPrice } from '../quotes/service.ts'
import { countOrder } from './measures.ts'
import { orderNumber } from './order-number.ts'
import { insertOrders, type NewOrderRow, type PlacedOrder } from './queries.ts'
import type { NewOrder, Order } from './schema.ts'
import { orderOf } from './view.ts'

/** An order holds portions until it is paid or abandoned: nobody may hold a kitchen's whole day. */
const ORDERS: RateLimit = { name: 'orders', max: 20, windowSeconds: 60 }

/** Places an order and reserves its portions; it waits for its payment. */
export const placeOrder = async (
  actor: Actor,
  order: NewOrder,
  now: Date,
  key: IdempotencyKey | undefined,
): Promise<Order> => {
  await countUse(ORDERS, actor.userId)
  const quoted = order.quoteId === undefined ? undefined : await readQuote(database.sql, actor, order, now)
  const request = quoted?.request ?? (await requestOf(actor, order))
  const basket = quoted
    ? asQuoted(await readAvailable(actor, request, now, true), quoted.frozen)
    : await readBasket(actor, request, now, true)
  const placed = newOrder(actor, order, request, basket, now)
  const answer = orderOf(placed, actor)
  const row = { ...placed, key: key ? { ...key, response: answer } : null }
  try {
    await (row.promotionId === null ? insertTogether(row) : insertWithPromotion(row, row.promotionId))
  } catch (error) {
    throw problemOfPlacing(error) ?? error
  }
  countOrder('placed', row.zoneId)
  return answer
}

/**
 * Orders that come at once are written by one statement. If one of them cannot be, nothing was written, and each is
 * tried by itself; when the database went away nobody knows, so nothing is tried again.
 */
const insertTogether = batcher<NewOrderRow, void>(async (orders) => {
  try {
    const written = await insertOrders(database.sql, orders)
    committed()
    return orders.map(({ id }) => outcomeOf(written.has(id)))
  } catch (error) {
    if (orders.length === 1 || problemOfDatabaseError(error)) throw error
    return Promise.allSettled(orders.map(insertAlone))
  }
}, REQUEST_BATCHES)

const outcomeOf = (isWritten: boolean): PromiseSettledResult<void> =>
  isWritten ? { status: 'fulfilled', value: undefined } : { status: 'rejected', reason: inProgress() }

const insertAlone = async (order: NewOrderRow) => {
  await insertOne(database.sql, order)
  committed()
}

const insertOne = async (sql: Sql, order: NewOrderRow) => {
  const written = await insertOrders(sql, [order])
  if (written.size === 0) throw inProgress()
}

const insertWithPromotion = (order: NewOrderRow, promotionId: string) =>
  database.begin(async (tx) => {
    await redeem(tx, promotionId)
    await insertOne(tx, order)
  })

/** What is to be ordered, where no quote says it: the schema has seen to it that it is all there. */
const requestOf = async (actor: Actor, order: NewOrder): Promise<BasketRequest> => ({
  chefId: order.chefId!,
  items: order.items!,
  deliveryAddress: await locate(actor, order.deliveryAddress!, 'deliveryAddress'),
  tipCents: order.tipCents ?? 0,
  promoCode: order.promoCode,
})

/** At the price that was quoted, minimum and promotion included; whether portions are limited is as it is now. */
const asQuoted = (available: Available, frozen: FrozenPrice & { promotionId: string | null }): Basket => {
  const limited = new Set(available.lines.filter((line) => line.isLimited).map(({ menuItemId }) => menuItemId))
  const lines = frozen.lines.map((line) => ({ ...line, isLimited: limited.has(line.menuItemId) }))
  return { ...available, ...frozen, lines }
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
  const request = stored.request as BasketRequest
  assertSameBasket(order, request)
  const { price, lines, currency } = stored.price as FrozenPrice
  return { request, frozen: { price, lines: withNotes(lines, order), currency, promotionId: stored.promotionId } }
}

const assertSameBasket = (order: NewOrder, quoted: BasketRequest) => {
  const differs = (path: string) => invalid(path, 'is not what was quoted', 'quote-mismatch')
  if (order.chefId !== undefined && order.chefId !== quoted.chefId) throw differs('chefId')
  if (order.tipCents !== undefined && order.tipCents !== quoted.tipCents) throw differs('tipCents')
  if (order.promoCode !== undefined && order.promoCode !== quoted.promoCode) throw differs('promoCode')
  if (order.items !== undefined && basketKey(order.items) !== basketKey(quoted.items)) throw differs('items')
  const { deliveryAddress: address = quoted.deliveryAddress } = order
  if (!address.coordinates) {
    if (linesKey(address) !== linesKey(quoted.deliveryAddress)) throw differs('deliveryAddress')
    return
  }
  const { lat, lng } = quoted.deliveryAddress.coordinates
  if (address.coordinates.lat !== lat || address.coordinates.lng !== lng) throw differs('deliveryAddress.coordinates')
}

/** Without coordinates it is the lines that say where it is. */
const linesKey = ({ street, city, postalCode }: AddressInput) => JSON.stringify([street, city, postalCode])

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

const CODE_DIGITS = '0123456789'

/** The order as its row will be. */
const newOrder = (actor: Actor, order: NewOrder, request: BasketRequest, basket: Basket, now: Date): PlacedOrder => {
  const address = { ...request.deliveryAddress, ...order.deliveryAddress }
  const { coordinates } = request.deliveryAddress
  const { kitchen, price } = basket
  const [p50At, p90At] = [basket.eta.p50At.toISOString(), basket.eta.p90At.toISOString()]
  const { deliveryFeeMultiplier: _, ...cents } = price
  return {
    ...cents,
    id: newId(),
    orderNumber: orderNumber(basket.orderSequence!, basket.portionsDay),
    customerId: actor.userId,
    chefId: basket.chefId,
    chefUserId: kitchen.chefUserId,
    chefName: kitchen.chefName,
    zoneId: basket.zoneId,
    quoteId: order.quoteId ?? null,
    promotionId: basket.promotionId,
    status: 'pending',
    deliveryStatus: null,
    driverId: null,
    driverUserId: null,
    refundedCents: 0,
    currency: basket.currency,
    items: basket.lines,
    portionsDay: basket.portionsDay,
    street: address.street,
    city: address.city,
    postalCode: address.postalCode,
    dropoffLat: coordinates.lat,
    dropoffLng: coordinates.lng,
    distanceMeters: basket.leg.distanceMeters,
    travelSeconds: basket.leg.durationSeconds,
    deliveryInstructions: order.deliveryInstructions ?? null,
    pickupStreet: kitchen.street,
    pickupCity: kitchen.city,
    pickupPostalCode: kitchen.postalCode,
    pickupLat: kitchen.lat,
    pickupLng: kitchen.lng,
    handoverCode: randomCode(4, CODE_DIGITS),
    handoverTries: 0,
    promiseP50At: p50At,
    promiseP90At: p90At,
    etaP50At: p50At,
    etaP90At: p90At,
    pickupP50At: null,
    pickupP90At: null,
    acceptedAt: null,
    prepSeconds: null,
    createdAt: now.toISOString(),
    deadlineAt: addSeconds(now, basket.settings.paymentTimeoutSeconds).toISOString(),
    paidAt: null,
    readyAt: null,
    closedReason: null,
  }
}
