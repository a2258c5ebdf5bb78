import { expect, test } from 'bun:test'
import { coarsen } from '#core/geo'
import { newId } from '#core/ids'
import { as, deliveryAddress, given, KITCHEN, PASSWORD, type Person } from '../support/given'
import { call, useMarket } from '../support/market'
import { useSockets } from '../support/socket'

useMarket()
const { listen } = useSockets()

/** Not in the middle of a coarse cell, so that exact and coarse differ. */
const HOME = { lat: 57.704_321, lng: 11.974_321 }

const register = async (): Promise<Person> => {
  const email = `mai-${newId().slice(-8)}@example.com`
  const body = { email, password: PASSWORD, firstName: 'Mai', lastName: 'Test', role: 'chef' }
  const { user, accessToken, refreshToken } = (await call('POST', '/auth/register', { body })).body
  return { userId: user.id, email, token: accessToken, refreshToken }
}

test('from a wish to sell to the first meal sold: what a chef sees', async () => {
  await given.zone()
  const [mai, ada, nora] = [await register(), await given.admin('ada'), await given.customer('nora')]

  const kitchen = { name: "Mai's Kitchen", cuisines: ['thai'], address: deliveryAddress(KITCHEN) }
  const applied = (await as(mai).post('/chefs', kitchen)).body
  const path = `/chefs/${applied.id}`
  expect(applied.verificationStatus).toBe('pending')

  // Menus can be made ready while she waits.
  const menu = (await as(mai).post(`${path}/menus`, { name: 'Lunch' })).body
  const items = `${path}/menus/${menu.id}/items`
  const soup = { name: 'Khao soi', priceCents: 1_290, prepMinutes: 20, portionsPerDay: 2, allergens: ['gluten'] }
  const dish = (await as(mai).post(items, soup)).body
  const basket = {
    chefId: applied.id,
    items: [{ menuItemId: dish.id, quantity: 1, notes: 'No egg' }],
    deliveryAddress: deliveryAddress(HOME),
    tipCents: 100,
  }
  expect(await as(nora).post('/orders', basket)).toBeProblem(404, 'chef-not-found')

  await as(ada).patch(`/admin/chefs/${applied.id}/verify`, { status: 'approved' })
  const hours = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, opens: '00:00', closes: '24:00' }))
  expect((await as(mai).patch(path, { hours })).body).toMatchObject({ isOpen: true, verificationStatus: 'approved' })

  const bell = await listen(mai)
  await bell.subscribe(`chef:${applied.id}`)
  const { id } = (await as(nora).post('/orders', basket)).body
  await given.payment(nora, id)
  await bell.hearsEvent('order.paid')

  const order = (await as(mai).get('/orders?status=payment_confirmed')).body.data[0]
  expect(order).toMatchObject({ id, items: [{ name: 'Khao soi', notes: 'No egg' }], commissionCents: 194 })
  expect(Date.parse(order.deadlineAt)).toBeGreaterThan(Date.parse(order.createdAt))
  expect(JSON.stringify(order)).not.toContain(String(HOME.lat))
  expect((await as(mai).get(`/orders/${id}/tracking`)).body.destination).toEqual(coarsen(HOME))

  const accepted = (await as(mai).patch(`/orders/${id}/accept`, { prepMinutes: 25 })).body
  expect(accepted).toMatchObject({ status: 'accepted', deadlineAt: null })
  expect(Date.parse(accepted.readyAt) - Date.parse(order.createdAt)).toBeWithin(24 * 60_000, 26 * 60_000)
  await as(mai).patch(`/orders/${id}/preparing`)
  const ready = (await as(mai).patch(`/orders/${id}/ready`)).body
  expect(Date.parse(ready.readyAt)).toBeLessThan(Date.parse(accepted.readyAt))
  expect(Date.parse(ready.eta.p50At)).toBeLessThan(Date.parse(accepted.eta.p50At))
  expect(ready.promise).toEqual(order.promise)

  const omar = await given.driver('omar', { at: KITCHEN })
  const offer = await given.offer(omar)
  await as(omar).post(`/drivers/offers/${offer.id}/accept`)
  await bell.hearsEvent('delivery.assigned')
  await as(omar).patch(`/orders/${id}/pickup`)
  await as(omar).patch(`/orders/${id}/deliver`, {
    proof: { code: (await as(nora).get(`/orders/${id}`)).body.handoverCode },
  })
  await bell.hearsEvent('order.delivered')
  expect(bell.names().filter((name) => name.startsWith('order.') && name !== 'order.eta_changed')).toEqual([
    'order.paid',
    'order.accepted',
    'order.preparing',
    'order.ready',
    'order.picked_up',
    'order.delivered',
  ])
  expect((await as(mai).get(`/orders/${id}`)).body).toMatchObject({ status: 'delivered', commissionCents: 194 })
  expect((await as(nora).get(`${path}/menu`)).body.menus[0].items[0].portionsLeft).toBe(1)
  bell.close()
})

test('what a chef cannot cook is refused, with a reason that the customer reads', async () => {
  const [mai, nora] = [await given.chef('mai'), await given.customer('nora')]
  const { id, totalCents } = await given.order({ until: 'paid', chef: mai, customer: nora })
  expect(await as(mai).patch(`/orders/${id}/reject`)).toBeProblem(422)
  expect(await as(mai).patch(`/orders/${id}/reject`, { reason: ' ' })).toBeProblem(422)
  const rejected = await as(mai).patch(`/orders/${id}/reject`, { reason: 'Out of rice' })
  expect(rejected.body.status).toBe('rejected')
  expect((await as(nora).get(`/orders/${id}`)).body).toMatchObject({
    status: 'rejected',
    closedReason: 'Out of rice',
    refundedCents: totalCents,
  })
})

test('without a time of her own the slowest dish says when it is ready', async () => {
  const mai = await given.chef('mai', { item: { prepMinutes: 33 } })
  const { id } = await given.order({ until: 'paid', chef: mai })
  const { readyAt, createdAt } = (await as(mai).patch(`/orders/${id}/accept`)).body
  expect((Date.parse(readyAt) - Date.parse(createdAt)) / 60_000).toBeWithin(32.9, 33.5)
  const other = await given.order({ until: 'paid', chef: mai })
  for (const prepMinutes of [-1, 481, 1.5, '20']) {
    expect(await as(mai).patch(`/orders/${other.id}/accept`, { prepMinutes })).toBeProblem(422)
  }
})

test('the orders of another kitchen are nothing to her', async () => {
  const [mai, nils] = [await given.chef('mai'), await given.chef('nils')]
  const { id } = await given.order({ until: 'paid', chef: nils })
  expect((await as(mai).get('/orders')).body.data).toEqual([])
  for (const verb of ['accept', 'preparing', 'ready']) {
    expect(await as(mai).patch(`/orders/${id}/${verb}`)).toBeProblem(404, 'order-not-found')
  }
  expect(await as(mai).patch(`/orders/${id}/reject`, { reason: 'x' })).toBeProblem(404, 'order-not-found')
  expect(await as(mai).get(`/orders/${id}/tracking`)).toBeProblem(404, 'order-not-found')
})
