import type { Sql } from '#core/database'
import type { DeliveryStatus } from '#core/lifecycle/delivery-states'

export type LateOrder = {
  orderId: string
  zoneId: string
  deliveryStatus: DeliveryStatus
  driverId: string | null
  kitchenLateAt: string | null
  /** Past the time that the kitchen gave. */
  lateSeconds: number
  /** Since then and since its driver came; null: none is there. */
  waitedSeconds: number | null
}

const LATE_MAX = 1_000
/** Who is this near is there, though he may not have said so. */
const THERE_METERS = 150

/**
 * Orders whose food should be ready and is not, the latest first. A driver is at a kitchen when he has said so, or was seen
 * there, for any of his orders of it.
 */
export const findLate = (sql: Sql, now: Date) => sql<LateOrder[]>`
  select d.order_id, d.zone_id, d.status as delivery_status, d.driver_id, d.kitchen_late_at,
    extract(epoch from ${now}::timestamptz - o.ready_at)::float8 as late_seconds,
    case when here.came_at is not null
      then extract(epoch from ${now}::timestamptz - greatest(o.ready_at, here.came_at))::float8 end as waited_seconds
  from deliveries d join orders o on o.id = d.order_id
    cross join lateral (
      select min(case when a.status = 'at_pickup' then (select max(e.at) from order_events e
          where e.order_id = a.order_id and e.machine = 'delivery' and e.event = 'arrive')
        when a.nearest_meters <= ${THERE_METERS} then a.nearer_at end) as came_at
      from deliveries a join orders b on b.id = a.order_id
      where a.driver_id = d.driver_id and a.status in ('assigned', 'at_pickup') and b.chef_id = o.chef_id
    ) here
  where d.status in ('unassigned', 'offered', 'assigned', 'at_pickup') and o.status in ('accepted', 'preparing')
    and o.ready_at < ${now}
  order by o.ready_at limit ${LATE_MAX}`

/** Under the order's lock. True for the one who marks it. */
export const markLate = async (sql: Sql, orderId: string, now: Date): Promise<boolean> => {
  const { count } = await sql`
    update deliveries d set kitchen_late_at = ${now} from orders o
    where d.order_id = ${orderId} and o.id = d.order_id and d.kitchen_late_at is null
      and o.status in ('accepted', 'preparing') and d.status in ('unassigned', 'offered', 'assigned', 'at_pickup')`
  return count > 0
}

/** Under the order's lock: whether the food is still not ready, and he still to fetch it. */
export const isWaitingStill = async (sql: Sql, orderId: string, driverId: string): Promise<boolean> => {
  const rows = await sql`
    select from deliveries d join orders o on o.id = d.order_id
    where d.order_id = ${orderId} and d.driver_id = ${driverId} and d.status in ('assigned', 'at_pickup')
      and o.status in ('accepted', 'preparing')`
  return rows.length > 0
}

export const hold = (sql: Sql, orderId: string, reason: string, now: Date) => sql`
  update deliveries set held_at = ${now}, held_reason = ${reason}, on_board_at = null where order_id = ${orderId}`

/** What was held back for this reason and is ready now; where an operator has said something since, it is his. */
export const findReadyHeld = async (sql: Sql, reason: string): Promise<string[]> => {
  const rows = await sql<{ orderId: string }[]>`
    select d.order_id from deliveries d join orders o on o.id = d.order_id
    where d.status = 'unassigned' and d.held_reason = ${reason} and o.status = 'ready_for_pickup' order by d.order_id`
  return rows.map(({ orderId }) => orderId)
}

export const release = async (sql: Sql, orderId: string, reason: string, now: Date): Promise<boolean> => {
  const { count } = await sql`
    update deliveries set held_at = null, held_reason = null, waiting_since = ${now}, untaken_at = null
    where order_id = ${orderId} and status = 'unassigned' and held_reason = ${reason}`
  return count > 0
}
