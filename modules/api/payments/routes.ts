import { Elysia } from 'elysia'
import { z } from 'zod'
import { clock } from '#core/clock'
import { IdempotencyHeaders, once } from '#core/idempotency'
import { Id } from '#core/ids'
import { problems } from '#core/problem'
import { signedInAs } from '#core/session'
import * as schema from './schema.ts'
import * as service from './service.ts'

export const payments = new Elysia({ tags: ['payments'] })
  .use(signedInAs('customer'))
  .post(
    '/orders/:orderId/create-payment-intent',
    async ({ actor, params, headers, set }) => {
      const now = clock.now()
      const operation = `POST /orders/${params.orderId}/create-payment-intent`
      const call = { actor, key: headers['idempotency-key'], operation, body: null, now }
      const reply = await once(call, (sql) => service.createPaymentIntent(sql, actor, params.orderId, now))
      if (reply.replayed) set.headers['idempotent-replayed'] = 'true'
      return reply.body
    },
    {
      params: z.object({ orderId: Id }),
      headers: IdempotencyHeaders,
      response: { 200: schema.PaymentIntent, ...problems(400, 401, 403, 404, 409, 422, 503) },
      detail: { summary: 'Begin to pay an order' },
    },
  )
  .post(
    '/payments/simulated/:paymentIntentId/confirm',
    async ({ actor, params, headers, set }) => {
      const now = clock.now()
      const operation = `POST /payments/simulated/${params.paymentIntentId}/confirm`
      const call = { actor, key: headers['idempotency-key'], operation, body: null, now }
      const reply = await once(call, (sql) => service.confirmSimulated(sql, actor, params.paymentIntentId, now))
      if (reply.replayed) set.headers['idempotent-replayed'] = 'true'
      return reply.body
    },
    {
      params: schema.PaymentIntentRef,
      headers: IdempotencyHeaders,
      response: { 200: schema.Confirmation, ...problems(400, 401, 403, 404, 409, 422, 503) },
      detail: { summary: 'Pay, with the simulated processor only' },
    },
  )
