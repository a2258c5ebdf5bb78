import { addSeconds } from '#core/clock'
import { brokenConstraint, database, problemOfDatabaseError, type Sql } from '#core/database'
import { driverTopic, recordEvent } from '#core/events'
import { coarsen } from '#core/geo'
import { newId } from '#core/ids'
import { closeOffer } from '#core/lifecycle/deliveries'
import { announceOrder, type Move, moveDelivery } from '#core/lifecycle/transitions'
import { log } from '#core/log'
import { counter } from '#core/metrics'
import { conflict, notFound, Problem } from '#core/problem'
import type { Actor } from '#core/tokens'
import { noteAnswer } from './acceptance.ts'
import { assertRoom, findHeld, give, type Held, type LockedDriver, lockDriver } from './holdings.ts'
import { assertHeld, type Fence, roundTransaction } from './leases.ts'
import * as queries from './queries.ts'
import type { Offer } from './schema.ts'

/** An offer's life: made by a round, then accepted, declined, run out, or taken back. Each step happens once. */

const offersEnded = counter('dispatch_offers_total', 'Offers to drivers by how they ended', ['outcome'])

export type NewOffer = {
  driverId: string
  /** In the order of their doors. */
  orderIds: readonly string[]
  /** What he has now and would bring together with these: none of it picked up yet. */
  besideOrderIds?: readonly string[]
  /** The order of all doors then; without it the new ones come last. */
  dropoffOrderIds?: readonly string[]
  payCents: number
  currency: string
  pickupSeconds: number
  timeoutSeconds: number
}

/**
 * Offers unassigned deliveries to one driver, all or none. False when an order or the driver was taken meanwhile, or he has
 * something else than was believed. Who is employed has accepted with it. Throws a FencedError.
 */
export const makeOffer = async (
  offer: NewOffer,
  decisions: readonly queries.NewDecision[],
  fence: Fence,
  now: Date,
): Promise<boolean> => {
  const id = newId()
  const expiresAt = addSeconds(now, offer.timeoutSeconds)
  try {
    const outcome = await roundTransaction(async (tx) => {
      const orders = await lockOffered(tx, offer)
      assertHeld(await queries.insertOffer(tx, { ...offer, id, now, expiresAt }, fence))
      // After the insert: an older offer that he is just accepting has made it wait.
      const driver = await lockDriver(tx, offer.driverId)
      const held = await findHeld(tx, offer.driverId)
      if (!driver || !isAskable(driver, held, offer)) throw conflict('driver-busy', 'The driver is not free.')
      assertRoom(driver, held, orders.length)
      for (const order of orders) {
        const moved = await moveDelivery(tx, order.id, 'offer', { by: 'system', now }, { offer_id: id })
        await announceOrder(tx, 'delivery.offered', order, moved, now)
      }
      for (const decision of decisions) await queries.insertDecision(tx, decision)
      await tellDriver(tx, offer.driverId, 'offer.created', id, offer.orderIds, now, {
        payCents: offer.payCents,
        currency: offer.currency,
        expiresAt: expiresAt.toISOString(),
        isAutomatic: driver.isEmployed,
      })
      if (!driver.isEmployed) return 'made' as const
      const move: Move = { by: 'system', reason: 'An employed driver takes what he is given.', now }
      await closeOffer(tx, id, 'accepted', now)
      await tx`update offers set is_automatic = true where id = ${id}`
      await take(tx, { driver, held, orders, dropoffOrderIds: offer.dropoffOrderIds, event: 'accept', move }, offer)
      return 'automatic' as const
    })
    offersEnded.inc({ outcome })
    return true
  } catch (error) {
    if (error instanceof Problem || isBusy(error)) return false
    if (brokenConstraint(error) === 'offers_one_open_per_driver') return false
    throw error
  }
}

/** In the order of the offer; refused when one is being changed, kept back, or not for him. */
const lockOffered = async (tx: Sql, { orderIds, driverId }: NewOffer) => {
  const orders = await queries.lockIdleOrders(tx, orderIds)
  if (orders.length < orderIds.length) throw conflict('order-busy', 'Somebody is changing the order.')
  if (await queries.isKeptFrom(tx, orderIds, driverId)) throw conflict('order-held', 'An operator keeps it back.')
  return inOrderOf(orderIds, orders)
}

const inOrderOf = (orderIds: readonly string[], orders: readonly queries.LockedOrder[]) =>
  orders.toSorted((a, b) => orderIds.indexOf(a.id) - orderIds.indexOf(b.id))

/** On duty, heard of, and with just what the offer says: his route may grow until he has picked something up. */
const isAskable = (driver: LockedDriver, held: readonly Held[], { besideOrderIds = [] }: NewOffer) =>
  driver.isAvailable &&
  driver.isApproved &&
  driver.silentSince === null &&
  held.length === besideOrderIds.length &&
  held.every(({ orderId, isPickedUp }) => !isPickedUp && besideOrderIds.includes(orderId))

const take = async (tx: Sql, gift: Parameters<typeof give>[1], { pickupSeconds }: { pickupSeconds: number }) => {
  const driverId = gift.driver.id
  for (const { order, delivery } of await give(tx, gift)) {
    await announceOrder(tx, 'delivery.assigned', order, delivery, gift.move.now, { driverId, pickupSeconds })
  }
}

/** Somebody holds a row of it. One that is stuck must not hold up all the others: its turn comes again. */
const isBusy = (error: unknown) => problemOfDatabaseError(error)?.slug === 'busy'

export const listOffers = async ({ userId }: Actor, now: Date): Promise<{ data: Offer[] }> => ({
  data: await Promise.all(
    (await queries.findOpenOffersOfUser(database.sql, userId, now)).map((row) => offerOf(database.sql, row)),
  ),
})

/** All of it or nothing, and only beside what he had when he was asked: he may have been given something by hand. */
export const acceptOffer = (actor: Actor, offerId: string, now: Date): Promise<Offer> =>
  ending(actor, offerId, 'accepted', null, now, async (tx, offer, orders) => {
    const driver = (await lockDriver(tx, offer.driverId))!
    const held = await findHeld(tx, offer.driverId)
    if (held.some(({ orderId }) => !offer.besideOrderIds.includes(orderId))) {
      throw conflict('driver-busy', 'You are still bringing another order.')
    }
    const { dropoffOrderIds } = offer
    await take(tx, { driver, held, orders, dropoffOrderIds, event: 'accept', move: moveOf(actor, now) }, offer)
  })

export const declineOffer = (actor: Actor, offerId: string, reason: string | null, now: Date): Promise<Offer> =>
  ending(actor, offerId, 'declined', reason, now, async (tx, _offer, orders) => {
    for (const order of orders) {
      const moved = await moveDelivery(tx, order.id, 'decline', moveOf(actor, now, reason), { offer_id: null })
      await announceOrder(tx, 'delivery.unassigned', order, moved, now)
    }
  })

const moveOf = ({ userId }: Actor, now: Date, reason: string | null = null): Move => ({
  by: 'driver',
  actorId: userId,
  reason,
  now,
})

type Step = (tx: Sql, offer: queries.OfferRow, orders: readonly queries.LockedOrder[]) => Promise<void>

/** The driver's own end of an offer, while it is open. Throws 404 for somebody else's, 409 when it is over. */
const ending = (
  actor: Actor,
  offerId: string,
  end: 'accepted' | 'declined',
  reason: string | null,
  now: Date,
  step: Step,
) =>
  database.begin(async (tx) => {
    const shown = await queries.findOfferOfUser(tx, offerId, actor.userId)
    if (!shown) throw notFound('offer')
    const locked = await queries.lockOrders(tx, shown.orderIds)
    // Read again: an order of it may have been cancelled, or given away, before its lock was had.
    const offer = (await queries.findOfferOfUser(tx, offerId, actor.userId))!
    const isLate = Date.parse(offer.expiresAt) <= now.getTime()
    if (isLate || !(await closeOffer(tx, offerId, end, now, reason))) throw await offerOver(tx, offerId, actor, isLate)
    const orders = locked.filter(({ id }) => offer.orderIds.includes(id))
    await step(tx, offer, inOrderOf(offer.orderIds, orders))
    await noteAnswer(tx, offer.driverId, end === 'accepted')
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

const takeBack = (shown: queries.OfferRow, end: 'expired' | 'withdrawn', now: Date) =>
  database.begin(async (tx) => {
    const lock = end === 'expired' ? queries.lockIdleOrders : queries.lockOrders
    const locked = await lock(tx, shown.orderIds)
    if (locked.length < shown.orderIds.length || !(await closeOffer(tx, shown.id, end, now))) return
    const offer = (await queries.findOffer(tx, shown.id))!
    for (const order of locked.filter(({ id }) => offer.orderIds.includes(id))) {
      const moved = await moveDelivery(tx, order.id, 'withdraw', { by: 'system', now }, { offer_id: null })
      await announceOrder(tx, 'delivery.unassigned', order, moved, now)
    }
    await tellDriver(tx, offer.driverId, `offer.${end}`, offer.id, offer.orderIds, now)
    if (end === 'expired') await noteAnswer(tx, offer.driverId, false)
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
    stops: stops
      .toSorted((a, b) => row.orderIds.indexOf(a.orderId) - row.orderIds.indexOf(b.orderId))
      .map((stop) => ({
        orderId: stop.orderId,
        pickup: { name: stop.chefName, location: coarsen({ lat: stop.pickupLat, lng: stop.pickupLng }) },
        dropoff: { name: stop.dropoffCity, location: coarsen({ lat: stop.dropoffLat, lng: stop.dropoffLng }) },
        readyAt: stop.readyAt,
      })),
  }
}
