import { beforeAll, expect, test } from 'bun:test'
import { clock, turnClock } from '#core/clock'
import { newId } from '#core/ids'
import { deadlinesJob } from '#modules/api/orders/deadlines'
import { as, type Cook, deliveryAddress, given, type Person } from '../support/given'
import { type Reply, sql, useMarket } from '../support/market'

useMarket()

let mai: Cook
beforeAll(async () => {
  mai = await given.chef('mai')
})

const HOUR_MS = 3_600_000
const soon = (hours: number) => new Date(clock.nowMs() + hours * HOUR_MS)

type Promotion = { bps?: number; centsMax?: number; subtotalMin?: number; from?: Date; until?: Date; countMax?: number }

const promotion = async ({ bps = 2_000, centsMax, subtotalMin = 0, from, until, countMax }: Promotion = {}) => {
  const code = `CODE${newId().slice(-8).toUpperCase()}`
  await sql()`
    insert into promotions (id, code, discount_bps, discount_cents_max, subtotal_cents_min, starts_at, ends_at,
      redemption_count_max, created_at)
    values (${newId()}, ${code}, ${bps}, ${centsMax ?? null}, ${subtotalMin}, ${from ?? soon(-1)}, ${until ?? soon(1)},
      ${countMax ?? null}, now())`
  return code
}

const redemptions = async (code: string) =>
  (await sql()`select redemption_count from promotions where code = ${code}`)[0]!.redemptionCount

const basket = (promoCode: string | undefined, quantity = 2) => ({
  chefId: mai.chefId,
  items: [{ menuItemId: mai.itemId, quantity }],
  deliveryAddress: deliveryAddress(),
  promoCode,
})
const order = (who: Person, code: string, quantity?: number) => as(who).post('/orders', basket(code, quantity))
const quote = (who: Person, code: string, quantity?: number) => as(who).post('/quotes', basket(code, quantity))
const nobodyYet = () => given.customer('nora')

const expectNotValid = (reply: Reply) => {
  expect(reply).toBeProblem(422, 'promotion-not-valid')
  expect(reply.body.errors).toEqual([{ path: 'promoCode', message: expect.any(String) }])
}

test('a code takes its share off the food, in the quote and in the order alike', async () => {
  const [code, nora] = [await promotion(), await nobodyYet()]
  const quoted = (await quote(nora, code)).body
  expect(quoted).toMatchObject({ subtotalCents: 2_400, discountCents: 480, taxCents: 154, totalCents: 2_574 })
  const ordered = await order(nora, code)
  expect(ordered.status).toBe(201)
  for (const part of ['subtotalCents', 'discountCents', 'taxCents', 'totalCents'] as const) {
    expect([part, ordered.body[part]]).toEqual([part, quoted[part]])
  }
})

test('a code is read in any case and with blanks around it, and capped', async () => {
  const [code, nora] = [await promotion({ bps: 5_000, centsMax: 300 }), await nobodyYet()]
  expect((await quote(nora, ` ${code.toLowerCase()} `)).body.discountCents).toBe(300)
})

test.each<[string, () => Promise<string>]>([
  ['is unknown', async () => 'NOSUCHCODE'],
  ['has ended', () => promotion({ from: soon(-2), until: soon(-1) })],
  ['has not begun', () => promotion({ from: soon(1), until: soon(2) })],
  ['wants a bigger order', () => promotion({ subtotalMin: 2_401 })],
  ['is used up', () => promotion({ countMax: 0 })],
])('a code that %s counts for nothing', async (_, make) => {
  const [code, nora] = [await make(), await nobodyYet()]
  expectNotValid(await quote(nora, code))
  expectNotValid(await order(nora, code))
})

test('an order of just the smallest sum may use it', async () => {
  const [code, nora] = [await promotion({ subtotalMin: 2_400 }), await nobodyYet()]
  expect((await order(nora, code)).status).toBe(201)
})

test('once for each customer', async () => {
  const [code, nora, lena] = [await promotion(), await nobodyYet(), await nobodyYet()]
  expect((await order(nora, code)).status).toBe(201)
  expectNotValid(await order(nora, code))
  expect((await order(lena, code)).status).toBe(201)
  expect(await redemptions(code)).toBe(2)
})

test('once for each customer, also when she asks many times at once', async () => {
  const [code, nora] = [await promotion(), await nobodyYet()]
  const replies = await Promise.all(Array.from({ length: 6 }, () => order(nora, code)))
  expect(replies.filter(({ status }) => status === 201)).toHaveLength(1)
  for (const { status, body } of replies) if (status !== 201) expect(body.type).toMatch(/promotion-(used|not-valid)$/)
  expect(await redemptions(code)).toBe(1)
})

test('of many customers who want the last use at once exactly one has it', async () => {
  const code = await promotion({ countMax: 1 })
  const people = await Promise.all(Array.from({ length: 6 }, nobodyYet))
  const replies = await Promise.all(people.map((person) => order(person, code)))
  expect(replies.filter(({ status }) => status === 201)).toHaveLength(1)
  for (const { status, body } of replies) {
    if (status !== 201) expect(body.type).toMatch(/promotion-(used-up|not-valid)$/)
  }
  expect(await redemptions(code)).toBe(1)
})

test.each<[string, (who: Person, orderId: string) => Promise<unknown>]>([
  ['cancelled', (nora, id) => as(nora).patch(`/orders/${id}/cancel`, { reason: 'Because' })],
  [
    'rejected',
    async (nora, id) => {
      await given.payment(nora, id)
      return as(mai).patch(`/orders/${id}/reject`, { reason: 'Because' })
    },
  ],
])('an order that is %s gives its use back, to her and to everyone', async (_, end) => {
  const [code, nora, lena] = [await promotion({ countMax: 1 }), await nobodyYet(), await nobodyYet()]
  const { id } = (await order(nora, code)).body
  await end(nora, id)
  expect(await redemptions(code)).toBe(0)
  expect((await order(lena, code)).status).toBe(201)
  expect(await redemptions(code)).toBe(1)
  expectNotValid(await order(nora, code))
})

test('orders that nobody pays do not use a code up', async () => {
  const [code, nora] = [await promotion({ countMax: 1 }), await nobodyYet()]
  const { id } = (await order(nora, code)).body
  await sql()`update orders set deadline_at = ${clock.now()} where id = ${id}`
  turnClock(1_000)
  await deadlinesJob.run(clock.now())
  expect((await as(nora).get(`/orders/${id}`)).body.status).toBe('cancelled')
  expect(await redemptions(code)).toBe(0)
})

test('an order that is refused for another reason uses nothing', async () => {
  const [code, nora] = [await promotion(), await nobodyYet()]
  expect(await order(nora, code, 0)).toBeProblem(422)
  const tooFar = { ...basket(code), deliveryAddress: deliveryAddress({ lat: 57.79, lng: 12.19 }) }
  expect(await as(nora).post('/orders', tooFar)).toBeProblem(422, 'outside-delivery-radius')
  expect(await redemptions(code)).toBe(0)
})
