import { addSeconds } from '#core/clock'
import { database } from '#core/database'
import { accountDeleted } from '#core/deleted-accounts'
import { hashToken, newSecretToken } from '#core/ids'
import { unauthenticated } from '#core/problem'
import { countUse, type RateLimit } from '#core/rate-limit'
import { deleteInBatches } from '#core/retention'
import type { Actor, Role } from '#core/tokens'

export const TICKET_SECONDS = 30
const TICKETS: RateLimit = { name: 'realtime-tickets', max: 60, windowSeconds: 60 }

/**
 * A ticket opens one socket, once, within half a minute: browsers cannot send headers on a WebSocket, and a URL with an
 * access token would end up in logs.
 */
export const issueTicket = async (actor: Actor, now: Date) => {
  await countUse(TICKETS, actor.userId)
  const { token, hash } = newSecretToken()
  const expiresAt = addSeconds(now, TICKET_SECONDS)
  const issued = await database.sql`
    insert into realtime_tickets (token_hash, user_id, role, expires_at)
    select ${hash}::bytea, id, ${actor.role}::text, ${expiresAt}::timestamptz from users
    where id = ${actor.userId} and deleted_at is null returning user_id`
  if (issued.length === 0) throw accountDeleted()
  return { ticket: token, expiresAt: expiresAt.toISOString() }
}

export const takeTicket = async (ticket: string, now: Date): Promise<Actor> => {
  const [row] = await database.sql<{ userId: string; role: Role }[]>`
    delete from realtime_tickets t using users u
    where t.token_hash = ${hashToken(ticket)} and t.expires_at > ${now} and u.id = t.user_id and u.deleted_at is null
    returning t.user_id, t.role`
  if (!row) throw unauthenticated('The ticket is expired, used or not valid. Ask for a new one.')
  return row
}

export const forgetTickets = (now: Date, signal?: AbortSignal) =>
  deleteInBatches(
    (limit) => database.sql`
      delete from realtime_tickets where ctid = any(array(
        select ctid from realtime_tickets where expires_at <= ${now} limit ${limit}))`,
    signal,
  )
