import { expect, test } from 'bun:test'
import { as, DOOR, deliveryAddress, given, KITCHEN } from '../support/given'
import { sql, useMarket } from '../support/market'

useMarket()

test('an order is placed, cooked, driven and delivered', async () => {
  const mai = await given.chef('mai')
  const nora = await given.customer('nora')
  const omar = await given.driver('omar', { at: KITCHEN })
  const { id } = await given.order({ until: 'ready', chef: mai, customer: nora })

  const offer = await given.offer(omar)
  expect((await as(omar).post(`/drivers/offers/${offer.id}/accept`)).status).toBe(200)
  expect((await as(nora).get(`/orders/${id}`)).body.status).toBe('assigned_to_driver')
  expect((await as(omar).patch(`/orders/${id}/pickup`)).body.status).toBe('picked_up')
  expect((await as(omar).patch(`/orders/${id}/in-transit`)).body.status).toBe('in_transit')
  const { handoverCode } = (await as(nora).get(`/orders/${id}`)).body
  expect((await as(omar).patch(`/orders/${id}/deliver`, { proof: { code: handoverCode } })).body.status).toBe(
    'delivered',
  )

  expect(deliveryAddress().coordinates).toEqual(DOOR)
  const [delivery] = await sql()`select status, driver_id from deliveries where order_id = ${id}`
  expect(delivery).toMatchObject({ status: 'delivered', driverId: omar.driverId })
})
