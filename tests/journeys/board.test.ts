import { afterEach, beforeEach, expect, test } from 'bun:test'
import { TOPICS_MAX } from '#core/events'
import { coarsen } from '#core/geo'
import { newId } from '#core/ids'
import { leaveToTest } from '../support/bundles'
import { brokenOffers } from '../support/chaos-invariants'
import { as, type Cook, type Courier, given, KITCHEN, type Person } from '../support/given'
import { eventually, sql, useMarket } from '../support/market'

useMarket()

const NEAR = { lat: 57.701, lng: 11.97 }
const AWAY = { lat: 57.79, lng: 12.1 }

let mai: Cook
let nora: Person
let ada: Person
beforeEach(async () => {
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

type Row = { orderId: string; distanceMeters: number }
const boardOf = async (driver: Courier): Promise<Row[]> => (await as(driver).get('/drivers/board')).body.data
const claim = (driver: Courier, orderId: string) => as(driver).post(`/drivers/board/${orderId}/claim`)
const eventsOf = async (topic: string, type: string) =>
  (await sql()`select data from events where ${topic} = any(topics) and type = ${type} order by id`).map(
    ({ data }) => data,
  )

/** Ready, with nobody whom a round would ask. */
const waiting = async () => {
  await leaveToTest()
  const order = await given.order({ until: 'ready', chef: mai, customer: nora })
  await sql()`update orders set ready_at = now() - interval '1 second' where id = ${order.id}`
  return order
}
const posted = async (id: string) => {
  await sql()`update zones set settings = settings || '{"boardAfterSeconds": 0, "dispatchRadiusMeters": 100000}'`
  await eventually('it is on the board', async () => {
    const [row] = await sql()`select from deliveries where order_id = ${id} and on_board_at is not null`
    return row
  })
}
/** Rounds ask nobody: he has declined it before. */
const unwilling = async (driver: Courier, id: string) =>
  sql()`insert into driver_blocks (order_id, driver_id, by, created_at) values (${id}, ${driver.driverId}, 'driver', now())`

test('every driver near by hears of it, once, however many they are', async () => {
  const { id } = await waiting()
  const drivers: Courier[] = []
  for (let n = 0; n < 2 * TOPICS_MAX; n++) {
    const driver = await given.driver('omar')
    drivers.push(driver)
    await unwilling(driver, id)
    await as(driver).post('/drivers/location', NEAR)
    await as(driver).patch('/drivers/availability', { isAvailable: true })
  }
  await posted(id)
  for (const { driverId } of drivers) {
    expect(await eventsOf(`driver:${driverId}`, 'board.posted')).toEqual([{ orderId: id }] as never)
  }
  expect(await eventsOf(`zone:${await given.zone()}`, 'board.posted')).toContainEqual({ orderId: id } as never)
})

test('what nobody takes is shown to every driver on duty, and the first of two who claim it at once has it', async () => {
  const { id } = await waiting()
  const [omar, lena] = [await given.driver('omar'), await given.driver('lena')]
  for (const driver of [omar, lena]) {
    await unwilling(driver, id)
    await as(driver).post('/drivers/location', driver === omar ? NEAR : AWAY)
    await as(driver).patch('/drivers/availability', { isAvailable: true })
  }
  expect(await boardOf(omar)).toEqual([])
  expect(await claim(omar, id)).toBeProblem(404, 'order-not-found')
  await posted(id)
  const [row] = await boardOf(omar)
  expect(row).toMatchObject({
    orderId: id,
    payCents: 600,
    pickup: { name: "mai's kitchen", location: coarsen(KITCHEN) },
    distanceMeters: 111,
  })
  expect(JSON.stringify(row)).not.toContain('Testgatan')
  expect(await eventsOf(`driver:${omar.driverId}`, 'board.posted')).toEqual([{ orderId: id }] as never)
  const replies = await Promise.all([claim(omar, id), claim(lena, id)])
  expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 409])
  const winner = replies[0].status === 200 ? omar : lena
  expect((await as(winner).get('/drivers/profile')).body.activeOrderIds).toEqual([id])
  expect(replies.find(({ status }) => status === 409)).toBeProblem(409, 'order-taken')
  expect(await boardOf(omar)).toEqual([])
  const { data } = (await as(ada).get(`/dispatch/decisions?orderId=${id}`)).body
  expect(data[0]).toMatchObject({ outcome: 'claimed', driverId: winner.driverId, policy: 'board' })
})

test.each<[string, (omar: Courier, id: string) => Promise<unknown>, number, string]>([
  ['off duty', (omar) => as(omar).patch('/drivers/availability', { isAvailable: false }), 409, 'driver-off-duty'],
  [
    'silent',
    (omar) => sql()`update drivers set silent_since = now() + interval '1 hour' where id = ${omar.driverId}`,
    409,
    'driver-off-duty',
  ],
  ['full', (omar) => fill(omar), 409, 'driver-busy'],
  [
    'kept from it by an operator',
    (omar, id) =>
      as(ada)
        .post('/dispatch/block', { orderId: id, driverId: omar.driverId, reason: 'Asked for' })
        .then(({ status }) => expect(status).toBe(200)),
    404,
    'order-not-found',
  ],
])('a driver who is %s claims nothing', async (_what, make, status, slug) => {
  const { id } = await waiting()
  const omar = await given.driver('omar')
  await unwilling(omar, id)
  await as(omar).patch('/drivers/availability', { isAvailable: true })
  await posted(id)
  await make(omar, id)
  expect(await claim(omar, id)).toBeProblem(status as 409, slug)
  expect(await boardOf(omar)).toEqual([])
  expect(await claim(omar, newId())).toBeProblem(404, 'order-not-found')
})

const fill = async (omar: Courier) => {
  await sql()`update drivers set capacity = 1 where id = ${omar.driverId}`
  const { id } = await given.order({ until: 'accepted', chef: mai, customer: nora })
  await given.assignment(id, omar)
}

test('after a while without a taker operators are told, once', async () => {
  const { id } = await waiting()
  const zone = `zone:${await given.zone()}`
  await sql()`update zones set settings = settings || '{"untakenAlertSeconds": 1}'`
  await eventually('they are told', async () => (await eventsOf(zone, 'delivery.untaken')).length > 0)
  await posted(id)
  expect(await eventsOf(zone, 'delivery.untaken')).toEqual([
    { orderId: id, waitedSeconds: expect.any(Number) },
  ] as never)
})

test('what is kept back by an operator is on no board', async () => {
  const { id } = await waiting()
  const omar = await given.driver('omar')
  await unwilling(omar, id)
  await as(omar).patch('/drivers/availability', { isAvailable: true })
  await posted(id)
  expect((await as(ada).post('/dispatch/hold', { orderId: id, reason: 'Allergy' })).status).toBe(200)
  expect(await boardOf(omar)).toEqual([])
  expect(await claim(omar, id)).toBeProblem(404, 'order-not-found')
})
