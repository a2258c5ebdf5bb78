import { beforeAll, expect, test } from 'bun:test'
import { newId } from '#core/ids'
import { as, type Cook, given, KITCHEN, type Person } from '../support/given'
import { call, sql, useMarket } from '../support/market'

useMarket()

let ada: Person
let mai: Cook
let nora: Person
beforeAll(async () => {
  ada = await given.admin('ada')
  mai = await given.chef('mai')
  nora = await given.customer('nora')
})

const ids = (reply: { body: { data: { id: string }[] } }) => reply.body.data.map(({ id }) => id)

test('a day of support: who waits is let in, who waits for food is helped, who was wronged is paid back', async () => {
  const omar = await given.driver('omar')
  await as(ada).patch(`/admin/drivers/${omar.driverId}/verify`, { status: 'pending' })
  expect(ids(await as(ada).get('/admin/drivers?status=pending'))).toEqual([omar.driverId])
  await as(ada).patch(`/admin/drivers/${omar.driverId}/verify`, { status: 'approved' })
  expect(ids(await as(ada).get('/admin/drivers?status=pending'))).toEqual([])

  const { id, totalCents } = await given.order({ until: 'ready', chef: mai, customer: nora })
  expect((await as(ada).get(`/orders/${id}`)).body).toMatchObject({
    deliveryAddress: { street: 'Testgatan 1' },
    pickupAddress: { coordinates: KITCHEN },
    commissionCents: 360,
    driverPayCents: 600,
  })
  expect((await as(ada).post('/dispatch/assign', { orderId: id, driverId: omar.driverId })).status).toBe(200)
  await as(omar).patch(`/orders/${id}/pickup`)
  const settled = await as(ada).patch(`/orders/${id}/deliver`, { proof: { override: 'Customer confirms by phone' } })
  expect(settled.body.status).toBe('delivered')
  const part = await as(ada).post(`/orders/${id}/refund`, { amountCents: 500, reason: 'Half of it was cold' })
  expect(part.body).toMatchObject({ status: 'delivered', refundedCents: 500 })
  const rest = await as(ada).post(`/orders/${id}/refund`, { amountCents: totalCents - 500, reason: 'All of it was' })
  expect(rest.body).toMatchObject({ status: 'refunded', refundedCents: totalCents })
  expect((await as(nora).get(`/orders/${id}`)).body).toMatchObject({ status: 'refunded', refundedCents: totalCents })

  const { history } = (await as(ada).get(`/orders/${id}/tracking`)).body
  const doneByAdmin = history.filter(({ actor }: { actor: string }) => actor === 'admin')
  expect(doneByAdmin.map(({ event }: { event: string }) => event)).toEqual(['assign', 'deliver', 'deliver', 'refund'])
  const { data } = (await as(ada).get(`/dispatch/decisions?orderId=${id}`)).body
  const byHand = data.filter(({ outcome }: { outcome: string }) => outcome === 'assigned')
  expect(byHand).toMatchObject([{ orderId: id, driverId: omar.driverId }])
})

test('an admin sees all orders, the newest first, in pages', async () => {
  const placed: string[] = []
  for (let n = 0; n < 3; n++) placed.unshift((await given.order({ chef: mai, customer: nora })).id)
  const page = await as(ada).get('/orders?limit=2')
  expect(ids(page)).toEqual(placed.slice(0, 2))
  expect(ids(await as(ada).get(`/orders?limit=1&cursor=${page.body.nextCursor}`))).toEqual(placed.slice(2))
})

test('kitchens and drivers are listed by state, the newest first, in pages', async () => {
  const kitchens = [await given.chef('a'), await given.chef('b'), await given.chef('c')].map(({ chefId }) => chefId)
  const drivers = [await given.driver('a'), await given.driver('b'), await given.driver('c')].map((one) => one.driverId)
  await sql()`update chefs set verification_status = 'suspended' where id = any(${kitchens}::uuid[])`
  await sql()`update drivers set verification_status = 'suspended' where id = any(${drivers}::uuid[])`
  for (const [path, expected] of [
    ['/admin/chefs', kitchens.toReversed()],
    ['/admin/drivers', drivers.toReversed()],
  ] as const) {
    expect(ids(await as(ada).get(`${path}?status=suspended`))).toEqual(expected)
    const first = await as(ada).get(`${path}?status=suspended&limit=2`)
    const second = await as(ada).get(`${path}?status=suspended&limit=2&cursor=${first.body.nextCursor}`)
    expect([...ids(first), ...ids(second)]).toEqual(expected)
    expect(second.body.nextCursor).toBeNull()
    expect(ids(await as(ada).get(`${path}?limit=100`))).toEqual(expect.arrayContaining(expected))
    expect(await as(ada).get(`${path}?status=famous`)).toBeProblem(422)
    for (const person of [mai, nora, await given.driver()]) expect(await as(person).get(path)).toBeProblem(403)
    expect(await call('GET', path)).toBeProblem(401)
  }
})

test('an order under way is cancelled for everyone: money back, driver free', async () => {
  const omar = await given.driver('omar')
  const { id, totalCents } = await given.order({ until: 'assigned', chef: mai, customer: nora, driver: omar })
  const cancelled = await as(ada).patch(`/orders/${id}/cancel`, { reason: 'The kitchen is on fire' })
  expect(cancelled.body).toMatchObject({
    status: 'cancelled',
    deliveryStatus: 'cancelled',
    refundedCents: totalCents,
    closedReason: 'The kitchen is on fire',
  })
  expect((await as(omar).get('/drivers/profile')).body.activeOrderIds).toEqual([])
  expect(await as(omar).patch(`/orders/${id}/pickup`)).toBeProblem(404)
})

test('what an admin may not either: cook, pick up, or give back more than there is', async () => {
  const { id } = await given.order({ until: 'paid', chef: mai, customer: nora })
  for (const verb of ['accept', 'preparing', 'ready', 'arrive', 'pickup', 'in-transit']) {
    expect(await as(ada).patch(`/orders/${id}/${verb}`)).toBeProblem(403)
  }
  expect(await as(ada).post('/orders', { quoteId: newId() })).toBeProblem(403)
  expect(await as(ada).post(`/orders/${id}/refund`, { amountCents: 0, reason: 'Nothing' })).toBeProblem(422)
  expect(await as(ada).post(`/orders/${id}/refund`, { amountCents: 10_000, reason: 'Much' })).toBeProblem(422)
})

test('an admin who is no longer one has only what is left of a token', async () => {
  const ida = await given.admin('ida')
  await sql()`update users set role = 'customer' where id = ${ida.userId}`
  const fresh = await call('POST', '/auth/refresh', { body: { refreshToken: ida.refreshToken } })
  expect(await as({ token: fresh.body.accessToken }).get('/admin/chefs')).toBeProblem(403)
})
