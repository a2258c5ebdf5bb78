import { beforeEach, expect, test } from 'bun:test'
import { database } from '#core/database'
import { type EventReader, orderTopic, recordEvent, type StoredEvent } from '#core/events'
import { createHub } from '#modules/realtime/hub'
import type { ServerFrame } from '#modules/realtime/messages'
import { as, type Cook, given, type Person } from '../support/given'
import { eventually, sql, useMarket } from '../support/market'
import { type EventFrame, useSockets } from '../support/socket'

useMarket()
const { listen } = useSockets()

let nora: Person
let mai: Cook
let orderId: string
let topic: string
beforeEach(async () => {
  nora = await given.customer('nora')
  mai = await given.chef('mai')
  const order = await given.order({ until: 'paid', customer: nora, chef: mai })
  orderId = order.id
  topic = orderTopic(orderId)
  await quiet()
})

/** A socket of nora that listens to her order. */
const listening = async () => {
  const line = await listen(nora)
  return {
    ...line,
    subscribe: (afterSeq?: number) => line.subscribe(topic, afterSeq),
    hears: (count: number) => eventually(`${count} events`, async () => line.events().length >= count),
  }
}

/** Something happens to the order: event number n. */
const happens = (n: number) =>
  database.begin((tx) =>
    recordEvent(tx, { topics: [topic], type: 'test.happened', data: { n }, occurredAt: new Date(0) }),
  )

/** Waits until this process has handed out everything that has happened so far. */
const quiet = async () => {
  const line = await listening()
  await eventually('all that happened to be handed out', async () => {
    const { seq } = (await line.subscribe()) as { seq: number }
    const [head] =
      await sql()`select (select seq from event_head) as seq, count(*) as waiting from events where seq is null`
    return head!.waiting === 0 && head!.seq === seq
  })
  line.socket.close()
}

test('what happens is heard as it happens, in order, by everyone who listens', async () => {
  const [one, other] = [await listening(), await listening()]
  await one.subscribe()
  await other.subscribe()
  await as(mai).patch(`/orders/${orderId}/accept`, { prepMinutes: 10 })
  await as(mai).patch(`/orders/${orderId}/preparing`)
  await one.hears(2)
  await other.hears(2)
  expect(one.names()).toEqual(['order.accepted', 'order.preparing'])
  expect(other.events()).toEqual(one.events())
  expect(one.events()[0]).toMatchObject({
    topic,
    data: { orderId, status: 'accepted', deliveryStatus: 'unassigned', readyAt: expect.any(String) },
  })
})

test('what happened before is not heard, unless asked for; then all of it comes first', async () => {
  const fresh = await listening()
  await fresh.subscribe()
  const whole = await listening()
  expect(await whole.subscribe(0)).toMatchObject({ seq: 0 })
  await as(mai).patch(`/orders/${orderId}/accept`)
  await fresh.hears(1)
  await whole.hears(3)
  expect(fresh.names()).toEqual(['order.accepted'])
  expect(whole.names()).toEqual(['order.placed', 'order.paid', 'order.accepted'])
})

test('who comes back with the last number seen misses nothing and hears nothing twice', async () => {
  const before = await listening()
  await before.subscribe()
  await happens(1)
  await before.hears(1)
  before.socket.close()
  await happens(2)
  await happens(3)
  const after = await listening()
  await after.subscribe(before.events().at(-1)!.seq)
  await happens(4)
  await after.hears(3)
  expect(after.events().map(({ data }) => data.n)).toEqual([2, 3, 4])
})

test('also while everything happens at once and the line breaks again and again', async () => {
  const COUNT = 300
  const first = await listening()
  let { seq } = (await first.subscribe()) as { seq: number }
  let written = 0
  const writing = (async () => {
    while (written < COUNT) {
      const batch = Math.min(1 + (written % 7), COUNT - written)
      await Promise.all(Array.from({ length: batch }, (_, i) => happens(written + i)))
      written += batch
    }
  })()
  const heard: EventFrame[] = []
  let connections = 0
  while (heard.length < COUNT) {
    const line = await listening()
    await line.subscribe(seq)
    connections++
    const enough = Math.min(1 + (connections % 5) * 9, COUNT - heard.length)
    await line.hears(enough)
    line.socket.close()
    heard.push(...line.events())
    seq = heard.at(-1)!.seq
  }
  await writing
  expect(connections).toBeGreaterThan(2)
  const stored = await sql()`
    select seq, data from events where ${topic} = any(topics) and type = 'test.happened' order by seq`
  expect(heard.map((frame) => frame.seq)).toEqual(stored.map((row) => row.seq))
  expect(heard.map(({ data }) => data.n)).toEqual(stored.map(({ data }) => data.n))
  expect(heard).toHaveLength(COUNT)
})

test('subscribing again on the same socket does not make two of it', async () => {
  const line = await listening()
  const { seq } = (await line.subscribe()) as { seq: number }
  await happens(1)
  await line.hears(1)
  await line.subscribe(seq)
  await line.hears(2)
  await happens(2)
  await line.hears(3)
  await line.subscribe()
  await happens(3)
  await line.hears(4)
  expect(line.events().map(({ data }) => data.n)).toEqual([1, 1, 2, 3])
})

test('who was away for more than a thousand events is told to read the state, and goes on from now', async () => {
  const line = await listening()
  const { seq } = (await line.subscribe()) as { seq: number }
  line.socket.close()
  await sql()`
    insert into events (topics, type, data, occurred_at)
    select array[${topic}], 'test.happened', jsonb_build_object('n', n), now() from generate_series(1, 1001) n`
  await happens(1_002)
  await quiet()
  const back = await listening()
  expect(await back.subscribe(seq)).toMatchObject({ seq: seq + 1_002 })
  expect(back.frames.map(({ type }) => type)).toEqual(['resync', 'subscribed'])
  await happens(1_003)
  await back.hears(1)
  expect(back.events().map(({ data }) => data.n)).toEqual([1_003])

  const nearly = await listening()
  await nearly.subscribe(seq + 3)
  await nearly.hears(1_000)
  expect(nearly.frames.some(({ type }) => type === 'resync')).toBe(false)
})

test('a number from another log, or from before what is kept, is answered by a resync as well', async () => {
  const line = await listening()
  const { seq } = (await line.subscribe()) as { seq: number }
  line.frames.length = 0
  expect(await line.subscribe(seq + 1_000_000)).toMatchObject({ seq })
  expect(line.frames.map(({ type }) => type)).toEqual(['resync', 'subscribed'])

  await sql().begin(async (tx) => {
    await tx`set local ridendine.retention = 'on'`
    await tx`delete from events where seq <= ${seq}`
  })
  await happens(1)
  await line.hears(1)
  line.frames.length = 0
  await line.subscribe(seq - 1)
  expect(line.frames.map(({ type }) => type)).toEqual(['resync', 'subscribed'])
  line.frames.length = 0
  await line.subscribe(seq)
  await line.hears(1)
  expect(line.frames.map(({ type }) => type)).toEqual(['subscribed', 'event'])
})

/** A hub that is handed what this test says, and a socket of nora's on it. */
const handedOut = async () => {
  let hand = (_: readonly StoredEvent[]) => {}
  const reader = {
    seq: 10,
    handle: (handler: typeof hand) => {
      hand = handler
      return () => true
    },
  }
  const hub = createHub(reader as unknown as EventReader)
  hub.start()
  const sent: ServerFrame[] = []
  const actor = { userId: nora.userId, role: 'customer' } as const
  const connection = { id: 'one', actor, send: (text: string) => void sent.push(JSON.parse(text)) }
  const numbers = () => sent.flatMap((frame) => (frame.type === 'event' ? [frame.seq] : []))
  const event = (seq: number) => ({ seq, topics: [topic], type: 'x', data: {}, occurredAt: new Date(0).toISOString() })
  return { hub, connection, numbers, hand: (...seqs: number[]) => hand(seqs.map(event)) }
}

test('a batch that is handed out again, because something else failed, is not sent again', async () => {
  const { hub, connection, numbers, hand } = await handedOut()
  await hub.subscribe(connection, topic, undefined)
  hand(11, 12)
  hand(11, 12, 13)
  expect(numbers()).toEqual([11, 12, 13])
})

test('who comes from a process that was ahead of this one hears nothing twice', async () => {
  const [head] = await sql()`select seq from event_head`
  const ahead = head!.seq as number
  const { hub, connection, numbers, hand } = await handedOut()
  hand(ahead - 2)
  await hub.subscribe(connection, topic, ahead)
  hand(ahead - 1, ahead)
  hand(ahead + 1)
  expect(numbers()).toEqual([ahead + 1])
})
