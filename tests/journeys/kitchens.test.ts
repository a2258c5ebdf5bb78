import { beforeAll, expect, test } from 'bun:test'
import { newId } from '#core/ids'
import { as, type Cook, deliveryAddress, given, PASSWORD, type Person } from '../support/given'
import { call, sql, useMarket } from '../support/market'

useMarket()

let mai: Cook
let nora: Person
let ada: Person
beforeAll(async () => {
  mai = await given.chef('mai')
  nora = await given.customer('nora')
  ada = await given.admin('ada')
})

/** A chef with an account, and no kitchen yet. */
const newcomer = async (): Promise<Person> => {
  const email = `ming-${newId().slice(-8)}@example.com`
  const body = { email, password: PASSWORD, firstName: 'Ming', lastName: 'Test', role: 'chef' }
  const { user, accessToken, refreshToken } = (await call('POST', '/auth/register', { body })).body
  return { userId: user.id, email, token: accessToken, refreshToken }
}

const application = { name: 'Mings kök', cuisines: ['thai'], address: deliveryAddress() }
const order = (chef: Cook) =>
  as(nora).post('/orders', {
    chefId: chef.chefId,
    items: [{ menuItemId: chef.itemId, quantity: 1 }],
    deliveryAddress: deliveryAddress(),
  })
const change = (body: object, who: Person = mai) => as(who).patch(`/chefs/${mai.chefId}`, body)
const seen = async () => (await call('GET', `/chefs/${mai.chefId}`)).body

test('who applies waits for an admin: until then nobody else knows the kitchen', async () => {
  const ming = await newcomer()
  expect(await as(ming).get('/chefs/me')).toBeProblem(404, 'chef-not-found')
  const applied = await as(ming).post('/chefs', application)
  expect(applied.status).toBe(201)
  expect(applied.body).toMatchObject({
    name: 'Mings kök',
    verificationStatus: 'pending',
    timeZone: 'Europe/Stockholm',
    currency: 'USD',
    hours: null,
    address: deliveryAddress(),
    rating: null,
  })
  const path = `/chefs/${applied.body.id}`
  for (const reply of [await call('GET', path), await as(nora).get(path), await as(mai).get(path)]) {
    expect(reply).toBeProblem(404, 'chef-not-found')
  }
  expect((await as(ming).get(path)).status).toBe(200)
  expect((await as(ming).get('/chefs/me')).body.id).toBe(applied.body.id)

  const listed = (await as(ada).get('/admin/chefs?status=pending')).body.data
  expect(listed.map(({ id }: { id: string }) => id)).toContain(applied.body.id)
  const verdict = await as(ada).patch(`/admin/chefs/${applied.body.id}/verify`, { status: 'approved' })
  expect(verdict.body.verificationStatus).toBe('approved')
  expect((await call('GET', path)).status).toBe(200)
})

test('one kitchen for each chef, where there is a zone, and only for chefs', async () => {
  const ming = await newcomer()
  const nowhere = { ...application, address: deliveryAddress({ lat: 60, lng: 15 }) }
  expect(await as(ming).post('/chefs', nowhere)).toBeProblem(422, 'outside-zone')
  const both = await Promise.all([as(ming).post('/chefs', application), as(ming).post('/chefs', application)])
  expect(both.map(({ status }) => status).toSorted()).toEqual([201, 409])
  expect(await as(ming).post('/chefs', application)).toBeProblem(409, 'kitchen-exists')
  expect(await as(nora).post('/chefs', application)).toBeProblem(403)
  expect(await as(ada).post('/chefs', application)).toBeProblem(403)
})

test('the public learns where a kitchen is to about 200 m, and no street', async () => {
  const lena = await given.chef('lena', { at: { lat: 57.712_345, lng: 11.987_654 } })
  const shown = (await call('GET', `/chefs/${lena.chefId}`)).body
  expect(shown.location).toEqual({ lat: 57.713, lng: 11.987 })
  const text = JSON.stringify(shown)
  for (const secret of ['57.712345', '11.987654', 'Testgatan', '411 01', lena.userId, lena.email]) {
    expect(text).not.toContain(secret)
  }
  expect((await as(lena).get('/chefs/me')).body.address.coordinates).toEqual({ lat: 57.712_345, lng: 11.987_654 })
})

test('hours decide when a kitchen takes orders', async () => {
  expect(await seen()).toMatchObject({ isOpen: true })
  await change({ hours: [] })
  expect(await seen()).toMatchObject({ isOpen: false, hours: [] })
  expect(await order(mai)).toBeProblem(409, 'kitchen-closed')
  const always = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, opens: '00:00', closes: '24:00' }))
  await change({ hours: always })
  expect(await seen()).toMatchObject({ isOpen: true, hours: always })
  expect((await order(mai)).status).toBe(201)
  await change({ hours: null })
  expect(await seen()).toMatchObject({ isOpen: true, hours: null })
})

test('during a vacation it takes none, and before and after it does', async () => {
  const at = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString()
  const vacation = { from: at(-1), until: at(1) }
  expect((await change({ vacation })).body.vacation).toEqual(vacation)
  expect(await seen()).toMatchObject({ isOpen: false })
  expect(await order(mai)).toBeProblem(409, 'kitchen-closed')
  await change({ vacation: { from: at(1), until: at(2) } })
  expect((await order(mai)).status).toBe(201)
  await change({ vacation: { from: at(-2), until: at(-1) } })
  expect((await order(mai)).status).toBe(201)
  expect((await change({ vacation: null })).body.vacation).toBeNull()
})

test('of a kitchen only what is sent changes', async () => {
  const before = (await as(mai).get('/chefs/me')).body
  const changed = await change({
    description: 'Northern Thai',
    cuisines: ['thai', 'vegan'],
    deliveryRadiusMeters: 5_000,
  })
  expect(changed.body).toEqual({
    ...before,
    description: 'Northern Thai',
    cuisines: ['thai', 'vegan'],
    deliveryRadiusMeters: 5_000,
  })
  expect((await change({})).body).toEqual(changed.body)
  await change({ deliveryRadiusMeters: 8_000 })
})

test('a kitchen moves within a zone, not out of all of them', async () => {
  const there = { ...deliveryAddress({ lat: 57.72, lng: 12 }), street: 'Nygatan 2' }
  expect((await change({ address: there })).body.address).toEqual(there)
  expect(await change({ address: deliveryAddress({ lat: 60, lng: 15 }) })).toBeProblem(422, 'outside-zone')
  expect((await as(mai).get('/chefs/me')).body.address).toEqual(there)
  await change({ address: deliveryAddress() })
})

test.each<[string, object]>([
  ['hours past midnight that are no time', { hours: [{ weekday: 1, opens: '25:00', closes: '26:00' }] }],
  ['an eighth day', { hours: [{ weekday: 8, opens: '10:00', closes: '12:00' }] }],
  [
    'a vacation that ends before it begins',
    { vacation: { from: '2026-12-24T00:00:00Z', until: '2026-12-23T00:00:00Z' } },
  ],
  ['a time zone of Mars', { timeZone: 'Mars/Olympus' }],
  ['a cuisine in capitals', { cuisines: ['Thai'] }],
  ['an approval of its own', { verificationStatus: 'approved' }],
  ['a rating of its own', { rating: 5 }],
])('refuses %s', async (_, body) => {
  expect(await change(body)).toBeProblem(422, 'invalid-request')
})

test('a kitchen is changed by its chef and by admins', async () => {
  const nils = await given.chef('nils')
  expect(await change({ name: 'Mine' }, nils)).toBeProblem(403)
  expect(await change({ name: 'Mine' }, nora)).toBeProblem(403)
  expect((await change({ name: "mai's kitchen" }, ada)).status).toBe(200)
  await sql()`update chefs set verification_status = 'pending' where id = ${nils.chefId}`
  expect(await as(mai).patch(`/chefs/${nils.chefId}`, { name: 'Mine' })).toBeProblem(404, 'chef-not-found')
})

test.each(['rejected', 'suspended', 'pending'])(
  'a kitchen that is %s sells nothing and is not found',
  async (status) => {
    const nils = await given.chef('nils')
    const { id } = await given.order({ until: 'paid', chef: nils, customer: nora })
    const verdict = await as(ada).patch(`/admin/chefs/${nils.chefId}/verify`, { status })
    expect(verdict.body.verificationStatus).toBe(status)
    expect(await order(nils)).toBeProblem(404, 'chef-not-found')
    expect(await call('GET', `/chefs/${nils.chefId}`)).toBeProblem(404, 'chef-not-found')
    expect(await call('GET', `/chefs/${nils.chefId}/menu`)).toBeProblem(404, 'chef-not-found')
    // What was sold before is still to be cooked.
    expect((await as(nils).patch(`/orders/${id}/accept`)).status).toBe(200)
  },
)

test('only admins judge, and only kitchens that there are', async () => {
  const path = `/admin/chefs/${mai.chefId}/verify`
  for (const person of [mai, nora]) expect(await as(person).patch(path, { status: 'approved' })).toBeProblem(403)
  const nothing = await as(ada).patch(`/admin/chefs/${newId()}/verify`, { status: 'approved' })
  expect(nothing).toBeProblem(404, 'chef-not-found')
  expect(await as(ada).patch(path, { status: 'famous' })).toBeProblem(422)
  expect((await as(ada).patch(path, { status: 'verified' })).body.verificationStatus).toBe('approved')
})
