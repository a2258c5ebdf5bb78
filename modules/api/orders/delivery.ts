import { database } from '#core/database'
import { releaseDelivery } from '#core/lifecycle/deliveries'
import { announceOrder, moveDelivery, moveOrder } from '#core/lifecycle/transitions'
import { conflict, forbidden, notFound, Problem } from '#core/problem'
import type { Actor } from '#core/tokens'
import { DEFAULT_PROFILE, profileOfVehicle, routing } from '#modules/routing/index'
import { changing, etaColumnsOnTheWay, moveOf } from './change.ts'
import { countDelivery, countOrder, countPickup } from './measures.ts'
import { findOrder, findRide, takeHandoverTry } from './queries.ts'
import type { Proof } from './schema.ts'

/** What the driver who has an order does with it. */

export const HANDOVER_TRIES_MAX = 10

export const arrive = (actor: Actor, orderId: string, now: Date) =>
  changing(actor, orderId, async (tx, order) => {
    const moved = await moveDelivery(tx, orderId, 'arrive', moveOf(actor, now))
    await announceOrder(tx, `delivery.${moved.status}`, order, moved, now)
  })

/** How near he came to the kitchen says nothing of the door. */
const NOTHING_SEEN = { astray_at: null, nearest_meters: null, nearer_at: null }

export const pickUp = async (actor: Actor, orderId: string, now: Date) => {
  const travelSeconds = await rideSeconds(actor, orderId)
  return changing(actor, orderId, async (tx, order) => {
    const columns = { picked_up_at: now, ...(await etaColumnsOnTheWay(tx, order, now, travelSeconds)) }
    const moved = await moveOrder(tx, orderId, 'pickup', moveOf(actor, now), columns)
    const delivery = await moveDelivery(tx, orderId, 'pickup', moveOf(actor, now), {
      picked_up_at: now,
      ...NOTHING_SEEN,
    })
    await announceOrder(tx, 'order.picked_up', moved, delivery, now)
    return () => countPickup(order, now)
  })
}

/** By what he goes by, where those are not the roads that the order was priced by. Asked before the order is locked. */
const rideSeconds = async ({ userId }: Actor, orderId: string): Promise<number | undefined> => {
  const ride = await findRide(database.sql, userId, orderId)
  if (!ride) return undefined
  const profile = profileOfVehicle(ride.vehicleType)
  if (profile === DEFAULT_PROFILE) return undefined
  const kitchen = { lat: ride.pickupLat, lng: ride.pickupLng }
  const door = { lat: ride.dropoffLat, lng: ride.dropoffLng }
  return (await routing.leg(kitchen, door, profile)).durationSeconds
}

export const depart = (actor: Actor, orderId: string, now: Date) =>
  changing(actor, orderId, async (tx, order) => {
    const moved = await moveDelivery(tx, orderId, 'depart', moveOf(actor, now))
    await announceOrder(tx, 'delivery.in_transit', order, moved, now)
  })

/** The code that only the customer knows proves that it was handed over. Wrong codes are counted, so it cannot be guessed. */
export const deliver = async (actor: Actor, orderId: string, given: Proof, now: Date) => {
  const reason = await checkProof(actor, orderId, given)
  return changing(actor, orderId, async (tx, order) => {
    const columns = { delivered_at: now, eta_p50_at: now, eta_p90_at: now }
    const moved = await moveOrder(tx, orderId, 'deliver', moveOf(actor, now, reason), columns)
    const proof = tx.json({ kind: reason === undefined ? 'code' : 'override' }) as never
    const delivery = await moveDelivery(tx, orderId, 'deliver', moveOf(actor, now, reason), {
      delivered_at: now,
      proof,
    })
    await announceOrder(tx, 'order.delivered', moved, delivery, now)
    return () => countDelivery(order, now)
  })
}

/** Returns the reason of an admin who settles it without a code. */
const checkProof = async (actor: Actor, orderId: string, given: Proof) => {
  if ('code' in given) return assertCode(actor, orderId, given.code)
  if (actor.role !== 'admin') throw forbidden('Only an admin may complete a delivery without the code.')
  return given.override
}

const assertCode = async (actor: Actor, orderId: string, code: string): Promise<undefined> => {
  const order = await findOrder(database.sql, actor, orderId)
  if (!order) throw notFound('order')
  // In any other state the code says nothing; the transition refuses with what the state is.
  if (order.status !== 'picked_up') return
  // Counted before it is looked at: of many codes sent at once no more than these are.
  if (!(await takeHandoverTry(database.sql, orderId, HANDOVER_TRIES_MAX))) {
    throw conflict('handover-locked', 'Too many wrong codes. Support can complete this delivery.')
  }
  if (order.handoverCode === code) return
  throw new Problem(422, 'wrong-code', 'This is not the code of the customer.', {
    errors: [{ path: 'proof.code', message: 'is not the code of the customer' }],
  })
}

export const drop = (actor: Actor, orderId: string, reason: string, now: Date) =>
  changing(actor, orderId, async (tx, order) => {
    const moved = await releaseDelivery(tx, orderId, 'drop', moveOf(actor, now, reason))
    const had = { status: moved.status, driverId: moved.fromDriverId }
    await announceOrder(tx, 'delivery.unassigned', order, had, now, { reason })
  })

/** Nobody takes the food: the order ends without a refund of its own; support decides about that. */
export const fail = (actor: Actor, orderId: string, reason: string, food: string, now: Date) =>
  changing(actor, orderId, async (tx) => {
    const moved = await moveOrder(tx, orderId, 'fail', moveOf(actor, now, reason), { closed_reason: reason })
    const delivery = await moveDelivery(tx, orderId, 'fail', moveOf(actor, now, reason), { food_outcome: food })
    await announceOrder(tx, 'delivery.failed', moved, delivery, now, { reason, food })
    return () => countOrder('failed', moved.zoneId)
  })
