import { afterEach, beforeAll, expect, test } from 'bun:test'
import { clock } from '#core/clock'
import { newId } from '#core/ids'
import { leaveToTest, offerBundle } from '../support/bundles'
import { brokenOffers } from '../support/chaos-invariants'
import { as, type Cook, type Courier, given, type Person } from '../support/given'
import { eventually, sql, useMarket } from '../support/market'

useMarket()

const NEAR = { lat: 57.701, lng: 11.97 }

let mai: Cook
let nora: Person
let ada: Person
beforeAll(async () => {
  mai = await given.chef('mai')
  nora = await given.customer('nora')
  ada = await given.admin('ada')
})

// Each test has the streets to itself.
afterEach(async () => {
  expect(await brokenOffers(sql() as never)).toEqual([])
  await sql()`update drivers set is_available = false`
  await sql()`update offers set status = 'withdrawn' where status = 'open'`
  await sql()`update deliveries set status = 'cancelled', driver_id = null, offer_id = null where status <> 'delivered'`
  await given.zoneSettings()
})

const order = (until: 'paid' | 'accepted' | 'ready' = 'accepted') => given.order({ until, chef: mai, customer: nora })
const act = (path: string, body: object) => as(ada).post(`/dispatch/${path}`, body)
const offersTo = async (driver: Courier) => (await as(driver).get('/drivers/offers')).body.data
const routeOf = async (driver: Courier) =>
  (await as(driver).get('/drivers/route')).body.stops.map(
    ({ type, orderId }: { type: string; orderId: string }) => `${type} ${orderId}`,
  )
const lastDecision = async (orderId: string) =>
  (await as(ada).get(`/dispatch/decisions?orderId=${orderId}`)).body.data.find(
    ({ outcome }: { outcome: string }) => outcome !== 'no_driver',
  )

test('an order is taken from the driver who has it, and says who did and why', async () => {
  const omar = await given.driver('omar')
  const { id } = await order()
  await given.assignment(id, omar)
  const reply = await act('unassign', { orderId: id, reason: 'His bike is gone' })
  expect(reply.body).toEqual({ orderId: id, deliveryStatus: 'unassigned', isHeld: false, driverId: null })
  expect(await routeOf(omar)).toEqual([])
  expect(await lastDecision(id)).toMatchObject({
    outcome: 'unassigned',
    driverId: omar.driverId,
    actorId: ada.userId,
    reason: 'His bike is gone',
    policy: 'by hand',
  })
  expect(await act('unassign', { orderId: id, reason: 'Again' })).toBeProblem(409, 'order-not-open')
  // By hand he may have it again.
  expect((await act('assign', { orderId: id, driverId: omar.driverId })).status).toBe(200)
})

test('an order is taken from the driver who is asked; the others of his bundle stay offered', async () => {
  await leaveToTest()
  const omar = await given.driver('omar', { at: NEAR })
  const [soup, rice] = [await order(), await order()]
  expect(await offerBundle(omar, [soup, rice], clock.now())).toBe(true)
  expect((await act('unassign', { orderId: soup.id, reason: 'Too far' })).body.deliveryStatus).toBe('unassigned')
  expect((await offersTo(omar))[0].orderIds).toEqual([rice.id])
})

test('what is kept back is offered to nobody until it is released', async () => {
  const omar = await given.driver('omar', { at: NEAR })
  const { id } = await order()
  await given.offer(omar)
  const held = await act('hold', { orderId: id, reason: 'The kitchen burns' })
  expect(held.body).toMatchObject({ deliveryStatus: 'unassigned', isHeld: true })
  expect(await offersTo(omar)).toEqual([])
  expect(await lastDecision(id)).toMatchObject({ outcome: 'held', reason: 'The kitchen burns' })
  // Another one is offered meanwhile.
  const other = await order()
  const offer = (await given.offer(omar)) as { id: string; orderIds?: string[] }
  expect(offer.orderIds).toEqual([other.id])
  await as(omar).post(`/drivers/offers/${offer.id}/decline`)
  expect((await act('release', { orderId: id })).body.isHeld).toBe(false)
  expect(((await given.offer(omar)) as { orderIds?: string[] }).orderIds).toEqual([id])
  expect(await act('release', { orderId: id })).toBeProblem(409, 'order-not-held')
})

test('a driver who is kept from an order loses it and is not asked for it, until he is let again', async () => {
  const omar = await given.driver('omar', { at: NEAR })
  const { id } = await order()
  const offer = await given.offer(omar)
  await as(omar).post(`/drivers/offers/${offer.id}/accept`)
  const pair = { orderId: id, driverId: omar.driverId }
  expect((await act('block', { ...pair, reason: 'They know each other' })).body.deliveryStatus).toBe('unassigned')
  expect(await routeOf(omar)).toEqual([])
  await sql()`delete from dispatch_decisions where order_id = ${id}`
  await eventually('a round that finds nobody', async () => {
    const rows = await sql()`select outcome from dispatch_decisions where order_id = ${id}`
    return rows.length > 0 && rows.every(({ outcome }) => outcome === 'no_driver')
  })
  expect((await act('unblock', pair)).status).toBe(200)
  expect(await lastDecision(id)).toMatchObject({ outcome: 'unblocked', driverId: omar.driverId })
  expect(await act('unblock', pair)).toBeProblem(404, 'block-not-found')
})

test('an operator gives a driver a second order and puts his stops in another order', async () => {
  const omar = await given.driver('omar', { at: NEAR })
  const [soup, rice] = [await order(), await order()]
  await given.assignment(soup.id, omar)
  const second = { orderId: rice.id, driverId: omar.driverId }
  expect(await act('assign', second)).toBeProblem(409, 'driver-busy')
  expect((await act('assign', { ...second, mayBundle: true })).status).toBe(200)
  const path = `/dispatch/drivers/${omar.driverId}/route`
  expect(await routeOf(omar)).toEqual([
    `pickup ${soup.id}`,
    `dropoff ${soup.id}`,
    `pickup ${rice.id}`,
    `dropoff ${rice.id}`,
  ])
  const stops = [
    { type: 'pickup', orderId: rice.id },
    { type: 'pickup', orderId: soup.id },
    { type: 'dropoff', orderId: rice.id },
    { type: 'dropoff', orderId: soup.id },
  ]
  const changed = await as(ada).patch(path, { stops })
  expect(changed.body.stops.map(({ type, orderId }: (typeof stops)[0]) => ({ type, orderId }))).toEqual(stops)
  expect(await routeOf(omar)).toEqual(stops.map(({ type, orderId }) => `${type} ${orderId}`))
  expect((await as(ada).get(path)).body.driverId).toBe(omar.driverId)
  expect(await lastDecision(rice.id)).toMatchObject({ outcome: 'reordered', actorId: ada.userId })
  for (const wrong of [stops.slice(1), stops.toReversed(), [...stops, stops[0]!]]) {
    expect(await as(ada).patch(path, { stops: wrong })).toBeProblem(409, 'route-changed')
  }
  expect(await as(omar).patch(path, { stops })).toBeProblem(403)
  expect(await as(ada).get(`/dispatch/drivers/${newId()}/route`)).toBeProblem(404, 'driver-not-found')
})

test('food that is on board cannot be taken away, held or kept from its driver', async () => {
  const omar = await given.driver('omar')
  const { id } = await given.order({ until: 'picked_up', chef: mai, customer: nora, driver: omar })
  const reason = 'Too late'
  expect(await act('unassign', { orderId: id, reason })).toBeProblem(409, 'order-not-open')
  expect(await act('hold', { orderId: id, reason })).toBeProblem(409, 'order-not-open')
  expect(await act('block', { orderId: id, driverId: omar.driverId, reason })).toBeProblem(409, 'order-not-open')
  const rows = await sql()`select outcome from dispatch_decisions where order_id = ${id} and outcome <> 'no_driver'`
  expect(rows.map(({ outcome }) => outcome)).toEqual(['assigned'])
})

test('what an operator sets for a driver holds at once: employed, he has an order without being asked', async () => {
  const omar = await given.driver('omar', { at: NEAR })
  const path = `/dispatch/drivers/${omar.driverId}`
  expect((await as(ada).get(path)).body).toMatchObject({ isEmployed: false, capacity: 4, acceptanceShare: 0.8 })
  expect((await as(ada).patch(path, { isEmployed: true, capacity: 1 })).body).toMatchObject({
    isEmployed: true,
    capacity: 1,
  })
  expect(await as(ada).patch(path, { capacity: 5 })).toBeProblem(422)
  const { id } = await order()
  await eventually('he has it', async () => (await routeOf(omar)).length === 2)
  expect(await routeOf(omar)).toEqual([`pickup ${id}`, `dropoff ${id}`])
  const told = await sql()`
    select type, data from events where ${`driver:${omar.driverId}`} = any(topics) and type ~ '^(offer|delivery)' order by id`
  expect(told.map(({ type }) => type)).toEqual(['offer.created', 'delivery.assigned'])
  expect(told[0]!.data).toMatchObject({ isAutomatic: true })
})

test.each(['unassign', 'hold', 'release', 'block', 'unblock'])('only an admin may %s', async (what) => {
  const { id } = await order('paid')
  const omar = await given.driver('omar')
  const body = {
    orderId: id,
    ...(what.includes('block') && { driverId: omar.driverId }),
    ...(what !== 'release' && what !== 'unblock' && { reason: 'x' }),
  }
  expect(await as(omar).post(`/dispatch/${what}`, body)).toBeProblem(403)
  // Nobody is sought before the kitchen has accepted.
  expect(await act(what, body)).toBeProblem(409, 'order-not-open')
})
