import { expect, test } from 'bun:test'
import { newId } from '#core/ids'
import {
  as,
  type Cook,
  deliveryAddress,
  given,
  KITCHEN,
  type OrderState,
  PASSWORD,
  type Person,
} from '../support/given'
import { call, eventually, useMarket } from '../support/market'

useMarket()

const register = async (): Promise<Person> => {
  const email = `nora-${newId().slice(-8)}@example.com`
  const body = { email, password: PASSWORD, firstName: 'Nora', lastName: 'Test', role: 'customer' }
  const { user, accessToken, refreshToken } = (await call('POST', '/auth/register', { body })).body
  return { userId: user.id, email, token: accessToken, refreshToken }
}

test('from looking for a kitchen to eating: what a customer sees', async () => {
  const mai = await given.chef('mai')
  const nora = await register()

  const near = (await as(nora).get(`/chefs?lat=${KITCHEN.lat}&lng=${KITCHEN.lng}&q=khao`)).body.data
  expect(near.map(({ id }: { id: string }) => id)).toEqual([mai.chefId])
  const { menus } = (await as(nora).get(`/chefs/${mai.chefId}/menu`)).body
  const [dish] = menus[0].items
  expect(dish).toMatchObject({ id: mai.itemId, name: 'Khao soi', priceCents: 1_200, isAvailable: true })

  const basket = {
    chefId: mai.chefId,
    items: [{ menuItemId: dish.id, quantity: 2, notes: 'Mild' }],
    deliveryAddress: deliveryAddress(),
    tipCents: 200,
  }
  const quote = (await as(nora).post('/quotes', basket)).body
  expect(quote).toMatchObject({ subtotalCents: 2_400, totalCents: 3_292 })
  const placed = await as(nora).post('/orders', { quoteId: quote.id, deliveryInstructions: 'Ring twice' })
  expect(placed.status).toBe(201)
  const { id, orderNumber, handoverCode } = placed.body
  expect(placed.body).toMatchObject({
    status: 'pending',
    deliveryStatus: 'unassigned',
    chefName: "mai's kitchen",
    totalCents: quote.totalCents,
    deliveryInstructions: 'Ring twice',
    promise: placed.body.eta,
  })
  expect(handoverCode).toMatch(/^\d{4}$/)
  expect((await as(nora).get(`/orders/${id}`)).body).toEqual(placed.body)
  expect((await as(nora).get('/orders')).body.data).toEqual([placed.body])

  const intent = (await as(nora).post(`/orders/${id}/create-payment-intent`)).body
  expect(intent).toMatchObject({ amountCents: 3_292, currency: 'USD', processor: 'simulated' })
  const paid = await as(nora).post(`/payments/simulated/${intent.paymentIntentId}/confirm`)
  expect(paid.body).toMatchObject({ status: 'succeeded', orderStatus: 'payment_confirmed' })

  const tracking = async () => (await as(nora).get(`/orders/${id}/tracking`)).body
  const status = async () => (await tracking()).status
  expect(await tracking()).toMatchObject({ orderNumber, driver: null, kitchen: { name: "mai's kitchen" } })
  await as(mai).patch(`/orders/${id}/accept`, { prepMinutes: 12 })
  expect(await status()).toBe('accepted')
  const omar = await given.driver('omar', { at: KITCHEN })
  const offer = await given.offer(omar)
  await as(omar).post(`/drivers/offers/${offer.id}/accept`)
  expect(await status()).toBe('accepted')
  expect((await tracking()).driver).toMatchObject({ firstName: 'Omar', vehicleType: 'bike' })
  await as(mai).patch(`/orders/${id}/preparing`)
  expect(await status()).toBe('preparing')
  await as(mai).patch(`/orders/${id}/ready`)
  expect(await status()).toBe('assigned_to_driver')
  await as(omar).patch(`/orders/${id}/pickup`)
  expect(await status()).toBe('picked_up')
  await as(omar).patch(`/orders/${id}/in-transit`)
  expect(await status()).toBe('in_transit')
  await as(omar).patch(`/orders/${id}/deliver`, { proof: { code: handoverCode } })

  const { history, ...after } = await tracking()
  expect(after).toMatchObject({ status: 'delivered', deliveryStatus: 'delivered', totalCents: 3_292 })
  expect(history.map(({ machine, event }: { machine: string; event: string }) => `${machine} ${event}`)).toEqual([
    'order place',
    'order pay',
    'order accept',
    'delivery offer',
    'delivery accept',
    'order prepare',
    'order ready',
    'order pickup',
    'delivery pickup',
    'delivery depart',
    'order deliver',
    'delivery deliver',
  ])
  const ats = history.map(({ at }: { at: string }) => at)
  expect(ats).toEqual(ats.toSorted())
})

const ids = (body: { data: { id: string }[] }) => body.data.map(({ id }) => id)
const order = async (nora: Person, chef: Cook) => (await given.order({ customer: nora, chef })).id

test('her orders are listed the newest first, in pages that neither skip nor repeat, also while she orders more', async () => {
  const [mai, nora] = [await given.chef('mai'), await given.customer('nora')]
  const placed: string[] = []
  for (let n = 0; n < 7; n++) placed.unshift(await order(nora, mai))
  expect(ids((await as(nora).get('/orders')).body)).toEqual(placed)
  const first = (await as(nora).get('/orders?limit=3')).body
  await order(nora, mai)
  const second = (await as(nora).get(`/orders?limit=3&cursor=${first.nextCursor}`)).body
  const third = (await as(nora).get(`/orders?limit=3&cursor=${second.nextCursor}`)).body
  expect([...ids(first), ...ids(second), ...ids(third)]).toEqual(placed)
  expect(third.nextCursor).toBeNull()
  expect(await as(nora).get('/orders?cursor=abc')).toBeProblem(400, 'malformed-cursor')
})

test('her orders can be had by each status that is shown', async () => {
  const [mai, nora] = [await given.chef('mai'), await given.customer('nora')]
  const at = (until: OrderState) => given.order({ until, customer: nora, chef: mai })
  const orders = {
    pending: await at('pending'),
    payment_confirmed: await at('paid'),
    accepted: await at('accepted'),
    preparing: await at('preparing'),
    ready_for_pickup: await at('ready'),
    assigned_to_driver: await at('assigned'),
    picked_up: await at('picked_up'),
    in_transit: await at('picked_up'),
    delivered: await at('delivered'),
    cancelled: await at('paid'),
    rejected: await at('paid'),
    refunded: await at('delivered'),
  }
  await as(orders.in_transit.driver!).patch(`/orders/${orders.in_transit.id}/in-transit`)
  await as(nora).patch(`/orders/${orders.cancelled.id}/cancel`, { reason: 'Ill' })
  await as(mai).patch(`/orders/${orders.rejected.id}/reject`, { reason: 'Ill' })
  const { id, totalCents } = orders.refunded
  await as(await given.admin()).post(`/orders/${id}/refund`, { amountCents: totalCents, reason: 'Cold' })
  for (const [status, { id: expected }] of Object.entries(orders)) {
    const { body } = await as(nora).get(`/orders?status=${status}`)
    expect([status, ids(body)]).toEqual([status, [expected]])
    expect(body.data[0].status).toBe(status)
  }
  expect(await as(nora).get('/orders?status=eaten')).toBeProblem(422)
})

test('what somebody else orders is nothing to her', async () => {
  const [mai, nora, lena] = [await given.chef('mai'), await given.customer('nora'), await given.customer('lena')]
  const id = await order(lena, mai)
  expect(ids((await as(nora).get('/orders')).body)).toEqual([])
  for (const path of [`/orders/${id}`, `/orders/${id}/tracking`]) {
    expect(await as(nora).get(path)).toBeProblem(404, 'order-not-found')
    expect(await call('GET', path)).toBeProblem(401)
  }
  expect(await as(nora).patch(`/orders/${id}/cancel`, { reason: 'Mine' })).toBeProblem(404, 'order-not-found')
  expect(await as(nora).get(`/orders/${newId()}`)).toBeProblem(404, 'order-not-found')
})

test('she changes her mind before it is cooked and has her money back; after that it is for support', async () => {
  const [mai, nora] = [await given.chef('mai'), await given.customer('nora')]
  const early = await given.order({ until: 'accepted', customer: nora, chef: mai })
  const cancelled = await as(nora).patch(`/orders/${early.id}/cancel`, { reason: 'Changed my mind' })
  expect(cancelled.body).toMatchObject({
    status: 'cancelled',
    refundedCents: early.totalCents,
    closedReason: 'Changed my mind',
  })
  const late = await given.order({ until: 'preparing', customer: nora, chef: mai })
  const refused = await as(nora).patch(`/orders/${late.id}/cancel`, { reason: 'Changed my mind' })
  expect(refused).toBeProblem(409, 'order-not-open')
  expect(refused.body.currentStatus).toBe('preparing')
})

test('many at once are not a problem: thirty orders of ten customers are all paid and told to the kitchen', async () => {
  const mai = await given.chef('mai')
  const people = await Promise.all(Array.from({ length: 10 }, (_, n) => given.customer(`nora${n}`)))
  const orders = await Promise.all(
    people.flatMap((customer) => [1, 2, 3].map(() => given.order({ until: 'paid', customer, chef: mai }))),
  )
  const listed = await eventually('the kitchen to see them', async () => {
    const { data } = (await as(mai).get('/orders?limit=100&status=payment_confirmed')).body
    return data.length === orders.length && (data as { id: string }[])
  })
  expect(listed.map(({ id }) => id).toSorted()).toEqual(orders.map(({ id }) => id).toSorted())
})
