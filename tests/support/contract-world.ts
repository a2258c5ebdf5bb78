import { turnClock } from '#core/clock'
import { newId } from '#core/ids'
import { type Role, signAccessToken } from '#core/tokens'
import { as, deliveryAddress, given, PASSWORD } from './given'
import { type CallOptions, call, sql } from './market'

/**
 * Two of each: nora ordered at mai's kitchen and omar delivered it; sara, luca and dina have nothing to do with it; ada
 * is an admin. With a good request for every route, so that only who asks decides about the answer.
 */
export const PEOPLE = ['nora', 'sara', 'mai', 'luca', 'omar', 'dina', 'ada'] as const
export type Name = (typeof PEOPLE)[number]

export type World = {
  ids: Record<string, string>
  tokens: Record<Name, string>
  bad: Record<'garbage' | 'forged' | 'expired', string>
  bodies: Record<string, object | (() => object)>
  queries: Record<string, string>
}
export const makeWorld = async (): Promise<World> => {
  const [mai, luca] = [await given.chef('mai'), await given.chef('luca')]
  const [nora, sara] = [await given.customer('nora'), await given.customer('sara')]
  const [omar, dina] = [await given.driver('omar'), await given.driver('dina')]
  const ada = await given.admin('ada')
  const order = await given.order({ until: 'delivered', chef: mai, customer: nora, driver: omar })
  // Everyone is part of an order that is open: nobody can leave.
  await given.order({ until: 'assigned', chef: mai, customer: nora, driver: omar })
  await given.order({ until: 'assigned', chef: luca, customer: sara, driver: dina })
  const { id } = await given.order({ chef: mai, customer: nora })
  await sql()`update orders set customer_id = ${ada.userId} where id = ${id}`
  const [{ intentId }] = await sql()<
    [{ intentId: string }]
  >`select intent_id from payments where order_id = ${order.id}`
  const zoneId = await given.zone()
  const offerId = newId()
  await sql()`
    insert into offers (id, zone_id, driver_id, order_ids, status, pay_cents, currency, pickup_seconds, created_at, expires_at)
    values (${offerId}, ${zoneId}, ${omar.driverId}, ${[order.id]}, 'declined', 500, 'USD', 60, now(), now())`
  const promotion = await as(ada).post('/admin/promotions', PROMOTION)
  const people = { nora, sara, mai, luca, omar, dina, ada }
  return {
    ids: {
      orderId: order.id,
      offerId,
      zoneId,
      paymentIntentId: intentId,
      driverId: omar.driverId,
      promotionId: promotion.body.id,
      profile: 'driving',
      coordinates: IN_THE_VILLAGE.join(';'),
      ...mai,
    },
    tokens: Object.fromEntries(Object.entries(people).map(([name, { token }]) => [name, token])) as World['tokens'],
    bad: { garbage: 'not.a.token', forged: forged(nora.token), expired: await expired(nora.userId, 'customer') },
    bodies: bodiesFor({
      chefId: mai.chefId,
      itemId: mai.itemId,
      orderId: order.id,
      email: nora.email,
      driverId: omar.driverId,
    }),
    queries: {
      'GET /chefs': '?lat=57.7&lng=11.97',
      'GET /routing/isochrone': '?lat=57.7&lng=11.97&minutes=1',
      'GET /routing/reverse': '?lat=57.7&lng=11.97',
      'GET /dispatch/available-drivers': '?lat=57.7&lng=11.97',
      'GET /dispatch/decisions': `?orderId=${order.id}`,
    },
  }
}

const PROMOTION = { code: 'WELCOME-10', discountBps: 1_000, endsAt: '2030-01-01T00:00:00Z' }

/** The payload of another role under the old signature. */
const forged = (token: string) => {
  const [header, payload, signature] = token.split('.')
  const claims = JSON.parse(Buffer.from(payload!, 'base64url').toString())
  const raised = Buffer.from(JSON.stringify({ ...claims, role: 'admin' })).toString('base64url')
  return [header, raised, signature].join('.')
}

const HOUR_MS = 3_600_000

const expired = async (userId: string, role: Role) => {
  turnClock(-HOUR_MS)
  const token = await signAccessToken({ userId, role })
  turnClock(HOUR_MS)
  return token
}

type Of = { chefId: string; itemId: string; orderId: string; email: string; driverId: string }

const bodiesFor = (of: Of): World['bodies'] => {
  const reason = { reason: 'Because' }
  const token = 'a token that was never given out'
  const basket = {
    chefId: of.chefId,
    items: [{ menuItemId: of.itemId, quantity: 1 }],
    deliveryAddress: deliveryAddress(),
  }
  const person = { email: of.email, password: PASSWORD, firstName: 'Nora', lastName: 'Test', role: 'customer' }
  const polygon = [1, 2, 3].map((n) => ({ lat: n, lng: n * n }))
  const zone = { slug: 'test-zone', name: 'Zone', polygon, currency: 'USD', timeZone: 'UTC' }
  return {
    'POST /auth/register': person,
    // Another account each time: too many failures of one would be 429.
    'POST /auth/login': () => ({ email: `${newId()}@example.com`, password: 'not the password' }),
    'POST /auth/refresh': { refreshToken: token },
    'POST /auth/logout': { refreshToken: token },
    'POST /auth/verify-email': { token },
    'POST /auth/forgot-password': { email: 'nobody@example.com' },
    'POST /auth/reset-password': { token, password: PASSWORD },
    'PATCH /users/me': {},
    'POST /chefs': { name: 'Kitchen', address: deliveryAddress() },
    'PATCH /chefs/{chefId}': {},
    'POST /chefs/{chefId}/menus': { name: 'Menu' },
    'PATCH /chefs/{chefId}/menus/{menuId}': {},
    'POST /chefs/{chefId}/menus/{menuId}/items': { name: 'Dish', priceCents: 900 },
    'PATCH /chefs/{chefId}/menus/{menuId}/items/{itemId}': {},
    'POST /quotes': { ...basket, items: [{ menuItemId: of.itemId, quantity: 2 }] },
    'POST /orders': basket,
    'PATCH /orders/{orderId}/reject': reason,
    'PATCH /orders/{orderId}/drop': reason,
    'PATCH /orders/{orderId}/deliver': { proof: { code: '0000' } },
    'PATCH /orders/{orderId}/fail': { ...reason, food: 'returned' },
    'PATCH /orders/{orderId}/cancel': reason,
    'POST /orders/{orderId}/refund': { ...reason, amountCents: 10_000_000 },
    'POST /drivers/register': { vehicleType: 'car' },
    'PATCH /drivers/profile': {},
    'PATCH /drivers/availability': { isAvailable: false },
    'POST /drivers/location': { lat: 57.7, lng: 11.97 },
    'POST /admin/zones': zone,
    'PATCH /admin/zones/{zoneId}/settings': {},
    'PATCH /admin/chefs/{chefId}/verify': { status: 'approved' },
    'PATCH /admin/drivers/{driverId}/verify': { status: 'approved' },
    'POST /admin/promotions': PROMOTION,
    'PATCH /admin/promotions/{promotionId}': {},
    'POST /dispatch/assign': { orderId: of.orderId },
    'POST /dispatch/unassign': { orderId: of.orderId, ...reason },
    'POST /dispatch/hold': { orderId: of.orderId, ...reason },
    'POST /dispatch/release': { orderId: of.orderId },
    'POST /dispatch/block': { orderId: of.orderId, driverId: of.driverId, ...reason },
    'POST /dispatch/unblock': { orderId: of.orderId, driverId: of.driverId },
    'PATCH /dispatch/drivers/{driverId}/route': { stops: [] },
    'PATCH /dispatch/drivers/{driverId}': {},
  }
}

/** Places in the village of support/used-roads.ts. */
const IN_THE_VILLAGE = ['11.9705,57.699', '11.972,57.699']

/** A menu or dish that is not there takes the place of the one to delete: so nothing is gone for the next who asks. */
const idsFor = ({ ids }: World, route: string) => {
  if (route.includes('/nearest/')) return { ...ids, coordinates: IN_THE_VILLAGE[0]! }
  return route.startsWith('DELETE') ? { ...ids, menuId: newId(), itemId: newId() } : ids
}

/** The good request for a route; `options` say who asks, and what else is to be different. */
export const askIn = (world: World, route: string, options: CallOptions = {}, ids = idsFor(world, route)) => {
  const [method, template] = route.split(' ')
  const path = template!.replace(/\{(\w+)\}/g, (_, name: string) => ids[name]!)
  const known = world.bodies[route]
  const body = typeof known === 'function' ? known() : known
  return call(method!, `${path}${world.queries[route] ?? ''}`, { body, ...options })
}
