import { newId } from '#core/ids'
import { polygonText } from '#core/zones'
import { call, eventually, isApart, type Reply, sql } from './market'

/** Named people and what they have, made through the API where it can; each call makes new ones. */

export type Person = { userId: string; email: string; token: string; refreshToken: string }
export type Cook = Person & { chefId: string; menuId: string; itemId: string }
export type Courier = Person & { driverId: string }

export const PASSWORD = 'Password123!'

/** The middle of the test zone; a kitchen stands here unless told otherwise. */
export const CENTER = { lat: 57.7, lng: 11.97 }
export const KITCHEN = { lat: 57.7, lng: 11.97 }
export const DOOR = { lat: 57.705, lng: 11.975 }

const ZONE_CORNERS = [
  { lat: 57.6, lng: 11.8 },
  { lat: 57.6, lng: 12.2 },
  { lat: 57.8, lng: 12.2 },
  { lat: 57.8, lng: 11.8 },
]

/** Drivers are asked as soon as there is somebody, not only when he has to set out: tests do not wait for kitchens. */
export const ASKS_AT_ONCE = { offerLeadSeconds: 7_200 }

let zoneId: string | undefined
let count = 0

const as = (person: { token: string }) => ({
  get: (path: string) => call('GET', path, { token: person.token }),
  post: (path: string, body?: unknown, headers?: Record<string, string>) =>
    call('POST', path, { token: person.token, body, headers }),
  patch: (path: string, body?: unknown) => call('PATCH', path, { token: person.token, body }),
  delete: (path: string) => call('DELETE', path, { token: person.token }),
})

export { as }

const must = (reply: Reply, status: number): Reply => {
  if (reply.status !== status) throw new Error(`expected ${status}, got ${reply.status} ${JSON.stringify(reply.body)}`)
  return reply
}

const register = async (name: string, role: 'customer' | 'chef' | 'driver'): Promise<Person> => {
  const email = `${name}-${++count}-${newId().slice(-6)}@example.com`
  const firstName = name[0]!.toUpperCase() + name.slice(1)
  const body = { email, password: PASSWORD, firstName, lastName: 'Test', role }
  const reply = must(await call('POST', '/auth/register', { body }), 201)
  const { user, accessToken, refreshToken } = reply.body
  return { userId: user.id, email, token: accessToken, refreshToken }
}

export const deliveryAddress = (coordinates = DOOR) => ({
  street: 'Testgatan 1',
  city: 'Göteborg',
  postalCode: '411 01',
  coordinates,
})

export type OrderState =
  | 'pending'
  | 'paid'
  | 'accepted'
  | 'preparing'
  | 'ready'
  | 'assigned'
  | 'picked_up'
  | 'delivered'

const STEPS: OrderState[] = ['pending', 'paid', 'accepted', 'preparing', 'ready', 'assigned', 'picked_up', 'delivered']

/** Processes look for new zones every 15 seconds; until then a fix in one stays where it was told. */
const NEW_ZONE_SECONDS = 25

let lookout: Promise<Person> | undefined

/** Where a driver is reaches dispatch a moment later when it runs in another process. */
const isKnownToDispatch = async ({ driverId, ...driver }: Courier, { lat, lng }: { lat: number; lng: number }) => {
  lookout ??= given.admin('lookout')
  const admin = as(await lookout)
  const isSeen = async () => {
    // As a driver's app does, every few seconds: what was told of a zone before a process knew it is not told again.
    must(await as(driver).post('/drivers/location', { lat, lng }), 200)
    const { data = [] } = (await admin.get(`/dispatch/available-drivers?lat=${lat}&lng=${lng}&radiusKm=1`)).body
    const isFree = data.some((one: { driverId: string }) => one.driverId === driverId)
    // Or he is being asked already: somebody's food is waiting.
    return isFree || (await as(driver).get('/drivers/offers')).body.data?.length > 0
  }
  await eventually('dispatch to know where the driver is', isSeen, NEW_ZONE_SECONDS)
}

export const given = {
  zone: async (): Promise<string> => {
    if (zoneId) return zoneId
    zoneId = newId()
    await sql()`
      insert into zones (id, slug, name, area, currency, time_zone, settings, created_at)
      values (${zoneId}, 'test-zone', 'Test zone', ${polygonText(ZONE_CORNERS)}::text::polygon, 'USD', 'Europe/Stockholm',
        ${sql().json(ASKS_AT_ONCE)}, now())`
    return zoneId
  },

  /** From now on, all others as usual. */
  zoneSettings: (settings: Record<string, unknown> = {}) =>
    sql()`update zones set settings = ${sql().json({ ...ASKS_AT_ONCE, ...settings } as never)}`,

  customer: (name = 'nora') => register(name, 'customer'),

  /** Nobody registers as an admin: made as an operator makes one. */
  admin: async (name = 'ada'): Promise<Person> => {
    const person = await register(name, 'customer')
    await sql()`update users set role = 'admin' where id = ${person.userId}`
    const { accessToken, refreshToken } = must(
      await call('POST', '/auth/login', { body: { email: person.email, password: PASSWORD } }),
      200,
    ).body
    return { ...person, token: accessToken, refreshToken }
  },

  /** An approved kitchen with one menu of one dish at 1200 cents. */
  chef: async (
    name = 'mai',
    { at = KITCHEN, item = {} }: { at?: typeof KITCHEN; item?: object } = {},
  ): Promise<Cook> => {
    await given.zone()
    const person = await register(name, 'chef')
    const kitchen = { name: `${name}'s kitchen`, cuisines: ['thai'], address: deliveryAddress(at) }
    const chefId = must(await as(person).post('/chefs', kitchen), 201).body.id
    await sql()`update chefs set verification_status = 'approved' where id = ${chefId}`
    const menuId = must(await as(person).post(`/chefs/${chefId}/menus`, { name: 'Menu' }), 201).body.id
    const dish = { name: 'Khao soi', priceCents: 1200, prepMinutes: 15, ...item }
    const itemId = must(await as(person).post(`/chefs/${chefId}/menus/${menuId}/items`, dish), 201).body.id
    return { ...person, chefId, menuId, itemId }
  },

  /** An approved driver; on duty at a place if one is given. */
  driver: async (name = 'omar', { at }: { at?: { lat: number; lng: number } } = {}): Promise<Courier> => {
    const person = await register(name, 'driver')
    const driverId = must(await as(person).post('/drivers/register', { vehicleType: 'bike' }), 201).body.id
    await sql()`update drivers set verification_status = 'approved' where id = ${driverId}`
    if (at) {
      must(await as(person).post('/drivers/location', at), 200)
      must(await as(person).patch('/drivers/availability', { isAvailable: true }), 200)
      if (isApart) await isKnownToDispatch({ ...person, driverId }, at)
    }
    return { ...person, driverId }
  },

  /** An order brought as far as `until`; people are made where none are given. */
  order: async ({
    until = 'pending',
    customer,
    chef,
    driver,
    quantity = 2,
  }: {
    until?: OrderState
    customer?: Person
    chef?: Cook
    driver?: Courier
    quantity?: number
  } = {}) => {
    const cook = chef ?? (await given.chef())
    const eater = customer ?? (await given.customer())
    const rank = STEPS.indexOf(until)
    const items = [{ menuItemId: cook.itemId, quantity }]
    const body = { chefId: cook.chefId, items, deliveryAddress: deliveryAddress(), tipCents: 100 }
    const order = must(await as(eater).post('/orders', body), 201).body
    const id: string = order.id
    if (rank >= 1) await given.payment(eater, id)
    if (rank >= 2) must(await as(cook).patch(`/orders/${id}/accept`, { prepMinutes: 10 }), 200)
    if (rank >= 3) must(await as(cook).patch(`/orders/${id}/preparing`), 200)
    if (rank >= 4) must(await as(cook).patch(`/orders/${id}/ready`), 200)
    const courier = rank >= 5 ? (driver ?? (await given.driver('omar'))) : driver
    if (rank >= 5) await given.assignment(id, courier!)
    if (rank >= 6) must(await as(courier!).patch(`/orders/${id}/pickup`), 200)
    if (rank >= 7) must(await as(courier!).patch(`/orders/${id}/deliver`, { proof: { code: order.handoverCode } }), 200)
    return {
      id,
      handoverCode: order.handoverCode as string,
      totalCents: order.totalCents as number,
      customer: eater,
      chef: cook,
      driver: courier,
    }
  },

  payment: async (customer: Person, orderId: string) => {
    const intent = must(await as(customer).post(`/orders/${orderId}/create-payment-intent`), 200).body
    must(await as(customer).post(`/payments/simulated/${intent.paymentIntentId}/confirm`), 200)
    return intent
  },

  assignment: async (orderId: string, driver: Courier) => {
    const admin = await given.admin()
    must(await as(admin).post('/dispatch/assign', { orderId, driverId: driver.driverId }), 200)
  },

  /** The offer that dispatch makes to a driver, once it does. */
  offer: (driver: Courier) =>
    eventually(
      'an offer',
      async () => (await as(driver).get('/drivers/offers')).body.data?.[0] as { id: string } | undefined,
    ),
}
