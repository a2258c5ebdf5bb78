import { beforeEach, expect, test } from 'bun:test'
import { clock, turnClock } from '#core/clock'
import { newId } from '#core/ids'
import { as, type Cook, deliveryAddress, given, type Person } from '../support/given'
import { sql, useMarket } from '../support/market'

useMarket()

let mai: Cook
let nora: Person
beforeEach(async () => {
  mai = await given.chef('mai')
  nora = await given.customer('nora')
})

const basket = (more: object = {}) => ({
  chefId: mai.chefId,
  items: [{ menuItemId: mai.itemId, quantity: 2 }],
  deliveryAddress: deliveryAddress(),
  tipCents: 150,
  ...more,
})
const quote = async (more: object = {}) => {
  const reply = await as(nora).post('/quotes', basket(more))
  expect(reply.status).toBe(201)
  return reply.body
}
const order = (body: object, who = nora) => as(who).post('/orders', body)
const setPrice = (priceCents: number) =>
  as(mai).patch(`/chefs/${mai.chefId}/menus/${mai.menuId}/items/${mai.itemId}`, { priceCents })

const CENTS = [
  ...['subtotalCents', 'discountCents', 'taxCents', 'deliveryFeeCents', 'serviceFeeCents', 'tipCents', 'totalCents'],
]
const centsOf = (of: Record<string, unknown>) => Object.fromEntries(CENTS.map((name) => [name, of[name]]))

test('says what it will cost, when it will be there, and until when that holds', async () => {
  const quoted = await quote()
  expect(quoted).toMatchObject({
    subtotalCents: 2_400,
    discountCents: 0,
    taxCents: 192,
    deliveryFeeCents: 500,
    serviceFeeCents: 0,
    tipCents: 150,
    totalCents: 3_242,
    currency: 'USD',
    deliveryFeeMultiplier: 1,
    distanceMeters: 630,
    distanceIsApproximate: true,
  })
  const now = clock.nowMs()
  expect(Date.parse(quoted.expiresAt) - now).toBeWithin(590_000, 610_000)
  expect(Date.parse(quoted.eta.p50At)).toBeGreaterThan(now)
  expect(Date.parse(quoted.eta.p90At)).toBeGreaterThan(Date.parse(quoted.eta.p50At))
  expect(quoted).not.toHaveProperty('commissionCents')
})

test('quote, order, tracking, the chef and the driver all show the same cents', async () => {
  const quoted = await quote()
  const ordered = (await order({ quoteId: quoted.id })).body
  expect(centsOf(ordered)).toEqual(centsOf(quoted))
  const intent = await given.payment(nora, ordered.id)
  expect(intent).toMatchObject({ amountCents: quoted.totalCents, currency: 'USD', processor: 'simulated' })
  expect(centsOf((await as(mai).get(`/orders/${ordered.id}`)).body)).toEqual(centsOf(quoted))
  expect((await as(nora).get(`/orders/${ordered.id}/tracking`)).body.totalCents).toBe(quoted.totalCents)
  await as(mai).patch(`/orders/${ordered.id}/accept`)
  const omar = await given.driver('omar')
  await given.assignment(ordered.id, omar)
  const seen = (await as(omar).get(`/orders/${ordered.id}`)).body
  expect(centsOf(seen)).toEqual(centsOf(quoted))
  expect(seen.driverPayCents).toBe(650)
})

test('freezes the price: what the chef and the zone change meanwhile does not count', async () => {
  const quoted = await quote()
  expect((await setPrice(9_900)).status).toBe(200)
  await sql()`update zones set settings = '{"taxBps": 2500, "deliveryFeeCents": 900}'`
  const ordered = await order({ quoteId: quoted.id })
  expect(centsOf(ordered.body)).toEqual(centsOf(quoted))
  expect(ordered.body.items[0].unitPriceCents).toBe(1_200)
  const fresh = await order(basket())
  expect(fresh.body).toMatchObject({ subtotalCents: 19_800, taxCents: 4_950, deliveryFeeCents: 900 })
  await sql()`update zones set settings = '{}'`
})

test('a minimum that is raised after the quote does not count against it', async () => {
  const mai = await given.chef('mai')
  const nora = await given.customer('nora')
  const basket = {
    chefId: mai.chefId,
    items: [{ menuItemId: mai.itemId, quantity: 1 }],
    deliveryAddress: deliveryAddress(),
  }
  const quote = (await as(nora).post('/quotes', basket)).body
  expect((await as(mai).patch(`/chefs/${mai.chefId}`, { minimumOrderCents: 9_000 })).status).toBe(200)
  expect(await as(nora).post('/orders', basket)).toBeProblem(422, 'below-minimum')
  const order = await as(nora).post('/orders', { quoteId: quote.id })
  expect(order.status).toBe(201)
  expect(order.body.totalCents).toBe(quote.totalCents)
})

test('holds for ten minutes and not longer', async () => {
  const [early, late] = [await quote(), await quote()]
  turnClock(9.9 * 60_000)
  expect((await order({ quoteId: early.id })).status).toBe(201)
  turnClock(0.2 * 60_000)
  const refused = await order({ quoteId: late.id })
  expect(refused).toBeProblem(409, 'quote-expired')
  expect(refused.body.expiredAt).toBe(late.expiresAt)
})

test('becomes one order, also when asked many times at once', async () => {
  const { id } = await quote()
  const replies = await Promise.all(Array.from({ length: 5 }, () => order({ quoteId: id })))
  expect(replies.map(({ status }) => status).toSorted()).toEqual([201, 409, 409, 409, 409])
  for (const reply of replies) if (reply.status === 409) expect(reply).toBeProblem(409, 'quote-used')
  expect(await sql()`select id from orders where quote_id = ${id}`).toHaveLength(1)
})

test('is for who asked for it: for others there is none', async () => {
  const { id } = await quote()
  expect(await order({ quoteId: id }, await given.customer('lena'))).toBeProblem(404, 'quote-not-found')
  expect(await order({ quoteId: newId() })).toBeProblem(404, 'quote-not-found')
})

test.each<[string, () => object, string]>([
  ['another kitchen', () => ({ chefId: newId() }), 'chefId'],
  ['another tip', () => ({ tipCents: 151 }), 'tipCents'],
  ['a code', () => ({ promoCode: 'CODE' }), 'promoCode'],
  ['more of it', () => ({ items: [{ menuItemId: mai.itemId, quantity: 3 }] }), 'items'],
  [
    'another door',
    () => ({ deliveryAddress: deliveryAddress({ lat: 57.71, lng: 11.97 }) }),
    'deliveryAddress.coordinates',
  ],
])('an order from it cannot be for %s', async (_, change, path) => {
  const { id } = await quote()
  const refused = await order({ quoteId: id, ...change() })
  expect(refused).toBeProblem(422, 'quote-mismatch')
  expect(refused.body.errors[0].path).toBe(path)
})

test('an order may repeat what was quoted, and add notes and instructions', async () => {
  const { id } = await quote()
  const items = [{ menuItemId: mai.itemId, quantity: 2, notes: 'No peanuts' }]
  const reply = await order({ ...basket({ items }), quoteId: id, deliveryInstructions: 'Ring twice' })
  expect(reply.status).toBe(201)
  expect(reply.body.items[0].notes).toBe('No peanuts')
  expect(reply.body.deliveryInstructions).toBe('Ring twice')
})

test('a quote reserves nothing: what is sold out or closed meanwhile is not sold', async () => {
  const { id } = await quote()
  const item = `/chefs/${mai.chefId}/menus/${mai.menuId}/items/${mai.itemId}`
  await as(mai).patch(item, { isAvailable: false })
  expect(await order({ quoteId: id })).toBeProblem(409, 'sold-out')
  await as(mai).patch(item, { isAvailable: true })
  await as(mai).patch(`/chefs/${mai.chefId}`, { hours: [] })
  expect(await order({ quoteId: id })).toBeProblem(409, 'kitchen-closed')
  await as(mai).patch(`/chefs/${mai.chefId}`, { hours: null })
  expect((await order({ quoteId: id })).status).toBe(201)
})

test.each<[string, () => object, number, string]>([
  ['of nothing', () => ({ items: [] }), 422, 'invalid-request'],
  ['of none of a dish', () => ({ items: [{ menuItemId: mai.itemId, quantity: 0 }] }), 422, 'invalid-request'],
  ['of a dish of nobody', () => ({ items: [{ menuItemId: newId(), quantity: 1 }] }), 422, 'unknown-item'],
  [
    'to a place outside the zone',
    () => ({ deliveryAddress: deliveryAddress({ lat: 58, lng: 12 }) }),
    422,
    'outside-zone',
  ],
  [
    'to a place too far away',
    () => ({ deliveryAddress: deliveryAddress({ lat: 57.79, lng: 12.19 }) }),
    422,
    'outside-delivery-radius',
  ],
  ['from a kitchen that there is not', () => ({ chefId: newId() }), 404, 'chef-not-found'],
])('there is no quote %s, and no order either', async (_, change, status, slug) => {
  expect(await as(nora).post('/quotes', basket(change()))).toBeProblem(status, slug)
  expect(await order(basket(change()))).toBeProblem(status, slug)
})

test('the larger minimum counts: of the zone, or of the kitchen', async () => {
  await setPrice(450)
  const small = await as(nora).post('/quotes', basket())
  expect(small).toBeProblem(422, 'below-minimum')
  expect(small.body.minimumOrderCents).toBe(1_000)
  await setPrice(1_200)
  await as(mai).patch(`/chefs/${mai.chefId}`, { minimumOrderCents: 2_401 })
  expect((await as(nora).post('/quotes', basket())).body.minimumOrderCents).toBe(2_401)
  await as(mai).patch(`/chefs/${mai.chefId}`, { minimumOrderCents: 2_400 })
  expect((await as(nora).post('/quotes', basket())).status).toBe(201)
})
