import { beforeAll, beforeEach, expect, test } from 'bun:test'
import { clock } from '#core/clock'
import { coarsen } from '#core/geo'
import { as, type Cook, type Courier, given, type Person } from '../support/given'
import { eventually, isApart, useMarket } from '../support/market'
import { type PositionFrame, useSockets } from '../support/socket'

useMarket()
const { listen } = useSockets()

let mai: Cook
let ada: Person
let nora: Person
let omar: Courier
let order: { id: string; handoverCode: string }
beforeAll(async () => {
  mai = await given.chef('mai')
  ada = await given.admin('ada')
})
beforeEach(async () => {
  nora = await given.customer('nora')
  omar = await given.driver('omar')
  order = await given.order({ until: 'assigned', customer: nora, chef: mai, driver: omar })
})

/** Somebody who listens to a topic, with the positions that were sent. */
const watching = async (person: Person, topic: string) => {
  const line = await listen(person)
  expect((await line.subscribe(topic)).type).toBe('subscribed')
  return {
    ...line,
    /** All positions so far. */
    positions: async () => {
      if (isApart) await Bun.sleep(POSITIONS_ARRIVE_MS)
      await line.pinged()
      return line.frames.filter((frame): frame is PositionFrame => frame.type === 'position')
    },
  }
}

const EXACT = { lat: 57.702_345, lng: 11.971_234 }

/** Processes that share a Redis read it four times a second. */
const POSITIONS_ARRIVE_MS = 1_000

/** Fixes are told apart by the millisecond. */
const MOMENT_MS = 2

/** omar is somewhere, a moment later than the last time. */
const moves = async (to = EXACT, more: object = {}) => {
  await Bun.sleep(MOMENT_MS)
  const reply = await as(omar).post('/drivers/location', { ...to, ...more })
  expect(reply.body).toEqual({ recordedAt: expect.any(String), isNewest: true })
}

const step = async (verb: string, body?: object) =>
  expect((await as(omar).patch(`/orders/${order.id}/${verb}`, body)).status).toBe(200)
const deliver = () => step('deliver', { proof: { code: order.handoverCode } })
const tracked = async (who: Person = nora) => (await as(who).get(`/orders/${order.id}/tracking`)).body.driver?.position
const topicOf = () => `order:${order.id}`

test('before pickup the customer sees about where her driver is, and not how fast he goes', async () => {
  const hers = await watching(nora, topicOf())
  await moves(EXACT, { speedMps: 6, headingDegrees: 90, accuracyMeters: 5 })
  const [position, ...more] = await hers.positions()
  expect(more).toEqual([])
  expect(position).toEqual({
    type: 'position',
    topic: topicOf(),
    driverId: omar.driverId,
    ...coarsen(EXACT),
    recordedAt: expect.any(String),
    isCoarse: true,
  })
  expect(await tracked()).toEqual({ ...coarsen(EXACT), recordedAt: expect.any(String), isCoarse: true })
})

test('with the food on board she sees exactly where he is', async () => {
  const hers = await watching(nora, topicOf())
  await step('pickup')
  await hers.hearsEvent('order.picked_up')
  await eventually('an exact position', async () => {
    await moves(EXACT, { speedMps: 6, headingDegrees: 90 })
    return (await hers.positions()).some(({ isCoarse }) => !isCoarse)
  })
  expect((await hers.positions()).at(-1)).toMatchObject({ ...EXACT, isCoarse: false, speedMps: 6, headingDegrees: 90 })
  expect(await tracked()).toMatchObject({ ...EXACT, isCoarse: false })
  await step('in-transit')
  await step('arrive')
  expect(await tracked()).toMatchObject({ ...EXACT, isCoarse: false })
})

test('once it is delivered she sees no more of him', async () => {
  const hers = await watching(nora, topicOf())
  await step('pickup')
  await deliver()
  await hers.hearsEvent('order.delivered')
  const before = (await hers.positions()).length
  await moves()
  await moves({ lat: 57.71, lng: 11.98 })
  expect(await hers.positions()).toHaveLength(before)
  expect(await tracked()).toBeNull()
  expect(JSON.stringify((await as(nora).get(`/orders/${order.id}/tracking`)).body)).not.toContain(String(EXACT.lat))
})

test('nor when he drops the order, nor when it fails or is taken from him', async () => {
  const hers = await watching(nora, topicOf())
  await step('drop', { reason: 'Flat tyre' })
  await hers.hearsEvent('delivery.unassigned')
  await moves()
  expect(await hers.positions()).toEqual([])
  expect(await tracked()).toBeUndefined()

  const lena = await given.driver('lena')
  await given.assignment(order.id, lena)
  await hers.hearsEvent('delivery.assigned')
  await moves()
  expect(await hers.positions()).toEqual([])
  expect(await tracked()).toBeNull()
})

test('each sees what is for him: the chef as the customer, admins and the driver exactly', async () => {
  const hers = await watching(mai, topicOf())
  const [hisOrder, hisOwn] = [await watching(omar, topicOf()), await watching(omar, `driver:${omar.driverId}`)]
  const admins = await watching(ada, topicOf())
  await moves()
  expect((await hers.positions()).map(({ isCoarse, lat }) => [isCoarse, lat])).toEqual([[true, coarsen(EXACT).lat]])
  for (const his of [hisOrder, hisOwn, admins]) {
    expect((await his.positions()).map(({ isCoarse, lat }) => [isCoarse, lat])).toEqual([[false, EXACT.lat]])
  }
})

test('of another order nobody hears his position', async () => {
  const other = await given.order({ until: 'accepted', customer: nora, chef: mai })
  const hers = await watching(nora, `order:${other.id}`)
  await moves()
  expect(await hers.positions()).toEqual([])
})

test('a fix that comes late is not sent', async () => {
  const hers = await watching(nora, topicOf())
  await moves()
  const late = { lat: 57.69, lng: 11.96, recordedAt: new Date(clock.nowMs() - 60_000).toISOString() }
  expect((await as(omar).post('/drivers/location', late)).body.isNewest).toBe(false)
  expect(await hers.positions()).toHaveLength(1)
})

test.each<[string, number]>([
  ['from the future', 61_000],
  ['of an hour ago', -3_601_000],
])('a fix %s is refused', async (_, ms) => {
  const fix = { ...EXACT, recordedAt: new Date(clock.nowMs() + ms).toISOString() }
  expect(await as(omar).post('/drivers/location', fix)).toBeProblem(422, 'invalid-request')
})

test('only drivers who have registered tell where they are', async () => {
  expect(await as(nora).post('/drivers/location', EXACT)).toBeProblem(403)
})
