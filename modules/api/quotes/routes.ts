import { Elysia } from 'elysia'
import { clock } from '#core/clock'
import { IdempotencyHeaders, onceAfter } from '#core/idempotency'
import { problems } from '#core/problem'
import { signedInAs } from '#core/session'
import * as schema from './schema.ts'
import { keepQuote, priceQuote } from './service.ts'

export const quotes = new Elysia({ prefix: '/quotes', tags: ['quotes'] }).use(signedInAs('customer')).post(
  '/',
  async ({ actor, body, headers, set, status }) => {
    const now = clock.now()
    const call = { actor, key: headers['idempotency-key'], operation: 'POST /quotes', body, now }
    const reply = await onceAfter(
      call,
      () => priceQuote(actor, body, now),
      (sql, priced) => keepQuote(sql, actor, priced, now),
    )
    if (reply.replayed) set.headers['idempotent-replayed'] = 'true'
    return status(201, reply.body)
  },
  {
    body: schema.QuoteRequest,
    headers: IdempotencyHeaders,
    response: { 201: schema.Quote, ...problems(400, 401, 403, 404, 409, 413, 415, 422, 429, 503) },
    detail: { summary: 'Price a basket and freeze the price for ten minutes' },
  },
)
