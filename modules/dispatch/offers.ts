import { addSeconds } from '#core/clock'
import { brokenConstraint, database, problemOfDatabaseError, type Sql } from '#core/database'
import { driverTopic, recordEvent } from '#core/events'
import { coarsen } from '#core/geo'
import { newId } from '#core/ids'
import { closeOffer, type OfferEnd } from '#core/lifecycle/deliveries'
import { announceOrder, type Move, moveDelivery } from '#core/lifecycle/transitions'
import { log } from '#core/log'
import { counter } from '#core/metrics'
import { conflict, notFound, Problem } from '#core/problem'
import type { Actor } from '#core/tokens'
import { assertHeld, type Fence, roundTransaction } from './leases.ts'
import * as queries from './queries.ts'
import type { Offer } from './schema.ts'

/** An offer's life: made by a round, then accepted, declined, run out, or taken back. Each step happens once. */

const offersEnded = counter('dispatch_offers_total', 'Offers to drivers by how they ended', ['outcome'])

type NewOffer = {
  driverId: string
  orderId: string
  payCents: number
  currency: string
  pickupSeconds: number
  timeoutSeconds: number
}

/** Offers an unassigned delivery to a free driver. False when either was taken meanwhile. Throws a FencedError. */
export const makeOffer = async (
  offer: NewOffer,
  decision: queries.NewDecision,
  fence: Fence,
  now: Date,
): Promise<boolean> => {
  const id = newId()
  const expiresAt = addSeconds(now, offer.timeoutSeconds)
  try {
    await roundTransaction(async (tx) => {
      const [order] = await queries.lockIdleOrders(tx, [offer.orderId])
      if (!order) throw conflict('order-busy', 'Somebody is changing the order.')
      assertHeld(await queries.insertOffer(tx, { ...offer, id, orderIds: [offer.orderId], now, expiresAt }, fence))
      // After the insert: an older offer that he is just accepting has made it wait.
      if (!(await queries.lockFreeDriver(tx, offer.driverId))) throw conflict('driver-busy', 'The driver is not free.')
      const moved = await moveDelivery(tx, offer.orderId, 'offer', { by: 'system', now }, { offer_id: id })
      await queries.insertDecision(tx, decision)
      await announceOrder(tx, 'delivery.offered', order, moved, now)
      await tellDriver(tx, offer.driverId, 'offer.created', id, [offer.orderId], now, {
        payCents: offer.payCents,
        currency: offer.currency,
        expiresAt: expiresAt.toISOString(),
      })
    })
    offersEnded.inc({ outcome: 'made' })
    return true
  } catch (error) {
    if (error instanceof Problem || isBusy(error)) return false
    if (brokenConstraint(error) === 'offers_one_open_per_driver') return false
    throw error
  }
}

/** Somebody holds a row of it. One that is stuck must not hold up all the others: its turn comes again. */
const isBusy = (error: unknown) => problemOfDatabaseError(error)?.slug === 'busy'

export const listOffers = async ({ userId }: Actor, now: Date): Promise<{ data: Offer[] }> => ({
  data: await Promise.all(
    (await queries.findOpenOffersOfUser(database.sql, userId, now)).map((row) => offerOf(database.sql, row)),
  ),
})

export const acceptOffer = async (actor: Actor, offerId: string, now: Date): Promise<Offer> => {
  try {
    return await ending(actor, offerId, 'accepted', null, now, async (tx, offer, order) => {
      const columns = { driver_id: offer.driverId, offer_id: null, assigned_at: now }
      const moved = await moveDelivery(tx, order.id, 'accept', moveOf(actor, now), columns)
      const more = { driverId: offer.driverId, pickupSeconds: offer.pickupSeconds }
      await announceOrder(tx, 'delivery.assigned', order, moved, now, more)
    })
  } catch (error) {
    if (brokenConstraint(error) === 'deliveries_one_per_driver') {
      throw conflict('driver-busy', 'You are still bringing another order.')
    }
    throw error
  }
}

export const declineOffer = (actor: Actor, offerId: string, reason: string | null, now: Date): Promise<Offer> =>
  ending(actor, offerId, 'declined', reason, now, async (tx, _offer, order) => {
    const moved = await moveDelivery(tx, order.id, 'decline', moveOf(actor, now, reason), { offer_id: null })
    await announceOrder(tx, 'delivery.unassigned', order, moved, now)
  })

const moveOf = ({ userId }: Actor, now: Date, reason: string | null = null): Move => ({
  by: 'driver',
  actorId: userId,
  reason,
  now,
})

type Step = (tx: Sql, offer: queries.OfferRow, order: queries.LockedOrder) => Promise<void>

/** The driver's own end of an offer, while it is open. Throws 404 for somebody else's, 409 when it is over. */
const ending = (actor: Actor, offerId: string, end: OfferEnd, reason: string | null, now: Date, step: Step) =>
  database.begin(async (tx) => {
    const offer = await queries.findOfferOfUser(tx, offerId, actor.userId)
    if (!offer) throw notFound('offer')
    const orders = await queries.lockOrders(tx, offer.orderIds)
    const isLate = Date.parse(offer.expiresAt) <= now.getTime()
    if (isLate || !(await closeOffer(tx, offerId, end, now, reason))) throw await offerOver(tx, offerId, actor, isLate)
    for (const order of orders) await step(tx, offer, order)
    offersEnded.inc({ outcome: end })
    return offerOf(tx, { ...offer, status: end })
  })

const offerOver = async (tx: Sql, offerId: string, actor: Actor, isLate: boolean) => {
  const now = await queries.findOfferOfUser(tx, offerId, actor.userId)
  const status = now?.status === 'open' && isLate ? 'expired' : (now?.status ?? 'withdrawn')
  return conflict('offer-over', `This offer is ${status}.`, { currentStatus: status })
}

const EXPIRED_BATCH_MAX = 100

/** Takes back what nobody answered in time, so that a round, which hears of it, asks the next driver. */
export const expireOffers = async (now: Date): Promise<number> => {
  const expired = await queries.findExpiredOffers(database.sql, now, EXPIRED_BATCH_MAX)
  for (const offer of expired) {
    await takeBack(offer, 'expired', now).catch((error: unknown) => {
      if (!isBusy(error)) throw error
    })
  }
  return expired.length
}

/** Takes back what a driver need not think about any more: he has been given an order by hand, or may not work. */
export const withdrawOffers = async (driverId: string, now: Date) => {
  for (const offer of await queries.findOpenOffersOfDriver(database.sql, driverId))
    await takeBack(offer, 'withdrawn', now)
}

const takeBack = (offer: queries.OfferRow, end: 'expired' | 'withdrawn', now: Date) =>
  database.begin(async (tx) => {
    const lock = end === 'expired' ? queries.lockIdleOrders : queries.lockOrders
    const orders = await lock(tx, offer.orderIds)
    if (orders.length < offer.orderIds.length || !(await closeOffer(tx, offer.id, end, now))) return
    for (const order of orders) {
      const moved = await moveDelivery(tx, order.id, 'withdraw', { by: 'system', now }, { offer_id: null })
      await announceOrder(tx, 'delivery.unassigned', order, moved, now)
    }
    await tellDriver(tx, offer.driverId, `offer.${end}`, offer.id, offer.orderIds, now)
    offersEnded.inc({ outcome: end })
    log.info({ offerId: offer.id, driverId: offer.driverId, end }, 'offer taken back')
  })

export const tellDriver = (
  tx: Sql,
  driverId: string,
  type: string,
  offerId: string,
  orderIds: readonly string[],
  now: Date,
  more: Record<string, unknown> = {},
) => recordEvent(tx, { topics: [driverTopic(driverId)], type, data: { offerId, orderIds, ...more }, occurredAt: now })

/** Where to, but not to which door: that is for who has accepted. */
const offerOf = async (sql: Sql, row: queries.OfferRow): Promise<Offer> => {
  const stops = await queries.findStops(sql, row.orderIds)
  return {
    ...row,
    stops: stops.map((stop) => ({
      orderId: stop.orderId,
      pickup: { name: stop.chefName, location: coarsen({ lat: stop.pickupLat, lng: stop.pickupLng }) },
      dropoff: { name: stop.dropoffCity, location: coarsen({ lat: stop.dropoffLat, lng: stop.dropoffLng }) },
      readyAt: stop.readyAt,
    })),
  }
}
