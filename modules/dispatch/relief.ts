import { database, problemOfDatabaseError, type Sql } from '#core/database'
import { newId } from '#core/ids'
import { releaseDelivery } from '#core/lifecycle/deliveries'
import { announceOrder, type Move } from '#core/lifecycle/transitions'
import { counter } from '#core/metrics'
import { insertDecision, type LockedOrder, lockIdleOrders } from './queries.ts'
import type { WatchedOrder } from './watch-queries.ts'

/** Takes an order that he has not picked up from a driver, so that another gets it; recorded with the reason. */

export const troubles = counter('dispatch_driver_troubles_total', 'Drivers with orders by what was wrong with them', [
  'trouble',
])

export const isBeforePickup = ({ status }: Pick<WatchedOrder, 'status'>) =>
  status === 'assigned' || status === 'at_pickup'

type Relief = {
  policy: string
  reason: string
  /** Of the metric. */
  trouble: string
  /** It was no fault of his. */
  mayReturn?: boolean
  /** Asked again under the order's lock: whether it still has to be. */
  isDue: (tx: Sql) => Promise<boolean>
  /** What else belongs to it, in the same transaction. */
  after?: (tx: Sql, order: LockedOrder) => Promise<unknown>
}

/** An order that somebody is changing comes up again at the next look. */
export const relieve = async (
  driverId: string,
  { orderId, zoneId }: Pick<WatchedOrder, 'orderId' | 'zoneId'>,
  { policy, reason, trouble, mayReturn = false, isDue, after }: Relief,
  now: Date,
) => {
  const move: Move = { by: 'system', reason, now }
  try {
    const isDone = await database.begin(async (tx) => {
      const [order] = await lockIdleOrders(tx, [orderId])
      if (!order || !(await isDue(tx))) return false
      const moved = await releaseDelivery(tx, orderId, 'unassign', move, { mayReturn })
      const decision = { id: newId(), zoneId, orderId, driverId, policy, candidates: [], reason, now }
      await insertDecision(tx, { ...decision, outcome: 'unassigned' })
      await announceOrder(tx, 'delivery.unassigned', order, { status: moved.status, driverId }, now, { reason })
      await after?.(tx, order)
      return true
    })
    if (isDone) troubles.inc({ trouble })
  } catch (error) {
    if (problemOfDatabaseError(error)?.slug !== 'busy') throw error
  }
}
