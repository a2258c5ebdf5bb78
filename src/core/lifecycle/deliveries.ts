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
  const offered = known.offerId && (await leaveOffer(tx, known.offerId, orderId, now, 'The order was cancelled.'))
  return { status: moved.status, driverId: known.driverId ?? (offered || null) }
}

/**
 * Takes one order out of an open offer, whose other orders remain offered; the last one takes the offer with it. The caller
 * holds that order's lock, and moves its delivery. Returns who was asked.
 */
export const leaveOffer = async (
  tx: Sql,
  offerId: string,
  orderId: string,
  now: Date,
  reason: string | null = null,
) => {
  const [offer] = await tx<{ driverId: string; orderIds: string[] }[]>`
    select driver_id, order_ids::text[] as order_ids from offers where id = ${offerId} for update`
  if (!offer) return null
  if (offer.orderIds.length === 1) await closeOffer(tx, offerId, 'withdrawn', now, reason)
  else
    await tx`
      update offers set order_ids = array_remove(order_ids, ${orderId}::uuid),
        pay_cents = pay_cents - (select delivery_fee_cents + tip_cents from orders where id = ${orderId})
      where id = ${offerId} and status = 'open'`
  return offer.driverId
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

type Release = { /** It was not for him: he may be asked for it again. */ mayReturn?: boolean }

/** A driver gives an order back, or it is taken from him; he is not asked for it again. What else he has stays his. */
export const releaseDelivery = async (
  tx: Sql,
  orderId: string,
  event: 'drop' | 'unassign',
  move: Move,
  { mayReturn = false }: Release = {},
) => {
  const moved = await moveDelivery(tx, orderId, event, move, {
    driver_id: null,
    assigned_at: null,
    waiting_since: move.now,
    on_board_at: null,
    untaken_at: null,
    astray_at: null,
    nearest_meters: null,
    nearer_at: null,
  })
  const driverId = moved.fromDriverId!
  const reason = move.reason ?? event
  await tx`
    update offers set status = case when cardinality(order_ids) = 1 then ${mayReturn ? 'withdrawn' : 'declined'} else status end,
      reason = case when cardinality(order_ids) = 1 then ${reason} else reason end,
      order_ids = case when cardinality(order_ids) = 1 then order_ids else array_remove(order_ids, ${orderId}::uuid) end,
      pay_cents = case when cardinality(order_ids) = 1 then pay_cents
        else pay_cents - (select delivery_fee_cents + tip_cents from orders where id = ${orderId}) end
    where driver_id = ${driverId} and order_ids @> array[${orderId}::uuid] and status = 'accepted'`
  if (!mayReturn) await blockDriver(tx, orderId, driverId, event === 'drop' ? 'driver' : 'system', move)
  return moved
}

/** He is not asked for this order any more. What an operator said stands above the others' words. */
export const blockDriver = (
  tx: Sql,
  orderId: string,
  driverId: string,
  by: 'driver' | 'operator' | 'system',
  { actorId, reason, now }: Pick<Move, 'actorId' | 'reason' | 'now'>,
) => tx`
  insert into driver_blocks (order_id, driver_id, by, reason, actor_id, created_at)
  values (${orderId}, ${driverId}, ${by}, ${reason ?? null}, ${actorId ?? null}, ${now})
  on conflict (order_id, driver_id) do update set by = excluded.by, reason = excluded.reason,
    actor_id = excluded.actor_id, created_at = excluded.created_at
    where driver_blocks.by <> 'operator' or excluded.by = 'operator'`
