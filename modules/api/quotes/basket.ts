import { batcher, REQUEST_BATCHES } from '#core/batch'
import { database } from '#core/database'
import { accountDeleted } from '#core/deleted-accounts'
import { distanceMeters, type LatLng } from '#core/geo'
import { conflict, invalid, notFound, Problem } from '#core/problem'
import type { Actor } from '#core/tokens'
import { settingsOf, type ZoneSettings } from '#core/zones'
import { estimateEta, type Known, knownTimes } from '#modules/dispatch/index'
import { type Leg, routing } from '#modules/routing/index'
import type { Located } from '../addresses/schema.ts'
import { isOpenAt, localTime } from '../chefs/opening-hours.ts'
import { type Price, priceOrder } from './pricing.ts'
import * as queries from './queries.ts'
import type { OrderLines } from './schema.ts'

export type BasketRequest = {
  chefId: string
  items: OrderLines
  deliveryAddress: Located
  tipCents: number
  promoCode?: string
}

export type Line = {
  menuItemId: string
  name: string
  unitPriceCents: number
  quantity: number
  notes: string | null
  prepMinutes: number
  /** There are only so many a day: the order holds portions of it. */
  isLimited: boolean
}

export type Kitchen = LatLng & {
  chefUserId: string
  chefName: string
  street: string
  city: string
  postalCode: string
}

/** A basket that can be ordered now, with all that follows from it. */
export type Basket = {
  chefId: string
  kitchen: Kitchen
  /** Only when it is read for an order. */
  orderSequence: number | null
  zoneId: string
  currency: string
  settings: ZoneSettings
  lines: Line[]
  portionsDay: string
  leg: Leg
  price: Price
  promotionId: string | null
  eta: ReturnType<typeof estimateEta>
}

/** A basket that the kitchen could cook and bring now, whatever it costs. */
export type Available = Omit<Basket, 'price' | 'promotionId'> & { minimumOrderCents: number }

/**
 * Checks a basket against kitchen, menu and zone as they are now. Throws the problem that stands in its way. It may wait
 * for somebody else's roads, so never in a transaction.
 */
export const readAvailable = async (
  actor: Actor,
  request: Omit<BasketRequest, 'tipCents'>,
  now: Date,
  forOrder: boolean,
): Promise<Available> => {
  const dropoff = request.deliveryAddress.coordinates
  const row = await findBasket({
    customerId: actor.userId,
    chefId: request.chefId,
    itemIds: request.items.map(({ menuItemId }) => menuItemId),
    ...dropoff,
    at: now,
    forOrder,
  })
  if (row?.verificationStatus !== 'approved') throw notFound('chef')
  if (!row.customerIsActive) throw accountDeleted()
  const settings = settingsOf(row.settings)
  const local = localTime(now, row.timeZone)
  if (!isOpenAt(row, now, local)) throw conflict('kitchen-closed', 'The kitchen is closed at the moment.')
  if (!row.insideZone) throw outsideZone()
  const lines = linesOf(request.items, row.items ?? [])
  const [leg, known] = await Promise.all([
    legWithin({ lat: row.lat, lng: row.lng }, dropoff, row.deliveryRadiusMeters),
    knownTimes(database.sql, row, now),
  ])
  return {
    chefId: row.chefId,
    kitchen: row,
    orderSequence: row.orderSequence,
    zoneId: row.zoneId,
    currency: row.currency,
    settings,
    lines,
    portionsDay: local.day,
    leg,
    minimumOrderCents: Math.max(row.minimumOrderCents, settings.minimumOrderCents),
    eta: firstEta(lines, leg, known, now),
  }
}

/** Baskets that are asked for at once are read by one statement. */
const findBasket = batcher<queries.BasketKeys, queries.BasketRow | undefined>(async (keys) => {
  const rows = await queries.findBaskets(database.sql, keys)
  return rows.map((value) => ({ status: 'fulfilled', value }))
}, REQUEST_BATCHES)

/** As readAvailable, and priced as of now. */
export const readBasket = async (
  actor: Actor,
  request: BasketRequest,
  now: Date,
  forOrder = false,
): Promise<Basket> => {
  const available = await readAvailable(actor, request, now, forOrder)
  const { lines, leg, settings, zoneId, minimumOrderCents } = available
  const promotion = await promotionOf(actor, request, now)
  const price = priceOrder(
    {
      items: lines,
      distanceMeters: leg.distanceMeters,
      tipCents: request.tipCents,
      discount: promotion && { bps: promotion.discountBps, centsMax: promotion.discountCentsMax },
      demandRatio: await demandRatioOf(zoneId, settings, now),
    },
    settings,
  )
  assertMinimum(price.subtotalCents, minimumOrderCents)
  if (promotion && price.subtotalCents < promotion.subtotalCentsMin) throw badPromotion()
  return { ...available, price, promotionId: promotion?.id ?? null }
}

/** Not asked where the zone has no surcharge: then it changes nothing. */
const demandRatioOf = (zoneId: string, settings: ZoneSettings, now: Date) =>
  settings.demandMultiplierBpsMax > 10_000
    ? queries.findDemandRatio(database.sql, zoneId, settings.fixAgeSecondsMax, now)
    : 0

const outsideZone = () =>
  invalid('deliveryAddress.coordinates', 'RideNDine does not deliver to this place from this kitchen.', 'outside-zone')

/** A radius is a circle, as search draws it: a detour of the streets takes nobody out of it. */
const legWithin = async (kitchen: LatLng, dropoff: LatLng, radiusMeters: number) => {
  if (distanceMeters(kitchen, dropoff) > radiusMeters) {
    throw invalid('deliveryAddress.coordinates', 'This kitchen does not deliver that far.', 'outside-delivery-radius')
  }
  return routing.leg(kitchen, dropoff)
}

const linesOf = (wanted: OrderLines, found: readonly queries.BasketItemRow[]): Line[] => {
  const items = new Map(found.map((item) => [item.id, item]))
  const quantities = new Map<string, number>()
  return wanted.map(({ menuItemId, quantity, notes }, index) => {
    const item = items.get(menuItemId.toLowerCase())
    if (!item) throw invalid(`items.${index}.menuItemId`, 'This kitchen has no such item.', 'unknown-item')
    const total = (quantities.get(item.id) ?? 0) + quantity
    quantities.set(item.id, total)
    if (!item.isAvailable || (item.portionsLeft !== null && item.portionsLeft < total)) throw soldOut(item.id)
    return {
      menuItemId: item.id,
      name: item.name,
      unitPriceCents: item.priceCents,
      quantity,
      notes: notes ?? null,
      prepMinutes: item.prepMinutes,
      isLimited: item.portionsLeft !== null,
    }
  })
}

export const soldOut = (menuItemId: string) =>
  conflict('sold-out', 'An item is sold out, or there are fewer portions left than you want.', { menuItemId })

const assertMinimum = (subtotalCents: number, minimumCents: number) => {
  if (subtotalCents >= minimumCents) return
  throw new Problem(422, 'below-minimum', `This order must come to at least ${minimumCents} cents before fees.`, {
    errors: [{ path: 'items', message: `must come to at least ${minimumCents} cents` }],
    minimumOrderCents: minimumCents,
  })
}

const promotionOf = async (actor: Actor, { promoCode }: BasketRequest, now: Date) => {
  if (promoCode === undefined) return null
  const promotion = await queries.findPromotion(database.sql, promoCode, actor.userId, now)
  if (!promotion) throw badPromotion()
  return promotion
}

const badPromotion = () => invalid('promoCode', 'This code is not valid for this order.', 'promotion-not-valid')

const firstEta = (lines: readonly Line[], leg: Leg, known: Known, now: Date) => {
  const saidSeconds = Math.max(...lines.map(({ prepMinutes }) => prepMinutes)) * 60
  const food = { isReady: false as const, sinceSeconds: null, saidSeconds, preparation: known.preparation }
  return estimateEta({ now, food, toDropoffSeconds: leg.durationSeconds, known })
}
