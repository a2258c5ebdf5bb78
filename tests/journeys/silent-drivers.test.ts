import { afterEach, beforeAll, expect, test } from 'bun:test'
import { clock } from '#core/clock'
import { leaveToTest, offerBundle } from '../support/bundles'
import { as, type Cook, type Courier, given, KITCHEN, type Person } from '../support/given'
import { eventually, sql, useMarket } from '../support/market'
import { seenInTrouble } from '../support/troubles'

useMarket()

const NEAR = { lat: 57.704, lng: 11.97 }
const FARTHER = { lat: 57.715, lng: 11.97 }
const FAR = { lat: 57.73, lng: 11.97 }

let mai: Cook
let nora: Person
beforeAll(async () => {
  mai = await given.chef('mai')
  nora = await given.customer('nora')
})

// Each test has the streets to itself.
afterEach(async () => {
  await sql()`update drivers set is_available = false, silent_since = null`
  await sql()`update deliveries set status = 'cancelled', driver_id = null, offer_id = null where status <> 'delivered'`
  await given.zoneSettings()
})

const set = async (settings: object) => {
  await leaveToTest()
  await sql()`update zones set settings = settings || ${sql().json(settings as never)}`
}
const order = () => given.order({ until: 'accepted', chef: mai, customer: nora })
const isReady = async (id: string) => {
  await as(mai).patch(`/orders/${id}/preparing`)
  await as(mai).patch(`/orders/${id}/ready`)
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
    25,
  )
const deliveryOf = async (id: string) => {
  const [row] =
    await sql()`select status, driver_id, astray_at is not null as is_astray from deliveries where order_id = ${id}`
  return row!
}
const toldOperators = async (type: string) =>
  (
    await sql()`select data from events where type = ${type} and topics && array[${`zone:${await given.zone()}`}] order by id`
  ).map(({ data }) => data)
const isSilent = async (driver: Courier) => {
  const [row] = await sql()`select silent_since is not null as yes from drivers where id = ${driver.driverId}`
  return row!.yes as boolean
}
const taken = async (driver: Courier, orders: { id: string }[]) => {
  expect(await offerBundle(driver, orders, clock.now())).toBe(true)
  const offer = await given.offer(driver)
  expect((await as(driver).post(`/drivers/offers/${offer.id}/accept`)).status).toBe(200)
}

test('a driver who falls silent is marked, then relieved of what he has not picked up; operators hear of the rest', async () => {
  await set({ driverSilentSeconds: 1, driverRelievedSeconds: 4 })
  const omar = await given.driver('omar', { at: NEAR })
  const [soup, rice] = [await order(), await order()]
  await taken(omar, [soup, rice])
  await isReady(soup.id)
  expect((await as(omar).patch(`/orders/${soup.id}/pickup`)).status).toBe(200)
  await eventually('he is marked', () => isSilent(omar))
  expect((await deliveryOf(rice.id)).driverId).toBe(omar.driverId)
  await eventually('he is relieved', async () => (await deliveryOf(rice.id)).status === 'unassigned', 12)
  await eventually(
    'operators know of the food',
    async () => (await toldOperators('driver.silent_with_food')).length === 1,
  )
  expect(await deliveryOf(soup.id)).toMatchObject({ status: 'picked_up', driverId: omar.driverId })
  expect((await toldOperators('driver.silent'))[0]).toEqual({ driverId: omar.driverId, orderIds: [soup.id, rice.id] })
  const [decision] = await sql()`
    select outcome, driver_id, reason from dispatch_decisions where order_id = ${rice.id} order by id desc limit 1`
  expect(decision).toMatchObject({
    outcome: 'unassigned',
    driverId: omar.driverId,
    reason: 'Nothing was heard of the driver.',
  })
  // For this order he is not asked again, nor for any other before he speaks.
  const curry = await order()
  expect(await offerBundle(omar, [curry], clock.now(), { besideOrderIds: [] })).toBe(false)
  await staysAt(omar, NEAR, 'he is heard', async () => !(await isSilent(omar)))
})

test('who speaks in time keeps his orders', async () => {
  await set({ driverSilentSeconds: 1, driverRelievedSeconds: 5 })
  const omar = await given.driver('omar', { at: NEAR })
  const soup = await order()
  await taken(omar, [soup])
  await eventually('he is marked', () => isSilent(omar))
  await staysAt(omar, NEAR, 'he is heard', async () => !(await isSilent(omar)))
  expect(await deliveryOf(soup.id)).toMatchObject({ status: 'assigned', driverId: omar.driverId })
})

test('a driver who accepts and drives off is marked, and is not when his phone jumps', async () => {
  await set({ driverSilentSeconds: 600, driverRelievedSeconds: 600 })
  const [omar, lena] = [await given.driver('omar', { at: NEAR }), await given.driver('lena', { at: NEAR })]
  const [soup, rice] = [await order(), await order()]
  await taken(omar, [soup])
  await taken(lena, [rice])
  const nearest = async (id: string) => {
    const [row] = await sql()`select nearest_meters from deliveries where order_id = ${id}`
    return row!.nearestMeters as number | null
  }
  await eventually(
    'both are followed',
    async () => (await nearest(soup.id)) !== null && (await nearest(rice.id)) !== null,
  )
  // Three kilometres in a few seconds are not driven.
  await goTo(omar, FAR)
  await staysAt(lena, KITCHEN, 'she came nearer', async () => (await nearest(rice.id))! < 100)
  expect(await deliveryOf(soup.id)).toMatchObject({ isAstray: false, status: 'assigned' })
  await sql()`update zones set settings = settings || '{"believableMetersPerSecond": 200}'`
  await staysAt(omar, FARTHER, 'he is marked', async () => (await deliveryOf(soup.id)).isAstray)
  await seenInTrouble({ astray: 1 })
  expect(await toldOperators('delivery.astray')).toEqual([
    { orderId: soup.id, driverId: omar.driverId, why: 'drives off', hasFood: false },
  ] as never)
}, 60_000)

test('who stands still while the food waits is marked', async () => {
  await set({ driverSilentSeconds: 600, driverRelievedSeconds: 600, astraySeconds: 2 })
  const omar = await given.driver('omar', { at: NEAR })
  const soup = await order()
  await isReady(soup.id)
  await given.assignment(soup.id, omar)
  await staysAt(omar, NEAR, 'he is marked', async () => (await deliveryOf(soup.id)).isAstray)
  await staysAt(omar, KITCHEN, 'he comes', async () => !(await deliveryOf(soup.id)).isAstray)
})
