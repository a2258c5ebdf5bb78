import { beforeEach, expect, test } from 'bun:test'
import { clock } from '#core/clock'
import { positionsJob } from '#core/positions'
import { as, given, KITCHEN, PASSWORD, type Person } from '../support/given'
import { call, eventually, sql, useMarket } from '../support/market'

useMarket()

let nora: Person
beforeEach(async () => {
  nora = await given.customer('nora')
})

const remove = (person: Person) => as(person).delete('/users/me')
const login = (person: Person) => call('POST', '/auth/login', { body: { email: person.email, password: PASSWORD } })

/** Every table that still holds a text, wherever it stands in a row. */
const tablesWith = async (text: string): Promise<string[]> => {
  const tables = await sql()`
    select table_name from information_schema.tables where table_schema = 'public' order by table_name`
  const found: string[] = []
  for (const { tableName } of tables) {
    const table = tableName as string
    const rows = await sql()`select from ${sql()(table)} t where t::text ilike ${`%${text}%`} limit 1`
    if (rows.length > 0) found.push(table)
  }
  return found
}

test('everything kept about somebody can be had, by nobody else', async () => {
  const mai = await given.chef('mai')
  const { id } = await given.order({ until: 'delivered', customer: nora, chef: mai })
  const data = await as(nora).get('/users/me/export')
  expect(data.status).toBe(200)
  expect(data.body.user).toMatchObject({ id: nora.userId, email: nora.email })
  expect(data.body.orders).toHaveLength(1)
  expect(data.body.orders[0]).toMatchObject({ id, street: 'Testgatan 1', status: 'delivered', totalCents: 3_192 })
  expect(data.body).toMatchObject({ chef: null, driver: null })
  expect(JSON.stringify(data.body)).not.toContain('argon2')
  expect((await as(mai).get('/users/me/export')).body).toMatchObject({ orders: [], chef: { id: mai.chefId } })
  expect(await call('GET', '/users/me/export')).toBeProblem(401)
})

test('who deletes her account gets its data one last time, and is gone', async () => {
  await given.order({ until: 'delivered', customer: nora })
  const last = (await as(nora).get('/users/me/export')).body
  const removed = await remove(nora)
  expect(removed.status).toBe(200)
  expect({ ...removed.body, exportedAt: '' }).toEqual({ ...last, exportedAt: '' })

  expect(await as(nora).get('/users/me')).toBeProblem(404)
  expect(await remove(nora)).toBeProblem(401, 'unauthenticated')
  expect(await login(nora)).toBeProblem(401, 'wrong-credentials')
  expect(await call('POST', '/auth/refresh', { body: { refreshToken: nora.refreshToken } })).toBeProblem(401)
})

test('with what is left of her token she orders nothing more', async () => {
  const mai = await given.chef('mai')
  await remove(nora)
  const items = [{ menuItemId: mai.itemId, quantity: 1 }]
  const address = { street: 'Testgatan 1', city: 'Göteborg', postalCode: '411 01', coordinates: KITCHEN }
  const order = { chefId: mai.chefId, items, deliveryAddress: address }
  expect(await as(nora).post('/orders', order)).toBeProblem(401, 'unauthenticated')
  expect(await as(nora).post('/quotes', order)).toBeProblem(401, 'unauthenticated')
})

test('the numbers of her orders stay for bookkeeping, the person does not', async () => {
  const mai = await given.chef('mai')
  const street = `Noragatan ${nora.userId.slice(-6)}`
  const address = { street, city: 'Göteborg', postalCode: '411 77', coordinates: { lat: 57.703_217, lng: 11.973_219 } }
  const items = [{ menuItemId: mai.itemId, quantity: 1, notes: 'I am allergic' }]
  const basket = { chefId: mai.chefId, items, deliveryAddress: address }
  const key = { 'idempotency-key': 'remembered' }
  await as(nora).post('/quotes', basket, key)
  const order = { ...basket, deliveryInstructions: 'Key under the mat' }
  const { id, totalCents } = (await as(nora).post('/orders', order, key)).body
  await as(nora).patch(`/orders/${id}/cancel`, { reason: 'Ill' })
  await remove(nora)
  const [row] = await sql()`
    select street, delivery_instructions, dropoff::text, total_cents, items from orders where id = ${id}`
  expect(row).toMatchObject({ street: '', deliveryInstructions: null, dropoff: '(11.97,57.7)', totalCents })
  expect(row!.items).toMatchObject([{ menuItemId: mai.itemId, name: 'Khao soi', unitPriceCents: 1_200, notes: null }])
  for (const text of [street, '57.703217', 'Key under the mat', 'I am allergic']) {
    expect([text, await tablesWith(text)]).toEqual([text, []])
  }
  const [user] = await sql()`select * from users where id = ${nora.userId}`
  expect(user).toMatchObject({ firstName: 'Deleted', lastName: 'user', phoneNumber: null, passwordHash: '' })
})

test('her email is nowhere any more, and free for a new account', async () => {
  await remove(nora)
  expect(await tablesWith(nora.email)).toEqual([])
  const body = { email: nora.email, password: PASSWORD, firstName: 'Nora', lastName: 'Test', role: 'customer' }
  const again = await call('POST', '/auth/register', { body })
  expect(again.status).toBe(201)
  expect(again.body.user.id).not.toBe(nora.userId)
  expect((await as({ token: again.body.accessToken }).get('/orders')).body.data).toEqual([])
})

test.each(['pending', 'paid', 'picked_up'] as const)('while an order is %s nobody of it can go', async (until) => {
  const mai = await given.chef('mai')
  const omar = await given.driver('omar')
  const driver = until === 'picked_up' ? { driver: omar } : {}
  await given.order({ until, customer: nora, chef: mai, ...driver })
  const people = until === 'picked_up' ? [nora, mai, omar] : [nora, mai]
  for (const person of people) expect(await remove(person)).toBeProblem(409, 'orders-open')
  expect((await as(nora).get('/users/me')).body.firstName).toBe('Nora')
})

test('a chef who goes takes her kitchen out of the market', async () => {
  const mai = await given.chef('mai')
  const near = `/chefs?lat=${KITCHEN.lat}&lng=${KITCHEN.lng}&radiusKm=1`
  const ids = async () => (await call('GET', near)).body.data.map(({ id }: { id: string }) => id)
  expect(await ids()).toContain(mai.chefId)
  expect((await call('GET', `/chefs/${mai.chefId}/menu`)).status).toBe(200)
  const removed = await remove(mai)
  expect(removed.body.chef).toMatchObject({ id: mai.chefId, street: 'Testgatan 1' })
  expect(await call('GET', `/chefs/${mai.chefId}`)).toBeProblem(404)
  await eventually('her kitchen to be forgotten', async () => !(await ids()).includes(mai.chefId), 5)
  const menu = () => call('GET', `/chefs/${mai.chefId}/menu`)
  await eventually('her menu to be forgotten', async () => (await menu()).status !== 200, 5)
  expect(await menu()).toBeProblem(404)
  const [row] = await sql()`select street, description, location::text from chefs where id = ${mai.chefId}`
  expect(row).toEqual({ street: '', description: '', location: '(11.97,57.7)' })
})

test('a driver who goes is nowhere any more: not in the streets, not in the tables', async () => {
  const omar = await given.driver('omar', { at: KITCHEN })
  await positionsJob.run(clock.now())
  const removed = await remove(omar)
  expect(removed.body.driver).toMatchObject({ id: omar.driverId, vehicleType: 'bike' })
  const fix = { ...KITCHEN, recordedAt: new Date(clock.nowMs() + 1_000).toISOString() }
  expect(await as(omar).post('/drivers/location', fix)).toBeProblem(401, 'unauthenticated')
  await positionsJob.run(clock.now())
  expect(await sql()`select fix from driver_positions where driver_id = ${omar.driverId}`).toHaveLength(0)
  const ada = await given.admin()
  const near = await as(ada).get(`/dispatch/available-drivers?lat=${KITCHEN.lat}&lng=${KITCHEN.lng}`)
  expect(JSON.stringify(near.body)).not.toContain(omar.driverId)
  expect(await as(omar).patch('/drivers/availability', { isAvailable: true })).toBeProblem(401)
})
