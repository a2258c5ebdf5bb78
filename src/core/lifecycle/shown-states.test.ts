import { expect, test } from 'bun:test'
import { DELIVERY_STATUSES } from '#core/lifecycle/delivery-states'
import { ORDER_STATUSES } from '#core/lifecycle/order-states'
import { SHOWN_STATUSES, shownStatus } from '#core/lifecycle/shown-states'

test('there are the twelve that clients know', () => {
  expect(SHOWN_STATUSES).toHaveLength(12)
  expect(new Set(SHOWN_STATUSES).size).toBe(12)
})

test('what is shown, of every pair of states, is the state of the order but for the four of its driver', () => {
  const others = ORDER_STATUSES.flatMap((order) =>
    DELIVERY_STATUSES.filter((delivery) => shownStatus(order, delivery) !== order).map(
      (delivery) => `${order} + ${delivery} = ${shownStatus(order, delivery)}`,
    ),
  )
  expect(others).toEqual([
    'ready_for_pickup + assigned = assigned_to_driver',
    'ready_for_pickup + at_pickup = assigned_to_driver',
    'picked_up + in_transit = in_transit',
    'picked_up + at_dropoff = in_transit',
  ])
})

test('a driver who was found early does not hide how far the kitchen is', () => {
  expect(shownStatus('accepted', 'assigned')).toBe('accepted')
  expect(shownStatus('preparing', 'at_pickup')).toBe('preparing')
})

test('every status is shown for some pair of states', () => {
  const shown = new Set(ORDER_STATUSES.flatMap((o) => DELIVERY_STATUSES.map((d) => shownStatus(o, d))))
  expect([...shown].sort()).toEqual([...SHOWN_STATUSES].sort())
})
