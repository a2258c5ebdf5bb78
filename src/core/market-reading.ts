import { clock } from '#core/clock'
import { database, type Sql } from '#core/database'
import { log } from '#core/log'
import { readZoneSlugs, zoneSlug } from '#core/zone-slugs'
import { settingsOf } from '#core/zones'

/** How the market is doing, as one look at the database tells. Ages are in seconds, zones by their slugs. */
export type MarketReading = {
  orders: { zone: string; status: string; count: number; oldestSeconds: number }[]
  overdue: { zone: string; seconds: number }[]
  deadlineOverdueSeconds: number
  deliveries: { zone: string; status: string; count: number; oldestSeconds: number }[]
  /** Deliveries that operators should know of, by what is wrong. */
  troubles: { zone: string; trouble: string; count: number }[]
  drivers: { zone: string; onDuty: number; free: number }[]
  withoutHolder: { zone: string; seconds: number }[]
  events: { headSeq: number; unnumberedSeconds: number }
  webhooks: { count: number; oldestSeconds: number }
  connections: { state: string; count: number }[]
  connectionsMax: number
  /** How long the whole look took. */
  tookSeconds: number
}

/** Several who scrape at once, and panels that are drawn again, look once. */
const KEPT_MS = 5_000
/** Well under the ten seconds after which Prometheus gives a scrape up. */
const READ_LIMIT_MS = 2_500

type Kept = { reading: MarketReading | undefined; readMs: number }

let kept: Kept = { reading: undefined, readMs: Number.NEGATIVE_INFINITY }
let current: Promise<MarketReading | undefined> | undefined

/** The figures of now, or of a few seconds ago; undefined when they cannot be read in time. Never throws. */
export const marketReading = (): Promise<MarketReading | undefined> => {
  if (performance.now() - kept.readMs < KEPT_MS) return Promise.resolve(kept.reading)
  current ??= read().finally(() => {
    current = undefined
  })
  // A look that takes too long goes on, and whoever scrapes next finds it done.
  return Promise.race([current, Bun.sleep(READ_LIMIT_MS).then(() => undefined)])
}

/** For tests: the next to ask looks again. */
export const forgetMarketReading = () => {
  kept = { reading: undefined, readMs: Number.NEGATIVE_INFINITY }
}

const read = async (): Promise<MarketReading | undefined> => {
  const startedMs = performance.now()
  const reading = await readAll().catch((error: unknown) => {
    if (!database.isAway) log.warn({ err: String(error) }, 'figures of the market could not be read')
    return undefined
  })
  if (reading) reading.tookSeconds = (performance.now() - startedMs) / 1000
  kept = { reading, readMs: performance.now() }
  return reading
}

/** One after the other: figures must not take more than one connection from those who order. */
const readAll = async (): Promise<MarketReading> => {
  const { sql } = database
  const now = clock.now()
  await readZoneSlugs(sql)
  return {
    orders: named(await readOrders(sql, now)),
    overdue: named(await readOverdue(sql, now)),
    deadlineOverdueSeconds: await readDeadlineOverdue(sql, now),
    deliveries: named(await readDeliveries(sql, now)),
    troubles: named(await readTroubles(sql)),
    drivers: await readDrivers(sql, now),
    withoutHolder: named(await readWithoutHolder(sql)),
    events: await readEvents(sql, now),
    webhooks: await readWebhooks(sql, now),
    ...(await readConnections(sql)),
    tookSeconds: 0,
  }
}

const named = <T extends { zoneId: string }>(rows: readonly T[]) =>
  rows.map(({ zoneId, ...figures }) => ({ zone: zoneSlug(zoneId), ...figures }))

type WaitingRow = { zoneId: string; status: string; count: number; oldestSeconds: number }

/** Since when an order is in its state; of `preparing` only the history knows. */
const readOrders = (sql: Sql, now: Date) => sql<WaitingRow[]>`
  select zone_id, status, count(*)::integer as count,
    greatest(0, extract(epoch from ${now}::timestamptz - min(case status
      when 'payment_confirmed' then paid_at
      when 'accepted' then accepted_at
      when 'preparing' then (select max(at) from order_events e where e.order_id = o.id and e.to_status = 'preparing')
      when 'ready_for_pickup' then ready_at
      else picked_up_at end)))::float8 as oldest_seconds
  from orders o
  where status in ('payment_confirmed', 'accepted', 'preparing', 'ready_for_pickup', 'picked_up')
  group by zone_id, status`

/** How late the latest order under way is, against the p90 of its promise. */
const readOverdue = (sql: Sql, now: Date) => sql<{ zoneId: string; seconds: number }[]>`
  select z.id as zone_id,
    greatest(0, coalesce(extract(epoch from ${now}::timestamptz - min(o.promise_p90_at)), 0))::float8 as seconds
  from zones z left join orders o on o.zone_id = z.id
    and o.status in ('payment_confirmed', 'accepted', 'preparing', 'ready_for_pickup', 'picked_up')
  group by z.id`

/** Unpaid and unanswered orders are closed at their deadline: how long one has been left open after it. */
const readDeadlineOverdue = async (sql: Sql, now: Date) => {
  const [row] = await sql<{ seconds: number }[]>`
    select greatest(0, coalesce(extract(epoch from ${now}::timestamptz - min(deadline_at)), 0))::float8 as seconds
    from orders where deadline_at is not null`
  return row!.seconds
}

/** A delivery waits from when dispatch begins to look for a driver: some time before the food is ready. */
const readDeliveries = (sql: Sql, now: Date) => sql<WaitingRow[]>`
  select z.id as zone_id, s.status, count(d.order_id)::integer as count,
    greatest(0, coalesce(max(extract(epoch from ${now}::timestamptz - greatest(d.created_at, o.ready_at
      - coalesce((z.settings ->> 'dispatchLeadSeconds')::integer, ${settingsOf({}).dispatchLeadSeconds})
        * interval '1 second'))), 0))::float8 as oldest_seconds
  from zones z cross join (values ('unassigned'), ('offered')) as s (status)
    left join deliveries d on d.zone_id = z.id and d.status = s.status and d.status in ('unassigned', 'offered')
    left join orders o on o.id = d.order_id
  group by z.id, s.status`

/** What dispatch has marked: see modules/dispatch/board.ts and watch.ts. */
const readTroubles = (sql: Sql) => sql<{ zoneId: string; trouble: string; count: number }[]>`
  with open as (
    select d.zone_id, d.status, d.untaken_at, d.held_at, d.astray_at, d.on_board_at, v.silent_since,
      v.silent_with_food_at, d.kitchen_late_at is not null and o.status in ('accepted', 'preparing') as is_kitchen_late, d.status in ('unassigned', 'offered') as is_waiting,
      d.status in ('picked_up', 'in_transit', 'at_dropoff') as has_food
    from deliveries d join orders o on o.id = d.order_id left join drivers v on v.id = d.driver_id
    where d.status in ('unassigned', 'offered', 'assigned', 'at_pickup', 'picked_up', 'in_transit', 'at_dropoff')
  )
  select z.id as zone_id, t.trouble, count(o.zone_id)::integer as count
  from zones z cross join (values ('untaken'), ('held'), ('on_board'), ('astray'), ('astray_with_food'), ('kitchen_late'), ('silent'), ('silent_with_food')) as t (trouble)
    left join open o on o.zone_id = z.id and case t.trouble
      when 'untaken' then o.is_waiting and o.untaken_at is not null
      when 'held' then o.held_at is not null
      when 'on_board' then o.is_waiting and o.on_board_at is not null
      when 'astray' then not o.has_food and o.astray_at is not null
      when 'astray_with_food' then o.has_food and o.astray_at is not null
      when 'kitchen_late' then o.is_kitchen_late
      when 'silent' then o.silent_since is not null
      else o.has_food and o.silent_with_food_at is not null end
  group by z.id, t.trouble`

const NO_ZONE = 'none'

/** Drivers belong to the zone they are in; one whose place was never told, or is outside of all, to none. */
const readDrivers = async (sql: Sql, now: Date) => {
  const rows = await sql<{ zone: string | null; onDuty: number; free: number }[]>`
    with on_duty as (
      select d.id, zone.id as zone_id,
        p.recorded_at > ${now}::timestamptz
          - coalesce((zone.settings ->> 'fixAgeSecondsMax')::integer, ${settingsOf({}).fixAgeSecondsMax}) * interval '1 second'
        and not exists (select from deliveries a where a.driver_id = d.id
          and a.status in ('assigned', 'at_pickup', 'picked_up', 'in_transit', 'at_dropoff'))
        and not exists (select from offers f where f.driver_id = d.id and f.status = 'open') as is_free
      from drivers d
        left join driver_positions p on p.driver_id = d.id
        left join lateral (
          select z.id, z.settings from zones z
          where z.area @> point((p.fix ->> 'lng')::float8, (p.fix ->> 'lat')::float8) order by z.id limit 1
        ) zone on true
      where d.is_available and d.verification_status = 'approved'
    )
    select z.slug as zone, count(o.id)::integer as on_duty, count(*) filter (where o.is_free)::integer as free
    from zones z full join on_duty o on o.zone_id = z.id group by z.slug`
  return rows.map(({ zone, ...counts }) => ({ zone: zone ?? NO_ZONE, ...counts }))
}

/** Since when no process runs the rounds of a zone; 0 while one does. By the database's time, as leases are. */
const readWithoutHolder = (sql: Sql) => sql<{ zoneId: string; seconds: number }[]>`
  select z.id as zone_id,
    greatest(0, extract(epoch from now() - coalesce(l.expires_at, z.created_at)))::float8 as seconds
  from zones z left join zone_leases l on l.zone_id = z.id`

const readEvents = async (sql: Sql, now: Date) => {
  const [row] = await sql<{ headSeq: number; unnumberedSeconds: number }[]>`
    select h.seq as head_seq, greatest(0, coalesce(extract(epoch from ${now}::timestamptz - e.occurred_at), 0))::float8
      as unnumbered_seconds
    from event_head h left join lateral (select occurred_at from events where seq is null order by id limit 1) e on true`
  return row!
}

const readWebhooks = async (sql: Sql, now: Date) => {
  const [row] = await sql<{ count: number; oldestSeconds: number }[]>`
    select count(*)::integer as count,
      greatest(0, coalesce(extract(epoch from ${now}::timestamptz - min(received_at)), 0))::float8 as oldest_seconds
    from webhook_events where outcome = 'waiting'`
  return row!
}

/** Of this database, by all who are connected to it. Another role's are counted too; only their state is hidden. */
const readConnections = async (sql: Sql) => {
  const connections = await sql<{ state: string; count: number }[]>`
    select coalesce(replace(state, ' ', '_'), 'hidden') as state, count(*)::integer as count from pg_stat_activity
    where datname = current_database() group by 1`
  const [limit] = await sql<{ max: number }[]>`select current_setting('max_connections')::integer as max`
  return { connections: [...connections], connectionsMax: limit!.max }
}
