import { beforeEach, expect, test } from 'bun:test'
import { database } from '#core/database'
import { eventsOfTopic, oldestSeq, recordEvent } from '#core/events'
import { newId } from '#core/ids'
import { deleteInBatches, forgetEvents, retentionJobs } from '#core/retention'
import { apiSweeps } from '#modules/api/retention'
import { sql, useMarket } from '../support/market'

// The stores alone: nothing is swept but by the test.
useMarket({ environment: { MODULES: 'web', EVENTS_KEPT_DAYS: '10' } })

const NOW = new Date('2026-11-23T11:00:00Z')
const daysAgo = (days: number) => new Date(NOW.getTime() - days * 86_400_000)
const sweepOf = (name: string) => [...retentionJobs, ...apiSweeps].find((job) => job.name === name)!

beforeEach(async () => {
  await sql()`truncate events, event_topics, event_consumers`
  await sql()`update event_head set seq = 0`
})

const happened = async (ages: number[]) => {
  for (const age of ages) {
    await recordEvent(sql(), { topics: ['order:a', 'chef:b'], type: 'x', data: { age }, occurredAt: daysAgo(age) })
  }
  await sql()`select sequence_events(100)`
}
const seqs = async () => (await sql()<{ seq: number }[]>`select seq from events order by seq`).map(({ seq }) => seq)
const topics = async () =>
  (await sql()<{ seq: number }[]>`select distinct seq from event_topics order by seq`).map(({ seq }) => seq)

test('events go when they are older than they are kept, with their topics; what is left has no gap', async () => {
  await happened([30, 20, 5, 15, 1])
  await sweepOf('forget-events').run(NOW)
  expect(await seqs()).toEqual([3, 4, 5])
  expect(await topics()).toEqual([3, 4, 5])
  expect(await oldestSeq()).toBe(3)
  expect(await eventsOfTopic('order:a', 0, 10, 10)).toHaveLength(3)
})

test('the newest event stays, however old: by it a reader knows that older ones are gone', async () => {
  await happened([30, 29, 28])
  await sweepOf('forget-events').run(NOW)
  expect(await seqs()).toEqual([3])
  await happened([0])
  expect(await seqs()).toEqual([3, 4])
})

test('what a consumer has not read stays', async () => {
  await happened([30, 29, 28, 27])
  await sql()`insert into event_consumers (name, seq) values ('slow', 2), ('quick', 4)`
  await sweepOf('forget-events').run(NOW)
  expect(await seqs()).toEqual([3, 4])
})

test('what is not numbered yet stays, and one batch takes no more than it may', async () => {
  await happened([30, 29, 28, 27])
  await recordEvent(sql(), { topics: ['order:a'], type: 'x', data: {}, occurredAt: daysAgo(40) })
  expect(await forgetEvents(daysAgo(10), 2)).toEqual({ count: 2 })
  expect((await sql()`select from events`).length).toBe(3)
  await sql()`select sequence_events(100)`
  expect(await seqs()).toEqual([3, 4, 5])
})

test('but for the sweep events cannot be deleted, also not after it on its connection', async () => {
  await happened([30, 1])
  await sweepOf('forget-events').run(NOW)
  for (let attempt = 0; attempt < 8; attempt++) {
    await expect(sql()`delete from events`.execute()).rejects.toThrow(/append-only/)
  }
})

test('a sweep goes batch by batch, and stops at its bound or when it is told to', async () => {
  const sizes: number[] = []
  let left = 25
  const some = async (limit: number) => {
    const count = Math.min(limit, left)
    left -= count
    sizes.push(count)
    return { count }
  }
  expect(await deleteInBatches(some, undefined, { batchMax: 10, batchesMax: 2 })).toBe(20)
  expect(await deleteInBatches(some, undefined, { batchMax: 10, batchesMax: 9 })).toBe(5)
  expect(sizes).toEqual([10, 10, 5])
  left = 25
  const controller = new AbortController()
  const stopping = (limit: number) => {
    controller.abort()
    return some(limit)
  }
  expect(await deleteInBatches(stopping, controller.signal, { batchMax: 10, batchesMax: 9 })).toBe(10)
})

test('tokens, quotes, portions, webhooks and failed jobs go when their time is over, and no earlier', async () => {
  const userId = newId()
  await sql()`
    insert into users (id, email, password_hash, first_name, last_name, role, created_at)
    values (${userId}, 'nora@example.com', '', 'Nora', 'Test', 'customer', ${NOW})`
  for (const [index, days] of [100, 61, 8, 6, 0].entries()) {
    const [hash, at] = [Buffer.from([index]), daysAgo(days)]
    await sql()`
      insert into refresh_tokens (token_hash, family_id, user_id, created_at, expires_at)
      values (${hash}, ${newId()}, ${userId}, ${at}, ${at})`
    await sql()`
      insert into email_tokens (token_hash, user_id, purpose, expires_at) values (${hash}, ${userId}, 'verify-email', ${at})`
    await sql()`
      insert into webhook_events (source, id, type, payload, outcome, received_at)
      values ('stripe', ${`evt_${days}`}, 'x', '{}', 'ignored', ${at}),
        ('stripe', ${`evt_waiting_${days}`}, 'x', '{}', 'waiting', ${at})`
    await sql()`insert into jobs (id, queue, data, failed_at) values (${newId()}, 'letters', '{}', ${at})`
    await database.begin(async (tx) => {
      // Without the kitchen and the customer that they belong to.
      await tx`set local session_replication_role = replica`
      await tx`insert into item_portions (item_id, day, reserved_count) values (${newId()}, ${at}::timestamptz::date, 1)`
      await tx`
        insert into quotes (id, customer_id, chef_id, zone_id, request, price, created_at, expires_at)
        values (${newId()}, ${userId}, ${newId()}, ${newId()}, '{}', '{}', ${at}, ${at})`
    })
  }
  await sql()`insert into jobs (id, queue, data, created_at) values (${newId()}, 'letters', '{}', ${daysAgo(100)})`
  for (const job of [...retentionJobs, ...apiSweeps]) await job.run(NOW)
  const [left] = await sql()`
    select (select count(*) from refresh_tokens)::integer as refresh_tokens,
      (select count(*) from email_tokens)::integer as email_tokens,
      (select count(*) from item_portions)::integer as portions, (select count(*) from quotes)::integer as quotes,
      (select count(*) from webhook_events where outcome = 'ignored')::integer as webhooks,
      (select count(*) from webhook_events where outcome = 'waiting')::integer as waiting,
      (select count(*) from jobs where failed_at is not null)::integer as failed,
      (select count(*) from jobs where failed_at is null)::integer as jobs`
  expect(left).toEqual({
    refreshTokens: 2,
    emailTokens: 2,
    portions: 3,
    quotes: 1,
    webhooks: 4,
    waiting: 5,
    failed: 3,
    jobs: 1,
  })
})
