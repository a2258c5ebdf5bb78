import { describe, expect, test } from 'bun:test'
import { createStream, type EventFrame, eventsOfHistory, faultOfStream } from './stream'

const topic = 'order:01a20876-2ef1-753e-95e2-47662ca2e510'
const event = (seq: number, name: string): EventFrame => ({
  type: 'event',
  topic,
  seq,
  name,
  data: {},
  occurredAt: '2026-11-23T12:00:00.000Z',
})

const step = (what: string, status = '', actor = 'system') => {
  const [machine, name] = what.split(' ') as ['order' | 'delivery', string]
  return { machine, event: name, status, actor }
}

const HISTORY = [
  step('order place'),
  step('order pay'),
  step('order accept'),
  step('delivery offer'),
  step('delivery decline'),
  step('delivery offer'),
  step('delivery accept'),
  step('order prepare'),
  step('delivery arrive', 'at_pickup'),
  step('order ready'),
  step('order pickup'),
  step('delivery pickup'),
  step('delivery depart'),
  step('delivery arrive', 'at_dropoff'),
  step('order deliver'),
  step('delivery deliver'),
]

const heardOf = (names: readonly string[], { fromStart = true } = {}) => {
  const stream = createStream(topic, { fromStart })
  for (const [index, name] of names.entries()) stream.take(event(index + 1, name))
  return stream
}

test('every step of a history is told by one event', () => {
  expect(eventsOfHistory(HISTORY)).toEqual([
    'order.placed',
    'order.paid',
    'order.accepted',
    'delivery.offered',
    'delivery.unassigned',
    'delivery.offered',
    'delivery.assigned',
    'order.preparing',
    'delivery.at_pickup',
    'order.ready',
    'order.picked_up',
    'delivery.in_transit',
    'delivery.at_dropoff',
    'order.delivered',
  ])
})

test('an offer that support takes back to give the order to somebody else is one step, one that ran out two', () => {
  const history = (actor: string) => [
    step('delivery offer'),
    step('delivery withdraw', '', actor),
    step('delivery assign'),
  ]
  expect(eventsOfHistory(history('admin'))).toEqual(['delivery.offered', 'delivery.assigned'])
  expect(eventsOfHistory(history('system'))).toEqual(['delivery.offered', 'delivery.unassigned', 'delivery.assigned'])
})

describe('what a stream heard against what happened', () => {
  const all = eventsOfHistory(HISTORY)

  test('all of it, in order', () => expect(faultOfStream(heardOf(all), HISTORY)).toBeUndefined())

  test('an event is missing', () => {
    expect(faultOfStream(heardOf(all.filter((name) => name !== 'order.ready')), HISTORY)).toContain('happened')
  })

  test('the end is missing', () => expect(faultOfStream(heardOf(all.slice(0, -1)), HISTORY)).toBeDefined())

  test('one that came later heard the rest', () => {
    expect(faultOfStream(heardOf(all.slice(5), { fromStart: false }), HISTORY)).toBeUndefined()
    expect(faultOfStream(heardOf(all.slice(5)), HISTORY)).toBeDefined()
  })

  test('events that the history does not know are no fault', () => {
    expect(faultOfStream(heardOf([...all, 'order.refunded']), HISTORY)).toBeUndefined()
  })
})

describe('numbers of events', () => {
  test('rise', () => {
    const stream = createStream(topic, { fromStart: false })
    stream.subscribed(7)
    expect([stream.take(event(8, 'a')), stream.take(event(12, 'b'))]).toEqual([true, true])
    expect(stream.lastSeq).toBe(12)
    expect(stream.faults).toEqual([])
  })

  test('do not come twice, not even after a reconnection', () => {
    const stream = createStream(topic, { fromStart: true })
    stream.take(event(8, 'a'))
    stream.subscribed(8)
    expect(stream.take(event(8, 'a'))).toBe(false)
    expect(stream.faults).toHaveLength(1)
    expect(stream.heard).toHaveLength(1)
  })

  test('begin where they were asked for', () => {
    const stream = createStream(topic, { fromStart: true })
    stream.subscribed(5)
    expect(stream.faults[0]).toContain('asked for after 0, got after 5')
  })

  test('may jump where the server says that they do', () => {
    const stream = createStream(topic, { fromStart: true })
    stream.resynced()
    stream.subscribed(50)
    expect(stream.faults).toEqual([])
    expect(stream.isWhole).toBe(false)
  })
})
