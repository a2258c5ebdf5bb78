import { afterEach, beforeEach, expect, test } from 'bun:test'
import { clock } from '#core/clock'
import { coarsen } from '#core/geo'
import { newId } from '#core/ids'
import { as, type Cook, type Courier, DOOR, given, KITCHEN, type Person } from '../support/given'
import { eventually, sql, useMarket } from '../support/market'
import { passTime } from '../support/pass-time'

useMarket()

const NEAR = { lat: 57.701, lng: 11.97 }
const FARTHER = { lat: 57.71, lng: 11.97 }
const OFFER_SECONDS = 30

let mai: Cook
let nora: Person
// The clock is turned, and an access token ends after fifteen minutes.
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

type Offer = { id: string; orderIds: string[]; stops: { pickup: { location: object } }[]; [more: string]: unknown }

const offersTo = async (driver: Courier): Promise<Offer[]> => (await as(driver).get('/drivers/offers')).body.data
const offerTo = (driver: Courier) => given.offer(driver) as Promise<Offer>
const respond = (driver: Courier, offer: Offer, answer: 'accept' | 'decline', body?: object) =>
  as(driver).post(`/drivers/offers/${offer.id}/${answer}`, body)
const accepted = () => given.order({ until: 'accepted', chef: mai, customer: nora })
const deliveryStatus = async (id: string) => (await as(nora).get(`/orders/${id}`)).body.deliveryStatus

type Decision = { outcome: string; driverId: string | null; candidates: { driverId: string; lost?: string }[] }
const decisionsOf = async (orderId: string): Promise<Decision[]> => {
  const admin = await given.admin()
  const { data } = (await as(admin).get(`/dispatch/decisions?orderId=${orderId}`)).body
  // A round that began before may still say that it found nobody.
  return data.filter(({ outcome }: Decision) => !UNASKED.has(outcome))
}

const UNASKED = new Set(['no_driver', 'planned'])

/** Waits until dispatch has looked for a driver for this order and asks nobody. */
const nobodyIsAsked = async (orderId: string) => {
  await sql()`delete from dispatch_decisions where order_id = ${orderId}`
  await eventually('a round that asks nobody', async () => {
    const rows = await sql()`select outcome from dispatch_decisions where order_id = ${orderId}`
    if (rows.some(({ outcome }) => !UNASKED.has(outcome))) throw new Error('somebody was asked')
    return rows.length > 0
  })
}

test('the nearest driver is asked, and only he; he learns about where to, not which door', async () => {
  const [omar, lena] = [await given.driver('omar', { at: NEAR }), await given.driver('lena', { at: FARTHER })]
  const { id } = await accepted()
  const offer = await offerTo(omar)
  expect(offer).toMatchObject({ orderIds: [id], status: 'open', payCents: 600, currency: 'USD' })
  expect(Date.parse(offer.expiresAt as string) - Date.parse(offer.createdAt as string)).toBe(OFFER_SECONDS * 1000)
  expect(offer.stops[0]).toMatchObject({
    orderId: id,
    pickup: { name: "mai's kitchen", location: coarsen(KITCHEN) },
    dropoff: { name: 'Göteborg', location: coarsen(DOOR) },
  })
  expect(JSON.stringify(offer)).not.toContain('Testgatan')
  expect(await offersTo(lena)).toEqual([])
  expect(await deliveryStatus(id)).toBe('offered')
  expect(await as(omar).get(`/orders/${id}`)).toBeProblem(404)
})

test('who accepts has it: now he sees the door, and the customer sees him', async () => {
  const omar = await given.driver('omar', { at: NEAR })
  const { id } = await accepted()
  const taken = await respond(omar, await offerTo(omar), 'accept')
  expect(taken.status).toBe(200)
  expect(taken.body.status).toBe('accepted')
  const order = (await as(omar).get(`/orders/${id}`)).body
  expect(order.deliveryAddress).toMatchObject({ street: 'Testgatan 1', coordinates: DOOR })
  expect(order.pickupAddress.coordinates).toEqual(KITCHEN)
  const route = (await as(omar).get('/drivers/route')).body
  expect(route.driverId).toBe(omar.driverId)
  expect(route.stops.map(({ type, orderId }: { type: string; orderId: string }) => [type, orderId])).toEqual([
    ['pickup', id],
    ['dropoff', id],
  ])
  expect(Date.parse(route.stops[1].plannedAt)).toBeGreaterThan(Date.parse(route.stops[0].plannedAt))
  expect((await as(nora).get(`/orders/${id}/tracking`)).body.driver).toMatchObject({ firstName: 'Omar' })
  expect((await as(omar).get('/drivers/profile')).body.activeOrderIds).toEqual([id])
})

test('an offer that nobody answers goes to the next driver, and not back within a minute', async () => {
  const [omar, lena] = [await given.driver('omar', { at: NEAR }), await given.driver('lena', { at: FARTHER })]
  const { id } = await accepted()
  const first = await offerTo(omar)
  await passTime(OFFER_SECONDS + 1)
  expect(await respond(omar, first, 'accept')).toBeProblem(409, 'offer-over')
  const second = await offerTo(lena)
  expect(second.orderIds).toEqual([id])
  expect(second.id).not.toBe(first.id)
  expect(await offersTo(omar)).toEqual([])
  const late = await respond(omar, first, 'accept')
  expect(late).toBeProblem(409, 'offer-over')
  expect(late.body.currentStatus).toBe('expired')
  await respond(lena, second, 'decline')
  await nobodyIsAsked(id)
  await passTime(60)
  expect((await offerTo(omar)).orderIds).toEqual([id])
})

test('those near by are asked first; after each who declines the circle is a step wider', async () => {
  await given.zoneSettings({ offerRadiusMeters: 500, offerRadiusStepMeters: 400 })
  const [omar, lena, ivan] = [
    await given.driver('omar', { at: NEAR }),
    await given.driver('lena', { at: FARTHER }),
    await given.driver('ivan', { at: { lat: 57.703, lng: 11.97 } }),
  ]
  const { id } = await accepted()
  const lostOf = async () => {
    const [decision] = await decisionsOf(id)
    return new Map(decision!.candidates.map(({ driverId, lost }) => [driverId, lost]))
  }
  const first = await offerTo(omar)
  expect((await lostOf()).get(ivan.driverId)).toBe('has to set out sooner')
  expect((await lostOf()).has(lena.driverId)).toBe(false)
  await respond(omar, first, 'decline')
  await respond(ivan, await offerTo(ivan), 'decline')
  // Two have declined: 1,300 m around, and she is at 1,112.
  expect((await offerTo(lena)).orderIds).toEqual([id])
  await given.zoneSettings()
})

test('who declines is never asked for that order again, but for others', async () => {
  const omar = await given.driver('omar', { at: NEAR })
  const { id } = await accepted()
  const declined = await respond(omar, await offerTo(omar), 'decline', { reason: 'Too far' })
  expect(declined.body.status).toBe('declined')
  await nobodyIsAsked(id)
  await passTime(120)
  await as(omar).post('/drivers/location', NEAR)
  await nobodyIsAsked(id)
  expect(await deliveryStatus(id)).toBe('unassigned')
  const other = await accepted()
  expect((await offerTo(omar)).orderIds).toEqual([other.id])
  const [row] = await sql()`select reason from offers where id = ${declined.body.id}`
  expect(row!.reason).toBe('Too far')
})

test('who goes off duty gives his offer back at once', async () => {
  const [omar, lena] = [await given.driver('omar', { at: NEAR }), await given.driver('lena', { at: FARTHER })]
  const { id } = await accepted()
  await offerTo(omar)
  expect((await as(omar).patch('/drivers/availability', { isAvailable: false })).body.isAvailable).toBe(false)
  expect(await offersTo(omar)).toEqual([])
  expect((await offerTo(lena)).orderIds).toEqual([id])
})

test('who goes off duty when his offer has just run out is off duty all the same', async () => {
  const omar = await given.driver('omar', { at: NEAR })
  await accepted()
  await offerTo(omar)
  await passTime(OFFER_SECONDS + 1)
  const reply = await as(omar).patch('/drivers/availability', { isAvailable: false })
  expect(reply.status).toBe(200)
  expect(reply.body.isAvailable).toBe(false)
})

test('an order that its driver drops goes to another, and never back to him', async () => {
  const omar = await given.driver('omar', { at: NEAR })
  const { id } = await accepted()
  await respond(omar, await offerTo(omar), 'accept')
  const dropped = await as(omar).patch(`/orders/${id}/drop`, { reason: 'Flat tyre' })
  expect(dropped.body).toMatchObject({ status: 'accepted', deliveryStatus: 'unassigned' })
  expect(dropped.body).not.toHaveProperty('deliveryAddress')
  await nobodyIsAsked(id)
  expect(await as(omar).get(`/orders/${id}`)).toBeProblem(404)
  expect((await as(nora).get(`/orders/${id}/tracking`)).body.driver).toBeNull()
  const lena = await given.driver('lena', { at: FARTHER })
  expect((await offerTo(lena)).orderIds).toEqual([id])
  expect(await offersTo(omar)).toEqual([])
})

test('who was given an order by hand and drops it is not asked for it either', async () => {
  const omar = await given.driver('omar')
  const { id } = await accepted()
  await given.assignment(id, omar)
  await as(omar).post('/drivers/location', NEAR)
  await as(omar).patch('/drivers/availability', { isAvailable: true })
  expect((await as(omar).patch(`/orders/${id}/drop`, { reason: 'Flat tyre' })).status).toBe(200)
  await nobodyIsAsked(id)
})

test('who has as many as he takes is not asked for another until they are delivered', async () => {
  const omar = await given.driver('omar', { at: NEAR })
  await sql()`update drivers set capacity = 1 where id = ${omar.driverId}`
  const first = await given.order({ until: 'ready', chef: mai, customer: nora })
  await respond(omar, await offerTo(omar), 'accept')
  const second = await accepted()
  await nobodyIsAsked(second.id)
  await as(omar).patch(`/orders/${first.id}/pickup`)
  await nobodyIsAsked(second.id)
  await as(omar).patch(`/orders/${first.id}/deliver`, { proof: { code: first.handoverCode } })
  expect((await offerTo(omar)).orderIds).toEqual([second.id])
})

test('nobody is asked long before the food is ready', async () => {
  const omar = await given.driver('omar', { at: NEAR })
  await given.zoneSettings({ dispatchLeadSeconds: 120 })
  const { id } = await given.order({ until: 'paid', chef: mai, customer: nora })
  await as(mai).patch(`/orders/${id}/accept`, { prepMinutes: 6 })
  const soon = await given.order({ until: 'paid', chef: mai, customer: nora })
  await as(mai).patch(`/orders/${soon.id}/accept`, { prepMinutes: 1 })
  expect((await offerTo(omar)).orderIds).toEqual([soon.id])
  expect(await sql()`select from dispatch_decisions where order_id = ${id}`).toHaveLength(0)
  await respond(omar, await offerTo(omar), 'decline')
  await passTime(4.5 * 60)
  await as(omar).post('/drivers/location', NEAR)
  expect((await offerTo(omar)).orderIds).toEqual([id])
  await given.zoneSettings()
})

/** On duty, and last heard of at a place so long ago. */
const isSeen = async (omar: Courier, at: typeof NEAR, secondsAgo = 0) => {
  const recordedAt = new Date(clock.nowMs() - secondsAgo * 1000).toISOString()
  expect((await as(omar).post('/drivers/location', { ...at, recordedAt })).body.isNewest).toBe(true)
  await isAvailable(omar, true)
}

const isAvailable = async (omar: Courier, yes: boolean) =>
  expect((await as(omar).patch('/drivers/availability', { isAvailable: yes })).body.isAvailable).toBe(yes)

const isSuspended = async (omar: Courier) =>
  as(await given.admin()).patch(`/admin/drivers/${omar.driverId}/verify`, { status: 'suspended' })

test.each<[string, (omar: Courier) => Promise<unknown>]>([
  ['is too far away', (omar) => isSeen(omar, { lat: 57.9, lng: 11.97 })],
  ['has not said where he is for five minutes', (omar) => isSeen(omar, NEAR, 301)],
  ['is off duty', (omar) => isSeen(omar, NEAR).then(() => isAvailable(omar, false))],
  ['is suspended', (omar) => isSeen(omar, NEAR).then(() => isSuspended(omar))],
])('a driver who %s is not asked', async (_, make) => {
  const omar = await given.driver('omar')
  await make(omar)
  const { id } = await accepted()
  await nobodyIsAsked(id)
  expect(await offersTo(omar)).toEqual([])
})

test('when the order is cancelled the offer is taken back', async () => {
  const omar = await given.driver('omar', { at: NEAR })
  const { id } = await accepted()
  const offer = await offerTo(omar)
  expect((await as(nora).patch(`/orders/${id}/cancel`, { reason: 'Ill' })).status).toBe(200)
  expect(await offersTo(omar)).toEqual([])
  const late = await respond(omar, offer, 'accept')
  expect(late).toBeProblem(409, 'offer-over')
  expect(late.body.currentStatus).toBe('withdrawn')
  const other = await accepted()
  expect((await offerTo(omar)).orderIds).toEqual([other.id])
})

test('an offer is for one driver: for others there is none, and it is answered once', async () => {
  const [omar, lena] = [await given.driver('omar', { at: NEAR }), await given.driver('lena', { at: FARTHER })]
  await accepted()
  const offer = await offerTo(omar)
  expect(await respond(lena, offer, 'accept')).toBeProblem(404, 'offer-not-found')
  expect(await respond(lena, offer, 'decline')).toBeProblem(404, 'offer-not-found')
  expect(await respond(omar, { ...offer, id: newId() }, 'accept')).toBeProblem(404, 'offer-not-found')
  expect((await respond(omar, offer, 'accept')).status).toBe(200)
  expect(await respond(omar, offer, 'accept')).toBeProblem(409, 'offer-over')
  expect(await respond(omar, offer, 'decline')).toBeProblem(409, 'offer-over')
})

test('why a driver was chosen, and why others were not, can be asked for', async () => {
  const [omar, lena] = [await given.driver('omar', { at: NEAR }), await given.driver('lena', { at: FARTHER })]
  const { id } = await accepted()
  const offer = await offerTo(omar)
  await respond(omar, offer, 'decline')
  await offerTo(lena)
  const [second, first] = await decisionsOf(id)
  expect(first).toMatchObject({ outcome: 'offered', driverId: omar.driverId })
  const [chosen, other] = first!.candidates
  expect(chosen).toMatchObject({ driverId: omar.driverId, cost: { total: expect.any(Number) } } as never)
  expect(chosen!.lost).toBeUndefined()
  expect(other).toMatchObject({ driverId: lena.driverId, lost: 'has to set out sooner' })
  expect(second).toMatchObject({ outcome: 'offered', driverId: lena.driverId })
  expect(second!.candidates.find(({ driverId }) => driverId === omar.driverId)!.lost).toStartWith('not to be asked')
  expect(await as(omar).get(`/dispatch/decisions?orderId=${id}`)).toBeProblem(403)
})

test('two orders that want the same driver: the food that is ready first has him', async () => {
  const later = await given.order({ until: 'paid', chef: mai, customer: nora })
  await as(mai).patch(`/orders/${later.id}/accept`, { prepMinutes: 25 })
  const sooner = await given.order({ until: 'paid', chef: mai, customer: nora })
  await as(mai).patch(`/orders/${sooner.id}/accept`, { prepMinutes: 5 })
  const omar = await given.driver('omar', { at: NEAR })
  expect((await offerTo(omar)).orderIds).toEqual([sooner.id])
})
