import { expect, test } from 'bun:test'
import { database, type Tx } from '#core/database'
import { eventReader, eventsOfTopic, oldestSeq, orderTopic, recordEvent, type StoredEvent } from '#core/events'
import { newId } from '#core/ids'
import { eventually, sql, useMarket } from '../support/market'

// The stores alone: nothing but this file writes events.
useMarket({ environment: { MODULES: 'web' } })

const event = (type: string, topics = [orderTopic(newId())]) => ({
  topics,
  type,
  data: { orderId: 'x' },
  occurredAt: new Date('2026-11-23T11:00:00Z'),
})

const record = (type: string, topics?: string[]) => recordEvent(sql(), event(type, topics))

/** A reader that keeps what it has been given. */
const listening = async () => {
  const reader = eventReader()
  const heard: StoredEvent[] = []
  reader.handle((events) => void heard.push(...events))
  await reader.start()
  const types = () => heard.map(({ type }) => type)
  const hears = (...expected: string[]) =>
    eventually(`the events ${expected}`, async () => expected.every((type) => types().includes(type)))
  return { reader, heard, types, hears, stop: () => reader.stop() }
}

/** A transaction that has written an event and waits to be told how to end. */
const openTransaction = async (type: string, topics?: string[]) => {
  const told = Promise.withResolvers<'commit' | 'roll back'>()
  const written = Promise.withResolvers<void>()
  const ended = database
    .begin(async (tx: Tx) => {
      await recordEvent(tx, event(type, topics))
      written.resolve()
      if ((await told.promise) === 'roll back') throw new Error('rolled back')
    })
    .catch(() => {})
  await written.promise
  const end = (how: 'commit' | 'roll back') => {
    told.resolve(how)
    return ended
  }
  return { commit: () => end('commit'), rollBack: () => end('roll back') }
}

const expectGapFree = (events: readonly StoredEvent[]) => {
  const first = events[0]!.seq
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => first + index))
}

test('is read as it was written', async () => {
  const { heard, hears, stop } = await listening()
  const topics = [orderTopic(newId()), `zone:${newId()}`]
  await recordEvent(sql(), { ...event('order.accepted', topics), data: { snake_key: 1, nested: { aB: [null] } } })
  await hears('order.accepted')
  expect(heard[0]).toEqual({
    seq: expect.any(Number),
    topics,
    type: 'order.accepted',
    data: { snake_key: 1, nested: { aB: [null] } },
    occurredAt: '2026-11-23T11:00:00.000Z',
  })
  await stop()
})

test('a transaction that commits late is neither skipped nor numbered before what was already read', async () => {
  const { heard, types, hears, stop } = await listening()
  const early = await openTransaction('early')
  const late = await openTransaction('late')
  await late.commit()
  await hears('late')
  expect(types()).toEqual(['late'])
  await record('meanwhile')
  await hears('meanwhile')
  await early.commit()
  await hears('early')
  expect(types()).toEqual(['late', 'meanwhile', 'early'])
  expectGapFree(heard)
  await stop()
})

test('what was rolled back never happened and leaves no gap', async () => {
  const { heard, types, hears, stop } = await listening()
  const undone = await openTransaction('undone')
  await record('before')
  await undone.rollBack()
  await record('after')
  await hears('before', 'after')
  expect(types()).toEqual(['before', 'after'])
  expectGapFree(heard)
  await stop()
})

test('many writers at once, some of whom give up: two readers hear each event once, in the same order', async () => {
  const [one, other] = [await listening(), await listening()]
  const committed: string[] = []
  await Promise.all(
    Array.from({ length: 120 }, async (_, i) => {
      const run = database.begin(async (tx) => {
        await recordEvent(tx, event(`first-${i}`))
        await recordEvent(tx, event(`second-${i}`))
        if (i % 5 === 0) throw new Error('gave up')
        committed.push(`first-${i}`, `second-${i}`)
      })
      await run.catch(() => {})
    }),
  )
  await one.hears(...committed)
  await other.hears(...committed)
  expect(one.types().toSorted()).toEqual(committed.toSorted())
  expectGapFree(one.heard)
  expect(other.heard).toEqual(one.heard)
  await one.stop()
  await other.stop()
})

test('the events of one order keep the order in which its lock was held', async () => {
  const { heard, hears, stop } = await listening()
  const topic = orderTopic(newId())
  const lock = 4_711
  await Promise.all(
    Array.from({ length: 12 }, () =>
      database.begin(async (tx) => {
        await tx`select pg_advisory_xact_lock(${lock})`
        const [row] = await tx<{ count: number }[]>`select count(*) from events where ${topic} = any(topics)`
        await recordEvent(tx, { ...event(`step-${row!.count}`, [topic]), data: { step: row!.count } })
      }),
    ),
  )
  await hears('step-11')
  const steps = heard.filter(({ topics }) => topics[0] === topic).map(({ data }) => data.step)
  expect(steps).toEqual(Array.from({ length: 12 }, (_, i) => i))
  await stop()
})

test('more than fit into one batch are numbered and read in the order of writing', async () => {
  const { heard, stop } = await listening()
  const topic = orderTopic(newId())
  await sql()`
    insert into events (topics, type, data, occurred_at)
    select array[${topic}], 'many', jsonb_build_object('n', n), now() from generate_series(1, 1300) n order by n`
  await record('last')
  await eventually('all of them', async () => heard.length === 1_301)
  expect(heard.slice(0, -1).map(({ data }) => data.n)).toEqual(Array.from({ length: 1_300 }, (_, i) => i + 1))
  expectGapFree(heard)
  await stop()
})

test('a handler that fails is given the batch again; none is lost', async () => {
  const reader = eventReader()
  let failures = 1
  const heard: string[] = []
  reader.handle((events) => {
    if (failures-- > 0) throw new Error('not now')
    heard.push(...events.map(({ type }) => type))
  })
  await reader.start()
  await record('persistent')
  await eventually('the second try', async () => heard.includes('persistent'))
  expect(heard).toEqual(['persistent'])
  await reader.stop()
})

test('a reader that starts again goes on from now: nothing from before, nothing lost after', async () => {
  const first = await listening()
  await record('before')
  await first.hears('before')
  await first.stop()
  await record('while nobody reads')
  const second = await listening()
  const seq = second.reader.seq
  await record('after')
  await second.hears('after')
  expect(second.types()).toEqual(['after'])
  expect(second.heard[0]!.seq).toBe(seq + 1)
  expect(first.types()).toEqual(['before'])
  await second.stop()
})

test('what happened can be neither changed nor removed', async () => {
  await record('fact')
  await eventually(
    'its number',
    async () => (await sql()`select from events where type = 'fact' and seq > 0`).length === 1,
  )
  await expect(sql()`update events set type = 'fiction' where type = 'fact'`.execute()).rejects.toThrow('append-only')
  await expect(sql()`update events set seq = seq + 100 where type = 'fact'`.execute()).rejects.toThrow('append-only')
  await expect(sql()`delete from events where type = 'fact'`.execute()).rejects.toThrow()
  expect(await sql()`select type from events where type = 'fact'`).toHaveLength(1)
})

test('of a topic one gets what came after a place, up to another, the oldest first', async () => {
  const { heard, hears, stop } = await listening()
  const topic = orderTopic(newId())
  for (const type of ['one', 'two', 'three', 'four']) {
    await record(type, [topic])
    await record('of somebody else')
  }
  await hears('four', 'of somebody else')
  const seqOf = (type: string) => heard.find((one) => one.type === type)!.seq
  const typesOf = async (...range: [number, number, number]) =>
    (await eventsOfTopic(topic, ...range)).map(({ type }) => type)
  expect(await typesOf(0, seqOf('four'), 10)).toEqual(['one', 'two', 'three', 'four'])
  expect(await typesOf(seqOf('one'), seqOf('three'), 10)).toEqual(['two', 'three'])
  expect(await typesOf(0, seqOf('four'), 2)).toEqual(['one', 'two'])
  expect(await typesOf(seqOf('four'), seqOf('four'), 10)).toEqual([])
  expect(await oldestSeq()).toBe(1)
  await stop()
})
