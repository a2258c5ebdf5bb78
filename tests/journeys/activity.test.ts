import { beforeAll, expect, test } from 'bun:test'
import { newId } from '#core/ids'
import { settingsOf } from '#core/zones'
import { idleShares } from '#modules/dispatch/fairness'
import { as, type Courier, given, KITCHEN, type Person } from '../support/given'
import { sql, useMarket } from '../support/market'

// Rounds far apart: nobody is asked to bring anything.
useMarket({ environment: { DISPATCH_ROUND_MS: '60000' } })

let ada: Person
let zoneId: string
beforeAll(async () => {
  ada = await given.admin('ada')
  zoneId = await given.zone()
})

/** The hours of one day of the past, as they would be had the test waited. */
const at = (time: string) => `2026-03-02T${time}:00.000Z`
const DAY = `from=${at('00:00')}&to=${at('23:59')}`

const onDuty = (driver: Courier, began: string, ended: string | null) => sql()`
  insert into driver_shifts (driver_id, began_at, ended_at) values (${driver.driverId}, ${at(began)}, ${ended && at(ended)})`

/** Pays 500 cents for the way and `tipCents`. */
const brought = async (driver: Courier, assigned: string, ended: string, tipCents = 0) => {
  const { id } = await given.order({ until: 'delivered', driver })
  await sql()`update orders set tip_cents = ${tipCents}, total_cents = total_cents - tip_cents + ${tipCents} where id = ${id}`
  await sql()`
    update deliveries set assigned_at = ${at(assigned)}, delivered_at = ${at(ended)} where order_id = ${id}`
  return id
}
const mine = async (driver: Courier, query = DAY) => (await as(driver).get(`/drivers/activity?${query}`)).body
const listed = async (query = DAY) => (await as(ada).get(`/admin/zones/${zoneId}/activity?${query}`)).body

test('four hours on duty, of which two rides of an hour share half an hour', async () => {
  const omar = await given.driver('omar')
  await onDuty(omar, '10:00', '12:00')
  await onDuty(omar, '13:00', '15:00')
  await brought(omar, '10:30', '11:30', 200)
  await brought(omar, '11:00', '12:00')
  expect(await mine(omar)).toEqual({
    from: at('00:00'),
    to: at('23:59'),
    onDutySeconds: 4 * 3_600,
    activeSeconds: 5_400,
    idleSeconds: 9_000,
    idleShare: 0.625,
    deliveryCount: 2,
    earnings: [{ currency: 'USD', earnedCents: 1_200, perActiveHourCents: 800, perDutyHourCents: 300 }],
  })
})

test('a ride that outlasts the shift is time on duty too, and a failed one is work that pays nothing', async () => {
  const lena = await given.driver('lena')
  await onDuty(lena, '10:00', '11:00')
  await brought(lena, '10:30', '11:30')
  const failed = await brought(lena, '10:00', '10:20')
  await sql()`update deliveries set status = 'failed', delivered_at = null where order_id = ${failed}`
  await sql()`
    insert into order_events (order_id, machine, event, from_status, to_status, actor_role, at)
    values (${failed}, 'delivery', 'fail', 'in_transit', 'failed', 'driver', ${at('10:20')})`
  expect(await mine(lena)).toMatchObject({
    onDutySeconds: 5_400,
    activeSeconds: 4_800,
    idleSeconds: 600,
    deliveryCount: 1,
    earnings: [{ earnedCents: 500 }],
  })
})

test('only what lies within the time counts', async () => {
  const sven = await given.driver('sven')
  await onDuty(sven, '08:00', '12:00')
  await brought(sven, '08:30', '09:30')
  expect(await mine(sven, `from=${at('09:00')}&to=${at('10:00')}`)).toMatchObject({
    onDutySeconds: 3_600,
    activeSeconds: 1_800,
    idleSeconds: 1_800,
  })
  expect(await mine(sven, `from=${at('12:00')}&to=${at('13:00')}`)).toMatchObject({ onDutySeconds: 0, earnings: [] })
})

test('a shift begins and ends with being available, whoever ends it', async () => {
  const ida = await given.driver('ida')
  const shifts = () => sql()<{ isOver: boolean }[]>`
    select ended_at is not null as is_over from driver_shifts where driver_id = ${ida.driverId} order by began_at`
  const goes = (isAvailable: boolean) => as(ida).patch('/drivers/availability', { isAvailable })
  await goes(true)
  await goes(true)
  expect([...(await shifts())]).toEqual([{ isOver: false }])
  expect((await mine(ida, '')).onDutySeconds).toBeGreaterThanOrEqual(0)
  await goes(false)
  await goes(true)
  await as(ada).patch(`/admin/drivers/${ida.driverId}/verify`, { status: 'suspended' })
  expect([...(await shifts())]).toEqual([{ isOver: true }, { isOver: true }])
})

test('operators see the drivers of a zone: who brought something there, and who is there', async () => {
  const [nils, elsa, far] = [await given.driver('nils'), await given.driver('elsa'), await given.driver('far')]
  await onDuty(nils, '16:00', '18:00')
  await brought(nils, '16:00', '16:30')
  const isAt = (driver: Courier, lat: number) => sql()`
    insert into driver_positions (driver_id, fix, recorded_at)
    values (${driver.driverId}, ${sql().json({ ...KITCHEN, lat, recordedAt: at('17:00') })}, ${at('17:00')})`
  await onDuty(elsa, '16:00', '18:00')
  await isAt(elsa, KITCHEN.lat)
  await isAt(far, 40)
  const afternoon = `from=${at('16:00')}&to=${at('18:00')}`
  const { data, nextCursor } = await listed(afternoon)
  expect(nextCursor).toBeNull()
  expect(data).toEqual([
    expect.objectContaining({ driverId: elsa.driverId, firstName: 'Elsa', idleShare: 1, earnings: [] }),
    expect.objectContaining({ driverId: nils.driverId, idleShare: 0.75, deliveryCount: 1 }),
  ])
  const first = await listed(`${afternoon}&limit=1`)
  expect(first.data).toHaveLength(1)
  expect((await listed(`${afternoon}&limit=1&cursor=${first.nextCursor}`)).data).toEqual([data[1]])
})

test('a driver sees only his own, and who is none sees nothing', async () => {
  const omar = await given.driver('omar')
  expect(await as(omar).get(`/admin/zones/${zoneId}/activity`)).toBeProblem(403)
  expect(await as(ada).get('/drivers/activity')).toBeProblem(403)
  expect(await as(ada).get(`/admin/zones/${newId()}/activity`)).toBeProblem(404, 'zone-not-found')
})

test.each([
  ['an end before its begin', `from=${at('10:00')}&to=${at('09:00')}`],
  ['a quarter and a day', 'from=2026-01-01T00:00:00Z&to=2026-04-05T00:00:00Z'],
  ['no instant', 'from=yesterday'],
])('%s is refused', async (_, query) => {
  const omar = await given.driver('omar')
  expect(await as(omar).get(`/drivers/activity?${query}`)).toBeProblem(422)
})

test('rounds are told who idled in the last twelve hours, where the zone weighs it', async () => {
  const [idle, busy, gone] = [await given.driver('idle'), await given.driver('busy'), await given.driver('gone')]
  for (const driver of [idle, busy]) await onDuty(driver, '10:00', '14:00')
  await brought(busy, '11:00', '14:00')
  const ids = [idle, busy, gone].map(({ driverId }) => driverId)
  const sharesAt = async (time: string, fairnessWeightSeconds: number) =>
    Object.fromEntries(await idleShares(sql(), ids, settingsOf({ fairnessWeightSeconds }), new Date(at(time))))
  expect(await sharesAt('14:00', 300)).toEqual({ [idle.driverId]: 1, [busy.driverId]: 0.25 })
  expect(await sharesAt('14:00', 0)).toEqual({})
  expect(await sharesAt('09:00', 300)).toEqual({})
})
