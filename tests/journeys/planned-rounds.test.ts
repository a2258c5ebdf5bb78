/** Rounds that plan all orders and drivers of a zone together. */
import { afterEach, beforeAll, beforeEach, expect, test } from 'bun:test'
import { as, type Cook, type Courier, given, KITCHEN, type Person } from '../support/given'
import { eventually, sql, useMarket } from '../support/market'

useMarket()

const NEAR = { lat: 57.701, lng: 11.97 }
const FARTHER = { lat: 57.71, lng: 11.97 }

let mai: Cook
let nora: Person

beforeAll(async () => {
  await given.zone()
  await given.zoneSettings()
})
beforeEach(async () => {
  mai = await given.chef('mai')
  nora = await given.customer('nora')
})
// Each test has the streets to itself.
afterEach(async () => {
  await sql()`update drivers set is_available = false`
  await sql()`update offers set status = 'withdrawn' where status = 'open'`
  await sql()`update deliveries set status = 'cancelled', driver_id = null, offer_id = null where status <> 'delivered'`
})

type Offer = { id: string; orderIds: string[] }
const offerTo = (driver: Courier) => given.offer(driver) as Promise<Offer>
const offersTo = async (driver: Courier): Promise<Offer[]> => (await as(driver).get('/drivers/offers')).body.data
const ready = () => given.order({ until: 'ready', chef: mai, customer: nora })
const accept = async (driver: Courier, { id }: Offer) =>
  expect((await as(driver).post(`/drivers/offers/${id}/accept`)).status).toBe(200)

const decisionsOf = async (orderId: string) =>
  (await as(await given.admin()).get(`/dispatch/decisions?orderId=${orderId}`)).body.data

test('who can be there first is asked, and why is kept, with the mark of estimated travel times', async () => {
  const [omar, lena] = [await given.driver('omar', { at: NEAR }), await given.driver('lena', { at: FARTHER })]
  const { id } = await ready()
  expect((await offerTo(omar)).orderIds).toEqual([id])
  expect(await offersTo(lena)).toEqual([])
  const [decision] = await decisionsOf(id)
  expect(decision).toMatchObject({ outcome: 'offered', driverId: omar.driverId, policy: 'optimiser' })
  expect(decision.candidates.length).toBeGreaterThan(0)
  // This market has no roads.
  expect(decision.reason).toContain('Travel times are estimates.')
})

test('two orders of one kitchen to one door are one ride', async () => {
  const orders = [await ready(), await ready()]
  const omar = await given.driver('omar', { at: NEAR })
  const offer = await offerTo(omar)
  expect(offer.orderIds.toSorted()).toEqual(orders.map(({ id }) => id).toSorted())
  await accept(omar, offer)
  const { stops } = (await as(omar).get('/drivers/route')).body
  expect(stops.map(({ type }: { type: string }) => type)).toEqual(['pickup', 'pickup', 'dropoff', 'dropoff'])
})

test('who is on his way to a kitchen is asked for one more from there', async () => {
  const first = await ready()
  const omar = await given.driver('omar', { at: NEAR })
  await accept(omar, await offerTo(omar))
  const second = await ready()
  const more = await offerTo(omar)
  expect(more.orderIds).toEqual([second.id])
  await accept(omar, more)
  const { stops } = (await as(omar).get('/drivers/route')).body
  const ids = stops.map(({ orderId }: { orderId: string }) => orderId)
  expect([...new Set(ids)].toSorted()).toEqual([first.id, second.id].toSorted())
})

test('who declines is not asked again, and that there is nobody is kept', async () => {
  const omar = await given.driver('omar', { at: NEAR })
  const { id } = await ready()
  await as(omar).post(`/drivers/offers/${(await offerTo(omar)).id}/decline`)
  const nobody = async () => (await decisionsOf(id)).find((one: { outcome: string }) => one.outcome === 'no_driver')
  expect(await eventually('a round finds nobody', nobody)).toMatchObject({ driverId: null, policy: 'optimiser' })
  expect(await offersTo(omar)).toEqual([])
  const lena = await given.driver('lena', { at: FARTHER })
  expect((await offerTo(lena)).orderIds).toEqual([id])
})

test('each order is offered once, however many drivers and kitchens there are', async () => {
  const ben = await given.chef('ben', { at: { lat: 57.72, lng: 11.99 } })
  const orders = await Promise.all(
    [mai, ben, mai, ben].map((chef) => given.order({ until: 'ready', chef, customer: nora })),
  )
  for (const at of [NEAR, FARTHER, KITCHEN]) await given.driver('omar', { at })
  await eventually('all are offered', async () => {
    const [row] = await sql()<{ count: number }[]>`
      select count(*)::integer as count from deliveries where status = 'offered'`
    return row!.count === orders.length
  })
  const rows = await sql()<{ orderIds: string[] }[]>`
    select order_ids::text[] as order_ids from offers where status = 'open'`
  expect(rows.flatMap(({ orderIds }) => orderIds).toSorted()).toEqual(orders.map(({ id }) => id).toSorted())
})
