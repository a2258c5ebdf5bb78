import { Elysia } from 'elysia'
import { z } from 'zod'
import { clock } from '#core/clock'
import { IdempotencyHeaders, once, onceByItself } from '#core/idempotency'
import { Id } from '#core/ids'
import { pageOf } from '#core/pagination'
import { problems } from '#core/problem'
import { signedIn, signedInAs } from '#core/session'
import * as delivery from './delivery.ts'
import * as kitchen from './kitchen.ts'
import { placeOrder } from './place.ts'
import { getOrder, getOrders, getTracking } from './read.ts'
import * as schema from './schema.ts'

const OrderRef = z.object({ orderId: Id })

const changed = { 200: schema.Order, ...problems(400, 401, 403, 404, 409, 413, 415, 422, 503) }

const placing = new Elysia().use(signedInAs('customer')).post(
  '/',
  async ({ actor, body, headers, set, status }) => {
    const now = clock.now()
    const call = { actor, key: headers['idempotency-key'], operation: 'POST /orders', body, now }
    const reply = await onceByItself(call, (key) => placeOrder(actor, body, now, key))
    if (reply.replayed) set.headers['idempotent-replayed'] = 'true'
    return status(201, reply.body)
  },
  {
    body: schema.NewOrder,
    headers: IdempotencyHeaders,
    response: { 201: schema.Order, ...problems(400, 401, 403, 404, 409, 413, 415, 422, 429, 503) },
    detail: { summary: 'Order, from a quote or directly' },
  },
)

const reading = new Elysia()
  .use(signedIn)
  .get('/', ({ actor, query }) => getOrders(actor, query), {
    query: schema.OrderListQuery,
    response: { 200: pageOf(schema.Order), ...problems(400, 401, 422, 503) },
    detail: { summary: 'My orders, the newest first' },
  })
  .get('/:orderId', ({ actor, params }) => getOrder(actor, params.orderId), {
    params: OrderRef,
    response: { 200: schema.Order, ...problems(400, 401, 404, 503) },
    detail: { summary: 'Read one order' },
  })
  .get('/:orderId/tracking', ({ actor, params }) => getTracking(actor, params.orderId), {
    params: OrderRef,
    response: { 200: schema.Tracking, ...problems(400, 401, 404, 503) },
    detail: { summary: 'Where an order is, and its history' },
  })

const cooking = new Elysia()
  .use(signedInAs('chef'))
  .patch(
    '/:orderId/accept',
    ({ actor, params, body }) => kitchen.acceptOrder(actor, params.orderId, body?.prepMinutes, clock.now()),
    {
      params: OrderRef,
      body: schema.Acceptance,
      response: changed,
      detail: { summary: 'Take an order on; a driver is looked for' },
    },
  )
  .patch(
    '/:orderId/reject',
    ({ actor, params, body }) => kitchen.rejectOrder(actor, params.orderId, body.reason, clock.now()),
    {
      params: OrderRef,
      body: schema.Refusal,
      response: changed,
      detail: { summary: 'Refuse an order; the customer gets the money back' },
    },
  )
  .patch('/:orderId/preparing', ({ actor, params }) => kitchen.startPreparing(actor, params.orderId, clock.now()), {
    params: OrderRef,
    body: schema.Nothing,
    response: changed,
    detail: { summary: 'Begin to cook' },
  })
  .patch('/:orderId/ready', ({ actor, params }) => kitchen.markReady(actor, params.orderId, clock.now()), {
    params: OrderRef,
    body: schema.Nothing,
    response: changed,
    detail: { summary: 'The food can be picked up' },
  })

const driving = new Elysia()
  .use(signedInAs('driver'))
  .patch('/:orderId/arrive', ({ actor, params }) => delivery.arrive(actor, params.orderId, clock.now()), {
    params: OrderRef,
    body: schema.Nothing,
    response: changed,
    detail: { summary: 'I am at the kitchen, or at the door' },
  })
  .patch('/:orderId/pickup', ({ actor, params }) => delivery.pickUp(actor, params.orderId, clock.now()), {
    params: OrderRef,
    body: schema.Nothing,
    response: changed,
    detail: { summary: 'I have the food' },
  })
  .patch('/:orderId/in-transit', ({ actor, params }) => delivery.depart(actor, params.orderId, clock.now()), {
    params: OrderRef,
    body: schema.Nothing,
    response: changed,
    detail: { summary: 'I am on the way to the customer' },
  })
  .patch(
    '/:orderId/drop',
    ({ actor, params, body }) => delivery.drop(actor, params.orderId, body.reason, clock.now()),
    {
      params: OrderRef,
      body: schema.Refusal,
      response: changed,
      detail: { summary: 'I cannot bring it after all; somebody else is looked for' },
    },
  )

const ending = new Elysia()
  .use(signedInAs('customer', 'chef', 'admin'))
  .patch(
    '/:orderId/cancel',
    ({ actor, params, body }) => kitchen.cancelOrder(actor, params.orderId, body.reason, clock.now()),
    {
      params: OrderRef,
      body: schema.Refusal,
      response: changed,
      detail: {
        summary: 'Cancel an order; what was paid is given back',
        description: 'A customer may until the kitchen begins to cook, a chef until the food is picked up.',
      },
    },
  )

const finishing = new Elysia()
  .use(signedInAs('driver', 'admin'))
  .patch(
    '/:orderId/deliver',
    ({ actor, params, body }) => delivery.deliver(actor, params.orderId, body.proof, clock.now()),
    {
      params: OrderRef,
      body: schema.HandoverProof,
      response: changed,
      detail: { summary: 'Handed over, proven by the code that the customer tells' },
    },
  )
  .patch(
    '/:orderId/fail',
    ({ actor, params, body }) => delivery.fail(actor, params.orderId, body.reason, body.food, clock.now()),
    {
      params: OrderRef,
      body: schema.FailedDelivery,
      response: changed,
      detail: { summary: 'Nobody takes the food' },
    },
  )

const refunding = new Elysia().use(signedInAs('admin')).post(
  '/:orderId/refund',
  async ({ actor, params, body, headers, set }) => {
    const now = clock.now()
    const call = {
      actor,
      key: headers['idempotency-key'],
      operation: `POST /orders/${params.orderId}/refund`,
      body,
      now,
    }
    const reply = await once(call, (sql) =>
      kitchen.refundOrder(sql, actor, params.orderId, body.amountCents, body.reason, now),
    )
    if (reply.replayed) set.headers['idempotent-replayed'] = 'true'
    return reply.body
  },
  {
    params: OrderRef,
    headers: IdempotencyHeaders,
    body: schema.RefundRequest,
    response: changed,
    detail: { summary: 'Give back part or all of what was paid' },
  },
)

export const orders = new Elysia({ prefix: '/orders', tags: ['orders'] })
  .use(placing)
  .use(reading)
  .use(cooking)
  .use(driving)
  .use(ending)
  .use(finishing)
  .use(refunding)
