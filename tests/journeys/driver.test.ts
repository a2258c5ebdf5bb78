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
  const email = `omar-${newId().slice(-8)}@example.com`
  const body = { email, password: PASSWORD, firstName: 'Omar', lastName: 'Test', role: 'driver' }
  const { user, accessToken, refreshToken } = (await call('POST', '/auth/register', { body })).body
  return { userId: user.id, email, token: accessToken, refreshToken }
}

test('from an application to a delivered meal: what a driver does and sees', async () => {
  const [omar, ada, mai, nora] = [
    await register(),
    await given.admin(),
    await given.chef('mai'),
    await given.customer(),
  ]
  const me = as(omar)
  expect(await me.get('/drivers/profile')).toBeProblem(404, 'driver-not-found')
  expect(await me.post('/drivers/location', KITCHEN)).toBeProblem(404, 'driver-not-found')

  const applied = await me.post('/drivers/register', { vehicleType: 'bike' })
  expect(applied.status).toBe(201)
  const driverId: string = applied.body.id
  expect(applied.body).toMatchObject({ verificationStatus: 'pending', isAvailable: false, position: null })
  expect(await me.post('/drivers/register', { vehicleType: 'car' })).toBeProblem(409, 'driver-exists')
  expect(await me.patch('/drivers/availability', { isAvailable: true })).toBeProblem(409, 'driver-not-approved')

  const waiting = (await as(ada).get('/admin/drivers?status=pending')).body.data
  expect(waiting.map(({ id }: { id: string }) => id)).toContain(driverId)
  await as(ada).patch(`/admin/drivers/${driverId}/verify`, { status: 'approved' })
  await me.post('/drivers/location', { ...KITCHEN, accuracyMeters: 8, speedMps: 0 })
  const onDuty = (await me.patch('/drivers/availability', { isAvailable: true })).body
  expect(onDuty).toMatchObject({ isAvailable: true, position: KITCHEN, verificationStatus: 'approved' })

  const phone = await listen(omar)
  await phone.subscribe(`driver:${driverId}`)
  const basket = { chefId: mai.chefId, items: [{ menuItemId: mai.itemId, quantity: 2 }], tipCents: 100 }
  const placed = await as(nora).post('/orders', { ...basket, deliveryAddress: deliveryAddress(HOME) })
  const { id, handoverCode } = placed.body
  await given.payment(nora, id)
  await as(mai).patch(`/orders/${id}/accept`)
  const rings = await phone.hearsEvent('offer.created')
  expect(rings.data).toMatchObject({ orderIds: [id], payCents: 600, currency: 'USD', expiresAt: expect.any(String) })
  const [offer] = (await me.get('/drivers/offers')).body.data
  expect(offer.id).toBe(rings.data.offerId)
  expect(await me.get(`/orders/${id}`)).toBeProblem(404)
  expect((await me.post(`/drivers/offers/${offer.id}/accept`)).body.status).toBe('accepted')
  await phone.hearsEvent('delivery.assigned')

  const order = (await me.get(`/orders/${id}`)).body
  expect(order).toMatchObject({ driverPayCents: 600, deliveryAddress: { coordinates: HOME } })
  expect(order).not.toHaveProperty('handoverCode')
  const stops = async () => (await me.get('/drivers/route')).body.stops.map(({ type }: { type: string }) => type)
  expect(await stops()).toEqual(['pickup', 'dropoff'])
  expect((await me.patch(`/orders/${id}/arrive`)).body.deliveryStatus).toBe('at_pickup')
  expect(await me.patch(`/orders/${id}/pickup`)).toBeProblem(409, 'order-not-open')
  await as(mai).patch(`/orders/${id}/preparing`)
  await as(mai).patch(`/orders/${id}/ready`)
  await phone.hearsEvent('order.ready')
  expect((await me.patch(`/orders/${id}/pickup`)).body.status).toBe('picked_up')
  expect(await stops()).toEqual(['dropoff'])
  expect((await me.patch(`/orders/${id}/in-transit`)).body.status).toBe('in_transit')
  await me.post('/drivers/location', HOME)
  expect((await me.patch(`/orders/${id}/arrive`)).body.deliveryStatus).toBe('at_dropoff')
  const delivered = await me.patch(`/orders/${id}/deliver`, { proof: { code: handoverCode } })
  expect(delivered.body).toMatchObject({ status: 'delivered', deliveryStatus: 'delivered' })
  await phone.hearsEvent('order.delivered')

  expect(await stops()).toEqual([])
  expect((await me.get('/drivers/profile')).body).toMatchObject({ activeOrderIds: [], isAvailable: true })
  const [past] = (await me.get('/orders')).body.data
  expect(past).toMatchObject({ id, status: 'delivered', driverPayCents: 600 })
  expect(past).not.toHaveProperty('deliveryAddress')
  expect((await me.get(`/orders/${id}/tracking`)).body.destination).toEqual(coarsen(HOME))
  phone.close()
})

test('he changes his vehicle, and cannot approve himself', async () => {
  const omar = await given.driver('omar')
  const me = as(omar)
  const changed = await me.patch('/drivers/profile', { vehicleType: 'scooter', licensePlate: 'ABC 123' })
  expect(changed.body).toMatchObject({ vehicleType: 'scooter', licensePlate: 'ABC 123' })
  expect((await me.patch('/drivers/profile', { licensePlate: null })).body).toMatchObject({
    vehicleType: 'scooter',
    licensePlate: null,
  })
  for (const wish of [{ verificationStatus: 'approved' }, { vehicleType: 'plane' }, { isAvailable: true }]) {
    expect(await me.patch('/drivers/profile', wish)).toBeProblem(422)
  }
  expect(await me.patch(`/admin/drivers/${omar.driverId}/verify`, { status: 'approved' })).toBeProblem(403)
})

test('on duty is since when he came, until he goes', async () => {
  const omar = await given.driver('omar', { at: KITCHEN })
  const duty = async (isAvailable: boolean) => (await as(omar).patch('/drivers/availability', { isAvailable })).body
  const { availableSince } = await duty(true)
  expect((await duty(true)).availableSince).toBe(availableSince)
  expect(await duty(false)).toMatchObject({ isAvailable: false, availableSince: null })
  expect((await duty(true)).availableSince > availableSince).toBe(true)
})

test('only drivers register as drivers', async () => {
  for (const person of [await given.customer(), await given.chef()]) {
    expect(await as(person).post('/drivers/register', { vehicleType: 'bike' })).toBeProblem(403)
    expect(await as(person).get('/drivers/offers')).toBeProblem(403)
  }
})
