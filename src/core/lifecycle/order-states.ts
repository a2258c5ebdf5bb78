/** The kitchen's side of an order as one table, which code, tests and docs read. Pure. */

export const ORDER_STATUSES = [
  'pending',
  'payment_confirmed',
  'accepted',
  'preparing',
  'ready_for_pickup',
  'picked_up',
  'delivered',
  'rejected',
  'cancelled',
  'refunded',
] as const
export type OrderStatus = (typeof ORDER_STATUSES)[number]

/** Who moves a state machine: a person in a role, or the market itself (a deadline, the payment processor). */
export type Mover = 'customer' | 'chef' | 'driver' | 'admin' | 'system'

export type Transition<Status extends string, Event extends string> = {
  from: Status
  event: Event
  to: Status
  by: readonly Mover[]
}

export type OrderEvent =
  | 'pay'
  | 'abandon'
  | 'accept'
  | 'reject'
  | 'expire'
  | 'prepare'
  | 'ready'
  | 'pickup'
  | 'deliver'
  | 'fail'
  | 'cancel'
  | 'refund'

export const ORDER_TRANSITIONS: readonly Transition<OrderStatus, OrderEvent>[] = [
  { from: 'pending', event: 'pay', to: 'payment_confirmed', by: ['system'] },
  { from: 'pending', event: 'abandon', to: 'cancelled', by: ['system'] },
  { from: 'payment_confirmed', event: 'accept', to: 'accepted', by: ['chef'] },
  { from: 'payment_confirmed', event: 'reject', to: 'rejected', by: ['chef'] },
  { from: 'payment_confirmed', event: 'expire', to: 'rejected', by: ['system'] },
  { from: 'accepted', event: 'prepare', to: 'preparing', by: ['chef'] },
  { from: 'preparing', event: 'ready', to: 'ready_for_pickup', by: ['chef'] },
  { from: 'ready_for_pickup', event: 'pickup', to: 'picked_up', by: ['driver'] },
  { from: 'picked_up', event: 'deliver', to: 'delivered', by: ['driver', 'admin'] },
  // The customer cannot be reached: the food is gone, so nothing is refunded by itself.
  { from: 'picked_up', event: 'fail', to: 'cancelled', by: ['driver', 'admin'] },
  { from: 'pending', event: 'cancel', to: 'cancelled', by: ['customer', 'admin'] },
  { from: 'payment_confirmed', event: 'cancel', to: 'cancelled', by: ['customer', 'admin'] },
  { from: 'accepted', event: 'cancel', to: 'cancelled', by: ['customer', 'chef', 'admin'] },
  // From here food is being made: a customer's change of mind is for support to settle.
  { from: 'preparing', event: 'cancel', to: 'cancelled', by: ['chef', 'admin'] },
  { from: 'ready_for_pickup', event: 'cancel', to: 'cancelled', by: ['chef', 'admin'] },
  { from: 'delivered', event: 'refund', to: 'refunded', by: ['admin'] },
  { from: 'cancelled', event: 'refund', to: 'refunded', by: ['admin'] },
]

export const ORDER_FINAL_STATUSES: readonly OrderStatus[] = ['delivered', 'rejected', 'cancelled', 'refunded']

/** The states from which a mover's event may start, and where each leads; empty when the mover may never do it. */
export const movesOf = <Status extends string, Event extends string>(
  table: readonly Transition<Status, Event>[],
  event: Event,
  mover: Mover,
): Transition<Status, Event>[] => table.filter((row) => row.event === event && row.by.includes(mover))
