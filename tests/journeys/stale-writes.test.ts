/** What a process decided before it slept is out of date when it wakes: each write finds that out by itself. */
import { afterEach, beforeAll, expect, test } from 'bun:test'
import { addSeconds, clock } from '#core/clock'
import { markUntaken, post } from '#modules/dispatch/board-queries'
import { publishEtas } from '#modules/dispatch/eta-queries'
import { isWaitingStill, markLate, release } from '#modules/dispatch/late-kitchen-queries'
import { expireOffers } from '#modules/dispatch/offers'
import * as watch from '#modules/dispatch/watch-queries'
import { offerBundle } from '../support/bundles'
import { as, type Cook, type Courier, given, KITCHEN, type Person } from '../support/given'
import { sql, useMarket } from '../support/market'

useMarket()

let mai: Cook
let nora: Person
let omar: Courier
beforeAll(async () => {
  mai = await given.chef('mai')
  nora = await given.customer('nora')
  omar = await given.driver('omar', { at: KITCHEN })
  await sql()`update zones set settings = settings || '{"dispatchLeadSeconds": 0, "boardAfterSeconds": 86400}'`
})
afterEach(async () => {
  await sql()`update offers set status = 'withdrawn' where status = 'open'`
  await sql()`update deliveries set status = 'cancelled', driver_id = null, offer_id = null where status <> 'delivered'`
  await sql()`update drivers set silent_since = null`
})

const order = async () => (await given.order({ until: 'accepted', chef: mai, customer: nora })).id
const assigned = async () => {
  const id = await order()
  await given.assignment(id, omar)
  return id
}
const BEFORE = '2026-01-01T00:00:00.000Z'

test('relieving a silent driver: not when he was heard since, nor when he fell silent anew', async () => {
  const id = await assigned()
  const isDue = (since: string) => watch.isToBeRelieved(sql(), id, omar.driverId, since)
  expect(await isDue(BEFORE)).toBe(false)
  const now = clock.now()
  expect(await watch.markSilent(sql(), omar.driverId, now)).toBe(true)
  expect(await watch.markSilent(sql(), omar.driverId, now)).toBe(false)
  expect([await isDue(BEFORE), await isDue(now.toISOString())]).toEqual([false, true])
})

test('relieving a driver astray: not when he came nearer since, nor of what he has picked up', async () => {
  const id = await assigned()
  const { driverId } = omar
  const now = clock.now()
  expect(await watch.markAstray(sql(), id, driverId, 'picked_up', now)).toBe(false)
  expect(await watch.markAstray(sql(), id, driverId, 'assigned', now)).toBe(true)
  const isDue = watch.isStillAstray(id, driverId, now.toISOString())
  expect([await isDue(sql()), await watch.isStillAstray(id, driverId, BEFORE)(sql())]).toEqual([true, false])
  await watch.noteProgress(sql(), id, driverId, 100, now)
  expect(await isDue(sql())).toBe(false)
  await as(mai).patch(`/orders/${id}/preparing`)
  await as(mai).patch(`/orders/${id}/ready`)
  expect((await as(omar).patch(`/orders/${id}/pickup`)).status).toBe(200)
  expect(await watch.isHisBeforePickup(id, driverId)(sql())).toBe(false)
})

test('the board and the alert: not for an order that was somebody’s meanwhile, and once', async () => {
  const id = await assigned()
  const row = { orderId: id, waitedSeconds: 600, isToPost: true, isToTell: true, waitingSince: null }
  const both = async (of: typeof row | { waitingSince: string }) => {
    const seen = { ...row, ...of } as Parameters<typeof post>[1]
    return [await post(sql(), seen, clock.now()), await markUntaken(sql(), seen, clock.now())]
  }
  expect(await both(row)).toEqual([false, false])
  const ada = await given.admin('ada')
  await as(ada).post('/dispatch/unassign', { orderId: id, reason: 'Test' })
  expect(await both(row)).toEqual([false, false])
  const [waiting] = await sql()<{ waitingSince: string }[]>`select waiting_since from deliveries where order_id = ${id}`
  const { waitingSince } = waiting!
  expect(await both({ waitingSince })).toEqual([true, true])
  expect(await both({ waitingSince })).toEqual([false, false])
})

test('times that were worked out before it slept are told to nobody', async () => {
  const id = await order()
  const status = 'accepted' as const
  const inAnHour = addSeconds(clock.now(), 3_600).toISOString()
  const times = { p50At: inAnHour, p90At: inAnHour, pickupP50At: inAnHour, pickupP90At: inAnHour }
  const news = [{ id, status, driverId: null, ...times }]
  expect(await publishEtas(sql(), news, addSeconds(clock.now(), -30))).toBe(0)
  expect(await publishEtas(sql(), [{ ...news[0]!, driverId: omar.driverId }], clock.now())).toBe(0)
  expect(await publishEtas(sql(), news, clock.now())).toBe(1)
})

test('an offer ends once, and not before its time, whoever comes to it', async () => {
  const id = await order()
  expect(await offerBundle(omar, [{ id }], clock.now())).toBe(true)
  await expireOffers(clock.now())
  const endings = async () => {
    const rows = await sql()`select status from offers where order_ids @> array[${id}::uuid]`
    const steps = await sql()`select from order_events where order_id = ${id} and event = 'withdraw'`
    return [rows.map(({ status }) => status), steps.length]
  }
  expect(await endings()).toEqual([['open'], 0])
  const late = addSeconds(clock.now(), 31)
  await Promise.all([expireOffers(late), expireOffers(late), expireOffers(late)])
  expect(await endings()).toEqual([['expired'], 1])
})

test('a kitchen that has said ready is not late any more, and who fetches for it is not let go', async () => {
  const id = await assigned()
  expect(await isWaitingStill(sql(), id, omar.driverId)).toBe(true)
  await as(mai).patch(`/orders/${id}/preparing`)
  await as(mai).patch(`/orders/${id}/ready`)
  expect(await isWaitingStill(sql(), id, omar.driverId)).toBe(false)
  expect(await markLate(sql(), id, clock.now())).toBe(false)
  expect(await release(sql(), id, 'Another reason', clock.now())).toBe(false)
})
