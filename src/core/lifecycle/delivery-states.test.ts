import { expect, test } from 'bun:test'
import {
  DELIVERY_ACTIVE_STATUSES,
  DELIVERY_STATUSES,
  DELIVERY_TRANSITIONS,
  type DeliveryEvent,
  type DeliveryStatus,
} from '#core/lifecycle/delivery-states'
import { movesOf } from '#core/lifecycle/order-states'

const MOVERS = ['customer', 'chef', 'driver', 'admin', 'system'] as const
const EVENTS = [...new Set(DELIVERY_TRANSITIONS.map(({ event }) => event))]

const step = (from: DeliveryStatus, event: DeliveryEvent) =>
  DELIVERY_TRANSITIONS.find((row) => row.from === from && row.event === event)

const wayOf = (events: DeliveryEvent[]) => {
  const states: DeliveryStatus[] = ['unassigned']
  for (const event of events) states.push(step(states.at(-1)!, event)!.to)
  return states
}

/** All that may ever happen, told a second time: a row that is added or changed must be changed here too. */
const ALLOWED = [
  'unassigned offer system',
  'unassigned assign admin system',
  'unassigned cancel system',
  'unassigned claim driver',
  'offered accept driver system',
  'offered decline driver',
  'offered withdraw system admin',
  'offered cancel system',
  'assigned arrive driver',
  'assigned pickup driver',
  'assigned drop driver',
  'assigned unassign admin system',
  'assigned cancel system',
  'at_pickup pickup driver',
  'at_pickup drop driver',
  'at_pickup unassign admin system',
  'at_pickup cancel system',
  'picked_up depart driver',
  'picked_up deliver driver admin',
  'picked_up fail driver admin',
  'in_transit arrive driver',
  'in_transit deliver driver admin',
  'in_transit fail driver admin',
  'at_dropoff deliver driver admin',
  'at_dropoff fail driver admin',
]

test('nothing may happen but what is listed here: of every state, event and mover', () => {
  const allowed = ALLOWED.flatMap((line) => {
    const [from, event, ...movers] = line.split(' ')
    return movers.map((mover) => `${from} ${event} ${mover}`)
  })
  const possible = DELIVERY_STATUSES.flatMap((from) =>
    EVENTS.flatMap((event) =>
      MOVERS.filter((mover) => movesOf(DELIVERY_TRANSITIONS, event, mover).some((row) => row.from === from)).map(
        (mover) => `${from} ${event} ${mover}`,
      ),
    ),
  )
  expect(possible.sort()).toEqual(allowed.sort())
})

test('from a state, one event leads to one state', () => {
  const keys = DELIVERY_TRANSITIONS.map(({ from, event }) => `${from} ${event}`)
  expect(new Set(keys).size).toBe(keys.length)
})

test('the way of a delivery: offered, assigned, at the kitchen, picked up, in transit, at the door, delivered', () => {
  expect(wayOf(['offer', 'accept', 'arrive', 'pickup', 'depart', 'arrive', 'deliver'])).toEqual([
    'unassigned',
    'offered',
    'assigned',
    'at_pickup',
    'picked_up',
    'in_transit',
    'at_dropoff',
    'delivered',
  ])
})

test.each<DeliveryEvent[][]>([[['offer', 'decline']], [['offer', 'withdraw']], [['offer', 'accept', 'drop']]])(
  'after %p nobody has it again',
  (events) => {
    expect(wayOf(events).at(-1)).toBe('unassigned')
  },
)

test('with the food on board it can neither be dropped, nor taken away, nor cancelled', () => {
  for (const from of ['picked_up', 'in_transit', 'at_dropoff'] as const) {
    for (const event of ['drop', 'unassign', 'cancel'] as const) expect(step(from, event)).toBeUndefined()
    expect(step(from, 'fail')?.to).toBe('failed')
  }
})

test('every state can be reached from unassigned, and the last three are the end', () => {
  const reached = new Set<DeliveryStatus>(['unassigned'])
  for (const status of reached) for (const row of DELIVERY_TRANSITIONS) if (row.from === status) reached.add(row.to)
  expect([...reached].sort()).toEqual([...DELIVERY_STATUSES].sort())
  const ends = DELIVERY_STATUSES.filter((status) => !DELIVERY_TRANSITIONS.some(({ from }) => from === status))
  expect(ends).toEqual(['delivered', 'failed', 'cancelled'])
})

test('a driver is busy from assigned until the end', () => {
  expect(DELIVERY_ACTIVE_STATUSES).toEqual(['assigned', 'at_pickup', 'picked_up', 'in_transit', 'at_dropoff'])
})
