/** What must hold in the database at any instant that a transaction ended, whatever was killed when. */

import type { Promised } from './chaos-load'
import type { ChaosSql } from './chaos-postgres'

/** Each statement finds rows that break it. */
const invariants: Record<string, string> = {
  'the total of an order is the sum of its parts': `
    select id from orders where total_cents <>
      subtotal_cents - discount_cents + tax_cents + delivery_fee_cents + service_fee_cents + tip_cents`,
  'an order is paid exactly when its payment succeeded': `
    select o.id from orders o left join payments p on p.order_id = o.id and p.status = 'succeeded'
    where (o.paid_at is null) <> (p.id is null) or p.amount_cents <> o.total_cents`,
  'an order has a delivery exactly when it was accepted': `
    select o.id from orders o left join deliveries d on d.order_id = o.id
    where (o.accepted_at is null) <> (d.order_id is null)`,
  'what was given back is the sum of the refunds': `
    select o.id from orders o
    where o.refunded_cents <> (select coalesce(sum(amount_cents), 0) from refunds r where r.order_id = o.id)`,
  'a paid order that will not be was given back in full': `
    select id from orders where status in ('cancelled', 'rejected') and paid_at is not null and refunded_cents <> total_cents`,
  'a closed order holds no portions and has no deadline': `
    select id from orders where status in ('cancelled', 'rejected') and (portions_held or deadline_at is not null)`,
  'portions taken are those of the orders that hold them': `
    with held as (
      select (line ->> 'menuItemId')::uuid as item_id, o.portions_day as day, sum((line ->> 'quantity')::integer) as count
      from orders o cross join jsonb_array_elements(o.items) as line where o.portions_held group by 1, 2
    )
    select coalesce(p.item_id, h.item_id) as id from item_portions p full join held h using (item_id, day)
    where coalesce(p.reserved_count, 0) <> coalesce(h.count, 0)`,
  'the history of each machine is one unbroken chain that ends in its state': `
    with steps as (
      select order_id, machine, event, from_status, to_status,
        lag(to_status) over (partition by order_id, machine order by id) as before,
        lead(id) over (partition by order_id, machine order by id) is null as is_last
      from order_events
    )
    select s.order_id from steps s join orders o on o.id = s.order_id left join deliveries d on d.order_id = s.order_id
    where (s.before is not null and s.from_status is distinct from s.before)
      or (s.before is null and s.machine = 'order' and s.event <> 'place')
      or (s.before is null and s.machine = 'delivery' and s.from_status <> 'unassigned')
      or (s.is_last and s.to_status <> case s.machine when 'order' then o.status else d.status end)`,
  'every order has its history': `
    select id from orders o where not exists (select from order_events e where e.order_id = o.id)`,
  'every step in the history was announced, once': `
    with announced (machine, event, type) as (values
      ('order', 'place', 'order.placed'), ('order', 'pay', 'order.paid'), ('order', 'accept', 'order.accepted'),
      ('order', 'prepare', 'order.preparing'), ('order', 'ready', 'order.ready'), ('order', 'pickup', 'order.picked_up'),
      ('order', 'deliver', 'order.delivered'), ('delivery', 'offer', 'delivery.offered'),
      ('delivery', 'accept', 'delivery.assigned'), ('delivery', 'assign', 'delivery.assigned'),
      ('delivery', 'claim', 'delivery.assigned'), ('delivery', 'depart', 'delivery.in_transit')
    ), steps as (
      select e.order_id, a.type, count(*) from order_events e join announced a using (machine, event) group by 1, 2
    ), told as (
      select (data ->> 'orderId')::uuid as order_id, type, count(*) from events
      where type in (select type from announced) group by 1, 2
    )
    select coalesce(s.order_id, t.order_id) as id from steps s full join told t using (order_id, type)
    where s.count is distinct from t.count`,
  'events are numbered 1 to n without a gap': `
    select max(seq), count(seq) from events
    having coalesce(max(seq), 0) <> count(seq) or coalesce(max(seq), 0) <> (select seq from event_head)`,
  'every event is numbered soon': `
    select id from events where seq is null and occurred_at < now() - interval '10 seconds'`,
  'every topic of an event leads to it': `
    with led as (select seq, count(*) from event_topics group by seq), told as (
      select seq, (select count(distinct topic) from unnest(topics) as topic) as count from events where seq is not null
    )
    select coalesce(l.seq, t.seq) as seq from led l full join told t using (seq) where l.count is distinct from t.count`,
  'a delivery is offered exactly by its one open offer': `
    select d.order_id from deliveries d
    left join offers f on f.order_ids @> array[d.order_id] and f.status = 'open'
    group by d.order_id, d.status, d.offer_id
    having count(f.id) <> (case when d.status = 'offered' then 1 else 0 end)
      or (d.status = 'offered' and min(f.id::text) is distinct from d.offer_id::text)`,
  'a driver has one open offer at most': `
    select driver_id from offers where status = 'open' group by driver_id having count(*) > 1`,
  'who is asked has nothing but what his offer says': `
    select f.id from offers f join deliveries d on d.driver_id = f.driver_id
    where f.status = 'open' and d.status in ('assigned', 'at_pickup', 'picked_up', 'in_transit', 'at_dropoff')
      and d.order_id <> all(f.beside_order_ids)`,
  'a driver brings no more orders at once than he takes, each in a slot of its own': `
    select d.driver_id from deliveries d join drivers v on v.id = d.driver_id
    where d.status in ('assigned', 'at_pickup', 'picked_up', 'in_transit', 'at_dropoff')
    group by d.driver_id, v.capacity having count(*) > v.capacity or count(distinct d.slot) < count(*)`,
  'a driver brings together only what was accepted or given by hand, and his route has each of it': `
    select d.order_id from deliveries d join drivers v on v.id = d.driver_id
    where d.status in ('assigned', 'at_pickup', 'picked_up', 'in_transit', 'at_dropoff')
      and not v.route @> jsonb_build_array(jsonb_build_object('type', 'dropoff', 'orderId', d.order_id))`,
  'an order was accepted by one driver, and it is his': `
    select d.order_id from deliveries d left join offers f on f.order_ids @> array[d.order_id] and f.status = 'accepted'
    group by d.order_id, d.driver_id
    having count(f.id) > 1 or (d.driver_id is not null and min(f.driver_id::text) <> d.driver_id::text)`,
  'an offer pays what its orders do': `
    select f.id from offers f cross join lateral (
      select sum(o.delivery_fee_cents + o.tip_cents) as cents from orders o where o.id = any(f.order_ids)
    ) due
    where f.status in ('open', 'accepted') and f.pay_cents <> due.cents`,
  'a stored answer speaks of an order that is there, and no order has two': `
    select k.response ->> 'id' from idempotency_keys k left join orders o on o.id = (k.response ->> 'id')::uuid
    where k.key like 'POST /orders %' group by 1 having count(*) > 1 or count(o.id) = 0`,
}

/** The invariants that do not hold, each with how often. Numbers events that nobody has read yet first. */
export const brokenInvariants = async (sql: ChaosSql): Promise<string[]> => {
  await sql`select sequence_events(10000)`
  return brokenOf(sql, Object.keys(invariants))
}

/** Those about offers and drivers, to be asked while the market goes on: each is one statement, so one instant. */
export const brokenOffers = (sql: ChaosSql): Promise<string[]> =>
  brokenOf(
    sql,
    Object.keys(invariants).filter((name) => /offer|driver/.test(name)),
  )

const brokenOf = async (sql: ChaosSql, names: string[]): Promise<string[]> => {
  const broken: string[] = []
  for (const name of names) {
    const rows = await sql.unsafe(invariants[name]!)
    if (rows.length > 0) broken.push(`${name}: ${rows.length}, such as ${JSON.stringify(rows[0])}`)
  }
  return broken
}

/** What was promised and is not there as promised, and what is there though nobody was promised it. */
export const brokenPromises = async (sql: ChaosSql, orders: Iterable<Promised>): Promise<string[]> => {
  const broken: string[] = []
  const rows = await sql<{ id: string; totalCents: number; steps: string[] }[]>`
    select o.id, o.total_cents, array(select case e.machine when 'order' then '' else 'delivery:' end || e.event
      from order_events e where e.order_id = o.id order by e.id) as steps from orders o`
  const found = new Map(rows.map((row) => [row.id, row]))
  for (const { id, totalCents, steps } of orders) {
    const row = found.get(id)
    if (!row) broken.push(`${id} was accepted and is lost`)
    else if (row.totalCents !== totalCents) broken.push(`${id} was ${totalCents} cents and is ${row.totalCents}`)
    for (const step of steps) {
      const count = row?.steps.filter((one) => one === step).length ?? 0
      // Given back and taken again; the chain above tells that it was one after the other.
      const isOften = step === 'delivery:accept' || step === 'delivery:drop'
      const answered = steps.filter((one) => one === step).length
      if (isOften ? count < answered : count !== 1)
        broken.push(`${id}: ${step} was answered and is there ${count} times`)
    }
  }
  return broken
}

/** Orders that nobody was promised: each caller has asked until he was answered, so a retry has made a second one. */
export const unpromised = async (sql: ChaosSql, orders: ReadonlyMap<string, Promised>): Promise<string[]> => {
  const rows = await sql<{ id: string }[]>`select id from orders`
  return rows.map(({ id }) => id).filter((id) => !orders.has(id))
}
