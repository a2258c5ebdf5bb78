import { beforeAll, expect, test } from 'bun:test'
import { forgetOldKeys, once } from '#core/idempotency'
import { newId } from '#core/ids'
import type { Actor } from '#core/tokens'
import { sql, useMarket } from '../support/market'

// The stores alone: `once` is asked directly.
useMarket({ environment: { MODULES: 'web' } })

const NOW = new Date('2026-11-23T11:00:00Z')
const hours = (count: number) => new Date(NOW.getTime() + count * 3_600_000)

const person = async (): Promise<Actor> => {
  const userId = newId()
  await sql()`
    insert into users (id, email, password_hash, first_name, last_name, role, created_at)
    values (${userId}, ${`${userId}@example.com`}, '', 'Nora', 'Test', 'customer', ${NOW})`
  return { userId, role: 'customer' }
}

let nora: Actor
beforeAll(async () => {
  await sql()`create table effects (name text not null)`
  nora = await person()
})

const effects = async (name: string) => (await sql()`select from effects where name = ${name}`).length

type Write = { key?: string; body?: unknown; actor?: Actor; operation?: string; now?: Date; name: string }

/** Writes one row, once per key. */
const write = ({ key, body = { a: 1 }, actor = nora, operation = 'POST /things', now = NOW, name }: Write) =>
  once({ actor, key, operation, body, now }, async (tx) => {
    await tx`insert into effects (name) values (${name})`
    return { name, made: newId() }
  })

test('the same key again gets the stored answer and has no second effect', async () => {
  const first = await write({ key: 'k1', name: 'replay' })
  const second = await write({ key: 'k1', name: 'replay' })
  expect(first.replayed).toBe(false)
  expect(second).toEqual({ body: first.body, replayed: true })
  expect(await effects('replay')).toBe(1)
})

test('without a key every call has its effect', async () => {
  await write({ name: 'keyless' })
  expect((await write({ name: 'keyless' })).replayed).toBe(false)
  expect(await effects('keyless')).toBe(2)
})

test('the same key with another body is refused; the order of its members does not matter', async () => {
  const sent = { items: [{ id: 'a', quantity: 2 }], tip: 1 }
  await write({ key: 'k2', body: sent, name: 'other body' })
  const refused = write({ key: 'k2', body: { ...sent, tip: 2 }, name: 'other body' })
  await expect(refused).rejects.toMatchObject({ status: 422, slug: 'idempotency-key-reused' })
  const sameMeaning = { tip: 1, items: [{ quantity: 2, id: 'a' }] }
  expect((await write({ key: 'k2', body: sameMeaning, name: 'other body' })).replayed).toBe(true)
  expect(await effects('other body')).toBe(1)
})

test('a key belongs to who sent it, and to what it was sent for', async () => {
  const omar = await person()
  await write({ key: 'k3', name: 'own' })
  expect((await write({ key: 'k3', actor: omar, name: 'own' })).replayed).toBe(false)
  expect((await write({ key: 'k3', operation: 'POST /others', name: 'own' })).replayed).toBe(false)
  expect(await effects('own')).toBe(3)
})

test('while the first still runs the second is refused, and then gets its answer', async () => {
  const held = Promise.withResolvers<void>()
  const running = Promise.withResolvers<void>()
  const call = { actor: nora, key: 'k4', operation: 'POST /things', body: { a: 1 }, now: NOW }
  const first = once(call, async (tx) => {
    await tx`insert into effects (name) values ('slow')`
    running.resolve()
    await held.promise
    return { name: 'slow' }
  })
  await running.promise
  await expect(write({ key: 'k4', name: 'slow' })).rejects.toMatchObject({ status: 409, slug: 'request-in-progress' })
  held.resolve()
  await first
  expect(await write({ key: 'k4', name: 'slow' })).toEqual({ body: { name: 'slow' } as never, replayed: true })
  expect(await effects('slow')).toBe(1)
})

test('of many at once exactly one has an effect; each of the others is refused or told the same', async () => {
  const tries = await Promise.allSettled(Array.from({ length: 8 }, () => write({ key: 'k5', name: 'race' })))
  const told = tries.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  const refused = tries.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
  expect(told.filter(({ replayed }) => !replayed)).toHaveLength(1)
  expect(new Set(told.map(({ body }) => body.made)).size).toBe(1)
  for (const reason of refused) expect(reason).toMatchObject({ status: 409, slug: 'request-in-progress' })
  expect(await effects('race')).toBe(1)
})

test('a write that fails leaves neither its effect nor an answer: the key can be used again', async () => {
  const call = { actor: nora, key: 'k6', operation: 'POST /things', body: { a: 1 }, now: NOW }
  const failing = once(call, async (tx) => {
    await tx`insert into effects (name) values ('crash')`
    throw new Error('the process died here')
  })
  await expect(failing).rejects.toThrow('the process died here')
  expect(await effects('crash')).toBe(0)
  expect((await write({ key: 'k6', name: 'crash' })).replayed).toBe(false)
  expect(await effects('crash')).toBe(1)
})

test('a key is kept for 24 hours', async () => {
  await write({ key: 'k7', name: 'kept' })
  expect((await write({ key: 'k7', now: hours(23.9), name: 'kept' })).replayed).toBe(true)
  expect((await write({ key: 'k7', body: { b: 2 }, now: hours(24), name: 'kept' })).replayed).toBe(false)
  // Kept anew from then on, with its new body.
  expect((await write({ key: 'k7', body: { b: 2 }, now: hours(47), name: 'kept' })).replayed).toBe(true)
  expect(await effects('kept')).toBe(2)
})

test('old keys are forgotten, the others are not', async () => {
  await write({ key: 'old', now: hours(100), name: 'forget' })
  await write({ key: 'young', now: hours(110), name: 'forget' })
  await forgetOldKeys(hours(124))
  const kept = await sql()`select key from idempotency_keys where key like 'POST /things %' order by key`
  expect(kept.map(({ key }) => key)).toEqual(['POST /things young'])
})
