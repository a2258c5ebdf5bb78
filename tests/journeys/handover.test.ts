import { beforeAll, beforeEach, expect, test } from 'bun:test'
import { as, type Cook, type Courier, given, type Person } from '../support/given'
import { sql, useMarket } from '../support/market'

useMarket()

const TRIES_MAX = 10

let mai: Cook
let nora: Person
let omar: Courier
let order: { id: string; handoverCode: string }

beforeAll(async () => {
  mai = await given.chef('mai')
  nora = await given.customer('nora')
})
beforeEach(async () => {
  omar = await given.driver('omar')
  order = await given.order({ until: 'picked_up', chef: mai, customer: nora, driver: omar })
})

const deliver = (proof: object, who: Person = omar) => as(who).patch(`/orders/${order.id}/deliver`, { proof })
const wrong = (n = 1) => ({ code: String((Number(order.handoverCode) + n) % 10_000).padStart(4, '0') })
const status = async () => (await as(nora).get(`/orders/${order.id}`)).body.status
const proof = async () => (await sql()`select proof from deliveries where order_id = ${order.id}`)[0]!.proof

test('the code of the customer proves the delivery, and is not kept with it', async () => {
  expect((await deliver({ code: order.handoverCode })).body.status).toBe('delivered')
  expect(await proof()).toEqual({ kind: 'code' })
})

test('a wrong code proves nothing, and the answer does not tell the right one', async () => {
  const refused = await deliver(wrong())
  expect(refused).toBeProblem(422, 'wrong-code')
  expect(JSON.stringify(refused.body)).not.toContain(order.handoverCode)
  expect(await status()).toBe('picked_up')
  expect((await deliver({ code: order.handoverCode })).status).toBe(200)
})

test('only the customer knows it', async () => {
  const ada = await given.admin()
  for (const person of [mai, omar, ada]) {
    const seen = await as(person).get(`/orders/${order.id}`)
    expect(seen.status).toBe(200)
    expect(seen.body).not.toHaveProperty('handoverCode')
  }
})

test('after ten wrong codes the right one is refused as well, and an admin settles it', async () => {
  for (let n = 1; n <= TRIES_MAX; n++) expect(await deliver(wrong(n))).toBeProblem(422, 'wrong-code')
  expect(await deliver({ code: order.handoverCode })).toBeProblem(409, 'handover-locked')
  expect(await status()).toBe('picked_up')

  const ada = await given.admin()
  expect((await deliver({ override: 'The customer confirms by phone' }, ada)).body.status).toBe('delivered')
  expect(await proof()).toEqual({ kind: 'override' })
  const [history] = await sql()`
    select actor_role, reason from order_events where order_id = ${order.id} and machine = 'order' and event = 'deliver'`
  expect(history).toEqual({ actorRole: 'admin', reason: 'The customer confirms by phone' })
})

test('codes cannot be guessed by sending many at once: ten are looked at, no more', async () => {
  const replies = await Promise.all(Array.from({ length: 60 }, (_, n) => deliver(wrong(n + 1))))
  const slugs = replies.map(({ body }) => body.type)
  expect(slugs.filter((type) => type === '/problems/wrong-code')).toHaveLength(TRIES_MAX)
  expect(slugs.filter((type) => type === '/problems/handover-locked')).toHaveLength(60 - TRIES_MAX)
})

test.each<[string, object]>([
  ['three digits', { code: '123' }],
  ['letters', { code: 'abcd' }],
  ['a number', { code: 1234 }],
  ['nothing', {}],
  ['both', { code: '1234', override: 'Trust me' }],
])('%s is no proof', async (_, given) => {
  expect(await deliver(given)).toBeProblem(422, 'invalid-request')
})

test('a driver cannot settle it without the code, nor another driver with it', async () => {
  expect(await deliver({ override: 'Trust me' })).toBeProblem(403)
  const lena = await given.driver('lena')
  expect(await deliver({ code: order.handoverCode }, lena)).toBeProblem(404, 'order-not-found')
  expect(await deliver({ code: order.handoverCode }, nora)).toBeProblem(403)
  expect(await status()).toBe('picked_up')
})

test('delivered once is delivered: a second time there is nothing to prove', async () => {
  const [one, other] = await Promise.all([deliver({ code: order.handoverCode }), deliver({ code: order.handoverCode })])
  expect([one.status, other.status].toSorted()).toEqual([200, 409])
  expect(await deliver({ code: order.handoverCode })).toBeProblem(409, 'order-not-open')
})

test('when nobody takes the food the order ends, and support decides about the money', async () => {
  const failed = await as(omar).patch(`/orders/${order.id}/fail`, { reason: 'Nobody answers', food: 'left_at_door' })
  expect(failed.body).toMatchObject({ status: 'cancelled', deliveryStatus: 'failed', refundedCents: 0 })
  const [delivery] = await sql()`select status, food_outcome from deliveries where order_id = ${order.id}`
  expect(delivery).toEqual({ status: 'failed', foodOutcome: 'left_at_door' })
  const next = await given.order({ until: 'assigned', chef: mai, customer: nora, driver: omar })
  expect((await as(omar).get(`/orders/${next.id}`)).status).toBe(200)
})
