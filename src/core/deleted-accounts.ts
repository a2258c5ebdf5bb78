import { LRUCache } from 'lru-cache'
import { clock } from '#core/clock'
import { database, type Sql } from '#core/database'
import { type EventReader, recordEvent } from '#core/events'
import { unauthenticated } from '#core/problem'
import { ACCESS_TOKEN_SECONDS } from '#core/tokens'

/**
 * Accounts that were deleted while an access token of theirs may still be good. A token says who it is for until it
 * ends; nobody asks the database at each request whether that account is still there.
 */

const DELETED_MAX = 100_000
const ACCOUNTS_TOPIC = 'accounts'
const EVENT_TYPE = 'account.deleted'

const deleted = new LRUCache<string, true>({ max: DELETED_MAX, ttl: ACCESS_TOKEN_SECONDS * 1000 })

export const rememberDeleted = (userId: string) => void deleted.set(userId, true)

/** Throws 401 for an account of which this process knows that it was deleted. */
export const assertNotDeleted = (userId: string) => {
  if (deleted.has(userId)) throw accountDeleted()
}

export const accountDeleted = () => unauthenticated('This account was deleted.')

/** So that every process hears of it. Pass the transaction that deletes the account. */
export const announceDeleted = (tx: Sql, userId: string, now: Date) =>
  recordEvent(tx, { topics: [ACCOUNTS_TOPIC], type: EVENT_TYPE, data: { userId }, occurredAt: now })

/** Calls back with each account that is deleted from now on, in whichever process. Returns how to stop. */
export const onDeletions = (reader: EventReader, handle: (userId: string) => void) =>
  reader.handle((events) => {
    for (const { type, data } of events) if (type === EVENT_TYPE) handle(String(data.userId))
  })

/** Learns of deletions in any process from now on, and of those before whose tokens may still be good. Returns how to stop. */
export const followDeletions = async (reader: EventReader) => {
  const stop = onDeletions(reader, rememberDeleted)
  const oldest = new Date(clock.nowMs() - ACCESS_TOKEN_SECONDS * 1000)
  const recent = await database.sql<{ userId: string }[]>`
    select e.data ->> 'userId' as user_id
    from (select seq from event_topics where topic = ${ACCOUNTS_TOPIC} order by seq desc limit ${DELETED_MAX}) t
    join events e on e.seq = t.seq where e.occurred_at > ${oldest}`
  for (const { userId } of recent) rememberDeleted(userId)
  return stop
}
