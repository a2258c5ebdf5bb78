import { counter, histogram } from '#core/metrics'
import { zoneSlug } from '#core/zone-slugs'
import { moneyMoved } from '../payments/service.ts'
import type { OrderRow } from './queries.ts'

/** What the market promises and keeps, counted once it is committed. */

const CLICK_TO_DOOR_BUCKETS = [300, 600, 900, 1200, 1500, 1800, 2100, 2400, 3000, 3600, 5400]
const READY_TO_PICKUP_BUCKETS = [15, 30, 60, 120, 180, 300, 450, 600, 900, 1800]

const clickToDoor = histogram(
  'click_to_door_seconds',
  'From placing an order to its delivery',
  ['zone'],
  CLICK_TO_DOOR_BUCKETS,
)
const readyToPickup = histogram(
  'ready_to_pickup_seconds',
  'From the food being ready to its pickup',
  ['zone'],
  READY_TO_PICKUP_BUCKETS,
)
const promises = counter('promises_total', 'Delivered orders, by whether they came before the p90 of the promise', [
  'outcome',
  'zone',
])
const orders = counter('orders_total', 'Orders that were placed, and how they ended', ['outcome', 'zone'])

export type Outcome =
  | 'placed'
  | 'delivered'
  | 'rejected'
  | 'expired'
  | 'abandoned'
  | 'cancelled'
  | 'failed'
  | 'refunded'

export const countOrder = (outcome: Outcome, zoneId: string) => orders.inc({ outcome, zone: zoneSlug(zoneId) })

export const countPickup = ({ zoneId, readyAt }: OrderRow, now: Date) =>
  readyToPickup.observe({ zone: zoneSlug(zoneId) }, secondsBetween(readyAt ?? now.toISOString(), now))

/** What the platform has earned of an order, and owes for it, stands once it is delivered. */
export const countDelivery = (order: OrderRow, now: Date) => {
  const zone = zoneSlug(order.zoneId)
  countOrder('delivered', order.zoneId)
  clickToDoor.observe({ zone }, secondsBetween(order.createdAt, now))
  promises.inc({ zone, outcome: now.getTime() <= Date.parse(order.promiseP90At) ? 'kept' : 'broken' })
  const { currency } = order
  moneyMoved.inc({ fact: 'commission', currency }, order.commissionCents)
  moneyMoved.inc({ fact: 'service_fee', currency }, order.serviceFeeCents)
  moneyMoved.inc({ fact: 'delivery_fee', currency }, order.deliveryFeeCents)
  moneyMoved.inc({ fact: 'tip', currency }, order.tipCents)
  moneyMoved.inc({ fact: 'tax', currency }, order.taxCents)
}

const secondsBetween = (from: string, to: Date) => Math.max(0, (to.getTime() - Date.parse(from)) / 1000)
