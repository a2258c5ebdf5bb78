/** What an order or a quote is refused for: by the rules of kitchens, baskets, quotes and states. Nothing changes by it. */
import { beforeAll, expect, test } from 'bun:test'
import { newId } from '#core/ids'
import { fields, invalid, type Refusal, refused, testRefusals } from '../support/contract-refusals'
import { changedTables, marketState } from '../support/contract-state'
import { as, type Cook, deliveryAddress, given, type Person } from '../support/given'
import { type Reply, sql, useMarket } from '../support/market'

useMarket({ environment: { DISPATCH_ROUND_MS: '60000' } })

type GivenOrder = Awaited<ReturnType<typeof given.order>>

let nora: Person
let sara: Person
let ada: Person
/** An ordinary kitchen; luca's, which delivers a kilometre far at most. */
let mai: Cook
let luca: Cook
const kitchens = {} as Record<'closed' | 'away' | 'pending' | 'suspended', Cook>
const items = {} as Record<'scarce' | 'off' | 'gone' | 'cheap', string>
const quotes = {} as Record<'fresh' | 'used' | 'expired', string>
const orders = {} as Record<
  'pending' | 'paid' | 'accepted' | 'preparing' | 'assigned' | 'delivered' | 'cancelled',
  GivenOrder
>

beforeAll(async () => {
  nora = await given.customer('nora')
  sara = await given.customer('sara')
  ada = await given.admin('ada')
  mai = await given.chef('mai')
  luca = await given.chef('luca')
  await as(luca).patch(`/chefs/${luca.chefId}`, { deliveryRadiusMeters: 1_000 })
  for (const name of ['closed', 'away', 'pending', 'suspended'] as const) kitchens[name] = await given.chef(name)
  await as(kitchens.closed).patch(`/chefs/${kitchens.closed.chefId}`, { hours: [] })
  const vacation = { from: '2020-01-01T00:00:00Z', until: '2099-01-01T00:00:00+02:00' }
  await as(kitchens.away).patch(`/chefs/${kitchens.away.chefId}`, { vacation })
  for (const status of ['pending', 'suspended'] as const) {
    await sql()`update chefs set verification_status = ${status} where id = ${kitchens[status].chefId}`
  }
  for (const [name, dish] of Object.entries(DISHES)) {
    const path = `/chefs/${mai.chefId}/menus/${mai.menuId}/items`
    items[name as keyof typeof items] = (await as(mai).post(path, dish)).body.id
  }
  await as(mai).delete(`/chefs/${mai.chefId}/menus/${mai.menuId}/items/${items.gone}`)
  for (const name of ['fresh', 'used', 'expired'] as const) quotes[name] = (await quoted({})).body.id
  await as(nora).post('/orders', { quoteId: quotes.used })
  await sql()`update quotes set expires_at = now() - interval '1 second' where id = ${quotes.expired}`
  for (const until of ['pending', 'paid', 'accepted', 'preparing', 'assigned', 'delivered'] as const) {
    orders[until] = await given.order({ until, customer: nora, chef: mai })
  }
  orders.cancelled = await given.order({ until: 'paid', customer: nora, chef: mai })
  await as(nora).patch(`/orders/${orders.cancelled.id}/cancel`, { reason: 'Not hungry' })
  await sql()`
    insert into promotions (id, code, discount_bps, subtotal_cents_min, starts_at, ends_at, redemption_count, redemption_count_max, created_at)
    values (${newId()}, 'OVER', 1000, 0, '2020-01-01', '2021-01-01', 0, null, now()),
      (${newId()}, 'TAKEN', 1000, 0, '2020-01-01', '2099-01-01', 5, 5, now()),
      (${newId()}, 'BIG', 1000, 100000, '2020-01-01', '2099-01-01', 0, null, now())`
})

const DISHES = {
  scarce: { name: 'Scarce', priceCents: 1500, portionsPerDay: 3 },
  off: { name: 'Off', priceCents: 1500, isAvailable: false },
  gone: { name: 'Gone', priceCents: 1500 },
  cheap: { name: 'Cheap', priceCents: 300 },
}

const line = (menuItemId: string, quantity = 2) => ({ menuItemId, quantity })
const basket = (change: object = {}) => ({
  chefId: mai.chefId,
  items: [line(mai.itemId)],
  deliveryAddress: deliveryAddress(),
  ...change,
})
const quoted = (change: object) => as(nora).post('/quotes', basket(change))
const ordered = (change: object) => as(nora).post('/orders', basket(change))
const to = (lat: number, lng: number) => ({ deliveryAddress: deliveryAddress({ lat, lng }) })
const COORDINATES = 'deliveryAddress.coordinates'
const from = ({ chefId, itemId }: Cook) => ({ chefId, items: [line(itemId)] })

type BasketRow = [name: string, change: () => object, status: number, slug: string, field?: string]

/** A basket is refused for the same reason whether it is to be priced or to be ordered. */
const BASKETS: BasketRow[] = [
  ['no items', () => ({ items: [] }), 422, 'invalid-request', 'items'],
  ['too many lines', () => ({ items: Array(51).fill(line(mai.itemId)) }), 422, 'invalid-request', 'items'],
  ['none of a dish', () => ({ items: [line(mai.itemId, 0)] }), 422, 'invalid-request', 'items.0.quantity'],
  ['less than none', () => ({ items: [line(mai.itemId, -1)] }), 422, 'invalid-request', 'items.0.quantity'],
  ['half a dish', () => ({ items: [line(mai.itemId, 1.5)] }), 422, 'invalid-request', 'items.0.quantity'],
  ['a hundred of a dish', () => ({ items: [line(mai.itemId, 100)] }), 422, 'invalid-request', 'items.0.quantity'],
  ['a dish that is none', () => ({ items: [line(newId())] }), 422, 'unknown-item', 'items.0.menuItemId'],
  ['a dish of another kitchen', () => ({ items: from(luca).items }), 422, 'unknown-item', 'items.0.menuItemId'],
  ['a dish that was taken away', () => ({ items: [line(items.gone)] }), 422, 'unknown-item', 'items.0.menuItemId'],
  ['a dish that is switched off', () => ({ items: [line(items.off)] }), 409, 'sold-out'],
  ['more than is left', () => ({ items: [line(items.scarce, 4)] }), 409, 'sold-out'],
  ['more than is left, in two lines', () => ({ items: [line(items.scarce), line(items.scarce)] }), 409, 'sold-out'],
  ['less than the least', () => ({ items: [line(items.cheap, 3)] }), 422, 'below-minimum', 'items'],
  ['a tip below nothing', () => ({ tipCents: -1 }), 422, 'invalid-request', 'tipCents'],
  ['a tip of a fortune', () => ({ tipCents: 100_001 }), 422, 'invalid-request', 'tipCents'],
  ['a kitchen that is closed', () => from(kitchens.closed), 409, 'kitchen-closed'],
  ['a kitchen on holiday', () => from(kitchens.away), 409, 'kitchen-closed'],
  ['a kitchen that nobody approved', () => from(kitchens.pending), 404, 'chef-not-found'],
  ['a kitchen that was suspended', () => from(kitchens.suspended), 404, 'chef-not-found'],
  ['a kitchen that is none', () => ({ chefId: newId() }), 404, 'chef-not-found'],
  ['a door outside of the zone', () => to(58.5, 11.97), 422, 'outside-zone', COORDINATES],
  ['a door too far', () => ({ ...from(luca), ...to(57.72, 11.97) }), 422, 'outside-delivery-radius', COORDINATES],
  ['a door off the globe', () => to(91, 11.97), 422, 'invalid-request', 'deliveryAddress.coordinates.lat'],
  [
    'no coordinates',
    () => ({ deliveryAddress: { ...deliveryAddress(), coordinates: undefined } }),
    422,
    'invalid-request',
    COORDINATES,
  ],
  ['a code that is none', () => ({ promoCode: 'NONE' }), 422, 'promotion-not-valid', 'promoCode'],
  ['a code of last year', () => ({ promoCode: 'over' }), 422, 'promotion-not-valid', 'promoCode'],
  ['a code that is used up', () => ({ promoCode: 'TAKEN' }), 422, 'promotion-not-valid', 'promoCode'],
  ['a code for larger orders', () => ({ promoCode: 'BIG' }), 422, 'promotion-not-valid', 'promoCode'],
]

testRefusals(
  BASKETS.flatMap(([name, change, status, slug, field]): Refusal[] => {
    const has = field === undefined ? {} : fields(field)
    return [
      refused(`quote: ${name}`, () => quoted(change()), status, slug, has),
      refused(`order: ${name}`, () => ordered(change()), status, slug, has),
    ]
  }),
)

const fromQuote = (name: keyof typeof quotes, change: object = {}, who = nora) =>
  as(who).post('/orders', { quoteId: quotes[name], ...change })
const mismatch = (name: string, change: () => object, field: string) =>
  refused(`a quote with ${name}`, () => fromQuote('fresh', change()), 422, 'quote-mismatch', fields(field))

testRefusals([
  refused('a quote that is none', () => as(nora).post('/orders', { quoteId: newId() }), 404, 'quote-not-found'),
  refused('a quote of somebody else', () => fromQuote('fresh', {}, sara), 404, 'quote-not-found'),
  refused('a quote that was used', () => fromQuote('used'), 409, 'quote-used'),
  refused('a quote that is over', () => fromQuote('expired'), 409, 'quote-expired', { expiredAt: expect.any(String) }),
  mismatch('another kitchen', () => ({ chefId: luca.chefId }), 'chefId'),
  mismatch('more dishes', () => ({ items: [line(mai.itemId, 3)] }), 'items'),
  mismatch('other dishes', () => ({ items: [line(items.scarce)] }), 'items'),
  mismatch('another tip', () => ({ tipCents: 1 }), 'tipCents'),
  mismatch('a code', () => ({ promoCode: 'NEW' }), 'promoCode'),
  mismatch('another door', () => to(57.71, 11.98), 'deliveryAddress.coordinates'),
  invalid('an order of nothing', () => as(nora).post('/orders', {}), 'chefId', 'items', 'deliveryAddress'),
])

const reason = { reason: 'Because' }
const order = (name: keyof typeof orders, step: string) => `/orders/${orders[name].id}/${step}`
type StepRow = [name: keyof typeof orders, step: string, who: () => { token: string }, body?: object]

const chef = () => mai
const customer = () => nora
const admin = () => ada
const driver = () => orders.assigned.driver!

/** Steps that the state of an order does not allow: each is told what the state is. */
const TOO_EARLY_OR_TOO_LATE: StepRow[] = [
  ['cancelled', 'accept', chef],
  ['cancelled', 'reject', chef, reason],
  ['cancelled', 'cancel', customer, reason],
  ['cancelled', 'create-payment-intent', customer],
  ['paid', 'create-payment-intent', customer],
  ['paid', 'preparing', chef],
  ['paid', 'ready', chef],
  ['accepted', 'accept', chef],
  ['accepted', 'reject', chef, reason],
  ['accepted', 'ready', chef],
  ['preparing', 'preparing', chef],
  ['preparing', 'cancel', customer, reason],
  ['assigned', 'in-transit', driver],
  ['assigned', 'deliver', driver, { proof: { code: '0000' } }],
  ['assigned', 'deliver', admin, { proof: { override: 'The code does not work' } }],
  ['assigned', 'fail', driver, { ...reason, food: 'disposed' }],
  ['delivered', 'cancel', admin, reason],
  ['delivered', 'fail', admin, { ...reason, food: 'disposed' }],
]

const SHOWN: Record<keyof typeof orders, string> = {
  pending: 'pending',
  paid: 'payment_confirmed',
  accepted: 'accepted',
  preparing: 'preparing',
  assigned: 'assigned_to_driver',
  delivered: 'delivered',
  cancelled: 'cancelled',
}

const take = (path: string, who: { token: string }, body?: object): Promise<Reply> =>
  path.endsWith('intent') || path.endsWith('refund') ? as(who).post(path, body) : as(who).patch(path, body)

testRefusals(
  TOO_EARLY_OR_TOO_LATE.map(([name, step, who, body]) =>
    refused(`${name}, ${step}`, () => take(order(name, step), who(), body), 409, 'order-not-open', {
      currentStatus: SHOWN[name],
    }),
  ),
)

const refund = (name: keyof typeof orders, amountCents: number) =>
  take(order(name, 'refund'), ada, { ...reason, amountCents })

testRefusals([
  refused('a refund of more than was paid', () => refund('delivered', 1_000_000), 422, 'refund-too-large', {
    refundableCents: expect.any(Number),
    ...fields('amountCents'),
  }),
  refused('a refund of what was not paid', () => refund('pending', 1), 422, 'refund-too-large', { refundableCents: 0 }),
  refused('a refund of what was given back', () => refund('cancelled', 1), 422, 'refund-too-large'),
  refused('all of it back while it is cooked', () => refund('paid', orders.paid.totalCents), 409, 'order-not-open'),
  invalid('a refund of nothing', () => refund('delivered', 0), 'amountCents'),
  invalid('a refund that takes', () => refund('delivered', -100), 'amountCents'),
  invalid(
    'a code of letters',
    () => take(order('assigned', 'deliver'), driver(), { proof: { code: 'abcd' } }),
    'proof.code',
  ),
  refused(
    'a driver who says that it needs no code',
    () => take(order('assigned', 'deliver'), driver(), { proof: { override: 'Trust me' } }),
    403,
    'forbidden',
  ),
  refused(
    'a chef who cancels what is on its way',
    () => take(order('delivered', 'cancel'), mai, reason),
    409,
    'order-not-open',
  ),
  refused('an account with an open order', () => as(nora).delete('/users/me'), 409, 'orders-open'),
])

const assigned = (orderId: string, driverId?: string) => as(ada).post('/dispatch/assign', { orderId, driverId })

testRefusals([
  refused('a driver who is none', () => assigned(orders.preparing.id, newId()), 404, 'driver-not-found'),
  refused('a driver who has an order', () => assigned(orders.preparing.id, driver().driverId), 409, 'driver-busy'),
  refused('nobody on duty', () => assigned(orders.preparing.id), 409, 'no-driver-available'),
  refused('an order that is none', () => assigned(newId()), 404, 'order-not-found'),
  refused('an order that no kitchen took on', () => assigned(orders.paid.id), 409, 'order-not-open'),
  refused('an order that was delivered', () => assigned(orders.delivered.id), 409, 'order-not-open'),
])

test('a wrong code is counted, after ten not even the right one helps, and support still can', async () => {
  const { id, driver, handoverCode } = await given.order({ until: 'picked_up', customer: sara, chef: mai })
  const hand = (code: string) => as(driver!).patch(`/orders/${id}/deliver`, { proof: { code } })
  const wrong = handoverCode === '0000' ? '1111' : '0000'
  for (let i = 0; i < 10; i++) {
    const reply = await hand(wrong)
    expect(reply).toBeProblem(422, 'wrong-code')
    expect(JSON.stringify(reply.body)).not.toContain(handoverCode)
  }
  const before = await marketState()
  expect(await hand(wrong)).toBeProblem(409, 'handover-locked')
  expect(await hand(handoverCode)).toBeProblem(409, 'handover-locked')
  expect(changedTables(before, await marketState())).toEqual([])
  const proof = { override: 'The customer has it' }
  expect((await as(ada).patch(`/orders/${id}/deliver`, { proof })).body.status).toBe('delivered')
})

test('a driver who is not approved takes no offers', async () => {
  const newcomer = await given.driver('newcomer')
  await sql()`update drivers set verification_status = 'pending' where id = ${newcomer.driverId}`
  const before = await marketState()
  const reply = await as(newcomer).patch('/drivers/availability', { isAvailable: true })
  expect(reply).toBeProblem(409, 'driver-not-approved')
  expect(await assigned(orders.preparing.id, newcomer.driverId)).toBeProblem(404, 'driver-not-found')
  expect(changedTables(before, await marketState())).toEqual([])
})

test('the last portions go once, however many reach for them', async () => {
  const replies = await Promise.all(Array.from({ length: 6 }, () => ordered({ items: [line(items.scarce, 2)] })))
  expect(replies.filter(({ status }) => status === 201).length).toBe(1)
  for (const reply of replies.filter(({ status }) => status !== 201)) {
    expect(reply).toBeProblem(409, 'sold-out')
    expect(reply.body.menuItemId).toBe(items.scarce)
  }
})

const why = { reason: 'Because' }
const byHand = (path: string, body: object) => as(ada).post(`/dispatch/${path}`, body)

testRefusals([
  refused(
    'to take away what nobody has',
    () => byHand('unassign', { orderId: orders.preparing.id, ...why }),
    409,
    'order-not-open',
  ),
  refused(
    'to take away what there is not',
    () => byHand('unassign', { orderId: newId(), ...why }),
    404,
    'order-not-found',
  ),
  refused(
    'to keep back what a driver has',
    () => byHand('hold', { orderId: orders.delivered.id, ...why }),
    409,
    'order-not-open',
  ),
  refused(
    'to release what nobody keeps',
    () => byHand('release', { orderId: orders.preparing.id }),
    409,
    'order-not-held',
  ),
  refused(
    'to keep an order from a driver who is none',
    () => byHand('block', { orderId: orders.preparing.id, driverId: newId(), ...why }),
    404,
    'driver-not-found',
  ),
  refused(
    'to let a driver have what he was not kept from',
    () => byHand('unblock', { orderId: orders.preparing.id, driverId: driver().driverId }),
    404,
    'block-not-found',
  ),
])
