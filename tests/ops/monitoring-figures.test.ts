/** The figures of the market at /metrics are what happened: ages, places of drivers, promises, outcomes, money. */
import { expect, test } from 'bun:test'
import { turnClock } from '#core/clock'
import { forgetMarketReading } from '#core/market-reading'
import { as, CENTER, given } from '../support/given'
import { call, eventually, sql, useMarket } from '../support/market'

useMarket()

/** The value of one series now; 0 when there is none. */
const figure = async (name: string, labels: Record<string, string> = {}): Promise<number> => {
  forgetMarketReading()
  const { body } = await call('GET', '/metrics')
  for (const [, shown = '', value] of String(body).matchAll(new RegExp(`^ridendine_${name}(?:{(.*)})? (.+)$`, 'gm'))) {
    if (Object.entries(labels).every(([label, text]) => shown.includes(`${label}="${text}"`))) return Number(value)
  }
  return 0
}

const zone = 'test-zone'

test('drivers are told by the zone they are in, and are free while their place is known', async () => {
  await given.zone()
  const outside = { lat: 40, lng: -70 }
  const omar = await given.driver('omar', { at: CENTER })
  await given.driver('ole', { at: outside })
  await eventually('places are written', async () => (await figure('drivers_on_duty', { zone })) === 1)
  expect(await figure('drivers_free', { zone })).toBe(1)
  expect(await figure('drivers_on_duty', { zone: 'none' })).toBe(1)
  await sql()`update driver_positions set recorded_at = now() - interval '10 minutes' where driver_id = ${omar.driverId}`
  expect([await figure('drivers_on_duty', { zone }), await figure('drivers_free', { zone })]).toEqual([1, 0])
  await sql()`update drivers set is_available = false`
  expect(await figure('drivers_on_duty', { zone })).toBe(0)
})

test('an order is as old in its state as it is', async () => {
  await given.order({ until: 'paid' })
  await given.order({ until: 'preparing' })
  await given.order({ until: 'ready' })
  const age = (status: string) => figure('order_oldest_seconds', { status, zone })
  expect(await age('preparing')).toBeLessThan(60)
  turnClock(300_000)
  for (const status of ['payment_confirmed', 'preparing', 'ready_for_pickup']) {
    expect([status, Math.floor((await age(status)) / 100)]).toEqual([status, 3])
    expect(await figure('orders_under_way', { status, zone })).toBe(1)
  }
  expect(await figure('deliveries_waiting', { status: 'unassigned', zone })).toBe(2)
  expect(await figure('delivery_oldest_waiting_seconds', { status: 'unassigned', zone })).toBeGreaterThan(299)
  expect(await figure('order_overdue_seconds', { zone })).toBe(0)
})

test('what was delivered is counted once, with its promise, its time and its money', async () => {
  const count = (outcome: string) => figure('orders_total', { outcome, zone })
  const [before, commission] = [await count('delivered'), await figure('money_cents_total', { fact: 'commission' })]
  const nora = await given.customer()
  const order = await given.order({ until: 'delivered', customer: nora })
  expect(await count('delivered')).toBe(before + 1)
  expect(await figure('promises_total', { outcome: 'kept', zone })).toBe(1)
  expect(await figure('click_to_door_seconds_count', { zone })).toBe(1)
  expect(await figure('ready_to_pickup_seconds_count', { zone })).toBe(1)
  // 15 % of two dishes at 1200 cents.
  expect((await figure('money_cents_total', { fact: 'commission', currency: 'USD' })) - commission).toBe(360)
  expect(await figure('money_cents_total', { fact: 'tip', currency: 'USD' })).toBe(100)
  const again = await as(order.driver!).patch(`/orders/${order.id}/deliver`, { proof: { code: order.handoverCode } })
  expect(again.status).toBe(409)
  expect(await count('delivered')).toBe(before + 1)
})

test('a promise that is not kept counts as broken', async () => {
  const order = await given.order({ until: 'picked_up' })
  await sql()`update orders set promise_p90_at = now() - interval '1 hour' where id = ${order.id}`
  expect(Math.floor((await figure('order_overdue_seconds', { zone })) / 60)).toBeGreaterThanOrEqual(60)
  await as(order.driver!).patch(`/orders/${order.id}/deliver`, { proof: { code: order.handoverCode } })
  expect(await figure('promises_total', { outcome: 'broken', zone })).toBe(1)
})

test('each end of an order is counted by its name, and a refusal is none', async () => {
  const count = (outcome: string) => figure('orders_total', { outcome, zone })
  const reason = { reason: 'Out of rice' }
  const [rejected, cancelled] = [await given.order({ until: 'paid' }), await given.order({ until: 'pending' })]
  const [rejectedBefore, cancelledBefore, refundBefore] = [
    await count('rejected'),
    await count('cancelled'),
    await figure('money_cents_total', { fact: 'refund' }),
  ]
  await as(rejected.chef).patch(`/orders/${rejected.id}/reject`, reason)
  await as(rejected.chef).patch(`/orders/${rejected.id}/reject`, reason)
  await as(cancelled.customer).patch(`/orders/${cancelled.id}/cancel`, reason)
  expect([(await count('rejected')) - rejectedBefore, (await count('cancelled')) - cancelledBefore]).toEqual([1, 1])
  expect((await figure('money_cents_total', { fact: 'refund' })) - refundBefore).toBe(rejected.totalCents)
  const expired = await count('expired')
  const late = await given.order({ until: 'paid' })
  await sql()`update orders set deadline_at = now() - interval '1 minute' where id = ${late.id}`
  await eventually('it expires', async () => (await count('expired')) > expired)
})

test('a webhook that nobody acts on is seen', async () => {
  expect([await figure('webhooks_waiting'), await figure('webhooks_oldest_waiting_seconds')]).toEqual([0, 0])
  await sql()`
    insert into webhook_events (source, id, type, payload, outcome, received_at)
    values ('stripe', 'evt_test', 'payment_intent.succeeded', '{}', 'waiting', now() - interval '20 minutes')`
  expect(await figure('webhooks_waiting')).toBe(1)
  expect(await figure('webhooks_oldest_waiting_seconds')).toBeGreaterThan(1_199)
})

test('figures are read once for all who ask within seconds', async () => {
  await figure('webhooks_waiting')
  await sql()`delete from webhook_events where id = 'evt_test'`
  const { body } = await call('GET', '/metrics')
  expect(String(body)).toContain('\nridendine_webhooks_waiting 1\n')
  expect(await figure('webhooks_waiting')).toBe(0)
})
