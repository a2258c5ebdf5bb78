/** With roads, times and distances of quotes, orders and dispatch come from them; off the roads they are estimates. */
import { expect, test } from 'bun:test'
import { estimateEta, NOTHING_KNOWN } from '#modules/dispatch/index'
import { osrmProvider } from '#modules/routing/providers/osrm'
import { as, type Cook, DOOR, deliveryAddress, given, KITCHEN, type Person } from '../support/given'
import { baseUrl, call, sql, useMarket } from '../support/market'
import { TOWN_METERS, townRoads } from '../support/roads'

useMarket({ environment: { ROADS: townRoads() } })

/** As the crow flies at 7 m/s: 631 m. */
const STRAIGHT_SECONDS = 90
const PREP_MINUTES = 10
const DOOR_SECONDS = 120

const basket = (mai: Cook, door = DOOR) => ({
  chefId: mai.chefId,
  items: [{ menuItemId: mai.itemId, quantity: 2 }],
  deliveryAddress: deliveryAddress(door),
})

/** What the public route says, by other code than quotes and orders are made with. */
const secondsByRoad = async (profile: string, from = KITCHEN, to = DOOR): Promise<number> => {
  const places = [from, to].map(({ lat, lng }) => `${lng},${lat}`).join(';')
  const { body } = await call('GET', `/routing/route/v1/${profile}/${places}?overview=false`)
  return body.routes[0].duration
}

const secondsUntil = (instant: string) => (Date.parse(instant) - Date.now()) / 1_000
/** Where nothing has been learned yet: in half of the cases there by then. `saidSeconds` null: it is ready. */
const expectedSeconds = (bySeconds: number, saidSeconds: number | null) => {
  const known = NOTHING_KNOWN
  const food =
    saidSeconds === null
      ? { isReady: true as const, sinceSeconds: 0 }
      : { isReady: false as const, sinceSeconds: 0, saidSeconds, preparation: known.preparation }
  const now = new Date(0)
  return estimateEta({ now, food, toDropoffSeconds: bySeconds, known }).p50At.getTime() / 1_000
}
const isAbout = (actual: number, expected: number) => expect(Math.abs(actual - expected)).toBeLessThan(4)

const accepted = async (mai: Cook, nora: Person) => {
  const order = (await as(nora).post('/orders', basket(mai))).body
  await given.payment(nora, order.id)
  return { order, reply: await as(mai).patch(`/orders/${order.id}/accept`, { prepMinutes: PREP_MINUTES }) }
}

// First: later there are orders, and these two would be asked to bring them.
test('dispatch knows how long a driver needs along the streets, by what he goes by', async () => {
  const [rider, motorist] = [await given.driver('omar', { at: DOOR }), await given.driver('olga', { at: DOOR })]
  await sql()`update drivers set vehicle_type = 'motorcycle' where id = ${motorist.driverId}`
  const ada = await given.admin()
  const { body } = await as(ada).get(`/dispatch/available-drivers?lat=${KITCHEN.lat}&lng=${KITCHEN.lng}&radiusKm=5`)
  const seconds = new Map(
    (body.data as { driverId: string; durationSeconds: number }[]).map((one) => [one.driverId, one.durationSeconds]),
  )
  expect(seconds.get(rider.driverId)).toBe(Math.round(await secondsByRoad('bike', DOOR, KITCHEN)))
  expect(seconds.get(motorist.driverId)).toBe(Math.round(await secondsByRoad('car', DOOR, KITCHEN)))
})

test('a quote is for the way along the streets', async () => {
  const [mai, nora] = [await given.chef(), await given.customer()]
  const { body: quote } = await as(nora).post('/quotes', basket(mai))
  expect(quote).toMatchObject({ distanceIsApproximate: false })
  expect(Math.abs(quote.distanceMeters - TOWN_METERS)).toBeLessThan(5)
})

test('a door off the map is priced by the great circle, and said to be', async () => {
  const [mai, nora] = [await given.chef(), await given.customer()]
  const { body: quote } = await as(nora).post('/quotes', basket(mai, { lat: 57.67, lng: 11.9 }))
  expect(quote.distanceIsApproximate).toBe(true)
})

test('an accepted order is expected by the roads that it was priced by', async () => {
  const [mai, nora] = [await given.chef(), await given.customer()]
  const bySeconds = await secondsByRoad('car')
  expect(bySeconds).toBeGreaterThan(STRAIGHT_SECONDS + 20)
  const { order, reply } = await accepted(mai, nora)
  isAbout(secondsUntil(reply.body.eta.p50At), expectedSeconds(bySeconds, PREP_MINUTES * 60))
  const ready = await as(mai).patch(`/orders/${order.id}/preparing`)
  expect(ready.status).toBe(200)
  const { body } = await as(mai).patch(`/orders/${order.id}/ready`)
  isAbout(secondsUntil(body.eta.p50At), expectedSeconds(bySeconds, null))
})

test('one that was placed before that was kept is expected by the great circle', async () => {
  const [mai, nora] = [await given.chef(), await given.customer()]
  const order = (await as(nora).post('/orders', basket(mai))).body
  await sql()`update orders set travel_seconds = null where id = ${order.id}`
  await given.payment(nora, order.id)
  const { body } = await as(mai).patch(`/orders/${order.id}/accept`, { prepMinutes: PREP_MINUTES })
  isAbout(secondsUntil(body.eta.p50At), expectedSeconds(STRAIGHT_SECONDS, PREP_MINUTES * 60))
})

test('food on a bicycle is expected by what bicycles need', async () => {
  const byBike = await secondsByRoad('bike')
  expect(Math.abs(byBike - (await secondsByRoad('car')))).toBeGreaterThan(20)
  const { id, customer } = await given.order({ until: 'picked_up' })
  const { body } = await as(customer).get(`/orders/${id}`)
  isAbout(secondsUntil(body.eta.p50At), byBike + DOOR_SECONDS)
})

test('our own server is an OSRM server to another of ours', async () => {
  const osrm = osrmProvider({ url: `${baseUrl()}/routing`, profiles: { car: 'car', bike: 'bike' } })
  const { signal } = new AbortController()
  for (const profile of ['car', 'bike'] as const) {
    const way = await osrm.route({ from: KITCHEN, to: DOOR, profile, withGeometry: true }, signal)
    const seconds = await secondsByRoad(profile)
    expect(way!.durationSeconds).toBe(seconds)
    expect(Math.abs(way!.distanceMeters - TOWN_METERS)).toBeLessThan(5)
    expect(way!.geometry!.length).toBeGreaterThan(2)
    const question = { origins: [KITCHEN, DOOR], destinations: [DOOR], profile, withDistances: true }
    const { durations, distances } = await osrm.table(question, signal)
    expect([durations[0], durations[1], distances![1]]).toEqual([seconds, 0, 0])
  }
  const faraway = { from: KITCHEN, to: { lat: 59.3, lng: 18 }, profile: 'car', withGeometry: false } as const
  expect(await osrm.route(faraway, signal)).toBeUndefined()
})
