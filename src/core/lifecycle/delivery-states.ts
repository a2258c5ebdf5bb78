import type { Transition } from '#core/lifecycle/order-states'

/** The driver's side of an order as one table, which code, tests and docs read. Pure. */

export const DELIVERY_STATUSES = [
  'unassigned',
  'offered',
  'assigned',
  'at_pickup',
  'picked_up',
  'in_transit',
  'at_dropoff',
  'delivered',
  'failed',
  'cancelled',
] as const
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number]

export type DeliveryEvent =
  | 'offer'
  | 'withdraw'
  | 'decline'
  | 'accept'
  | 'claim'
  | 'assign'
  | 'drop'
  | 'unassign'
  | 'arrive'
  | 'pickup'
  | 'depart'
  | 'deliver'
  | 'fail'
  | 'cancel'

export const DELIVERY_TRANSITIONS: readonly Transition<DeliveryStatus, DeliveryEvent>[] = [
  { from: 'unassigned', event: 'offer', to: 'offered', by: ['system'] },
  // The offer ran out, or lost its order.
  { from: 'offered', event: 'withdraw', to: 'unassigned', by: ['system', 'admin'] },
  { from: 'offered', event: 'decline', to: 'unassigned', by: ['driver'] },
  // For an employed driver, who takes what he is given.
  { from: 'offered', event: 'accept', to: 'assigned', by: ['driver', 'system'] },
  // From the board, where nobody was asked.
  { from: 'unassigned', event: 'claim', to: 'assigned', by: ['driver'] },
  { from: 'unassigned', event: 'assign', to: 'assigned', by: ['admin', 'system'] },
  { from: 'assigned', event: 'drop', to: 'unassigned', by: ['driver'] },
  { from: 'at_pickup', event: 'drop', to: 'unassigned', by: ['driver'] },
  { from: 'assigned', event: 'unassign', to: 'unassigned', by: ['admin', 'system'] },
  { from: 'at_pickup', event: 'unassign', to: 'unassigned', by: ['admin', 'system'] },
  { from: 'assigned', event: 'arrive', to: 'at_pickup', by: ['driver'] },
  { from: 'assigned', event: 'pickup', to: 'picked_up', by: ['driver'] },
  { from: 'at_pickup', event: 'pickup', to: 'picked_up', by: ['driver'] },
  { from: 'picked_up', event: 'depart', to: 'in_transit', by: ['driver'] },
  { from: 'in_transit', event: 'arrive', to: 'at_dropoff', by: ['driver'] },
  // A phone without signal may miss the steps between; the code at the door proves the last one.
  { from: 'picked_up', event: 'deliver', to: 'delivered', by: ['driver', 'admin'] },
  { from: 'in_transit', event: 'deliver', to: 'delivered', by: ['driver', 'admin'] },
  { from: 'at_dropoff', event: 'deliver', to: 'delivered', by: ['driver', 'admin'] },
  { from: 'picked_up', event: 'fail', to: 'failed', by: ['driver', 'admin'] },
  { from: 'in_transit', event: 'fail', to: 'failed', by: ['driver', 'admin'] },
  { from: 'at_dropoff', event: 'fail', to: 'failed', by: ['driver', 'admin'] },
  { from: 'unassigned', event: 'cancel', to: 'cancelled', by: ['system'] },
  { from: 'offered', event: 'cancel', to: 'cancelled', by: ['system'] },
  { from: 'assigned', event: 'cancel', to: 'cancelled', by: ['system'] },
  { from: 'at_pickup', event: 'cancel', to: 'cancelled', by: ['system'] },
]

/** While in one of these, the delivery occupies its driver. */
export const DELIVERY_ACTIVE_STATUSES: readonly DeliveryStatus[] = [
  'assigned',
  'at_pickup',
  'picked_up',
  'in_transit',
  'at_dropoff',
]
