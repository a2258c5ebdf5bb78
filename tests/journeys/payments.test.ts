import { beforeAll, expect, test } from 'bun:test'
import { newId } from '#core/ids'
import { as, type Cook, given, type Person } from '../support/given'
import { eventually, sql, useMarket } from '../support/market'

useMarket()

let mai: Cook
let nora: Person
let ada: Person
beforeAll(async () => {
  mai = await given.chef('mai')
  nora = await given.customer('nora')
  ada = await given.admin('ada')
})

const order = (until: 'pending' | 'paid' | 'accepted' | 'ready' | 'delivered' = 'pending') =>
  given.order({ until, chef: mai, customer: nora })
const begin = (id: string, who = nora) => as(who).post(`/orders/${id}/create-payment-intent`)
const confirm = (intentId: string, who = nora) => as(who).post(`/payments/simulated/${intentId}/confirm`)
const refund = (id: string, amountCents: number, headers?: Record<string, string>) =>
  as(ada).post(`/orders/${id}/refund`, { amountCents, reason: 'One dish was missing' }, headers)
const read = async (id: string) => (await as(ada).get(`/orders/${id}`)).body

test('an order has one payment: asked again it is the same, and it says that it is simulated', async () => {
  const { id, totalCents } = await order()
  const intent = await begin(id)
  expect(intent.status).toBe(200)
  expect(intent.body).toMatchObject({ amountCents: totalCents, currency: 'USD', processor: 'simulated' })
  expect((await begin(id)).body).toEqual(intent.body)
  const many = await Promise.all(Array.from({ length: 6 }, () => begin(id)))
  for (const { body } of many) expect(body).toEqual(intent.body)
})

test('asked many times at once for the first time, it is still one', async () => {
  const { id } = await order()
  const many = await Promise.all(Array.from({ length: 6 }, () => begin(id)))
  expect(new Set(many.map(({ body }) => body.paymentIntentId)).size).toBe(1)
  expect(await sql()`select id from payments where order_id = ${id}`).toHaveLength(1)
})

test('two confirmations at once pay once, and both are told so', async () => {
  const { id, totalCents } = await order()
  const { paymentIntentId } = (await begin(id)).body
  const replies = await Promise.all(Array.from({ length: 5 }, () => confirm(paymentIntentId)))
  for (const { status, body } of replies) {
    expect(status).toBe(200)
    expect(body).toEqual({
      paymentIntentId,
      status: 'succeeded',
      orderId: id,
      orderStatus: 'payment_confirmed',
      amountCents: totalCents,
      currency: 'USD',
      processor: 'simulated',
    })
  }
  const paid = await sql()`select event from order_events where order_id = ${id} and event = 'pay'`
  expect(paid).toHaveLength(1)
  expect(await sql()`select seq from events where type = 'order.paid' and data ->> 'orderId' = ${id}`).toHaveLength(1)
})

test('a chef knows nothing of an order before it is paid', async () => {
  const { id } = await order()
  expect(await as(mai).get(`/orders/${id}`)).toBeProblem(404, 'order-not-found')
  const ids = async () => (await as(mai).get('/orders')).body.data.map((one: { id: string }) => one.id)
  expect(await ids()).not.toContain(id)
  await given.payment(nora, id)
  expect((await as(mai).get(`/orders/${id}`)).body.status).toBe('payment_confirmed')
  expect(await ids()).toContain(id)
})

test('nobody else pays, or learns how', async () => {
  const { id } = await order()
  const { paymentIntentId } = (await begin(id)).body
  const lena = await given.customer('lena')
  expect(await begin(id, lena)).toBeProblem(404, 'order-not-found')
  expect(await confirm(paymentIntentId, lena)).toBeProblem(404, 'payment-intent-not-found')
  expect(await begin(id, mai)).toBeProblem(403)
  expect(await confirm('pi_sim_NOSUCHINTENT')).toBeProblem(404, 'payment-intent-not-found')
  expect((await read(id)).status).toBe('pending')
})

test('an order that was cancelled while somebody began to pay it has no payment', async () => {
  const { id } = await order()
  const ending = Promise.withResolvers<void>()
  const locked = Promise.withResolvers<void>()
  const cancelling = sql().begin(async (tx) => {
    await tx`select from orders where id = ${id} for update`
    locked.resolve()
    await ending.promise
    await tx`update orders set status = 'cancelled', deadline_at = null where id = ${id}`
  })
  await locked.promise
  const paying = begin(id)
  await eventually('the payment waits for the lock', async () => {
    const waiting = await sql()`
      select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
    return waiting.length > 0
  })
  ending.resolve()
  await cancelling
  expect(await paying).toBeProblem(409, 'order-not-open')
  expect(await sql()`select id from payments where order_id = ${id}`).toHaveLength(0)
})

test('part of the money can be given back at any time after it was paid, and again, up to all of it', async () => {
  const { id, totalCents } = await order('accepted')
  expect((await refund(id, 300)).body).toMatchObject({ status: 'accepted', refundedCents: 300 })
  expect((await refund(id, 200)).body).toMatchObject({ status: 'accepted', refundedCents: 500 })
  const tooMuch = await refund(id, totalCents - 499)
  expect(tooMuch).toBeProblem(422, 'refund-too-large')
  expect(tooMuch.body.refundableCents).toBe(totalCents - 500)
  const rows = await sql()`select amount_cents, actor_role, actor_id from refunds where order_id = ${id} order by id`
  expect(rows.map(({ amountCents }) => amountCents)).toEqual([300, 200])
  for (const row of rows) expect(row).toMatchObject({ actorRole: 'admin', actorId: ada.userId })
})

test('all of the money closes a delivered order; one under way must be cancelled instead', async () => {
  const done = await order('delivered')
  await refund(done.id, 100)
  expect((await refund(done.id, done.totalCents - 100)).body).toMatchObject({
    status: 'refunded',
    refundedCents: done.totalCents,
  })
  expect(await refund(done.id, 1)).toBeProblem(422, 'refund-too-large')
  const open = await order('accepted')
  expect(await refund(open.id, open.totalCents)).toBeProblem(409, 'order-not-open')
  expect((await read(open.id)).refundedCents).toBe(0)
})

test('an order that is cancelled after part was given back gives back the rest', async () => {
  const { id, totalCents } = await order('accepted')
  await refund(id, 700)
  await as(mai).patch(`/orders/${id}/cancel`, { reason: 'The stove broke' })
  expect(await read(id)).toMatchObject({ status: 'cancelled', refundedCents: totalCents })
  const rows = await sql()`select amount_cents from refunds where order_id = ${id} order by id`
  expect(rows.map(({ amountCents }) => amountCents)).toEqual([700, totalCents - 700])
})

test('nothing is given back of what was not paid', async () => {
  const { id } = await order()
  expect(await refund(id, 1)).toBeProblem(422, 'refund-too-large')
  await as(nora).patch(`/orders/${id}/cancel`, { reason: 'Changed my mind' })
  expect(await read(id)).toMatchObject({ status: 'cancelled', refundedCents: 0 })
})

test('refunds at once never come to more than was paid', async () => {
  const { id, totalCents } = await order('delivered')
  const half = Math.ceil(totalCents / 2) + 1
  const replies = await Promise.all(Array.from({ length: 5 }, () => refund(id, half)))
  expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 422, 422, 422, 422])
  expect((await read(id)).refundedCents).toBe(half)
})

test('one Idempotency-Key, one refund', async () => {
  const { id } = await order('delivered')
  const key = { 'idempotency-key': newId() }
  const first = await refund(id, 250, key)
  const again = await refund(id, 250, key)
  expect(again.body).toEqual(first.body)
  expect(again.headers.get('idempotent-replayed')).toBe('true')
  expect(first.headers.get('idempotent-replayed')).toBeNull()
  expect(await refund(id, 251, key)).toBeProblem(422, 'idempotency-key-reused')
  expect((await read(id)).refundedCents).toBe(250)
})

test('only an admin gives money back', async () => {
  const { id } = await order('delivered')
  for (const person of [nora, mai]) {
    expect(await as(person).post(`/orders/${id}/refund`, { amountCents: 1, reason: 'Mine' })).toBeProblem(403)
  }
  expect(await refund(newId(), 1)).toBeProblem(404, 'order-not-found')
})
