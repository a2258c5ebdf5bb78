import { afterEach, beforeAll, expect, test } from 'bun:test'
import { newId } from '#core/ids'
import { as, type Cook, type Courier, given, KITCHEN, type Person } from '../support/given'
import { eventually, sql, useMarket } from '../support/market'

useMarket()

const NEAR = { lat: 57.701, lng: 11.97 }
const FAR = { lat: 57.72, lng: 11.97 }

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
  await sql()`update drivers set is_available = false`
  await sql()`update offers set status = 'withdrawn' where status = 'open'`
  await sql()`update deliveries set status = 'cancelled', driver_id = null, offer_id = null where status <> 'delivered'`
})

const order = (until: 'paid' | 'accepted' | 'ready' = 'accepted') => given.order({ until, chef: mai, customer: nora })
const assign = (orderId: string, driver?: Courier) =>
  as(ada).post('/dispatch/assign', { orderId, driverId: driver?.driverId })
const offersTo = async (driver: Courier) => (await as(driver).get('/drivers/offers')).body.data
const openOrders = async (driver: Courier) => (await as(driver).get('/drivers/profile')).body.activeOrderIds
const driverOf = async (id: string) =>
  (await sql()`select driver_id, status from deliveries where order_id = ${id}`)[0]!

/** Where drivers are reaches dispatch a moment later when it runs in another process. */
const areKnown = (...drivers: Courier[]) =>
  eventually('dispatch to know where they are', async () => {
    const { data } = (await as(ada).get(`/dispatch/available-drivers?lat=${KITCHEN.lat}&lng=${KITCHEN.lng}`)).body
    return drivers.every(({ driverId }) => data.some((one: { driverId: string }) => one.driverId === driverId))
  })

/** What a driver hears on his own topic of orders and offers. */
const toldTo = async ({ driverId }: Courier) => {
  const told = await sql()`
    select type from events where ${`driver:${driverId}`} = any(topics) and type not like 'driver.%' order by id`
  return told.map(({ type }) => type)
}

test('an order is given to a driver by name, also one who is off duty', async () => {
  const omar = await given.driver('omar')
  const { id } = await order()
  const reply = await assign(id, omar)
  expect(reply.status).toBe(200)
  expect(reply.body).toEqual({ orderId: id, driverId: omar.driverId, status: 'assigned', pickupSeconds: 0 })
  expect(await openOrders(omar)).toEqual([id])
  // Nobody was on duty before: a round may have said so, but not after.
  const { data } = (await as(ada).get(`/dispatch/decisions?orderId=${id}`)).body
  expect(data[0]).toMatchObject({ outcome: 'assigned', driverId: omar.driverId })
})

test('a round that found nobody says nothing of an order that was assigned meanwhile', async () => {
  const omar = await given.driver('omar')
  const isRoundWaiting = async () =>
    (await sql()`select from pg_locks where relation = 'dispatch_decisions'::regclass and not granted`).length > 0
  const assigned = await sql().begin(async (tx) => {
    await tx`lock table dispatch_decisions in share row exclusive mode`
    const { id } = await order()
    await eventually('a round that is about to say that there is nobody', isRoundWaiting)
    await tx`update deliveries set status = 'assigned', driver_id = ${omar.driverId} where order_id = ${id}`
    return id
  })
  const next = await order()
  const outcomesOf = async (id: string) =>
    (await sql()`select outcome from dispatch_decisions where order_id = ${id}`).map(({ outcome }) => outcome)
  // Rounds come one after the other: with this one's decision, the first one's is made.
  expect(await eventually('a later round', async () => (await outcomesOf(next.id))[0])).toBe('no_driver')
  expect(await outcomesOf(assigned)).toEqual([])
})

test('or to the best one, when nobody is named: the nearest who is free and on duty, however early', async () => {
  // Nobody is looked for before the food is ready, but by hand.
  await given.zoneSettings({ dispatchLeadSeconds: 0 })
  const { id } = await order()
  expect(await assign(id)).toBeProblem(409, 'no-driver-available')
  const [omar, lena] = [await given.driver('omar', { at: FAR }), await given.driver('lena', { at: NEAR })]
  const ivan = await given.driver('ivan', { at: KITCHEN })
  await as(ivan).patch('/drivers/availability', { isAvailable: false })
  await areKnown(omar, lena)
  expect((await assign(id)).body.driverId).toBe(lena.driverId)
  expect((await assign((await order()).id)).body.driverId).toBe(omar.driverId)
  expect(await assign((await order()).id)).toBeProblem(409, 'no-driver-available')
  await given.zoneSettings()
})

test('taken from one driver and given to another, in one step', async () => {
  const [omar, lena] = [await given.driver('omar'), await given.driver('lena')]
  const { id } = await order('ready')
  await assign(id, omar)
  await as(omar).patch(`/orders/${id}/arrive`)
  expect((await assign(id, lena)).body.driverId).toBe(lena.driverId)
  expect(await openOrders(omar)).toEqual([])
  expect(await openOrders(lena)).toEqual([id])
  expect(await as(omar).patch(`/orders/${id}/pickup`)).toBeProblem(404)
  expect((await as(omar).get('/drivers/route')).body.stops).toEqual([])
  expect((await as(lena).patch(`/orders/${id}/pickup`)).status).toBe(200)
  const history = await sql()`
    select event, actor_role from order_events where order_id = ${id} and machine = 'delivery' order by id`
  expect(history.map(({ event, actorRole }) => `${event} ${actorRole}`)).toEqual([
    'assign admin',
    'arrive driver',
    'unassign admin',
    'assign admin',
    'pickup driver',
  ])
})

test('given to the driver who has it already it stays with him, and nothing is told', async () => {
  const omar = await given.driver('omar')
  const { id } = await order('ready')
  await assign(id, omar)
  // Times move by themselves.
  const events = async () =>
    (await sql()`select id from events where ${`order:${id}`} = any(topics) and type <> 'order.eta_changed'`).length
  const before = await events()
  expect((await assign(id, omar)).body).toMatchObject({ driverId: omar.driverId, status: 'assigned' })
  expect(await openOrders(omar)).toEqual([id])
  expect(await events()).toBe(before)
})

test('who loses an order is told, on the topic that is his', async () => {
  const [omar, lena] = [await given.driver('omar'), await given.driver('lena')]
  const { id } = await order()
  await assign(id, omar)
  await assign(id, lena)
  expect(await toldTo(omar)).toEqual(['delivery.assigned', 'delivery.unassigned'])
  expect(await toldTo(lena)).toEqual(['delivery.assigned'])
})

test('an offer of it that somebody thinks about is taken back', async () => {
  const omar = await given.driver('omar', { at: NEAR })
  const lena = await given.driver('lena')
  const { id } = await order()
  const offer = await given.offer(omar)
  expect((await assign(id, lena)).status).toBe(200)
  expect(await offersTo(omar)).toEqual([])
  expect(await toldTo(omar)).toEqual(['offer.created', 'offer.withdrawn'])
  expect(await as(omar).post(`/drivers/offers/${offer.id}/accept`)).toBeProblem(409, 'offer-over')
  expect(await driverOf(id)).toEqual({ driverId: lena.driverId, status: 'assigned' })
})

test('the only driver is thinking about it: he is given it, and his offer is over', async () => {
  const omar = await given.driver('omar', { at: NEAR })
  const { id } = await order()
  const offer = await given.offer(omar)
  const other = await order()
  // Whoever thinks about one order is not free for another.
  expect(await assign(other.id)).toBeProblem(409, 'no-driver-available')
  expect((await assign(id)).body).toMatchObject({ driverId: omar.driverId, status: 'assigned' })
  expect(await offersTo(omar)).toEqual([])
  expect(await toldTo(omar)).toEqual(['offer.created', 'offer.withdrawn', 'delivery.assigned'])
  expect(await as(omar).post(`/drivers/offers/${offer.id}/accept`)).toBeProblem(409, 'offer-over')
  expect(await driverOf(id)).toEqual({ driverId: omar.driverId, status: 'assigned' })
})

test('the driver who thinks about it loses it to one who is nearer', async () => {
  const omar = await given.driver('omar', { at: FAR })
  const { id } = await order()
  await given.offer(omar)
  const lena = await given.driver('lena', { at: KITCHEN })
  await areKnown(lena)
  expect((await assign(id)).body.driverId).toBe(lena.driverId)
  expect(await toldTo(omar)).toEqual(['offer.created', 'offer.withdrawn'])
})

test('who is given an order need not think about another: that one is offered to the next', async () => {
  const omar = await given.driver('omar', { at: NEAR })
  // Else he would be asked again, to bring both.
  await sql()`update drivers set capacity = 1 where id = ${omar.driverId}`
  const offered = await order()
  const offer = await given.offer(omar)
  const other = await order()
  expect((await assign(other.id, omar)).status).toBe(200)
  expect(await offersTo(omar)).toEqual([])
  expect(await as(omar).post(`/drivers/offers/${offer.id}/accept`)).toBeProblem(409, 'offer-over')
  const lena = await given.driver('lena', { at: KITCHEN })
  const next = (await given.offer(lena)) as { id: string; orderIds?: string[] }
  expect(next.orderIds).toEqual([offered.id])
})

test('a driver who is suspended loses the offer he thinks about; the next is asked', async () => {
  const omar = await given.driver('omar', { at: NEAR })
  const { id } = await order()
  const offer = await given.offer(omar)
  await as(ada).patch(`/admin/drivers/${omar.driverId}/verify`, { status: 'suspended' })
  expect(await as(omar).post(`/drivers/offers/${offer.id}/accept`)).toBeProblem(409, 'offer-over')
  const lena = await given.driver('lena', { at: NEAR })
  const next = (await given.offer(lena)) as { id: string; orderIds?: string[] }
  expect(next.orderIds).toEqual([id])
})

test('nobody has two orders at once', async () => {
  const omar = await given.driver('omar')
  const [one, other] = [await order(), await order()]
  expect((await assign(one.id, omar)).status).toBe(200)
  expect(await assign(other.id, omar)).toBeProblem(409, 'driver-busy')
  expect(await driverOf(other.id)).toEqual({ driverId: null, status: 'unassigned' })
})

test('two admins who give one driver two orders at the same moment: one of them does', async () => {
  const omar = await given.driver('omar')
  const orders = await Promise.all([order(), order(), order()])
  const replies = await Promise.all(orders.map(({ id }) => assign(id, omar)))
  expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 409, 409])
  expect(await openOrders(omar)).toHaveLength(1)
})

test.each<[string, () => Promise<Courier | undefined>, number, string]>([
  [
    'a driver who is not approved',
    async () => {
      const omar = await given.driver('omar')
      await sql()`update drivers set verification_status = 'pending' where id = ${omar.driverId}`
      return omar
    },
    404,
    'driver-not-found',
  ],
  ['a driver that there is not', async () => ({ driverId: newId() }) as Courier, 404, 'driver-not-found'],
])('nothing is given to %s', async (_, who, status, slug) => {
  const { id } = await order()
  expect(await assign(id, await who())).toBeProblem(status as 404, slug)
  expect(await driverOf(id)).toEqual({ driverId: null, status: 'unassigned' })
})

test('an order that is not there, not accepted, on its way or over cannot be given to anyone', async () => {
  const [omar, lena] = [await given.driver('omar'), await given.driver('lena')]
  expect(await assign(newId(), lena)).toBeProblem(404, 'order-not-found')
  expect(await assign((await order('paid')).id, lena)).toBeProblem(409, 'order-not-open')
  const onItsWay = await given.order({ until: 'picked_up', chef: mai, customer: nora, driver: omar })
  const refused = await assign(onItsWay.id, lena)
  expect(refused).toBeProblem(409, 'order-not-open')
  expect(refused.body).toMatchObject({ currentStatus: 'picked_up', currentDeliveryStatus: 'picked_up' })
  const cancelled = await order()
  await as(nora).patch(`/orders/${cancelled.id}/cancel`, { reason: 'Ill' })
  expect(await assign(cancelled.id, lena)).toBeProblem(409, 'order-not-open')
  expect(await openOrders(lena)).toEqual([])
})

test('only an admin gives orders away', async () => {
  const { id } = await order()
  for (const person of [mai, nora, await given.driver('omar')]) {
    expect(await as(person).post('/dispatch/assign', { orderId: id })).toBeProblem(403)
  }
})

test('given an order while accepting the offer of another: he ends with one of them, and nobody is told to try again', async () => {
  for (let round = 0; round < 4; round++) {
    const omar = await given.driver('omar', { at: NEAR })
    const offered = await order()
    const offer = await given.offer(omar)
    const other = await order()
    const replies = await Promise.all([as(omar).post(`/drivers/offers/${offer.id}/accept`), assign(other.id, omar)])
    expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 409])
    const has = await openOrders(omar)
    expect(has).toEqual([replies[0].status === 200 ? offered.id : other.id])
    await sql()`update drivers set is_available = false`
    await sql()`update deliveries set status = 'cancelled', driver_id = null, offer_id = null where status <> 'cancelled'`
  }
})

test('a driver accepts while an admin gives the order to another: one of them has it', async () => {
  for (let round = 0; round < 4; round++) {
    const omar = await given.driver('omar', { at: NEAR })
    const lena = await given.driver('lena')
    const { id } = await order()
    const offer = await given.offer(omar)
    const [accepting, assigning] = await Promise.all([
      as(omar).post(`/drivers/offers/${offer.id}/accept`),
      assign(id, lena),
    ])
    expect([200, 409]).toContain(accepting.status)
    expect(assigning.status).toBe(200)
    expect(await driverOf(id)).toEqual({ driverId: lena.driverId, status: 'assigned' })
    expect(await openOrders(omar)).toEqual([])
    await sql()`update drivers set is_available = false`
    await sql()`update deliveries set status = 'cancelled', driver_id = null where order_id = ${id}`
  }
})

test('who is near a place, the nearest first, and free', async () => {
  const [omar, lena] = [await given.driver('omar', { at: NEAR }), await given.driver('lena', { at: KITCHEN })]
  await given.driver('ivan', { at: { lat: 57.79, lng: 12.1 } })
  const near = async () => {
    const path = `/dispatch/available-drivers?lat=${KITCHEN.lat}&lng=${KITCHEN.lng}&radiusKm=2`
    const { data } = (await as(ada).get(path)).body
    return data.map(({ driverId }: { driverId: string }) => driverId)
  }
  await areKnown(omar, lena)
  expect(await near()).toEqual([lena.driverId, omar.driverId])
  const { id } = await order('paid')
  await as(mai).patch(`/orders/${id}/accept`)
  await assign(id, lena)
  await eventually('lena is busy', async () => (await near()).join() === omar.driverId)
})
