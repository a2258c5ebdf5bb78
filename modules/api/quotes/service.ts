import { addMinutes } from '#core/clock'
import type { Sql } from '#core/database'
import { newId } from '#core/ids'
import { countUse, type RateLimit } from '#core/rate-limit'
import type { Actor } from '#core/tokens'
import { locate } from '../addresses/locate.ts'
import { type Basket, type BasketRequest, readBasket } from './basket.ts'
import { insertQuote } from './queries.ts'
import type { Quote, QuoteRequest } from './schema.ts'

export const QUOTE_MINUTES = 10
const QUOTES: RateLimit = { name: 'quotes', max: 60, windowSeconds: 60 }

/** A request whose place is known, and what it would cost. */
export type Priced = { request: BasketRequest; basket: Basket }

export const priceQuote = async (actor: Actor, request: QuoteRequest, now: Date): Promise<Priced> => {
  await countUse(QUOTES, actor.userId)
  const deliveryAddress = await locate(actor, request.deliveryAddress, 'deliveryAddress')
  const located = { ...request, deliveryAddress }
  return { request: located, basket: await readBasket(actor, located, now) }
}

export const keepQuote = async (sql: Sql, actor: Actor, { request, basket }: Priced, now: Date): Promise<Quote> => {
  const id = newId()
  const expiresAt = addMinutes(now, QUOTE_MINUTES)
  await insertQuote(sql, {
    id,
    customerId: actor.userId,
    chefId: basket.chefId,
    zoneId: basket.zoneId,
    request,
    price: frozenPrice(basket),
    promotionId: basket.promotionId,
    now,
    expiresAt,
  })
  const { commissionCents: _, ...price } = basket.price
  return {
    id,
    ...price,
    currency: basket.currency,
    distanceMeters: basket.leg.distanceMeters,
    distanceIsApproximate: basket.leg.approximate,
    eta: { p50At: basket.eta.p50At.toISOString(), p90At: basket.eta.p90At.toISOString() },
    pickupEta: basket.eta.pickup && {
      p50At: basket.eta.pickup.p50At.toISOString(),
      p90At: basket.eta.pickup.p90At.toISOString(),
    },
    expiresAt: expiresAt.toISOString(),
  }
}

/** What an order takes over from its quote, whatever menu and zone say by then. */
export type FrozenPrice = Pick<Basket, 'price' | 'lines' | 'currency'>

const frozenPrice = ({ price, lines, currency }: Basket): FrozenPrice => ({ price, lines, currency })
