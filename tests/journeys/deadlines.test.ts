import { beforeAll, beforeEach, expect, test } from 'bun:test'
import { clock, turnClock } from '#core/clock'
import { deadlinesJob } from '#modules/api/orders/deadlines'
import { as, type Cook, given, type Person } from '../support/given'
import { eventually, sql, useMarket } from '../support/market'

useMarket()

const minutes = (count: number) => turnClock(count * 60_000)
const lookAgain = () => deadlinesJob.run(clock.now())

let mai: Cook
let nora: Person

beforeAll(async () => {
  const zoneId = await given.zone()
  const settings = { paymentTimeoutSeconds: 300, acceptTimeoutSeconds: 180 }
  expect((await as(await given.admin()).patch(`/admin/zones/${zoneId}/settings`, settings)).status).toBe(200)
})

// The clock is turned in every test, and an access token ends after fifteen minutes.
beforeEach(async () => {
  mai = await given.chef('mai', { item: { portionsPerDay: 10 } })
  nora = await given.customer('nora')
})

const order = (until: 'pending' | 'paid' | 'accepted') => given.order({ until, chef: mai, customer: nora, quantity: 2 })
const read = async (id: string) => (await as(nora).get(`/orders/${id}`)).body
const portionsLeft = async () => (await as(mai).get(`/chefs/${mai.chefId}/menu`)).body.menus[0].items[0].portionsLeft
const refunds = (id: string) => sql()`select amount_cents, actor_role, reason from refunds where order_id = ${id}`

test('an order that its chef does not answer in time is rejected, paid back, and its portions are free again', async () => {
  const { id, totalCents } = await order('paid')
  expect(await portionsLeft()).toBe(8)
  minutes(3.1)
  const rejected = await eventually('the rejection', async () => {
    const now = await read(id)
    return now.status === 'rejected' && now
  })
  expect(rejected).toMatchObject({ deliveryStatus: 'cancelled', refundedCents: totalCents, deadlineAt: null })
  expect(rejected.closedReason).toMatch(/kitchen did not answer/)
  expect([...(await refunds(id))]).toEqual([
    { amountCents: totalCents, actorRole: 'system', reason: rejected.closedReason },
  ])
  expect(await portionsLeft()).toBe(10)
  const late = await as(mai).patch(`/orders/${id}/accept`)
  expect(late).toBeProblem(409, 'order-not-open')
  expect(late.body.currentStatus).toBe('rejected')
})

test('an order that is not paid in time is cancelled; it can no longer be paid, and nothing is paid back', async () => {
  const { id } = await order('pending')
  const intent = (await as(nora).post(`/orders/${id}/create-payment-intent`)).body
  minutes(5.1)
  await lookAgain()
  expect(await read(id)).toMatchObject({ status: 'cancelled', refundedCents: 0 })
  expect(await portionsLeft()).toBe(10)
  const paying = await as(nora).post(`/payments/simulated/${intent.paymentIntentId}/confirm`)
  expect(paying).toBeProblem(409, 'order-not-open')
  expect(await as(nora).post(`/orders/${id}/create-payment-intent`)).toBeProblem(409, 'order-not-open')
  expect([...(await refunds(id))]).toEqual([])
  expect((await read(id)).status).toBe('cancelled')
})

test('everyone concerned is told', async () => {
  const { id } = await order('paid')
  minutes(3.1)
  await lookAgain()
  const [event] =
    await sql()`select topics, data from events where type = 'order.rejected' and data ->> 'orderId' = ${id}`
  expect(event!.topics).toEqual(expect.arrayContaining([`order:${id}`, `chef:${mai.chefId}`]))
  expect(event!.data).toMatchObject({ status: 'rejected', deliveryStatus: 'cancelled' })
  const tracking = (await as(nora).get(`/orders/${id}/tracking`)).body
  expect(tracking.history.at(-1)).toMatchObject({ event: 'expire', status: 'rejected', actor: 'system' })
})

test('just before its time nothing happens', async () => {
  const [unpaid, unanswered] = [await order('pending'), await order('paid')]
  minutes(2.95)
  await lookAgain()
  expect((await read(unanswered.id)).status).toBe('payment_confirmed')
  expect((await as(mai).patch(`/orders/${unanswered.id}/accept`)).status).toBe(200)
  minutes(1.95)
  await lookAgain()
  expect((await read(unpaid.id)).status).toBe('pending')
})

test('paying begins a new time, and accepting ends it', async () => {
  const { id, deadlineAt } = await read((await order('pending')).id)
  minutes(4)
  await given.payment(nora, id)
  const paid = await read(id)
  expect(Date.parse(paid.deadlineAt) - Date.parse(deadlineAt)).toBeWithin(110_000, 130_000)
  minutes(2)
  await lookAgain()
  expect((await as(mai).patch(`/orders/${id}/accept`)).body).toMatchObject({ status: 'accepted', deadlineAt: null })
  minutes(8)
  await lookAgain()
  expect((await read(id)).status).toBe('accepted')
})

test('replicas that look at the same moment close an order once', async () => {
  const { id, totalCents } = await order('paid')
  minutes(3.1)
  await Promise.all([lookAgain(), lookAgain(), lookAgain(), lookAgain()])
  expect(await refunds(id)).toHaveLength(1)
  expect((await read(id)).refundedCents).toBe(totalCents)
  expect(await portionsLeft()).toBe(10)
})

test('the answer of the chef and the end of his time: one of them counts', async () => {
  const { id, totalCents } = await order('paid')
  minutes(3.1)
  const [answer] = await Promise.all([as(mai).patch(`/orders/${id}/accept`), lookAgain()])
  const now = await read(id)
  if (answer.status === 200) expect(now).toMatchObject({ status: 'accepted', refundedCents: 0 })
  else {
    expect(answer).toBeProblem(409, 'order-not-open')
    expect(now).toMatchObject({ status: 'rejected', refundedCents: totalCents })
  }
})

test('an order that cannot be closed does not keep the later ones open', async () => {
  const [broken, other] = [await order('accepted'), await order('paid')]
  await sql()`update orders set deadline_at = created_at where id = ${broken.id}`
  minutes(3.1)
  await lookAgain().catch(() => {})
  expect((await read(other.id)).status).toBe('rejected')
  expect((await read(broken.id)).status).toBe('accepted')
  await sql()`update orders set deadline_at = null where id = ${broken.id}`
})

test('a kitchen hears nothing of an order that was never paid', async () => {
  const mai = await given.chef('mai')
  const { id, customer } = await given.order({ chef: mai })
  expect((await as(customer).patch(`/orders/${id}/cancel`, { reason: 'Changed my mind' })).status).toBe(200)
  const events = await sql()<{ type: string; topics: string[] }[]>`
    select type, topics from events where data ->> 'orderId' = ${id} order by id`
  expect(events.map(({ type }) => type)).toEqual(['order.placed', 'order.cancelled'])
  expect(events.flatMap(({ topics }) => topics)).not.toContain(`chef:${mai.chefId}`)
})
