/** Where an idle driver had better wait: learned from the same hour of weeks before, told to him alone, and only where the zone wants it. */
import { afterEach, beforeAll, expect, test } from 'bun:test'
import { clock } from '#core/clock'
import { coarsen } from '#core/geo'
import { as, type Cook, type Courier, given, KITCHEN, type Person } from '../support/given'
import { eventually, sql, useMarket } from '../support/market'
import { passTime } from '../support/pass-time'

useMarket()

/** Eighteen minutes from the kitchen by bike. */
const FAR = { lat: 57.77, lng: 11.97 }
const WEEKLY_ORDERS = 3

let mai: Cook
let nora: Person

beforeAll(async () => {
  const zoneId = await given.zone()
  mai = await given.chef('mai')
  nora = await given.customer('nora')
  await sql()`update zones set created_at = now() - interval '5 weeks' where id = ${zoneId}`
  const ids: string[] = []
  for (let count = 0; count < 4 * WEEKLY_ORDERS; count++)
    ids.push((await given.order({ until: 'delivered', chef: mai, customer: nora })).id)
  await sql()`
    update orders o set ready_at = now() - (1 + (one.number - 1) % 4) * interval '7 days' + interval '15 minutes'
    from unnest(${ids}::uuid[]) with ordinality as one (id, number) where o.id = one.id`
})
afterEach(async () => {
  await given.zoneSettings()
  await sql()`update drivers set is_available = false`
})

const suggestionOf = async (driver: Courier) => (await as(driver).get('/drivers/suggestion')).body.suggestion

test('an idle driver who is far from where orders are expected is told to wait there, for ten minutes or until he has something to do', async () => {
  await given.zoneSettings({ suggestsWaiting: true })
  const omar = await given.driver('omar', { at: FAR })
  const suggestion = await eventually('a suggestion', async () => (await suggestionOf(omar)) ?? undefined, 45)
  expect(suggestion).toMatchObject({ kitchen: "mai's kitchen", location: coarsen(KITCHEN) })
  expect(suggestion.reason).toMatch(/^expected orders would be \d+ s sooner$/)
  expect(Date.parse(suggestion.expiresAt) - clock.nowMs()).toBeLessThanOrEqual(600_000)
  const told = await sql()<{ topics: string[] }[]>`select topics from events where type = 'driver.wait_suggested'`
  expect([...told]).toEqual([{ topics: [`driver:${omar.driverId}`] }])
  // Nobody else hears of it, and one is enough for a kitchen.
  const lena = await given.driver('lena', { at: FAR })
  expect(await suggestionOf(lena)).toBeNull()
  expect((await as(nora).get('/drivers/suggestion')).status).toBe(403)

  const { id } = await given.order({ until: 'ready', chef: mai, customer: nora })
  await given.assignment(id, omar)
  expect(await suggestionOf(omar)).toBeNull()
  await as(omar).patch(`/orders/${id}/drop`, { reason: 'Flat tyre' })
  expect(await suggestionOf(omar)).not.toBeNull()
  await passTime(601)
  expect(await suggestionOf(omar)).toBeNull()
})

test('where the zone does not want it, nobody is told anything', async () => {
  const planned = async (name: string) => {
    const driver = await given.driver(name, { at: FAR })
    const { id } = await given.order({ until: 'ready', chef: mai, customer: nora })
    await given.offer(driver)
    return sql()`select from dispatch_decisions where order_id = ${id}`
  }
  // A round that had begun before may still tell somebody.
  await planned('omar')
  await sql()`delete from driver_suggestions`
  expect((await planned('lena')).length).toBeGreaterThan(0)
  expect(await sql()`select from driver_suggestions`).toHaveLength(0)
})
