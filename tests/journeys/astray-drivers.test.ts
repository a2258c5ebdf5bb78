/** Drivers who have accepted and go somewhere else, and phones that jump. */
import { afterEach, beforeAll, expect, test } from 'bun:test'
import { clock } from '#core/clock'
import { offerBundle } from '../support/bundles'
import { brokenOffers } from '../support/chaos-invariants'
import { as, type Cook, type Courier, DOOR, given, KITCHEN, type Person } from '../support/given'
import { eventually, sql, useMarket } from '../support/market'
import { seenInTrouble } from '../support/troubles'

useMarket()

/** So fast that a test need not wait for drivers to drive; jumps are farther still. Rounds leave alone what is not ready. */
const FAST = {
  believableMetersPerSecond: 200,
  driverSilentSeconds: 600,
  driverRelievedSeconds: 600,
  dispatchLeadSeconds: 0,
}
const NEAR = { lat: 57.704, lng: 11.97 }
const FARTHER = { lat: 57.716, lng: 11.97 }
/** Nine kilometres: three quarters of a minute at that speed. */
const IMPOSSIBLE = { lat: 57.78, lng: 11.97 }

let mai: Cook
let nora: Person
let usual: object
beforeAll(async () => {
  mai = await given.chef('mai')
  usual = (await sql()`select settings from zones`)[0]!.settings
  nora = await given.customer('nora')
})

// Each test has the streets to itself.
afterEach(async () => {
  expect(await brokenOffers(sql() as never)).toEqual([])
  await sql()`update drivers set is_available = false`
  await sql()`update offers set status = 'withdrawn' where status = 'open'`
  await sql()`update deliveries set status = 'cancelled', driver_id = null, offer_id = null where status <> 'delivered'`
  await sql()`update zones set settings = ${sql().json(usual as never)}`
})

const set = async (settings: object) => {
  await sql()`update zones set settings = settings || ${sql().json({ ...FAST, ...settings } as never)}`
}
const order = () => given.order({ until: 'accepted', chef: mai, customer: nora })
const isReady = async (id: string) => {
  await as(mai).patch(`/orders/${id}/preparing`)
  expect((await as(mai).patch(`/orders/${id}/ready`)).status).toBe(200)
}
const goTo = (driver: Courier, place: typeof NEAR) => as(driver).post('/drivers/location', place)
/** As a driver's app does, again and again. */
const staysAt = (driver: Courier, place: typeof NEAR, what: string, look: () => Promise<boolean>) =>
  eventually(
    what,
    async () => {
      await goTo(driver, place)
      return look()
    },
    30,
  )
const deliveryOf = async (id: string) => {
  const [row] = await sql()`
    select status, driver_id, astray_at is not null as is_astray, nearest_meters from deliveries where order_id = ${id}`
  return row!
}
const isFollowed = async (id: string) => (await deliveryOf(id)).nearestMeters !== null
const told = async (id: string) =>
  (await sql()`select data from events where type = 'delivery.astray' and data ->> 'orderId' = ${id} order by id`).map(
    ({ data }) => data,
  )
const taken = async (driver: Courier, orders: { id: string }[]) => {
  expect(await offerBundle(driver, orders, clock.now())).toBe(true)
  const offer = await given.offer(driver)
  expect((await as(driver).post(`/drivers/offers/${offer.id}/accept`)).status).toBe(200)
}
const unassigned = (id: string) => async () => (await deliveryOf(id)).status === 'unassigned'
const routeOf = async (driver: Courier) =>
  (await as(driver).get('/drivers/route')).body.stops.map(
    ({ type, orderId }: { type: string; orderId: string }) => `${type} ${orderId}`,
  )

test('who accepts and drives off is relieved of all that he has not picked up, and another gets it', async () => {
  await set({ astrayRelievedSeconds: 3 })
  const omar = await given.driver('omar', { at: NEAR })
  const [soup, rice] = [await order(), await order()]
  await taken(omar, [soup, rice])
  await staysAt(omar, NEAR, 'he is followed', () => isFollowed(soup.id))
  await staysAt(omar, FARTHER, 'he is marked', async () => (await deliveryOf(soup.id)).isAstray)
  expect(await deliveryOf(soup.id)).toMatchObject({ status: 'assigned', driverId: omar.driverId })
  await staysAt(omar, FARTHER, 'he is relieved', unassigned(soup.id))
  expect(await deliveryOf(rice.id)).toMatchObject({ status: 'unassigned', driverId: null })
  expect(await routeOf(omar)).toEqual([])
  const [decision] = (await as(await given.admin()).get(`/dispatch/decisions?orderId=${soup.id}`)).body.data
  expect(decision).toMatchObject({
    outcome: 'unassigned',
    driverId: omar.driverId,
    policy: 'astray-driver',
    reason: 'The driver drove away from the kitchen.',
  })
  const left = await sql()`
    select data from events where type = 'delivery.unassigned' and topics && array[${`driver:${omar.driverId}`}]`
  expect(left.map(({ data }) => data.orderId).toSorted()).toEqual([soup.id, rice.id].toSorted())
  expect(await told(soup.id)).toEqual([
    { orderId: soup.id, driverId: omar.driverId, why: 'drives off', hasFood: false },
  ] as never)

  for (const { id } of [soup, rice]) await isReady(id)
  const lena = await given.driver('lena', { at: NEAR })
  const asked = new Set<string>()
  await eventually('she is asked for both', async () => {
    for (const offer of (await as(lena).get('/drivers/offers')).body.data) {
      for (const id of offer.orderIds) asked.add(id)
      await as(lena).post(`/drivers/offers/${offer.id}/decline`)
    }
    return asked.size === 2
  })
  expect((await as(omar).get('/drivers/offers')).body.data).toEqual([])
}, 90_000)

test('who turns round in time keeps his order', async () => {
  await set({ astrayRelievedSeconds: 14 })
  const omar = await given.driver('omar', { at: NEAR })
  const soup = await order()
  await taken(omar, [soup])
  await staysAt(omar, NEAR, 'he is followed', () => isFollowed(soup.id))
  await staysAt(omar, FARTHER, 'he is marked', async () => (await deliveryOf(soup.id)).isAstray)
  await staysAt(omar, KITCHEN, 'he is not any more', async () => !(await deliveryOf(soup.id)).isAstray)
  await Bun.sleep(10_000)
  expect(await deliveryOf(soup.id)).toMatchObject({ status: 'assigned', driverId: omar.driverId })
}, 60_000)

test('a phone that jumps relieves nobody, and moves no time at the door', async () => {
  await set({ astrayRelievedSeconds: 1 })
  const omar = await given.driver('omar', { at: NEAR })
  const soup = await order()
  await taken(omar, [soup])
  await staysAt(omar, NEAR, 'he is followed', () => isFollowed(soup.id))
  // Times that follow from his being given it are told.
  await Bun.sleep(6_000)
  const before = (await as(nora).get(`/orders/${soup.id}`)).body
  const changes = () =>
    sql()`select from events where type = 'order.eta_changed' and data ->> 'orderId' = ${soup.id}`.then(
      ({ length }) => length,
    )
  const count = await changes()
  // Long enough for those who look after drivers, and for times at the door, to have looked twice.
  for (let second = 0; second < 11; second++) {
    await goTo(omar, IMPOSSIBLE)
    await Bun.sleep(1_000)
  }
  const after = (await as(nora).get(`/orders/${soup.id}`)).body
  expect([after.eta, after.pickupEta]).toEqual([before.eta, before.pickupEta])
  expect(await changes()).toBe(count)
  expect(await deliveryOf(soup.id)).toMatchObject({ status: 'assigned', driverId: omar.driverId, isAstray: false })
  expect(await told(soup.id)).toEqual([])
}, 60_000)

test('with food on board nobody is relieved of it: operators hear of it, and what he has still to fetch goes to others', async () => {
  await set({ astrayRelievedSeconds: 2 })
  const omar = await given.driver('omar', { at: DOOR })
  const [soup, rice] = [await order(), await order()]
  await taken(omar, [soup, rice])
  await isReady(soup.id)
  expect((await as(omar).patch(`/orders/${soup.id}/pickup`)).status).toBe(200)
  await staysAt(omar, KITCHEN, 'he is followed to the other pickup', () => isFollowed(rice.id))
  await staysAt(omar, FARTHER, 'he is relieved of it', unassigned(rice.id))
  expect(await routeOf(omar)).toEqual([`dropoff ${soup.id}`])
  expect(await told(soup.id)).toEqual([])

  await staysAt(omar, DOOR, 'he is seen at the door', async () => {
    const { nearestMeters } = await deliveryOf(soup.id)
    return nearestMeters !== null && nearestMeters < 150
  })
  await staysAt(omar, FARTHER, 'he is marked', async () => (await deliveryOf(soup.id)).isAstray)
  expect(await told(soup.id)).toEqual([
    { orderId: soup.id, driverId: omar.driverId, why: 'drives off', hasFood: true },
  ] as never)
  await seenInTrouble({ astray_with_food: 1, astray: 0 })
  for (let second = 0; second < 5; second++) {
    await goTo(omar, FARTHER)
    await Bun.sleep(1_000)
  }
  expect(await deliveryOf(soup.id)).toMatchObject({ status: 'picked_up', driverId: omar.driverId })
  const proof = { code: soup.handoverCode }
  expect((await as(omar).patch(`/orders/${soup.id}/deliver`, { proof })).status).toBe(200)
  await seenInTrouble({ astray_with_food: 0 })
}, 90_000)

test('who says that he is at the kitchen may wait anywhere near it, and is relieved when he drives off', async () => {
  await set({ astrayRelievedSeconds: 2, astraySeconds: 1 })
  const omar = await given.driver('omar', { at: NEAR })
  const soup = await order()
  await taken(omar, [soup])
  await isReady(soup.id)
  await staysAt(omar, NEAR, 'he is followed', () => isFollowed(soup.id))
  expect((await as(omar).patch(`/orders/${soup.id}/arrive`)).status).toBe(200)
  await sql()`update deliveries set astray_at = null where order_id = ${soup.id}`
  for (let second = 0; second < 6; second++) {
    await goTo(omar, NEAR)
    await Bun.sleep(1_000)
  }
  expect(await deliveryOf(soup.id)).toMatchObject({ status: 'at_pickup', isAstray: false })
  await staysAt(omar, FARTHER, 'he is relieved', unassigned(soup.id))
}, 60_000)
