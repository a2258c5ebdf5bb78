/** A journey through every route; afterwards each real answer is held against the document, and against what must not leak. */
import { beforeAll, expect, test } from 'bun:test'
import Stripe from 'stripe'
import { controlByHand } from '../support/contract-control'
import { type Document, operationFor, operationsOf, readDocument, undocumented } from '../support/contract-document'
import { keepMails, mailedToken } from '../support/contract-mails'
import { type Exchange, recordExchanges, sayExchange } from '../support/contract-recorder'
import { askTheWay } from '../support/contract-routing'
import { as, type Cook, type Courier, given, PASSWORD, type Person } from '../support/given'
import { call, sql, useMarket } from '../support/market'
import { useRoads, village } from '../support/used-roads'

const WEBHOOK_SECRETS = ['whsec_of_last_year', 'whsec_of_this_year']
useMarket({ environment: { STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRETS.join(',') } })
keepMails()
useRoads(village)
const exchanges = recordExchanges()

/** Places and people that few may know of: told apart from everything else in an answer by their text. */
const SECRET_KITCHEN = { street: 'Hemliga backen 77', coordinates: { lat: 57.70213, lng: 11.97431 } }
const SECRET_DOOR = { street: 'Dolda gatan 13', coordinates: { lat: 57.70617, lng: 11.97829 } }
const SECRET_STREETS = [SECRET_KITCHEN.street, SECRET_DOOR.street]
const DRIVER_PLACE = { lat: 57.70377, lng: 11.97117 }
const PHONE_NUMBER = '+46701740605'

let document: Document
let mai: Cook
let nora: Person
let omar: Courier
let ada: Person

const address = (secret: typeof SECRET_DOOR) => ({ city: 'Göteborg', postalCode: '411 01', ...secret })
const basket = () => ({
  chefId: mai.chefId,
  items: [{ menuItemId: mai.itemId, quantity: 2 }],
  deliveryAddress: address(SECRET_DOOR),
})
const statusOf = async (reply: Promise<{ status: number }>) => (await reply).status
const orderOf = (until: Parameters<typeof given.order>[0] & object) =>
  given.order({ chef: mai, customer: nora, driver: omar, ...until })

beforeAll(async () => {
  document = await readDocument()
  mai = await given.chef('mai')
  nora = await given.customer('nora')
  omar = await given.driver('omar')
  ada = await given.admin('ada')
})

test('machines ask how the process is', async () => {
  for (const path of ['/health', '/health/live', '/health/ready', '/metrics', '/zones', '/nowhere']) {
    await call('GET', path)
  }
})

test('Stripe tells us something, again and again, signed by either of two secrets', async () => {
  const event = { id: 'evt_1', object: 'event', type: 'payment_intent.succeeded' }
  const payload = JSON.stringify(event)
  const tell = async (secret: string, timestamp?: number) => {
    const signature = await Stripe.webhooks.generateTestHeaderStringAsync({ payload, secret, timestamp })
    return call('POST', '/payments/webhooks/stripe', { body: event, headers: { 'stripe-signature': signature } })
  }
  for (const [index, secret] of WEBHOOK_SECRETS.entries()) {
    expect(await tell(secret)).toMatchObject({ status: 200, body: { received: true, repeated: index > 0 } })
  }
  expect(await tell('whsec_of_nobody')).toBeProblem(400, 'bad-signature')
  expect(await tell(WEBHOOK_SECRETS[0]!, 1_700_000_000)).toBeProblem(400, 'bad-signature')
  expect(await call('POST', '/payments/webhooks/stripe', { body: event })).toBeProblem(400, 'bad-signature')
  expect(await sql()`select id, type, payload from webhook_events`).toEqual([
    { id: event.id, type: event.type, payload: event },
  ] as never)
})

test('accounts are opened, used, recovered and closed', async () => {
  const { email, refreshToken, token } = await given.customer('lea')
  const post = (path: string, body: object) => statusOf(call('POST', path, { body }))
  const person = { email, password: PASSWORD, firstName: 'Lea', lastName: 'Test', role: 'customer' }
  expect(await post('/auth/register', person)).toBe(409)
  expect(await post('/auth/register', { ...person, role: 'admin' })).toBe(422)
  expect(await post('/auth/login', { email, password: PASSWORD })).toBe(200)
  expect(await post('/auth/login', { email, password: 'not this one' })).toBe(401)
  expect(await post('/auth/verify-email', { token: await mailedToken(email, 'Confirm your email') })).toBe(204)
  expect(await post('/auth/forgot-password', { email })).toBe(202)
  const reset = { token: await mailedToken(email, 'Choose a new password'), password: 'A better one 42' }
  expect(await post('/auth/reset-password', reset)).toBe(204)
  expect(await post('/auth/reset-password', reset)).toBe(422)
  expect(await post('/auth/refresh', { refreshToken })).toBe(401)
  const session = (await call('POST', '/auth/login', { body: { email, password: reset.password } })).body
  const pair = await call('POST', '/auth/refresh', { body: { refreshToken: session.refreshToken } })
  expect(pair.status).toBe(200)
  expect(await post('/auth/logout', { refreshToken: pair.body.refreshToken })).toBe(204)
  expect(await statusOf(as({ token }).patch('/users/me', { phoneNumber: PHONE_NUMBER }))).toBe(200)
  expect(await statusOf(as({ token }).get('/users/me'))).toBe(200)
  expect(await statusOf(call('GET', '/users/me'))).toBe(401)
  expect(await statusOf(as({ token }).delete('/users/me'))).toBe(200)
  expect(await statusOf(as({ token }).get('/users/me'))).toBe(404)
  for (const _ of Array(10)) await post('/auth/login', { email, password: 'not this one' })
  expect(await post('/auth/login', { email, password: 'not this one' })).toBe(429)
})

test('a kitchen opens with its menus', async () => {
  const kitchen = `/chefs/${mai.chefId}`
  expect(await statusOf(as(mai).patch(kitchen, { address: address(SECRET_KITCHEN), description: 'Thai' }))).toBe(200)
  const menu = await as(mai).post(`${kitchen}/menus`, { name: 'Dinner' })
  const menuPath = `${kitchen}/menus/${menu.body.id}`
  const item = await as(mai).post(`${menuPath}/items`, { name: 'Larb', priceCents: 1500, portionsPerDay: 3 })
  expect([menu.status, item.status]).toEqual([201, 201])
  expect(await statusOf(as(mai).patch(`${menuPath}/items/${item.body.id}`, { isAvailable: false }))).toBe(200)
  expect(await statusOf(as(mai).patch(menuPath, { name: 'Supper' }))).toBe(200)
  for (const viewer of [mai, nora, omar, ada]) {
    for (const path of [kitchen, `${kitchen}/menu`, '/chefs/me', '/chefs?lat=57.7&lng=11.97&q=thai']) {
      await as(viewer).get(path)
    }
  }
  for (const path of [kitchen, `${kitchen}/menu`, '/chefs?lat=57.7&lng=11.97', '/chefs?lat=57.7', '/chefs?lat=x']) {
    await call('GET', path)
  }
  expect(await statusOf(as(mai).delete(`${menuPath}/items/${item.body.id}`))).toBe(204)
  expect(await statusOf(as(mai).delete(menuPath))).toBe(204)
  expect(await statusOf(as(mai).post('/chefs', { name: 'Second', address: address(SECRET_KITCHEN) }))).toBe(409)
})

test('an order is quoted, paid, cooked, driven, delivered and refunded, with everyone looking on', async () => {
  const quote = await as(nora).post('/quotes', basket(), { 'idempotency-key': 'quote-1' })
  const order = await as(nora).post('/orders', { quoteId: quote.body.id }, { 'idempotency-key': 'order-1' })
  expect([quote.status, order.status]).toEqual([201, 201])
  expect(await statusOf(as(nora).post('/orders', { quoteId: quote.body.id }))).toBe(409)
  expect(await statusOf(as(nora).post('/orders', { ...basket(), items: [] }))).toBe(422)
  const path = `/orders/${order.body.id}`
  const lookOn = async () => {
    for (const viewer of [nora, mai, omar, ada]) {
      for (const view of [
        path,
        `${path}/tracking`,
        '/orders',
        '/orders?limit=1',
        '/drivers/route',
        '/drivers/activity',
        '/drivers/offers',
        '/drivers/suggestion',
      ]) {
        await as(viewer).get(view)
      }
    }
    await as(ada).get(`/dispatch/decisions?orderId=${order.body.id}`)
    await as(ada).get(`/admin/zones/${await given.zone()}/activity?limit=1`)
  }
  await lookOn()
  await given.payment(nora, order.body.id)
  expect(await statusOf(as(mai).patch(`${path}/accept`))).toBe(200)
  expect(await statusOf(as(mai).patch(`${path}/accept`))).toBe(409)
  expect(await statusOf(as(mai).patch(`${path}/preparing`))).toBe(200)
  expect(await statusOf(as(mai).patch(`${path}/ready`))).toBe(200)
  expect(await statusOf(as(omar).post('/drivers/location', DRIVER_PLACE))).toBe(200)
  expect(await statusOf(as(omar).patch('/drivers/availability', { isAvailable: true }))).toBe(200)
  expect(await statusOf(as(ada).get('/dispatch/available-drivers?lat=57.7&lng=11.97'))).toBe(200)
  const offer = await given.offer(omar)
  await lookOn()
  expect(await statusOf(as(omar).post(`/drivers/offers/${offer.id}/accept`))).toBe(200)
  expect(await statusOf(as(omar).post(`/drivers/offers/${offer.id}/accept`))).toBe(409)
  await lookOn()
  for (const step of ['arrive', 'pickup', 'in-transit']) {
    expect(await statusOf(as(omar).patch(`${path}/${step}`))).toBe(200)
    await lookOn()
  }
  const proof = { code: order.body.handoverCode }
  const wrong = { code: proof.code === '0000' ? '1111' : '0000' }
  expect(await statusOf(as(omar).patch(`${path}/deliver`, { proof: wrong }))).toBe(422)
  expect(await statusOf(as(omar).patch(`${path}/deliver`, { proof }))).toBe(200)
  await lookOn()
  expect(await statusOf(as(ada).post(`${path}/refund`, { amountCents: 100, reason: 'Cold' }))).toBe(200)
  await lookOn()
  await as(omar).patch('/drivers/availability', { isAvailable: false })
})

test('orders end before they are delivered', async () => {
  const reason = 'It is not to be'
  const cancelled = await orderOf({ until: 'pending' })
  expect(await statusOf(as(nora).patch(`/orders/${cancelled.id}/cancel`, { reason }))).toBe(200)
  const rejected = await orderOf({ until: 'paid' })
  expect(await statusOf(as(mai).patch(`/orders/${rejected.id}/reject`, { reason }))).toBe(200)
  const dropped = await orderOf({ until: 'assigned' })
  expect(await statusOf(as(omar).patch(`/orders/${dropped.id}/drop`, { reason }))).toBe(200)
  expect(await statusOf(as(ada).patch(`/orders/${dropped.id}/cancel`, { reason }))).toBe(200)
  const failed = await orderOf({ until: 'picked_up' })
  expect(await statusOf(as(omar).patch(`/orders/${failed.id}/fail`, { reason, food: 'returned' }))).toBe(200)
})

test('a driver applies, refuses an offer, and an admin decides about people', async () => {
  const dina = await given.driver('dina', { at: DRIVER_PLACE })
  expect(await statusOf(as(dina).post('/drivers/register', { vehicleType: 'car' }))).toBe(409)
  expect(await statusOf(as(dina).patch('/drivers/profile', { vehicleType: 'car', licensePlate: 'ABC 123' }))).toBe(200)
  expect(await statusOf(as(dina).get('/drivers/profile'))).toBe(200)
  const { id } = await orderOf({ until: 'ready' })
  const offer = await given.offer(dina)
  expect(await statusOf(as(dina).post(`/drivers/offers/${offer.id}/decline`, { reason: 'Too far' }))).toBe(200)
  expect(await statusOf(as(ada).patch(`/orders/${id}/cancel`, { reason: 'Nobody comes' }))).toBe(200)
  for (const status of ['suspended', 'verified', 'approved']) {
    expect(await statusOf(as(ada).patch(`/admin/drivers/${dina.driverId}/verify`, { status }))).toBe(200)
    expect(await statusOf(as(ada).patch(`/admin/chefs/${mai.chefId}/verify`, { status }))).toBe(200)
  }
  expect(await statusOf(as(ada).get('/admin/drivers?status=approved&limit=1'))).toBe(200)
  expect(await statusOf(as(ada).get('/admin/chefs'))).toBe(200)
  expect(await statusOf(as(nora).get('/admin/chefs'))).toBe(403)
})

test('operators have their hand in dispatch', async () => {
  await controlByHand(ada, await orderOf({ until: 'ready' }))
})

test('an admin opens a zone and sets it', async () => {
  const polygon = [10, 11, 12].map((lat) => ({ lat, lng: lat * lat }))
  const zone = { slug: 'elsewhere', name: 'Elsewhere', polygon, currency: 'EUR', timeZone: 'UTC' }
  const made = await as(ada).post('/admin/zones', zone)
  expect(made.status).toBe(201)
  expect(await statusOf(as(ada).post('/admin/zones', zone))).toBe(409)
  const path = `/admin/zones/${made.body.id}/settings`
  expect(await statusOf(as(ada).patch(path, { taxBps: 1200 }))).toBe(200)
  expect((await as(ada).get(path)).body.settings.taxBps).toBe(1200)
})

test('an admin gives out a promotion and ends it', async () => {
  const promotion = { code: 'SPRING', discountBps: 1_000, endsAt: '2030-01-01T00:00:00Z' }
  const made = await as(ada).post('/admin/promotions', promotion)
  expect(made.status).toBe(201)
  expect(await statusOf(as(ada).post('/admin/promotions', promotion))).toBe(409)
  expect(await statusOf(as(ada).get('/admin/promotions?limit=1'))).toBe(200)
  const path = `/admin/promotions/${made.body.id}`
  expect(await statusOf(as(ada).patch(path, { endsAt: '2029-01-01T00:00:00+01:00', redemptionCountMax: 3 }))).toBe(200)
  expect(await statusOf(as(ada).patch(path, { endsAt: made.body.startsAt }))).toBe(422)
})

test('people ask for all that is kept of them, and for tickets', async () => {
  for (const viewer of [nora, mai, omar]) {
    expect(await statusOf(as(viewer).get('/users/me/export'))).toBe(200)
    expect(await statusOf(as(viewer).post('/realtime/tickets'))).toBe(201)
  }
})

test('anybody asks for the way', async () => {
  const { expected, answered } = await askTheWay()
  expect(answered).toEqual(expected)
})

const nameOf = ({ method, path }: Exchange) => operationFor(document, method, path)
const isApi = ({ path }: Exchange) => !path.startsWith('/docs')
const faultsOf = (look: (exchange: Exchange) => string[]) => [
  ...new Set(exchanges.filter(isApi).flatMap((one) => look(one).map((fault) => `${fault}: ${sayExchange(one)}`))),
]

test('every operation has answered 2xx', () => {
  const answered = new Set(exchanges.filter(({ status }) => status < 300).map(nameOf))
  const all = operationsOf(document).map(([name]) => name)
  expect(all.filter((name) => !answered.has(name))).toEqual([])
  const refused = new Set(exchanges.map(({ status }) => status).filter((status) => status >= 400))
  expect([...refused].sort()).toEqual([400, 401, 403, 404, 409, 422, 429])
})

test('every answer is one that its operation documents, to the last field', () => {
  expect(faultsOf(undocumented(document))).toEqual([])
})

test('every answer can be named to support, is not kept by caches, and is what it says', () => {
  expect(
    faultsOf(({ headers }) => [
      ...(/^[\w.-]{8,64}$/.test(headers.get('x-request-id') ?? '') ? [] : ['no request id']),
      ...(headers.get('cache-control') === 'no-store' ? [] : ['may be cached']),
      ...(headers.get('x-content-type-options') === 'nosniff' ? [] : ['may be sniffed']),
    ]),
  ).toEqual([])
})

test('no answer holds a password, its hash, or where something went wrong inside', () => {
  const secret =
    /\$argon2|passwordHash|password_hash|tokenHash|Password123|A better one|not this one|node_modules|\.ts:\d/
  expect(faultsOf(({ text }) => (secret.test(text) ? ['leaks'] : []))).toEqual([])
})

test('nobody is told the email or the phone number of somebody else', async () => {
  const people = await sql()<{ id: string; email: string }[]>`select id, email from users`
  const emailOf = new Map(people.map(({ id, email }) => [id, email]))
  const signsIn = ({ path }: Exchange) => ['/auth/register', '/auth/login'].includes(path)
  expect(
    faultsOf((exchange) => {
      const { viewer, text, path } = exchange
      if (signsIn(exchange)) return []
      const own = viewer && emailOf.get(viewer.userId)
      // A deleted account has lost its email: its last copy went to its owner.
      const isOwn = (email: string) => email === own || (path === '/users/me' && !emailOf.has(email))
      const emails = (text.match(/[\w.+-]+@example\.com/g) ?? []).filter((email) => !isOwn(email))
      const phones = text.includes(PHONE_NUMBER) && path !== '/users/me' ? ['tells a phone number'] : []
      return [...emails.map((email) => `tells ${email}`), ...phones]
    }),
  ).toEqual([])
})

test('the handover code is for the customer alone', async () => {
  const orders = await sql()<{ id: string; handoverCode: string; customerId: string }[]>`
    select id, handover_code, customer_id from orders`
  const seen = exchanges.filter(isApi).filter(({ text }) => text.includes('"handoverCode"'))
  expect(seen.length).toBeGreaterThan(10)
  expect(new Set(seen.map(({ viewer }) => viewer?.userId))).toEqual(new Set([nora.userId]))
  expect(
    faultsOf(({ viewer, text }) =>
      orders
        .filter(({ customerId, id }) => viewer?.userId !== customerId && text.includes(id))
        .filter(({ handoverCode }) => text.includes(`"${handoverCode}"`))
        .map(({ id }) => `tells the code of ${id}`),
    ),
  ).toEqual([])
})

const tells = (text: string, { street, coordinates }: typeof SECRET_DOOR) =>
  [street, String(coordinates.lat), String(coordinates.lng)].some((part) => text.includes(part))
const rolesTold = (place: typeof SECRET_DOOR) =>
  [...new Set(exchanges.filter(({ text }) => tells(text, place)).map(({ viewer }) => viewer?.role ?? 'nobody'))].sort()

test('where a kitchen is exactly, its chef knows, admins, and the driver who fetches from it', () => {
  expect(rolesTold(SECRET_KITCHEN)).toEqual(['admin', 'chef', 'driver'])
  const drivers = exchanges.filter(({ viewer, text }) => viewer?.role === 'driver' && tells(text, SECRET_KITCHEN))
  expect(drivers.filter(({ path }) => !/^\/orders|^\/drivers\/route$/.test(path)).map(sayExchange)).toEqual([])
})

test('where a customer lives exactly, the customer knows, admins, and the driver who brings it', () => {
  expect(rolesTold(SECRET_DOOR)).toEqual(['admin', 'customer', 'driver'])
})

/** Statuses in which a delivery occupies its driver, as far as a driver sees them. */
const WITH_DRIVER = /"deliveryStatus":"(assigned|at_pickup|picked_up|in_transit|at_dropoff)"/

test('a driver knows of exact places only while the delivery is with him', () => {
  const told = exchanges.filter(({ viewer, path, text }) => {
    const knows = tells(text, SECRET_DOOR) || tells(text, SECRET_KITCHEN)
    return viewer?.role === 'driver' && path !== '/drivers/route' && knows
  })
  expect(told.length).toBeGreaterThan(5)
  expect(told.filter(({ text }) => !WITH_DRIVER.test(text)).map(sayExchange)).toEqual([])
  expect(SECRET_STREETS.every((street) => told.some(({ text }) => text.includes(street)))).toBe(true)
})

test('where a driver is exactly, a customer learns only while the food is with him', () => {
  const exact = exchanges.filter(
    ({ viewer, text }) => viewer?.role === 'customer' && text.includes(String(DRIVER_PLACE.lat)),
  )
  expect(exact.length).toBeGreaterThan(0)
  const onBoard = /"deliveryStatus":"(picked_up|in_transit|at_dropoff)"/
  expect(exact.filter(({ text }) => !onBoard.test(text)).map(sayExchange)).toEqual([])
})
