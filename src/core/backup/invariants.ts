/** What must hold in any restored market. Each statement finds rows that break it; each reads its tables once. */
import type { Connection } from '#core/backup/connection'

export const INVARIANTS: Record<string, string> = {
  'the total of an order is the sum of its parts': `
    select id from orders where total_cents <>
      subtotal_cents - discount_cents + tax_cents + delivery_fee_cents + service_fee_cents + tip_cents`,
  'an order is paid exactly when its payment succeeded, with its total': `
    select o.id from orders o left join payments p on p.order_id = o.id and p.status = 'succeeded'
    where (o.paid_at is null) <> (p.id is null) or p.amount_cents <> o.total_cents`,
  'what was given back is the sum of the refunds, and not more than was paid': `
    select o.id from orders o
    left join (select order_id, sum(amount_cents) as cents from refunds group by order_id) r on r.order_id = o.id
    where o.refunded_cents <> coalesce(r.cents, 0) or o.refunded_cents > o.total_cents`,
  'a refund belongs to a payment that succeeded': `
    select r.id from refunds r join payments p on p.id = r.payment_id where p.status <> 'succeeded'`,
  'every order has a history that ends in its state': `
    select o.id from orders o left join lateral (
      select to_status from order_events e where e.order_id = o.id and e.machine = 'order' order by e.id desc limit 1
    ) last on true where last.to_status is distinct from o.status`,
  'events are numbered without a gap, up to the newest': `
    select min(seq), max(seq), count(seq) from events
    having max(seq) - min(seq) + 1 <> count(seq) or max(seq) <> (select seq from event_head)`,
  'no reader of events is ahead of them': `
    select name from event_consumers where seq > (select seq from event_head)`,
}

export type Broken = { invariant: string; count: number; example: string }

export const brokenInvariants = async (sql: Connection): Promise<Broken[]> => {
  const broken: Broken[] = []
  for (const [invariant, statement] of Object.entries(INVARIANTS)) {
    const rows = await sql.unsafe(`select * from (${statement}) as found limit 100`)
    if (rows.length > 0) broken.push({ invariant, count: rows.length, example: JSON.stringify(rows[0]) })
  }
  return [...broken, ...(await sequencesBehind(sql))]
}

/** A sequence that lags behind its column would hand out numbers that are taken. */
const sequencesBehind = async (sql: Connection): Promise<Broken[]> => {
  const columns = await sql<{ table: string; column: string; sequence: string }[]>`
    select d.refobjid::regclass::text as table, quote_ident(a.attname) as column, d.objid::regclass::text as sequence
    from pg_depend d join pg_class c on c.oid = d.objid and c.relkind = 'S'
    join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
    where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i')`
  const broken: Broken[] = []
  for (const { table, column, sequence } of columns) {
    const [row] = await sql.unsafe<{ newest: number | null; last: number }[]>(
      `select (select max(${column}) from ${table}) as newest, last_value as last from ${sequence}`,
    )
    if ((row!.newest ?? 0) > row!.last) {
      broken.push({
        invariant: 'a sequence is not behind its column',
        count: 1,
        example: JSON.stringify({ sequence, ...row }),
      })
    }
  }
  return broken
}
