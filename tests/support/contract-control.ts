import { expect } from 'bun:test'
import { as, given, type Person } from './given'
import { sql } from './market'

const statusOf = async (reply: Promise<{ status: number }>) => (await reply).status

/** Every way in which an operator may change what dispatch does with an order that is ready; then a driver claims it. */
export const controlByHand = async (ada: Person, { id }: { id: string }) => {
  const rosa = await given.driver('rosa')
  const pair = { orderId: id, driverId: rosa.driverId }
  const reason = { reason: 'It is better so' }
  const act = (path: string, body: object) => statusOf(as(ada).post(`/dispatch/${path}`, body))
  const driver = `/dispatch/drivers/${rosa.driverId}`
  expect(await act('hold', { orderId: id, ...reason })).toBe(200)
  expect(await act('release', { orderId: id })).toBe(200)
  expect(await act('block', { ...pair, ...reason })).toBe(200)
  expect(await act('unblock', pair)).toBe(200)
  expect(await act('assign', pair)).toBe(200)
  const stops = ['pickup', 'dropoff'].map((type) => ({ type, orderId: id }))
  expect(await statusOf(as(ada).patch(`${driver}/route`, { stops }))).toBe(200)
  expect(await statusOf(as(ada).patch(`${driver}/route`, { stops: [] }))).toBe(409)
  expect(await statusOf(as(ada).get(`${driver}/route`))).toBe(200)
  expect(await act('unassign', { orderId: id, ...reason })).toBe(200)
  expect(await statusOf(as(ada).patch(driver, { isEmployed: false, capacity: 2 }))).toBe(200)
  expect(await statusOf(as(ada).get(driver))).toBe(200)
  await sql()`update deliveries set on_board_at = now() where order_id = ${id}`
  await as(rosa).patch('/drivers/availability', { isAvailable: true })
  expect((await as(rosa).get('/drivers/board')).body.data).toHaveLength(1)
  expect(await statusOf(as(rosa).post(`/drivers/board/${id}/claim`))).toBe(200)
  expect(await statusOf(as(rosa).post(`/drivers/board/${id}/claim`))).toBe(409)
  expect(await statusOf(as(rosa).get('/drivers/activity'))).toBe(200)
  await as(rosa).patch('/drivers/availability', { isAvailable: false })
}
