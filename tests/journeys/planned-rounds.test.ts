/** Rounds that plan all orders and drivers of a zone together. */
import { afterEach, beforeAll, beforeEach, expect, test } from 'bun:test'
import { clock } from '#core/clock'
import { as, type Cook, type Courier, given, KITCHEN, type Person } from '../support/given'
import { eventually, sql, useMarket } from '../support/market'
import { passTime } from '../support/pass-time'

useMarket()

const NEAR = { lat: 57.701, lng: 11.97 }
const FARTHER = { lat: 57.71, lng: 11.97 }

let mai: Cook
let nora: Person

beforeAll(async () => {
  await given.zone()
})
beforeEach(async () => {
  await given.zoneSettings()
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

const accepted = () => given.order({ until: 'accepted', chef: mai, customer: nora })

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

test('a driver is asked a while before he has to set out, and until then it is told for whom an order is meant', async () => {
  await given.zoneSettings({ offerLeadSeconds: 90 })
  const omar = await given.driver('omar', { at: FARTHER })
  const { id } = await accepted()
  const [planned] = await eventually('it is planned', async () => {
    const decisions = await decisionsOf(id)
    return decisions.length > 0 && decisions
  })
  expect(planned).toMatchObject({ outcome: 'planned', driverId: omar.driverId, policy: 'optimiser' })
  expect(planned.reason).toMatch(/^Meant for a driver who need not set out before \d\d:\d\d:\d\d UTC\./)
  expect(await offersTo(omar)).toEqual([])
  // He has about three minutes to go, half a minute to answer, and a minute and a half in case he declines.
  const offer = await eventually(
    'an offer',
    async () => {
      // Less than an offer lives: one that comes just before it is still open after it.
      await passTime(20)
      await as(omar).post('/drivers/location', FARTHER)
      await Bun.sleep(700)
      return (await offersTo(omar))[0] as (Offer & { createdAt: string }) | undefined
    },
    45,
  )
  const [offered] = (await decisionsOf(id)).filter(({ outcome }: { outcome: string }) => outcome === 'offered')
  const { pickupAt } = offered.candidates[0]
  expect(Date.parse(pickupAt) - Date.parse(offer.createdAt)).toBeGreaterThan(4 * 60_000)
})

test('who goes home soon is asked for nothing that he would collect after it', async () => {
  const [omar, lena] = [await given.driver('omar', { at: NEAR }), await given.driver('lena', { at: FARTHER })]
  const until = (minutes: number) => new Date(clock.nowMs() + minutes * 60_000).toISOString()
  expect(await as(omar).patch('/drivers/availability', { isAvailable: true, until: until(-1) })).toBeProblem(422)
  const reply = await as(omar).patch('/drivers/availability', { isAvailable: true, until: until(5) })
  expect(Date.parse(reply.body.availableUntil)).toBeGreaterThan(clock.nowMs())
  const { id } = await accepted()
  expect((await offerTo(lena)).orderIds).toEqual([id])
  expect(await offersTo(omar)).toEqual([])
  const again = await as(omar).patch('/drivers/availability', { isAvailable: true })
  expect(again.body.availableUntil).toBeNull()
})

test('of two as near, who mostly declines is asked after the other, and the decision says what that costs', async () => {
  const [omar, lena] = [await given.driver('omar', { at: NEAR }), await given.driver('lena', { at: NEAR })]
  await sql()`update drivers set offers_answered = 50, offers_accepted = case id when ${lena.driverId} then 50 else 5 end`
  const { id } = await ready()
  expect((await offerTo(lena)).orderIds).toEqual([id])
  const [{ candidates }] = await decisionsOf(id)
  const costOf = ({ driverId }: Courier) =>
    candidates.find((one: { driverId: string }) => one.driverId === driverId).cost.acceptance
  expect(costOf(lena)).toBeGreaterThan(0)
  expect(costOf(omar)).toBeGreaterThan(costOf(lena) + 20)
})

test('food of a kitchen that is always late is collected when it is usually ready', async () => {
  await sql()`
    insert into eta_estimates (kind, zone_id, chef_id, hour, weight, mean, spread, learned_at)
    values ('preparation', ${await given.zone()}, ${mai.chefId}, null, 50, ${Math.log(3)}, 0.1, 'infinity')`
  await given.driver('omar', { at: NEAR })
  const { id } = await accepted()
  const [decision] = await eventually('somebody is asked', async () => {
    const decisions = await decisionsOf(id)
    return decisions[0]?.outcome === 'offered' && decisions
  })
  // It said ten minutes.
  expect(decision.candidates[0].pickupSeconds).toBeGreaterThan(25 * 60)
})
