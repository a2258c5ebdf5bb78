import { beforeEach, expect, test } from 'bun:test'
import { database } from '#core/database'
import { type EventReader, orderTopic, recordEvent, type StoredEvent } from '#core/events'
import { newId } from '#core/ids'
import type { Actor } from '#core/tokens'
import { createHub, TOPICS_PER_CONNECTION_MAX } from '#modules/realtime/hub'
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
  let connections = 0
  const writing = (async () => {
    while (written < COUNT) {
      // Not so far ahead that one connection could hear it all; more than any of them waits for.
      while (connections < written / 60) await Bun.sleep(1)
      const batch = Math.min(1 + (written % 7), COUNT - written)
      await Promise.all(Array.from({ length: batch }, (_, i) => happens(written + i)))
      written += batch
    }
  })()
  const heard: EventFrame[] = []
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
  expect(connections).toBeGreaterThanOrEqual(COUNT / 60 - 1)
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
const handedOut = async ({ userId, role }: Actor = { userId: nora.userId, role: 'customer' }) => {
  let hand = (_: readonly StoredEvent[]) => {}
  const reader = {
    seq: 10,
    onRewound: () => () => {},
    handle: (handler: typeof hand) => {
      hand = handler
      return () => true
    },
  }
  const hub = createHub(reader as unknown as EventReader)
  hub.start()
  const sent: ServerFrame[] = []
  const connection = { id: 'one', actor: { userId, role }, send: (text: string) => void sent.push(JSON.parse(text)) }
  const numbers = () => sent.flatMap((frame) => (frame.type === 'event' ? [frame.seq] : []))
  const event = (seq: number, type = 'x') => ({
    seq,
    topics: [topic],
    type,
    data: {},
    occurredAt: new Date(0).toISOString(),
  })
  return {
    hub,
    connection,
    sent,
    numbers,
    hand: (...seqs: number[]) => hand(seqs.map((seq) => event(seq))),
    handOf: (type: string, seq: number) => hand([event(seq, type)]),
  }
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

/** Topics of orders that a driver has delivered, made from the order of this test. */
const deliveredTopics = async (driverId: string, count: number) => {
  const rows = await sql()<{ id: string }[]>`
    with copies as (
      insert into orders
      select (jsonb_populate_record(o, jsonb_build_object('id', gen_random_uuid(), 'order_number', o.order_number || n))).*
      from orders o, generate_series(1, ${count}) as n where o.id = ${orderId} returning id, zone_id
    )
    insert into deliveries (order_id, zone_id, driver_id, status, created_at)
    select id, zone_id, ${driverId}, 'delivered', now() from copies returning order_id as id`
  return rows.map(({ id }) => orderTopic(id))
}

const places = (replies: PromiseSettledResult<void>[]) => ({
  taken: replies.filter(({ status }) => status === 'fulfilled').length,
  refused: replies.flatMap((reply) => (reply.status === 'rejected' ? [reply.reason.slug] : [])),
})

test('a topic that a driver lost leaves its place to another', async () => {
  const omar = await given.driver('omar')
  const topics = await deliveredTopics(omar.driverId, TOPICS_PER_CONNECTION_MAX)
  await as(mai).patch(`/orders/${orderId}/accept`)
  await given.assignment(orderId, omar)
  const { hub, connection, sent, handOf } = await handedOut({ userId: omar.userId, role: 'driver' })
  for (const one of [topic, ...topics.slice(1)]) await hub.subscribe(connection, one, undefined)
  const another = () => hub.subscribe(connection, topics[0]!, undefined)
  await expect(another()).rejects.toMatchObject({ status: 422, slug: 'too-many-topics' })
  await sql()`update deliveries set status = 'unassigned', driver_id = null where order_id = ${orderId}`
  handOf('delivery.unassigned', 11)
  await eventually('the topic to be taken away', async () => sent.some(({ type }) => type === 'unsubscribed'))
  await another()
  expect(sent.at(-1)).toMatchObject({ type: 'subscribed', topic: topics[0] })
})

test('topics asked for at once count each other, and those that are refused leave their places', async () => {
  const omar = await given.driver('omar')
  const topics = await deliveredTopics(omar.driverId, TOPICS_PER_CONNECTION_MAX + 1)
  const { hub, connection } = await handedOut({ userId: omar.userId, role: 'driver' })
  const ask = (wanted: string[]) => Promise.allSettled(wanted.map((one) => hub.subscribe(connection, one, undefined)))
  const foreign = await ask(Array.from({ length: TOPICS_PER_CONNECTION_MAX }, () => orderTopic(newId())))
  expect(new Set(places(foreign).refused)).toEqual(new Set(['topic-not-found']))
  expect(places(await ask(topics))).toEqual({ taken: TOPICS_PER_CONNECTION_MAX, refused: ['too-many-topics'] })
  // Those that it has may be asked for again; all are left at once.
  expect(places(await ask(topics.slice(0, 3)))).toEqual({ taken: 3, refused: [] })
  hub.leave(connection)
  expect(topics.some(hub.hasSubscribers)).toBe(false)
  expect(places(await ask(topics)).taken).toBe(TOPICS_PER_CONNECTION_MAX)
  hub.leave(connection)
  // Closed while it asks: nothing stays behind.
  const asking = hub.subscribe(connection, topics[0]!, undefined)
  hub.leave(connection)
  await asking
  hub.leave(connection)
  expect(hub.hasSubscribers(topics[0]!)).toBe(false)
})
