import { expect, test } from 'bun:test'
import type { DeliveryStatus } from '#core/lifecycle/delivery-states'
import type { OrderStatus } from '#core/lifecycle/order-states'
import type { Role } from '#core/tokens'
import type { OrderRow } from './queries.ts'
import { orderOf } from './view.ts'

const AT = '2026-11-23T11:00:00.000Z'

const row = (status: OrderStatus, deliveryStatus: DeliveryStatus | null): OrderRow => ({
  id: 'order',
  orderNumber: 'RND-20261123-7K3P',
  customerId: 'nora',
  chefId: 'kitchen',
  chefUserId: 'mai',
  chefName: "Mai's Kitchen",
  zoneId: 'zone',
  status,
  deliveryStatus,
  driverId: 'bike',
  driverUserId: 'omar',
  subtotalCents: 2_400,
  discountCents: 0,
  taxCents: 192,
  deliveryFeeCents: 500,
  serviceFeeCents: 0,
  tipCents: 100,
  totalCents: 3_192,
  commissionCents: 360,
  refundedCents: 0,
  currency: 'USD',
  items: [
    {
      menuItemId: 'soup',
      name: 'Khao soi',
      unitPriceCents: 1_200,
      quantity: 2,
      notes: null,
      prepMinutes: 15,
      isLimited: false,
    },
  ],
  street: 'Vasagatan 3',
  city: 'Göteborg',
  postalCode: '411 24',
  dropoffLat: 57.6989,
  travelSeconds: 300,
  dropoffLng: 11.9697,
  deliveryInstructions: 'Ring twice',
  pickupStreet: 'Linnégatan 12',
  pickupCity: 'Göteborg',
  pickupPostalCode: '413 04',
  pickupLat: 57.695,
  pickupLng: 11.952,
  handoverCode: '4711',
  handoverTries: 0,
  promiseP50At: AT,
  promiseP90At: AT,
  pickupP50At: AT,
  pickupP90At: AT,
  acceptedAt: AT,
  prepSeconds: 600,
  etaP50At: AT,
  etaP90At: AT,
  createdAt: AT,
  deadlineAt: null,
  paidAt: AT,
  readyAt: AT,
  closedReason: null,
})

const seenBy = (role: Role, status: OrderStatus = 'accepted', deliveryStatus: DeliveryStatus | null = 'assigned') =>
  orderOf(row(status, deliveryStatus), { userId: 'whoever', role })

const PRIVATE = {
  handoverCode: '4711',
  home: 'Vasagatan 3',
  instructions: 'Ring twice',
  kitchen: 'Linnégatan 12',
  driverPay: '"driverPayCents":600',
  commission: '"commissionCents":360',
}
type Private = keyof typeof PRIVATE

const privateIn = (order: unknown) => {
  const text = JSON.stringify(order)
  return (Object.keys(PRIVATE) as Private[]).filter((name) => text.includes(PRIVATE[name]))
}

test.each<[Role, Private[]]>([
  ['customer', ['handoverCode', 'home', 'instructions']],
  ['chef', ['kitchen', 'commission']],
  ['driver', ['home', 'instructions', 'kitchen', 'driverPay']],
  ['admin', ['home', 'instructions', 'kitchen', 'driverPay', 'commission']],
])('a %s sees %p of what is private, and not the rest', (role, seen) => {
  expect(privateIn(seenBy(role))).toEqual(seen)
})

test.each<[DeliveryStatus, boolean]>([
  ['assigned', true],
  ['at_pickup', true],
  ['picked_up', true],
  ['in_transit', true],
  ['at_dropoff', true],
  ['delivered', false],
  ['failed', false],
])('a driver whose delivery is %s sees where people live: %p', (deliveryStatus, sees) => {
  const order = seenBy('driver', 'picked_up', deliveryStatus)
  expect(privateIn(order)).toEqual(sees ? ['home', 'instructions', 'kitchen', 'driverPay'] : ['driverPay'])
})

test('nobody sees ids of people, or how often a code was tried', () => {
  for (const role of ['customer', 'chef', 'driver', 'admin'] as const) {
    const text = JSON.stringify(seenBy(role))
    for (const secret of ['nora', '"mai"', 'omar', 'handoverTries', 'driverUserId']) expect(text).not.toContain(secret)
  }
})

test('everyone sees the same cents, which add up', () => {
  const orders = (['customer', 'chef', 'driver', 'admin'] as const).map((role) => seenBy(role))
  for (const order of orders) {
    expect(order.totalCents).toBe(
      order.subtotalCents -
        order.discountCents +
        order.taxCents +
        order.deliveryFeeCents +
        order.serviceFeeCents +
        order.tipCents,
    )
    expect(order.items.reduce((sum, item) => sum + item.totalCents, 0)).toBe(order.subtotalCents)
  }
})

test.each<[OrderStatus, DeliveryStatus | null, string, string]>([
  ['pending', null, 'pending', 'unassigned'],
  ['payment_confirmed', null, 'payment_confirmed', 'unassigned'],
  ['cancelled', null, 'cancelled', 'cancelled'],
  ['rejected', null, 'rejected', 'cancelled'],
  ['preparing', 'assigned', 'preparing', 'assigned'],
  ['ready_for_pickup', 'assigned', 'assigned_to_driver', 'assigned'],
  ['picked_up', 'in_transit', 'in_transit', 'in_transit'],
])('%s with delivery %p shows as %s, %s', (status, deliveryStatus, shown, shownDelivery) => {
  expect(seenBy('customer', status, deliveryStatus)).toMatchObject({ status: shown, deliveryStatus: shownDelivery })
})
