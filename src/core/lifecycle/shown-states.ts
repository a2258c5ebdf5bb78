import type { DeliveryStatus } from '#core/lifecycle/delivery-states'
import type { OrderStatus } from '#core/lifecycle/order-states'

/** The twelve statuses that clients know, computed from both machines. Pure. */
export const SHOWN_STATUSES = [
  'pending',
  'payment_confirmed',
  'accepted',
  'preparing',
  'ready_for_pickup',
  'assigned_to_driver',
  'picked_up',
  'in_transit',
  'delivered',
  'cancelled',
  'rejected',
  'refunded',
] as const
export type ShownStatus = (typeof SHOWN_STATUSES)[number]

/** A driver found before the food is ready does not hide how far the kitchen is. */
export const shownStatus = (order: OrderStatus, delivery: DeliveryStatus): ShownStatus => {
  if (order === 'ready_for_pickup' && (delivery === 'assigned' || delivery === 'at_pickup')) return 'assigned_to_driver'
  if (order === 'picked_up' && (delivery === 'in_transit' || delivery === 'at_dropoff')) return 'in_transit'
  return order
}
