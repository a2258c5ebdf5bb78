import { afterEach, beforeEach, expect, test } from 'bun:test'
import { brokenOffers } from '../support/chaos-invariants'
import { as, type Cook, type Courier, given, KITCHEN, type Person } from '../support/given'
import { eventually, sql, useMarket } from '../support/market'
import { seenInTrouble } from '../support/troubles'

useMarket()

const LATE_SECONDS = 600
const WAIT_SECONDS = 900

let mai: Cook
let nora: Person
let ada: Person
let omar: Courier
beforeEach(async () => {
  mai = await given.chef('mai')
  nora = await given.customer('nora')
  ada = await given.admin('ada')
  omar = await given.driver('omar', { at: KITCHEN })
})

// Each test has the streets to itself.
afterEach(async () => {
  expect(await brokenOffers(sql() as never)).toEqual([])
  await sql()`update drivers set is_available = false, silent_since = null`
  await sql()`update offers set status = 'withdrawn' where status = 'open'`
  await sql()`update deliveries set status = 'cancelled', driver_id = null, offer_id = null where status <> 'delivered'`
  await sql()`update orders set status = 'cancelled' where status in ('accepted', 'preparing')`
})

/** Cooked for so much longer than was said; for whoever waits there, so much time has passed. */
const isLateBy = async (id: string, seconds: number) => {
  const by = `${seconds} seconds`
  await sql()`
    update orders set accepted_at = accepted_at - (ready_at - now()) - ${by}::interval, ready_at = now() - ${by}::interval
    where id = ${id}`
  await sql()`update order_events set at = at - ${by}::interval where order_id = ${id} and event = 'arrive'`
  await sql()`update deliveries set nearer_at = nearer_at - ${by}::interval where order_id = ${id}`
}
const deliveryOf = async (id: string) => {
  const [row] = await sql()`
    select status, driver_id, held_at is not null as is_held, kitchen_late_at is not null as is_late
    from deliveries where order_id = ${id}`
  return row!
}
const eventsOf = async (id: string, type: string) =>
  sql()`select topics, data from events where type = ${type} and data ->> 'orderId' = ${id}`
const outcomesOf = async (id: string): Promise<string[]> =>
  (await as(ada).get(`/dispatch/decisions?orderId=${id}`)).body.data.map(({ outcome }: { outcome: string }) => outcome)
const taken = async (driver: Courier) => {
  const { id } = await given.order({ until: 'accepted', chef: mai, customer: nora })
  const offer = await given.offer(driver)
  expect((await as(driver).post(`/drivers/offers/${offer.id}/accept`)).status).toBe(200)
  return id
}
const staysHere = (driver: Courier, what: string, look: () => Promise<boolean>) =>
  eventually(
    what,
    async () => {
      await as(driver).post('/drivers/location', KITCHEN)
      return look()
    },
    15,
  )

test('a kitchen that is long past its time: everybody hears of it once, and the time at the door moves on', async () => {
  const id = await taken(omar)
  const before = (await as(nora).get(`/orders/${id}`)).body.eta
  await isLateBy(id, LATE_SECONDS - 120)
  await staysHere(omar, 'the time moves', async () => {
    const { eta } = (await as(nora).get(`/orders/${id}`)).body
    return Date.parse(eta.p90At) > Date.now() && eta.p90At !== before.p90At
  })
  expect(await deliveryOf(id)).toMatchObject({ isLate: false, status: 'assigned' })

  await isLateBy(id, LATE_SECONDS)
  await staysHere(omar, 'it is marked', async () => (await deliveryOf(id)).isLate)
  expect(await deliveryOf(id)).toMatchObject({ status: 'assigned', driverId: omar.driverId })
  await Bun.sleep(2_500)
  const told = await eventsOf(id, 'delivery.kitchen_late')
  expect(told).toHaveLength(1)
  const topics = [`order:${id}`, `zone:${await given.zone()}`, `chef:${mai.chefId}`, `driver:${omar.driverId}`]
  expect(told[0]!.topics.toSorted()).toEqual(topics.toSorted())
  await seenInTrouble({ kitchen_late: 1 })
  await as(mai).patch(`/orders/${id}/preparing`)
  await as(mai).patch(`/orders/${id}/ready`)
  await seenInTrouble({ kitchen_late: 0 })
}, 60_000)

test.each(['says that he is there', 'says nothing'])(
  'a driver who %s waits only so long: he is let go, nobody is sent there, and he may have it when it is ready',
  async (how) => {
    const id = await taken(omar)
    if (how === 'says nothing') {
      const isSeen = async () =>
        (await sql()`select from deliveries where order_id = ${id} and nearest_meters < 150`).length > 0
      await staysHere(omar, 'he is seen there', isSeen)
    } else expect((await as(omar).patch(`/orders/${id}/arrive`)).status).toBe(200)
    await isLateBy(id, WAIT_SECONDS)
    await staysHere(omar, 'he is let go', async () => (await deliveryOf(id)).status === 'unassigned')
    expect(await deliveryOf(id)).toMatchObject({ isHeld: true, driverId: null })
    expect((await as(omar).get('/drivers/route')).body.stops).toEqual([])
    expect((await outcomesOf(id)).slice(0, 2)).toEqual(['held', 'unassigned'])
    expect(await eventsOf(id, 'delivery.held')).toHaveLength(1)
    await seenInTrouble({ held: 1, kitchen_late: 1 })
    // He is free for another kitchen's food at once; this order is offered to nobody.
    const lena = await given.driver('lena', { at: KITCHEN })
    await Bun.sleep(1_000)
    for (const driver of [omar, lena]) expect((await as(driver).get('/drivers/offers')).body.data).toEqual([])

    await sql()`update drivers set is_available = false where id = ${lena.driverId}`
    await as(mai).patch(`/orders/${id}/preparing`)
    expect((await as(mai).patch(`/orders/${id}/ready`)).status).toBe(200)
    const offer = (await given.offer(omar)) as { id: string; orderIds?: string[] }
    expect(offer.orderIds).toEqual([id])
    expect((await outcomesOf(id)).slice(0, 2)).toEqual(['offered', 'released'])
  },
  60_000,
)

test('an operator may release it before, or keep it for a reason of his own', async () => {
  const id = await taken(omar)
  await as(omar).patch(`/orders/${id}/arrive`)
  await isLateBy(id, WAIT_SECONDS)
  await staysHere(omar, 'he is let go', async () => (await deliveryOf(id)).isHeld)
  const reason = 'The kitchen does not answer the telephone'
  expect((await as(ada).post('/dispatch/hold', { orderId: id, reason })).status).toBe(200)
  await as(mai).patch(`/orders/${id}/preparing`)
  await as(mai).patch(`/orders/${id}/ready`)
  await Bun.sleep(2_500)
  expect(await deliveryOf(id)).toMatchObject({ isHeld: true })
  expect((await as(ada).post('/dispatch/release', { orderId: id })).status).toBe(200)
  expect(((await given.offer(omar)) as { orderIds?: string[] }).orderIds).toEqual([id])
}, 60_000)

test('who has not come yet, and who waits for food that is not due, is not let go', async () => {
  const lena = await given.driver('lena', { at: { lat: 57.72, lng: 11.97 } })
  await sql()`update drivers set is_available = false where id = ${omar.driverId}`
  const id = await taken(lena)
  await isLateBy(id, WAIT_SECONDS + 60)
  await eventually('it is marked', async () => (await deliveryOf(id)).isLate)
  const other = await given.order({ until: 'accepted', chef: mai, customer: nora })
  await given.assignment(other.id, omar)
  expect((await as(omar).patch(`/orders/${other.id}/arrive`)).status).toBe(200)
  await sql()`update order_events set at = at - interval '1 hour' where order_id = ${other.id} and event = 'arrive'`
  await Bun.sleep(5_000)
  expect(await deliveryOf(id)).toMatchObject({ status: 'assigned', driverId: lena.driverId })
  expect(await deliveryOf(other.id)).toMatchObject({ status: 'at_pickup', driverId: omar.driverId, isLate: false })
}, 60_000)
