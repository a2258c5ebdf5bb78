import { afterEach, beforeAll, expect, test } from 'bun:test'
import { newId } from '#core/ids'
import { ZoneSettings } from '#core/zones'
import { as, type Cook, deliveryAddress, given, type Person } from '../support/given'
import { call, sql, useMarket } from '../support/market'

useMarket()

let ada: Person
let mai: Cook
let nora: Person
let path: string
beforeAll(async () => {
  ada = await given.admin('ada')
  mai = await given.chef('mai')
  nora = await given.customer('nora')
  path = `/admin/zones/${await given.zone()}/settings`
  await sql()`update zones set settings = '{}'`
})
afterEach(async () => void (await sql()`update zones set settings = '{}'`))

const set = (change: object) => as(ada).patch(path, change)
const quote = async () => {
  const items = [{ menuItemId: mai.itemId, quantity: 2 }]
  return as(nora).post('/quotes', { chefId: mai.chefId, items, deliveryAddress: deliveryAddress() })
}

test('what was never set has its default, and what is set is what is read', async () => {
  expect((await as(ada).get(path)).body).toEqual({ id: await given.zone(), settings: ZoneSettings.parse({}) })
  const changed = (await set({ taxBps: 1_200 })).body.settings
  expect(changed).toEqual({ ...ZoneSettings.parse({}), taxBps: 1_200 })
  expect((await as(ada).get(path)).body.settings).toEqual(changed)
})

test.each<[string, object, object]>([
  ['tax', { taxBps: 2_500 }, { taxCents: 600 }],
  ['delivery fee', { deliveryFeeCents: 790 }, { deliveryFeeCents: 790 }],
  [
    'a free part of the way',
    { deliveryFeeIncludedMeters: 100, deliveryFeeStepMeters: 100 },
    { deliveryFeeCents: 1_400 },
  ],
  ['service fee', { serviceFeeBps: 500 }, { serviceFeeCents: 120, totalCents: 3_212 }],
])('%s counts from the moment it is saved', async (_, change, expected) => {
  expect((await quote()).body).toMatchObject({ taxCents: 192, deliveryFeeCents: 500, serviceFeeCents: 0 })
  await set(change)
  expect((await quote()).body).toMatchObject(expected)
})

test('the smallest order and the commission do too', async () => {
  await set({ minimumOrderCents: 2_401 })
  expect(await quote()).toBeProblem(422, 'below-minimum')
  await set({ minimumOrderCents: 2_400, commissionBps: 3_000 })
  const { id } = await given.order({ until: 'paid', chef: mai, customer: nora, quantity: 2 })
  expect((await as(mai).get(`/orders/${id}`)).body.commissionCents).toBe(720)
})

test('demand raises the delivery fee once a zone allows it, and says so in the quote', async () => {
  await given.order({ until: 'accepted', chef: mai, customer: nora })
  await given.order({ until: 'accepted', chef: mai, customer: nora })
  await given.order({ until: 'accepted', chef: mai, customer: nora })
  expect((await quote()).body.deliveryFeeMultiplier).toBe(1)
  await set({ demandMultiplierBpsMax: 20_000, demandThreshold: 2 })
  expect((await quote()).body).toMatchObject({ deliveryFeeMultiplier: 1.5, deliveryFeeCents: 750 })
  await set({ demandMultiplierBpsMax: 12_000 })
  expect((await quote()).body).toMatchObject({ deliveryFeeMultiplier: 1.2, deliveryFeeCents: 600 })
})

test('a free driver eases demand where he is, and only while it is known', async () => {
  await sql()`update deliveries set status = 'cancelled', driver_id = null, offer_id = null`
  for (let n = 0; n < 3; n++) await given.order({ until: 'accepted', chef: mai, customer: nora })
  await set({ demandMultiplierBpsMax: 50_000, demandThreshold: 1, fixAgeSecondsMax: 120 })
  /** On duty, and last seen at a place by a process that may be another: rounds of this one do not know of him. */
  const onDuty = async (lat: number, secondsAgo: number) => {
    const { driverId } = await given.driver()
    const fix = { lat, lng: 11.97, recordedAt: new Date(Date.now() - secondsAgo * 1000).toISOString() }
    await sql()`update drivers set is_available = true where id = ${driverId}`
    await sql()`
      insert into driver_positions (driver_id, fix, recorded_at) values (${driverId}, ${sql().json(fix)}, ${fix.recordedAt})`
  }
  const multiplier = async () => (await quote()).body.deliveryFeeMultiplier
  expect(await multiplier()).toBe(3)
  for (let n = 0; n < 2; n++) await onDuty(58.9, 0)
  for (let n = 0; n < 2; n++) await onDuty(57.7, 150)
  expect(await multiplier()).toBe(3)
  for (let n = 0; n < 2; n++) await onDuty(57.7, 0)
  expect(await multiplier()).toBe(1.5)
  await set({ fixAgeSecondsMax: 300 })
  expect(await multiplier()).toBe(1)
})

test('two admins who change different settings at once both have their way', async () => {
  await Promise.all([set({ taxBps: 100 }), set({ commissionBps: 200 }), set({ serviceFeeBps: 300 })])
  const { settings } = (await as(ada).get(path)).body
  expect(settings).toMatchObject({ taxBps: 100, commissionBps: 200, serviceFeeBps: 300 })
})

test('who changed what is on record', async () => {
  await set({ taxBps: 777 })
  const [event] = await sql()`
    select topics, data from events where type = 'zone.settings_changed' and (data -> 'change' ->> 'taxBps')::integer = 777`
  expect(event).toEqual({
    topics: [`zone:${await given.zone()}`],
    data: { zoneId: await given.zone(), change: { taxBps: 777 }, changedBy: ada.userId },
  })
})

test.each<[string, object]>([
  ['that there is not', { surgeCents: 1 }],
  ['beyond its bounds', { taxBps: 10_001 }],
  ['of another kind', { taxBps: '800' }],
  ['that is nothing', { taxBps: null }],
])('a setting %s is refused, and nothing of the rest is saved', async (_, wrong) => {
  expect(await set({ commissionBps: 1, ...wrong })).toBeProblem(422, 'invalid-request')
  expect((await as(ada).get(path)).body.settings.commissionBps).toBe(1_500)
})

test('only admins read and change them, and only of zones that there are', async () => {
  for (const person of [mai, nora, await given.driver()]) {
    expect(await as(person).get(path)).toBeProblem(403)
    expect(await as(person).patch(path, { taxBps: 0 })).toBeProblem(403)
  }
  expect(await call('PATCH', path, { body: { taxBps: 0 } })).toBeProblem(401)
  expect(await as(ada).get(`/admin/zones/${newId()}/settings`)).toBeProblem(404, 'zone-not-found')
  expect(await as(ada).patch(`/admin/zones/${newId()}/settings`, { taxBps: 0 })).toBeProblem(404, 'zone-not-found')
})

test('an admin opens a zone; everyone can see where there is one', async () => {
  const corners = [
    { lat: 55.5, lng: 12.9 },
    { lat: 55.5, lng: 13.1 },
    { lat: 55.7, lng: 13.1 },
  ]
  const zone = { slug: 'malmo', name: 'Malmö', polygon: corners, currency: 'SEK', timeZone: 'Europe/Stockholm' }
  const made = await as(ada).post('/admin/zones', { ...zone, settings: { taxBps: 600 } })
  expect(made.status).toBe(201)
  expect(made.body).toEqual({ id: expect.any(String), ...zone })
  expect((await call('GET', '/zones')).body.data).toContainEqual(made.body)
  expect((await as(ada).get(`/admin/zones/${made.body.id}/settings`)).body.settings.taxBps).toBe(600)
  expect(await as(ada).post('/admin/zones', zone)).toBeProblem(409, 'slug-taken')
  expect(await as(nora).post('/admin/zones', { ...zone, slug: 'lund' })).toBeProblem(403)
})
