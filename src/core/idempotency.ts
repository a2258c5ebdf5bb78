import { z } from 'zod'
import { database, type Sql, type Tx } from '#core/database'
import { conflict, Problem } from '#core/problem'
import { deleteInBatches } from '#core/retention'
import type { Actor } from '#core/tokens'

export const IDEMPOTENCY_KEY_HOURS = 24
const KEY_LENGTH_MAX = 128

/** Header schema of a POST that makes or moves money. */
export const IdempotencyHeaders = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without blanks')
    .max(KEY_LENGTH_MAX)
    .optional()
    .meta({
      description: 'Send the same key again to get the stored answer instead of a second effect. Kept 24 hours.',
    }),
})

type Call = {
  actor: Actor
  key: string | undefined
  /** What the key stands for: method and path template. */
  operation: string
  body: unknown
  now: Date
}

export type Reply<T> = { body: T; replayed: boolean }

/** A key as it is stored, for a write that stores it by itself. */
export type IdempotencyKey = { key: string; requestHash: string }

/**
 * Runs a write once per key. The stored answer and the write are of one transaction, so after a crash there are both or
 * neither. The same key with another body is 422; while the first still runs, 409.
 */
export const once = async <T>(call: Call, run: (tx: Sql) => Promise<T>): Promise<Reply<T>> => {
  // Without a key a service may use the pool, and do in one statement what needs no transaction of its own.
  if (call.key === undefined) return { body: await run(database.sql), replayed: false }
  const key = storedKey(call)
  return database.begin(async (tx) => {
    if (!(await tryLock(tx, `${call.actor.userId} ${key.key}`))) throw inProgress()
    const stored = await findReply<T>(tx, call, key)
    if (stored) return stored
    const body = await run(tx)
    await tx`
      insert into idempotency_keys (user_id, key, request_hash, response, created_at)
      values (${call.actor.userId}, ${key.key}, ${key.requestHash}, ${tx.json(body as never)}, ${call.now})
      on conflict (user_id, key) do update set
        request_hash = excluded.request_hash, response = excluded.response, created_at = excluded.created_at`
    return { body, replayed: false }
  })
}

/** As `once`, for a write that has to ask others first: no transaction is open while it waits for them. */
export const onceAfter = async <A, T>(
  call: Call,
  ask: () => Promise<A>,
  run: (sql: Sql, asked: A) => Promise<T>,
): Promise<Reply<T>> => {
  const stored = call.key === undefined ? undefined : await findReply<T>(database.sql, call, storedKey(call))
  if (stored) return stored
  const asked = await ask()
  return once(call, (sql) => run(sql, asked))
}

const underWay = new Set<string>()

/**
 * As `once`, for a write that stores key and answer in its own statement, and throws `inProgress` when the key is there
 * already. It costs nothing until something fails: then the answer that is stored, if any, is the answer.
 */
export const onceByItself = async <T>(
  call: Call,
  run: (key: IdempotencyKey | undefined) => Promise<T>,
): Promise<Reply<T>> => {
  if (call.key === undefined) return { body: await run(undefined), replayed: false }
  const key = storedKey(call)
  const name = `${call.actor.userId} ${key.key}`
  if (underWay.has(name)) throw inProgress()
  underWay.add(name)
  try {
    return { body: await run(key), replayed: false }
  } catch (error) {
    const stored = await findReply<T>(database.sql, call, key)
    if (stored) return stored
    throw error
  } finally {
    underWay.delete(name)
  }
}

export const inProgress = () => conflict('request-in-progress', 'A request with this Idempotency-Key is still running.')

const storedKey = (call: Call): IdempotencyKey => ({
  key: `${call.operation} ${call.key}`,
  requestHash: requestHash(call),
})

const findReply = async <T>(sql: Sql, { actor, now }: Call, key: IdempotencyKey): Promise<Reply<T> | undefined> => {
  const [stored] = await sql<{ requestHash: string; response: T }[]>`
    select request_hash, response from idempotency_keys
    where user_id = ${actor.userId} and key = ${key.key} and created_at > ${oldestKept(now)}`
  if (!stored) return undefined
  if (stored.requestHash !== key.requestHash) {
    throw new Problem(422, 'idempotency-key-reused', 'This Idempotency-Key was used with another request.')
  }
  return { body: stored.response, replayed: true }
}

const requestHash = ({ body, operation }: Call) =>
  new Bun.CryptoHasher('sha256')
    .update(operation)
    .update('\n')
    .update(JSON.stringify(sortKeys(body)) ?? '')
    .digest('hex')

/** So that two JSON texts of one meaning are one request. */
const sortKeys = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([k, v]) => [k, sortKeys(v)]),
  )
}

const tryLock = async (tx: Tx, name: string) => {
  const [row] = await tx<
    { locked: boolean }[]
  >`select pg_try_advisory_xact_lock(hashtextextended(${name}, 1)) as locked`
  return row!.locked
}

export const forgetOldKeys = (now: Date, signal?: AbortSignal) =>
  deleteInBatches(
    (limit) => database.sql`
      delete from idempotency_keys where ctid = any(array(
        select ctid from idempotency_keys where created_at <= ${oldestKept(now)} limit ${limit}))`,
    signal,
  )

const oldestKept = (now: Date) => new Date(now.getTime() - IDEMPOTENCY_KEY_HOURS * 3_600_000)
