/** With roads: what is told of distances and times is told of streets, and out of their reach it says that it guesses. */
import { beforeAll, expect, test } from 'bun:test'
import { distanceMeters } from '#core/geo'
import { as, type Cook, DOOR, deliveryAddress, given, KITCHEN, type Person } from '../support/given'
import { useMarket } from '../support/market'
import { TOWN_METERS, townRoads } from '../support/roads'

useMarket({ environment: { ROADS: townRoads() } })

const BEELINE_METERS = Math.round(distanceMeters(KITCHEN, DOOR))
/** In the zone, and 5 km from the last street of the town. */
const MEADOW = { lat: 57.75, lng: 11.97 }

let mai: Cook
let nora: Person
beforeAll(async () => {
  mai = await given.chef('mai')
  nora = await given.customer('nora')
})

const basket = (coordinates = DOOR) => ({
  chefId: mai.chefId,
  items: [{ menuItemId: mai.itemId, quantity: 2 }],
  deliveryAddress: deliveryAddress(coordinates),
})
const quote = async (coordinates = DOOR) => {
  const reply = await as(nora).post('/quotes', basket(coordinates))
  expect(reply.status).toBe(201)
  return reply.body
}
const secondsBetween = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / 1000

test('a quote is of the way along the streets, which is longer than the bird flies', async () => {
  const quoted = await quote()
  expect(BEELINE_METERS).toBe(630)
  expect(quoted.distanceMeters).toBeWithin(TOWN_METERS - 2, TOWN_METERS + 3)
  expect(quoted.distanceIsApproximate).toBe(false)
})

test('a place that no street leads to is estimated, and it says so', async () => {
  const quoted = await quote(MEADOW)
  expect(quoted.distanceMeters).toBe(Math.round(distanceMeters(KITCHEN, MEADOW)))
  expect(quoted.distanceIsApproximate).toBe(true)
})

test('who lives within the radius of a kitchen is delivered to, however the streets wind', async () => {
  const deliveryRadiusMeters = 700
  expect(deliveryRadiusMeters).toBeWithin(BEELINE_METERS, TOWN_METERS)
  const omar = await given.chef('omar')
  expect((await as(omar).patch(`/chefs/${omar.chefId}`, { deliveryRadiusMeters })).status).toBe(200)
  const search = await as(nora).get(`/chefs?lat=${DOOR.lat}&lng=${DOOR.lng}&limit=100`)
  const found = search.body.data.find(({ id }: { id: string }) => id === omar.chefId)
  expect(found.deliversHere).toBe(true)
  const wanted = { ...basket(), chefId: omar.chefId, items: [{ menuItemId: omar.itemId, quantity: 2 }] }
  expect((await as(nora).post('/quotes', wanted)).status).toBe(201)
  expect((await as(omar).patch(`/chefs/${omar.chefId}`, { deliveryRadiusMeters: 600 })).status).toBe(200)
  expect(await as(nora).post('/quotes', wanted)).toBeProblem(422, 'outside-delivery-radius')
})

/** 853 m at no more than 30 km/h, and faster than a walker. As the crow flies at TRAVEL_SPEED_MPS it would be 90. */
const onTheRoad = (seconds: number) => expect(seconds).toBeWithin(102, 285)

const SERVICE_SECONDS = 120
const DOOR_SECONDS = 120

test('an order keeps to the streets from the first estimate to the door', async () => {
  const quoted = await quote()
  const order = (await as(nora).post('/orders', basket())).body
  expect(Math.abs(secondsBetween(quoted.eta.p50At, order.eta.p50At))).toBeLessThan(5)
  await given.payment(nora, order.id)
  const accepted = (await as(mai).patch(`/orders/${order.id}/accept`, { prepMinutes: 10 })).body
  onTheRoad(secondsBetween(accepted.readyAt, accepted.eta.p50At) - SERVICE_SECONDS - DOOR_SECONDS)
  await as(mai).patch(`/orders/${order.id}/preparing`)
  await as(mai).patch(`/orders/${order.id}/ready`)
  const omar = await given.driver('omar')
  await given.assignment(order.id, omar)
  const pickedUp = await as(omar).patch(`/orders/${order.id}/pickup`)
  expect(pickedUp.status).toBe(200)
  onTheRoad(secondsBetween(new Date().toISOString(), pickedUp.body.eta.p50At) - DOOR_SECONDS)
})

test("a driver's stops are planned along the streets", async () => {
  const omar = await given.driver('omar', { at: KITCHEN })
  await given.order({ until: 'assigned', chef: mai, customer: nora, driver: omar })
  const { stops } = (await as(omar).get('/drivers/route')).body
  expect(stops.map(({ type }: { type: string }) => type)).toEqual(['pickup', 'dropoff'])
  onTheRoad(secondsBetween(stops[0].plannedAt, stops[1].plannedAt))
})
