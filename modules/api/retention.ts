import { database } from '#core/database'
import { forgetOldKeys } from '#core/idempotency'
import type { MarketJob } from '#core/jobs'
import { HOUR_MS, sweep } from '#core/retention'

const QUOTES_KEPT_DAYS = 1
/** Past their end: a token that has ended is refused whether we know it or not. */
const TOKENS_KEPT_DAYS = 7
/** Past their day: long after an order of that day can still be cancelled. */
const PORTIONS_KEPT_DAYS = 60
const WEBHOOKS_KEPT_DAYS = 90
/** Longer than anybody can ask about. */
const SHIFTS_KEPT_DAYS = 400

/** What would grow without bound in the tables of this module. Bookkeeping is not here: orders, payments, refunds stay. */
export const apiSweeps: readonly MarketJob[] = [
  { name: 'forget-idempotency-keys', per: 'market', everyMs: HOUR_MS, run: forgetOldKeys },
  sweep({
    name: 'forget-quotes',
    keptDays: QUOTES_KEPT_DAYS,
    deleteSome: (before, limit) => database.sql`
      delete from quotes where ctid = any(array(select ctid from quotes where expires_at < ${before} limit ${limit}))`,
  }),
  sweep({
    name: 'forget-refresh-tokens',
    keptDays: TOKENS_KEPT_DAYS,
    deleteSome: (before, limit) => database.sql`
      delete from refresh_tokens where ctid = any(array(
        select ctid from refresh_tokens where expires_at < ${before} limit ${limit}))`,
  }),
  sweep({
    name: 'forget-email-tokens',
    keptDays: TOKENS_KEPT_DAYS,
    deleteSome: (before, limit) => database.sql`
      delete from email_tokens where ctid = any(array(
        select ctid from email_tokens where expires_at < ${before} limit ${limit}))`,
  }),
  sweep({
    name: 'forget-portions',
    keptDays: PORTIONS_KEPT_DAYS,
    deleteSome: (before, limit) => database.sql`
      delete from item_portions where ctid = any(array(
        select ctid from item_portions where day < ${before}::timestamptz::date limit ${limit}))`,
  }),
  sweep({
    name: 'forget-shifts',
    keptDays: SHIFTS_KEPT_DAYS,
    deleteSome: (before, limit) => database.sql`
      delete from driver_shifts where ctid = any(array(
        select ctid from driver_shifts where ended_at < ${before} limit ${limit}))`,
  }),
  sweep({
    name: 'forget-webhooks',
    keptDays: WEBHOOKS_KEPT_DAYS,
    deleteSome: (before, limit) => database.sql`
      delete from webhook_events where ctid = any(array(
        select ctid from webhook_events where outcome in ('done', 'ignored') and received_at < ${before} limit ${limit}))`,
  }),
]
