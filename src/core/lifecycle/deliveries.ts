import type { Sql } from '#core/database'
import type { DeliveryStatus } from '#core/lifecycle/delivery-states'
import { type Move, moveDelivery } from '#core/lifecycle/transitions'

/** What the kitchen's and the driver's side do to each other. The caller holds the order's lock. */

export const beginDelivery = (tx: Sql, orderId: string, zoneId: string, now: Date) => tx`
  insert into deliveries (order_id, zone_id, status, created_at) values (${orderId}, ${zoneId}, 'unassigned', ${now})`

export type DeliveryEnd = { status: DeliveryStatus; driverId: string | null }

/** The order will not be: its delivery ends, its offer is taken back. Returns who had it; undefined if nobody was sought yet. */
export const cancelDelivery = async (tx: Sql, orderId: string, now: Date): Promise<DeliveryEnd | undefined> => {
  const [known] = await tx<{ offerId: string | null; driverId: string | null }[]>`
    select offer_id, driver_id from deliveries where order_id = ${orderId} for update`
  if (!known) return undefined
  const nobody = { driver_id: null, offer_id: null }
  const moved = await moveDelivery(tx, orderId, 'cancel', { by: 'system', now }, nobody)
  if (known.offerId) await closeOffer(tx, known.offerId, 'withdrawn', now, 'The order was cancelled.')
  const offered = known.offerId ? await driverOfOffer(tx, known.offerId) : null
  return { status: moved.status, driverId: known.driverId ?? offered }
}

const driverOfOffer = async (tx: Sql, offerId: string) => {
  const [row] = await tx<{ driverId: string }[]>`select driver_id from offers where id = ${offerId}`
  return row?.driverId ?? null
}

export type OfferEnd = 'accepted' | 'declined' | 'expired' | 'withdrawn'

/** Ends an open offer, once. Returns whether it was this call that did. */
export const closeOffer = async (
  tx: Sql,
  offerId: string,
  status: OfferEnd,
  now: Date,
  reason: string | null = null,
) => {
  const rows = await tx`
    update offers set status = ${status}, closed_at = ${now}, reason = ${reason}
    where id = ${offerId} and status = 'open' returning id`
  return rows.length === 1
}

/** A driver gives an order back, or it is taken from him; he is not asked for it again. */
export const releaseDelivery = async (tx: Sql, orderId: string, event: 'drop' | 'unassign', move: Move) => {
  const moved = await moveDelivery(tx, orderId, event, move, { driver_id: null, assigned_at: null })
  await tx`
    update offers set status = 'declined', reason = ${move.reason ?? event}
    where driver_id = ${moved.fromDriverId} and ${orderId}::uuid = any(order_ids) and status = 'accepted'`
  return moved
}
