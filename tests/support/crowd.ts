/** Many orders and drivers at once, straight into the database: what dispatch makes of them is the test's. */
import { newId } from '#core/ids'
import { ask } from './chaos-client'
import { type Cook, type Courier, orderOf, type Town } from './chaos-people'
import type { ChaosSql } from './chaos-postgres'

/** An order as a customer places it, brought as far as the oven. The others are its copies. */
const first = async (base: string, { customers }: Town, cook: Cook): Promise<string> => {
  const { token } = customers[0]!
  const { body: order } = await ask(base, 'POST', '/orders', { token, body: orderOf(cook) })
  const intent = await ask(base, 'POST', `/orders/${order.id}/create-payment-intent`, { token })
  await ask(base, 'POST', `/payments/simulated/${intent.body.paymentIntentId}/confirm`, { token })
  const answer = await ask(base, 'PATCH', `/orders/${order.id}/accept`, { token: cook.token, body: { prepMinutes: 1 } })
  if (answer.status !== 200) throw new Error(`no order: ${answer.status} ${JSON.stringify(answer.body)}`)
  return order.id
}

/** Ready orders of a kitchen, each a second younger than the one before, to doors all over; the oldest first. */
export const manyOrders = async (
  sql: ChaosSql,
  base: string,
  town: Town,
  cook: Cook,
  count: number,
  agedSeconds: number,
) => {
  const pattern = await first(base, town, cook)
  const ids = Array.from({ length: count }, () => newId())
  const numbers = ids.map((id) => `RND-20261123-${id.slice(-10).toUpperCase()}`)
  await sql`
    insert into orders select copy.* from orders o
      cross join unnest(${ids}::uuid[], ${numbers}::text[]) with ordinality as n (id, number, rank)
      cross join lateral jsonb_populate_record(o, jsonb_build_object('id', n.id, 'order_number', n.number,
        'quote_id', null, 'status', 'ready_for_pickup', 'created_at', o.created_at,
        'ready_at', now() - (${agedSeconds}::integer - n.rank) * interval '1 second',
        'dropoff', point(o.dropoff[0] + (n.rank % 40) * 0.002, o.dropoff[1] + (n.rank % 7) * 0.002)::text)) as copy
    where o.id = ${pattern}`
  await sql`
    insert into deliveries select copy.* from deliveries d cross join unnest(${ids}::uuid[]) as n (id)
      cross join lateral jsonb_populate_record(d, jsonb_build_object('order_id', n.id, 'status', 'unassigned')) as copy
    where d.order_id = ${pattern}`
  await sql`update deliveries set status = 'cancelled', driver_id = null, offer_id = null where order_id = ${pattern}`
  return ids
}

const AT_ONCE = 20

/** They tell where they are, around a place, and come on duty. */
export const comeOnDuty = async (
  sql: ChaosSql,
  base: string,
  couriers: readonly Courier[],
  around: { lat: number; lng: number },
) => {
  for (let from = 0; from < couriers.length; from += AT_ONCE) {
    await Promise.all(
      couriers.slice(from, from + AT_ONCE).map(({ token }, index) => {
        const at = { lat: around.lat + ((from + index) % 50) * 0.0008, lng: around.lng + (index % 20) * 0.001 }
        return ask(base, 'POST', '/drivers/location', { token, body: at })
      }),
    )
  }
  await sql`update drivers set is_available = true where id = any(${couriers.map(({ driverId }) => driverId)}::uuid[])`
}

/** Resident memory of a process, in megabytes. */
export const memoryOf = async (pid: number): Promise<number> =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(await Bun.file(`/proc/${pid}/status`).text())![1]) / 1024
