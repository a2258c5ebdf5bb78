import { afterEach, beforeAll, expect, test } from 'bun:test'
import { newId } from '#core/ids'
import { as, type Cook, deliveryAddress, given, type Person } from '../support/given'
import { type Reply, sql, useMarket } from '../support/market'

useMarket()

/** Each race is run several times: one that is lost now and then is lost. */
const ROUNDS = 5

let mai: Cook
let nora: Person
beforeAll(async () => {
  mai = await given.chef('mai')
  nora = await given.customer('nora')
})

// What a race leaves behind must not be offered in the next, nor to whom it left on duty.
afterEach(async () => {
  await sql()`update drivers set is_available = false`
  await sql()`
    update deliveries set status = 'cancelled', offer_id = null where status in ('unassigned', 'offered')`
})

const basket = (chef = mai, quantity = 1) => ({
  chefId: chef.chefId,
  items: [{ menuItemId: chef.itemId, quantity }],
  deliveryAddress: deliveryAddress(),
})
const statuses = (replies: Reply[]) => replies.map(({ status }) => status).toSorted()
const read = async (id: string) => (await as(nora).get(`/orders/${id}`)).body
const ordersOf = async (who: Person) => (await sql()`select id from orders where customer_id = ${who.userId}`).length

test('the same order sent twice at the same moment, under one key, is one order', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const before = await ordersOf(nora)
    const headers = { 'idempotency-key': newId() }
    const replies = await Promise.all([1, 2, 3].map(() => as(nora).post('/orders', basket(), headers)))
    const made = replies.filter(({ status }) => status === 201)
    expect(made.filter((reply) => reply.headers.get('idempotent-replayed') === null)).toHaveLength(1)
    expect(new Set(made.map(({ body }) => body.id)).size).toBe(1)
    for (const reply of replies) if (reply.status !== 201) expect(reply).toBeProblem(409, 'request-in-progress')
    const again = await as(nora).post('/orders', basket(), headers)
    expect(again.status).toBe(201)
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    expect(again.body).toEqual(made[0]!.body)
    expect(await ordersOf(nora)).toBe(before + 1)
  }
})

test('of two customers who want the last portion one gets it, and only her order is there', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const chef = await given.chef('otto', { item: { portionsPerDay: 1 } })
    const lena = await given.customer('lena')
    const replies = await Promise.all([as(nora).post('/orders', basket(chef)), as(lena).post('/orders', basket(chef))])
    expect(statuses(replies)).toEqual([201, 409])
    expect(replies.find(({ status }) => status === 409)!).toBeProblem(409, 'sold-out')
    expect(await sql()`select id from orders where chef_id = ${chef.chefId}`).toHaveLength(1)
  }
})

test('accepted by the chef while the customer cancels: both may, one after the other, or she was first', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const { id, totalCents } = await given.order({ until: 'paid', chef: mai, customer: nora })
    const [accepting, cancelling] = await Promise.all([
      as(mai).patch(`/orders/${id}/accept`),
      as(nora).patch(`/orders/${id}/cancel`, { reason: 'Ill' }),
    ])
    // What is accepted can still be cancelled, so the cancellation always counts.
    expect(cancelling.status).toBe(200)
    if (accepting.status !== 200) {
      expect(accepting).toBeProblem(409, 'order-not-open')
      expect(accepting.body.currentStatus).toBe('cancelled')
    }
    expect(await read(id)).toMatchObject({
      status: 'cancelled',
      deliveryStatus: 'cancelled',
      refundedCents: totalCents,
    })
  }
})

test.each<[string, 'paid' | 'accepted', [string, object?], [string, object?]]>([
  ['accepted and rejected', 'paid', ['accept'], ['reject', { reason: 'Out of rice' }]],
  ['rejected twice', 'paid', ['reject', { reason: 'One' }], ['reject', { reason: 'Two' }]],
  ['accepted twice', 'paid', ['accept'], ['accept']],
  ['cancelled twice', 'accepted', ['cancel', { reason: 'One' }], ['cancel', { reason: 'Two' }]],
])('an order that is %s at once: one of them counts, the other is told the state', async (_, until, one, other) => {
  for (let round = 0; round < ROUNDS; round++) {
    const { id } = await given.order({ until, chef: mai, customer: nora })
    const move = ([verb, body]: [string, object?]) => as(mai).patch(`/orders/${id}/${verb}`, body)
    const replies = await Promise.all([move(one), move(other)])
    expect(statuses(replies)).toEqual([200, 409])
    const [won, lost] = replies.toSorted((a, b) => a.status - b.status)
    const now = await read(id)
    expect(won!.body.status).toBe(now.status)
    expect(lost!).toBeProblem(409, 'order-not-open')
    expect(lost!.body.currentStatus).toBe(now.status)
    const refunds = await sql()`select id from refunds where order_id = ${id}`
    expect(refunds).toHaveLength(now.status === 'accepted' ? 0 : 1)
  }
})

test('cooking begins while the customer cancels: either she is paid back, or it is too late', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const { id, totalCents } = await given.order({ until: 'accepted', chef: mai, customer: nora })
    const [cooking, cancelling] = await Promise.all([
      as(mai).patch(`/orders/${id}/preparing`),
      as(nora).patch(`/orders/${id}/cancel`, { reason: 'Ill' }),
    ])
    expect(statuses([cooking, cancelling])).toEqual([200, 409])
    const { status, refundedCents } = await read(id)
    if (cooking.status === 200) expect([status, refundedCents]).toEqual(['preparing', 0])
    else expect([status, refundedCents]).toEqual(['cancelled', totalCents])
  }
})

test('picked up while the chef cancels: the food is either on its way, or paid back', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const omar = await given.driver('omar')
    const { id, totalCents } = await given.order({ until: 'ready', chef: mai, customer: nora })
    await given.assignment(id, omar)
    const [picking, cancelling] = await Promise.all([
      as(omar).patch(`/orders/${id}/pickup`),
      as(mai).patch(`/orders/${id}/cancel`, { reason: 'It burnt' }),
    ])
    const now = await read(id)
    if (picking.status === 200) {
      expect(cancelling).toBeProblem(409, 'order-not-open')
      expect(now).toMatchObject({ status: 'picked_up', deliveryStatus: 'picked_up', refundedCents: 0 })
    } else {
      expect([404, 409]).toContain(picking.status)
      expect(now).toMatchObject({ status: 'cancelled', deliveryStatus: 'cancelled', refundedCents: totalCents })
    }
  }
})

test('paid while it is cancelled: no money is kept for nothing', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const { id, totalCents } = await given.order({ until: 'pending', chef: mai, customer: nora })
    const { paymentIntentId } = (await as(nora).post(`/orders/${id}/create-payment-intent`)).body
    const [paying, cancelling] = await Promise.all([
      as(nora).post(`/payments/simulated/${paymentIntentId}/confirm`),
      as(nora).patch(`/orders/${id}/cancel`, { reason: 'Ill' }),
    ])
    expect(cancelling.status).toBe(200)
    if (paying.status !== 200) expect(paying).toBeProblem(409, 'order-not-open')
    expect(await read(id)).toMatchObject({
      status: 'cancelled',
      refundedCents: paying.status === 200 ? totalCents : 0,
    })
    const [payment] = await sql()`select status from payments where order_id = ${id}`
    expect(payment!.status).toBe(paying.status === 200 ? 'succeeded' : 'cancelled')
  }
})

test('an offer that is accepted twice at once is accepted once', async () => {
  const omar = await given.driver('omar', { at: { lat: 57.7, lng: 11.97 } })
  for (let round = 0; round < ROUNDS; round++) {
    const { id, handoverCode } = await given.order({ until: 'ready', chef: mai, customer: nora })
    const offer = await given.offer(omar)
    const accept = () => as(omar).post(`/drivers/offers/${offer.id}/accept`)
    const replies = await Promise.all([accept(), accept(), accept()])
    expect(statuses(replies)).toEqual([200, 409, 409])
    for (const reply of replies) if (reply.status === 409) expect(reply.body.currentStatus).toBe('accepted')
    const taken =
      await sql()`select id from order_events where order_id = ${id} and event = 'accept' and machine = 'delivery'`
    expect(taken).toHaveLength(1)
    await as(omar).patch(`/orders/${id}/pickup`)
    await as(omar).patch(`/orders/${id}/deliver`, { proof: { code: handoverCode } })
  }
})

test('an offer that is accepted and declined at once ends one way', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const omar = await given.driver('omar', { at: { lat: 57.7, lng: 11.97 } })
    const { id } = await given.order({ until: 'ready', chef: mai, customer: nora })
    const offer = await given.offer(omar)
    const [accepting, declining] = await Promise.all([
      as(omar).post(`/drivers/offers/${offer.id}/accept`),
      as(omar).post(`/drivers/offers/${offer.id}/decline`),
    ])
    expect(statuses([accepting, declining])).toEqual([200, 409])
    const [delivery] = await sql()`select driver_id from deliveries where order_id = ${id}`
    expect(delivery!.driverId).toBe(accepting.status === 200 ? omar.driverId : null)
    await sql()`update drivers set is_available = false`
    await as(mai).patch(`/orders/${id}/cancel`, { reason: 'The end of this round' })
  }
})

test('twenty orders of one customer at once have twenty numbers', async () => {
  const replies = await Promise.all(Array.from({ length: 20 }, () => as(nora).post('/orders', basket())))
  expect(statuses(replies)).toEqual(Array(20).fill(201))
  const numbers = replies.map(({ body }) => body.orderNumber as string)
  expect(new Set(numbers).size).toBe(20)
  for (const number of numbers) expect(number).toMatch(/^RND-\d{8}-[0-9A-HJ-NP-Z]{4}$/)
  const listed = (await as(nora).get('/orders?limit=20')).body.data.map((order: { id: string }) => order.id)
  expect(listed.toSorted()).toEqual(replies.map(({ body }) => body.id).toSorted())
  expect(new Set(replies.map(({ body }) => body.handoverCode)).size).toBeGreaterThan(15)
})

test('menus and items that are added at once do not pass the limits of a kitchen', async () => {
  const otto = await given.chef('otto')
  const menus = `/chefs/${otto.chefId}/menus`
  await sql()`
    insert into menus (id, chef_id, name, created_at)
    select gen_random_uuid(), ${otto.chefId}, 'Menu', now() from generate_series(2, 29)`
  const addMenus = Array.from({ length: 6 }, () => as(otto).post(menus, { name: 'The thirtieth' }))
  expect(statuses(await Promise.all(addMenus))).toEqual([201, 409, 409, 409, 409, 409])
  await sql()`
    insert into menu_items (id, menu_id, chef_id, name, price_cents, prep_minutes, created_at)
    select gen_random_uuid(), ${otto.menuId}, ${otto.chefId}, 'Dish', 100, 5, now() from generate_series(2, 99)`
  const dish = { name: 'The hundredth', priceCents: 100 }
  const addItems = Array.from({ length: 6 }, () => as(otto).post(`${menus}/${otto.menuId}/items`, dish))
  expect(statuses(await Promise.all(addItems))).toEqual([201, 409, 409, 409, 409, 409])
})

test('an item that is added while its menu is deleted goes with it', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const otto = await given.chef('otto')
    const menu = `/chefs/${otto.chefId}/menus/${otto.menuId}`
    const dish = { name: 'Late', priceCents: 2_000 }
    await Promise.all([as(otto).post(`${menu}/items`, dish), as(otto).delete(menu)])
    expect(await sql()`select id from menu_items where menu_id = ${otto.menuId} and deleted_at is null`).toHaveLength(0)
  }
})
