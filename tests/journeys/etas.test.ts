import { afterEach, beforeAll, expect, test } from 'bun:test'
import { addSeconds, clock } from '#core/clock'
import { newId } from '#core/ids'
import { forgetFixes } from '#modules/dispatch/believed'
import { learnTimes } from '#modules/dispatch/eta-history'
import { forgetKnown, knownTimes } from '#modules/dispatch/eta-knowledge'
import { updateEtas } from '#modules/dispatch/eta-updates'
import { as, type Cook, DOOR, deliveryAddress, given, KITCHEN, type Person } from '../support/given'
import { eventually, sql, useMarket } from '../support/market'
import { useSockets } from '../support/socket'

// Rounds far apart: nobody is asked to bring anything.
useMarket({ environment: { DISPATCH_ROUND_MS: '60000' } })
const { listen } = useSockets()

/** Seven kilometres from the kitchen: a thousand seconds, as the crow flies. */
const FAR = { lat: KITCHEN.lat + 0.063, lng: KITCHEN.lng }

let mai: Cook
let nora: Person
beforeAll(async () => {
  mai = await given.chef('mai')
  nora = await given.customer('nora')
})
afterEach(async () => {
  await sql()`delete from eta_estimates`
  // Nothing is learned of it: cooked and brought in no time.
  await sql()`update orders set prep_seconds = null`
})

const read = async (id: string) => (await as(nora).get(`/orders/${id}`)).body
const minutesBetween = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / 60_000
const told = (id: string) => sql()<{ data: Record<string, unknown>; topics: string[] }[]>`
  select topics, data from events where type = 'order.eta_changed' and data ->> 'orderId' = ${id} order by id`
const moves = (id: string, from: string) =>
  eventually('another time at the door', async () => {
    const order = await read(id)
    return Math.abs(minutesBetween(from, order.eta.p50At)) > 1 && order
  })

test('who takes it from far away makes it later, a fix near the kitchen earlier again, and all concerned are told', async () => {
  const { id } = await given.order({ until: 'ready', chef: mai, customer: nora })
  const phone = await listen(nora)
  await phone.subscribe(`order:${id}`)
  const before = await read(id)
  expect(minutesBetween(before.pickupEta.p50At, before.eta.p50At)).toBeWithin(3, 5)
  const omar = await given.driver('omar', { at: FAR })
  await given.assignment(id, omar)
  const far = await moves(id, before.eta.p50At)
  expect(minutesBetween(before.eta.p50At, far.eta.p50At)).toBeWithin(14, 22)
  expect((await as(nora).get(`/orders/${id}/tracking`)).body).toMatchObject({ eta: far.eta, pickupEta: far.pickupEta })
  const heard = await phone.hearsEvent('order.eta_changed')
  expect(heard.data).toEqual({ orderId: id, eta: far.eta, pickupEta: far.pickupEta })
  expect((await told(id))[0]!.topics).toEqual([`order:${id}`, `chef:${mai.chefId}`, `driver:${omar.driverId}`])

  forgetFixes()
  await as(omar).post('/drivers/location', { ...KITCHEN, recordedAt: addSeconds(clock.now(), 1).toISOString() })
  await updateEtas(clock.now())
  const near = await moves(id, far.eta.p50At)
  expect(minutesBetween(near.eta.p50At, far.eta.p50At)).toBeWithin(14, 22)

  expect((await as(omar).patch(`/orders/${id}/pickup`)).body.pickupEta).toBeNull()
  expect((await as(nora).get(`/orders/${id}/tracking`)).body.pickupEta).toBeNull()
})

test('the second order on a ride is expected after the first, and the first picked up with it', async () => {
  const [first, second] = [
    await given.order({ until: 'ready', chef: mai, customer: nora }),
    await given.order({ until: 'ready', chef: mai, customer: nora }),
  ]
  const omar = await given.driver('omar', { at: KITCHEN })
  const ada = await given.admin()
  await given.assignment(first.id, omar)
  const alone = await read(first.id)
  const body = { orderId: second.id, driverId: omar.driverId, mayBundle: true }
  expect((await as(ada).post('/dispatch/assign', body)).status).toBe(200)
  const route = ['pickup', 'dropoff'].flatMap((type) => [second, first].map(({ id }) => ({ type, orderId: id })))
  await sql()`update drivers set route = ${sql().json(route)} where id = ${omar.driverId}`
  await updateEtas(clock.now())
  const etas = await Promise.all([first, second].map(({ id }) => read(id)))
  expect(minutesBetween(etas[1].eta.p50At, etas[0].eta.p50At)).toBeGreaterThan(1.5)
  expect(minutesBetween(alone.eta.p50At, etas[0].eta.p50At)).toBeGreaterThan(2)
})

test('what has moved by less than a minute is not told', async () => {
  const { id } = await given.order({ until: 'accepted', chef: mai, customer: nora })
  await updateEtas(clock.now())
  await updateEtas(addSeconds(clock.now(), 20))
  expect(await told(id)).toHaveLength(0)
})

test('the longer a kitchen is late, the later it is expected', async () => {
  const { id } = await given.order({ until: 'preparing', chef: mai, customer: nora })
  const { eta } = await read(id)
  await updateEtas(addSeconds(clock.now(), 25 * 60))
  // The job goes on beside it, by the time that it is.
  const lates = (await told(id)).map(({ data }) => minutesBetween(eta.p50At, (data.eta as { p50At: string }).p50At))
  expect(Math.max(...lates)).toBeGreaterThan(12)
})

test('two who work out the same tell it once, and what is over is left alone', async () => {
  const { id } = await given.order({ until: 'accepted', chef: mai, customer: nora })
  const later = addSeconds(clock.now(), 20 * 60)
  await Promise.all([updateEtas(later), updateEtas(later)])
  const times = (await told(id)).map(({ data }) => JSON.stringify(data.eta))
  expect(times.length).toBeGreaterThan(0)
  // The job beside may tell others in between; told twice are two alike in a row.
  expect(times.filter((one, i) => one === times[i - 1])).toEqual([])
  await as(await given.admin()).patch(`/orders/${id}/cancel`, { reason: 'Enough' })
  const before = (await told(id)).length
  await updateEtas(addSeconds(later, 40 * 60))
  expect(await told(id)).toHaveLength(before)
})

/** Orders of the past at this hour: said ten minutes, took so many, waited so long, and rode as the way said. */
const cooked = async (chef: Cook, count: number, { tookMinutes = 10, waitedMinutes = 2, daysAgo = 1 } = {}) => {
  const template = await given.order({ until: 'delivered', chef, customer: nora })
  for (let n = 0; n < count; n++) {
    const accepted = addSeconds(clock.now(), -(daysAgo + (n % 5)) * 86_400)
    const ready = addSeconds(accepted, (tookMinutes + (n % 3) - 1) * 60)
    const picked = addSeconds(ready, waitedMinutes * 60)
    await sql()`
      insert into orders select (jsonb_populate_record(o, ${sql().json({ id: newId(), order_number: newId(), prep_seconds: 600, accepted_at: accepted, ready_at: ready, picked_up_at: picked, delivered_at: addSeconds(picked, 240) } as never)})).*
      from orders o where o.id = ${template.id}`
  }
  await sql()`update orders set prep_seconds = null where id = ${template.id}`
}
const quote = async (chef: Cook) => {
  const items = [{ menuItemId: chef.itemId, quantity: 2 }]
  const body = { chefId: chef.chefId, items, deliveryAddress: deliveryAddress(DOOR) }
  return (await as(nora).post('/quotes', body)).body
}

test('a kitchen that is late each day is promised later, and one that is not is not', async () => {
  const [late, onTime] = [await given.chef('late'), await given.chef('nils')]
  await cooked(late, 30, { tookMinutes: 20 })
  await cooked(onTime, 30)
  const [before, other] = [await quote(late), await quote(onTime)]
  await learnTimes(clock.now())
  forgetKnown()
  const [after, same] = [await quote(late), await quote(onTime)]
  expect(minutesBetween(before.eta.p50At, after.eta.p50At)).toBeWithin(9, 15)
  expect(Math.abs(minutesBetween(other.eta.p50At, same.eta.p50At))).toBeLessThan(4)
  expect(minutesBetween(same.eta.p50At, same.eta.p90At)).toBeLessThan(minutesBetween(other.eta.p50At, other.eta.p90At))
  expect(Date.parse(after.pickupEta.p50At)).toBeLessThan(Date.parse(after.eta.p50At))
})

test('what is learned is of the hour: the same kitchen is not thought late in another', async () => {
  const nightly = await given.chef('nightly')
  await cooked(nightly, 30, { tookMinutes: 20 })
  await cooked(await given.chef('nils'), 60)
  await learnTimes(clock.now())
  const place = { zoneId: await given.zone(), chefId: nightly.chefId }
  const rows = await sql()`
    select hour from eta_estimates where chef_id = ${nightly.chefId} and kind = 'preparation' and hour is not null`
  expect(rows).toHaveLength(1)
  forgetKnown()
  const now = await knownTimes(sql(), place, clock.now())
  expect(Math.exp(now.preparation.mean)).toBeWithin(1.6, 2)
  const elsewhere = await knownTimes(sql(), { ...place, chefId: newId() }, clock.now())
  expect(Math.exp(elsewhere.preparation.mean)).toBeWithin(1, 1.5)
})

test('food that waits for its driver just now is expected to wait', async () => {
  const chef = await given.chef('mai')
  await cooked(chef, 20)
  await learnTimes(clock.now())
  const place = { zoneId: await given.zone(), chefId: chef.chefId }
  forgetKnown()
  const usual = await knownTimes(sql(), place, clock.now())
  for (let n = 0; n < 5; n++) {
    const { id } = await given.order({ until: 'ready', chef, customer: nora })
    await sql()`update orders set ready_at = ${addSeconds(clock.now(), -1_500)} where id = ${id}`
  }
  await learnTimes(clock.now())
  forgetKnown()
  const now = await knownTimes(sql(), place, clock.now())
  expect(Math.exp(now.wait.mean) - Math.exp(usual.wait.mean)).toBeGreaterThan(120)
})

test('learning anew changes nothing, and what is not on record any more is forgotten', async () => {
  const chef = await given.chef('mai')
  await cooked(chef, 5)
  const now = clock.now()
  const all = () =>
    sql()`select kind, chef_id, hour, round(mean::numeric, 9) as mean from eta_estimates order by 1, 2, 3`
  await learnTimes(now)
  const once = await all()
  await learnTimes(now)
  expect(await all()).toEqual(once)
  await learnTimes(addSeconds(now, 70 * 86_400))
  expect(await all()).toHaveLength(0)
})
