import { afterEach, beforeEach, expect, test } from 'bun:test'
import { clock } from '#core/clock'
import { leaveToTest, offerBundle } from '../support/bundles'
import { brokenOffers } from '../support/chaos-invariants'
import { as, type Cook, type Courier, given, type Person } from '../support/given'
import { eventually, sql, useMarket } from '../support/market'
import { passTime } from '../support/pass-time'

useMarket()

const NEAR = { lat: 57.701, lng: 11.97 }
const NEXT_DOOR = { lat: 57.7002, lng: 11.9702 }
const OFFER_SECONDS = 30

let mai: Cook
let ravi: Cook
let nora: Person
beforeEach(async () => {
  mai = await given.chef('mai')
  ravi = await given.chef('ravi', { at: NEXT_DOOR })
  nora = await given.customer('nora')
  await leaveToTest()
})

// Each test has the streets to itself.
afterEach(async () => {
  expect(await brokenOffers(sql() as never)).toEqual([])
  await sql()`update drivers set is_available = false`
  await sql()`update offers set status = 'withdrawn' where status = 'open'`
  await sql()`update deliveries set status = 'cancelled', driver_id = null, offer_id = null where status <> 'delivered'`
  await given.zoneSettings()
})

type Order = { id: string; handoverCode: string }
const order = (chef = mai): Promise<Order> => given.order({ until: 'accepted', chef, customer: nora })
const isReady = async (cook: Cook, id: string) => {
  await as(cook).patch(`/orders/${id}/preparing`)
  expect((await as(cook).patch(`/orders/${id}/ready`)).status).toBe(200)
}
const offersTo = async (driver: Courier) => (await as(driver).get('/drivers/offers')).body.data
const respond = (driver: Courier, offer: { id: string }, answer: 'accept' | 'decline', body?: object) =>
  as(driver).post(`/drivers/offers/${offer.id}/${answer}`, body)
const deliveryOf = async (id: string) => {
  const [row] = await sql()`select status, driver_id from deliveries where order_id = ${id}`
  return { status: row!.status, driverId: row!.driverId }
}

const routeOf = async (driver: Courier): Promise<[string, string][]> =>
  (await as(driver).get('/drivers/route')).body.stops.map(({ type, orderId }: { type: string; orderId: string }) => [
    type,
    orderId,
  ])

/** Offered to him and taken. */
const taken = async (driver: Courier, orders: readonly Order[], wanted = {}) => {
  expect(await offerBundle(driver, orders, clock.now(), wanted)).toBe(true)
  const [offer] = await offersTo(driver)
  expect((await respond(driver, offer, 'accept')).body.status).toBe('accepted')
  return offer
}

test('a bundle is offered as one, declined by one driver, taken by the next, and brought in order', async () => {
  const [omar, lena] = [await given.driver('omar', { at: NEAR }), await given.driver('lena', { at: NEAR })]
  const [soup, curry, rice] = [await order(), await order(ravi), await order()]
  expect(await offerBundle(omar, [curry, soup, rice], clock.now())).toBe(true)
  const [first] = await offersTo(omar)
  expect(first).toMatchObject({ orderIds: [curry.id, soup.id, rice.id], payCents: 1800 })
  expect(first.stops.map(({ orderId }: { orderId: string }) => orderId)).toEqual([curry.id, soup.id, rice.id])
  expect((await respond(omar, first, 'decline', { reason: 'Too many bags' })).status).toBe(200)
  for (const { id } of [soup, curry, rice]) expect(await deliveryOf(id)).toMatchObject({ status: 'unassigned' })

  await taken(lena, [curry, soup, rice])
  // Each kitchen once, in the order in which it is first needed; then the doors.
  expect(await routeOf(lena)).toEqual([
    ['pickup', curry.id],
    ['pickup', soup.id],
    ['pickup', rice.id],
    ['dropoff', curry.id],
    ['dropoff', soup.id],
    ['dropoff', rice.id],
  ])
  expect((await as(lena).get('/drivers/profile')).body.activeOrderIds.toSorted()).toEqual(
    [soup.id, curry.id, rice.id].toSorted(),
  )
  for (const [cook, { id }] of [
    [mai, soup],
    [ravi, curry],
    [mai, rice],
  ] as [Cook, Order][]) {
    await isReady(cook, id)
    expect((await as(lena).patch(`/orders/${id}/pickup`)).status).toBe(200)
  }
  const { stops } = (await as(lena).get('/drivers/route')).body
  const planned = stops.map(({ plannedAt }: { plannedAt: string }) => Date.parse(plannedAt))
  expect(planned).toEqual(planned.toSorted((a: number, b: number) => a - b))
  for (const { id, handoverCode } of [curry, soup, rice]) {
    expect((await routeOf(lena))[0]).toEqual(['dropoff', id])
    expect((await as(lena).patch(`/orders/${id}/deliver`, { proof: { code: handoverCode } })).status).toBe(200)
  }
  expect(await routeOf(lena)).toEqual([])
})

test('a bundle that nobody answers is given back as a whole', async () => {
  const omar = await given.driver('omar', { at: NEAR })
  const orders = [await order(), await order()]
  await offerBundle(omar, orders, clock.now())
  await passTime(OFFER_SECONDS + 1)
  await eventually('both are free', async () => {
    const found = await Promise.all(orders.map(({ id }) => deliveryOf(id)))
    return found.every(({ status }) => status === 'unassigned')
  })
  expect(await offersTo(omar)).toEqual([])
})

test('an order that is cancelled leaves its bundle; the others stay offered, for less', async () => {
  const omar = await given.driver('omar', { at: NEAR })
  const [soup, rice] = [await order(), await order()]
  await offerBundle(omar, [soup, rice], clock.now())
  expect((await as(nora).patch(`/orders/${soup.id}/cancel`, { reason: 'Ill' })).status).toBe(200)
  const [offer] = await offersTo(omar)
  expect(offer).toMatchObject({ orderIds: [rice.id], payCents: 600 })
  expect((await respond(omar, offer, 'accept')).body.orderIds).toEqual([rice.id])
  expect(await routeOf(omar)).toEqual([
    ['pickup', rice.id],
    ['dropoff', rice.id],
  ])
})

test('accepting a bundle while one of its orders is cancelled: he has the others, and only them', async () => {
  for (let round = 0; round < 4; round++) {
    const omar = await given.driver('omar', { at: NEAR })
    const [soup, rice] = [await order(), await order()]
    await offerBundle(omar, [soup, rice], clock.now())
    const [offer] = await offersTo(omar)
    const [accepting, cancelling] = await Promise.all([
      respond(omar, offer, 'accept'),
      as(nora).patch(`/orders/${soup.id}/cancel`, { reason: 'Ill' }),
    ])
    expect(accepting.status).toBe(200)
    expect(cancelling.status).toBe(200)
    expect(await routeOf(omar)).toEqual([
      ['pickup', rice.id],
      ['dropoff', rice.id],
    ])
  }
})

test('who drops one order of a bundle keeps the others', async () => {
  const omar = await given.driver('omar', { at: NEAR })
  const [soup, rice] = [await order(), await order()]
  await taken(omar, [soup, rice])
  expect((await as(omar).patch(`/orders/${soup.id}/drop`, { reason: 'No room' })).status).toBe(200)
  expect(await deliveryOf(soup.id)).toEqual({ status: 'unassigned', driverId: null })
  expect(await routeOf(omar)).toEqual([
    ['pickup', rice.id],
    ['dropoff', rice.id],
  ])
  expect(await offerBundle(omar, [soup], clock.now(), { besideOrderIds: [rice.id] })).toBe(false)
})

test('until he has picked something up a driver is asked for more, and his doors are put in a new order', async () => {
  const omar = await given.driver('omar', { at: NEAR })
  const [soup, rice] = [await order(), await order()]
  await taken(omar, [soup])
  // A round that believes he has nothing is told otherwise.
  expect(await offerBundle(omar, [rice], clock.now())).toBe(false)
  await taken(omar, [rice], { besideOrderIds: [soup.id], dropoffOrderIds: [rice.id, soup.id] })
  expect(await routeOf(omar)).toEqual([
    ['pickup', soup.id],
    ['pickup', rice.id],
    ['dropoff', rice.id],
    ['dropoff', soup.id],
  ])
  await isReady(mai, soup.id)
  await as(omar).patch(`/orders/${soup.id}/pickup`)
  const late = await order()
  expect(await offerBundle(omar, [late], clock.now(), { besideOrderIds: [soup.id, rice.id] })).toBe(false)
})

test('nobody has more than he takes', async () => {
  const omar = await given.driver('omar', { at: NEAR })
  await sql()`update drivers set capacity = 2 where id = ${omar.driverId}`
  const [soup, rice, curry] = [await order(), await order(), await order()]
  expect(await offerBundle(omar, [soup, rice, curry], clock.now())).toBe(false)
  await taken(omar, [soup, rice])
  expect(await offerBundle(omar, [curry], clock.now(), { besideOrderIds: [soup.id, rice.id] })).toBe(false)
  const ada = await given.admin()
  const byHand = { orderId: curry.id, driverId: omar.driverId, mayBundle: true }
  expect(await as(ada).post('/dispatch/assign', byHand)).toBeProblem(409, 'driver-busy')
  expect(await deliveryOf(curry.id)).toEqual({ status: 'unassigned', driverId: null })
})

test('two rounds that offer the same order in two bundles at once: one of them does', async () => {
  const [omar, lena] = [await given.driver('omar', { at: NEAR }), await given.driver('lena', { at: NEAR })]
  const [soup, rice, curry] = [await order(), await order(), await order()]
  const made = await Promise.all([
    offerBundle(omar, [soup, rice], clock.now()),
    offerBundle(lena, [curry, rice], clock.now()),
  ])
  expect(made.filter(Boolean).length).toBeLessThanOrEqual(1)
  const offered = [...(await offersTo(omar)), ...(await offersTo(lena))]
  expect(offered).toHaveLength(made.filter(Boolean).length)
})

test('an employed driver has it as it is offered, and may still drop it', async () => {
  const omar = await given.driver('omar', { at: NEAR })
  await sql()`update drivers set is_employed = true where id = ${omar.driverId}`
  const [soup, rice] = [await order(), await order()]
  expect(await offerBundle(omar, [soup, rice], clock.now())).toBe(true)
  expect(await offersTo(omar)).toEqual([])
  expect((await routeOf(omar)).map(([, id]) => id)).toEqual([soup.id, rice.id, soup.id, rice.id])
  const [row] = await sql()`select status, is_automatic from offers where driver_id = ${omar.driverId}`
  expect(row).toEqual({ status: 'accepted', isAutomatic: true })
  expect((await as(omar).patch(`/orders/${soup.id}/drop`, { reason: 'Flat tyre' })).status).toBe(200)
})

test('what a driver answers is remembered as his share; what was taken back is not', async () => {
  const omar = await given.driver('omar', { at: NEAR })
  const answers = async () => {
    const [row] = await sql()`select offers_answered, offers_accepted from drivers where id = ${omar.driverId}`
    return [Math.round(row!.offersAnswered), Math.round(row!.offersAccepted)]
  }
  const soup = await order()
  await offerBundle(omar, [soup], clock.now())
  await as(nora).patch(`/orders/${soup.id}/cancel`, { reason: 'Ill' })
  expect(await answers()).toEqual([0, 0])
  await offerBundle(omar, [await order()], clock.now())
  await respond(omar, (await offersTo(omar))[0], 'decline')
  expect(await answers()).toEqual([1, 0])
  await taken(omar, [await order()])
  expect(await answers()).toEqual([2, 1])
})
