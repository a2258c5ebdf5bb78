import { expect, test } from 'bun:test'
import {
  movesOf,
  ORDER_FINAL_STATUSES,
  ORDER_STATUSES,
  ORDER_TRANSITIONS,
  type OrderEvent,
  type OrderStatus,
} from '#core/lifecycle/order-states'

const MOVERS = ['customer', 'chef', 'driver', 'admin', 'system'] as const
const EVENTS = [...new Set(ORDER_TRANSITIONS.map(({ event }) => event))]

const step = (from: OrderStatus, event: OrderEvent) =>
  ORDER_TRANSITIONS.find((row) => row.from === from && row.event === event)

/** All that may ever happen, told a second time: a row that is added or changed must be changed here too. */
const ALLOWED = [
  'pending pay system',
  'pending abandon system',
  'pending cancel customer admin',
  'payment_confirmed accept chef',
  'payment_confirmed reject chef',
  'payment_confirmed expire system',
  'payment_confirmed cancel customer admin',
  'accepted prepare chef',
  'accepted cancel customer chef admin',
  'preparing ready chef',
  'preparing cancel chef admin',
  'ready_for_pickup pickup driver',
  'ready_for_pickup cancel chef admin',
  'picked_up deliver driver admin',
  'picked_up fail driver admin',
  'delivered refund admin',
  'cancelled refund admin',
]

test('nothing may happen but what is listed here: of every state, event and mover', () => {
  const allowed = new Set(
    ALLOWED.flatMap((line) => {
      const [from, event, ...movers] = line.split(' ')
      return movers.map((mover) => `${from} ${event} ${mover}`)
    }),
  )
  const possible = ORDER_STATUSES.flatMap((from) =>
    EVENTS.flatMap((event) =>
      MOVERS.filter((mover) => movesOf(ORDER_TRANSITIONS, event, mover).some((row) => row.from === from)).map(
        (mover) => `${from} ${event} ${mover}`,
      ),
    ),
  )
  expect(possible.sort()).toEqual([...allowed].sort())
})

test('from a state, one event leads to one state', () => {
  const keys = ORDER_TRANSITIONS.map(({ from, event }) => `${from} ${event}`)
  expect(new Set(keys).size).toBe(keys.length)
})

test('the way of an order: pending, paid, accepted, preparing, ready, picked up, delivered', () => {
  const events: OrderEvent[] = ['pay', 'accept', 'prepare', 'ready', 'pickup', 'deliver']
  const way: OrderStatus[] = ['pending']
  for (const event of events) way.push(step(way.at(-1)!, event)!.to)
  expect(way).toEqual([
    'pending',
    'payment_confirmed',
    'accepted',
    'preparing',
    'ready_for_pickup',
    'picked_up',
    'delivered',
  ])
})

test.each<[OrderStatus, OrderEvent, OrderStatus]>([
  ['payment_confirmed', 'reject', 'rejected'],
  ['payment_confirmed', 'expire', 'rejected'],
  ['pending', 'abandon', 'cancelled'],
  ['picked_up', 'fail', 'cancelled'],
  ['ready_for_pickup', 'cancel', 'cancelled'],
  ['delivered', 'refund', 'refunded'],
])('%s, %s: %s', (from, event, to) => {
  expect(step(from, event)?.to).toBe(to)
})

test('every state can be reached from pending', () => {
  const reached = new Set<OrderStatus>(['pending'])
  for (const status of reached) for (const row of ORDER_TRANSITIONS) if (row.from === status) reached.add(row.to)
  expect([...reached].sort()).toEqual([...ORDER_STATUSES].sort())
})

test('after a final state only money moves, by an admin', () => {
  const after = ORDER_TRANSITIONS.filter(({ from }) => ORDER_FINAL_STATUSES.includes(from))
  expect(after.length).toBeGreaterThan(0)
  for (const row of after) expect(row).toMatchObject({ event: 'refund', to: 'refunded', by: ['admin'] })
})

test('no state but a final one is a dead end', () => {
  for (const status of ORDER_STATUSES) {
    const goesOn = ORDER_TRANSITIONS.some(({ from }) => from === status)
    expect([status, goesOn || ORDER_FINAL_STATUSES.includes(status)]).toEqual([status, true])
  }
})

test('an event that a mover may never cause has no moves at all', () => {
  expect(movesOf(ORDER_TRANSITIONS, 'pay', 'customer')).toEqual([])
  expect(movesOf(ORDER_TRANSITIONS, 'deliver', 'chef')).toEqual([])
  expect(movesOf(ORDER_TRANSITIONS, 'cancel', 'driver')).toEqual([])
})
