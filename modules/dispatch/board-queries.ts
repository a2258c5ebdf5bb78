import type { Sql } from '#core/database'
import type { LatLng } from '#core/geo'

export type UntakenRow = {
  orderId: string
  waitedSeconds: number
  isToPost: boolean
  isToTell: boolean
  /** Since when nobody has it, again; null: since it began. */
  waitingSince: string | null
}

export type ZonePatience = { zoneId: string; boardAfterSeconds: number; untakenAlertSeconds: number }

const UNTAKEN_MAX = 500

/**
 * Deliveries that nobody has taken for longer than their zone's patience. One is waited for from when a round first asked
 * somebody or found nobody since it is without a driver; where no round has looked at it, from when the food is ready.
 */
export const findUntaken = (sql: Sql, zones: readonly ZonePatience[], now: Date) => sql<UntakenRow[]>`
  with patience as (
    select * from jsonb_to_recordset(${sql.json(zones as never)}::jsonb)
      as z ("zoneId" uuid, "boardAfterSeconds" integer, "untakenAlertSeconds" integer)
  ), waiting as (
    select d.order_id, d.on_board_at is null and d.status = 'unassigned' as may_be_posted, d.untaken_at is null as is_untold, d.waiting_since,
      z."boardAfterSeconds" as board_after, z."untakenAlertSeconds" as tell_after,
      extract(epoch from ${now}::timestamptz - coalesce(
        (select min(x.decided_at) from dispatch_decisions x where x.order_id = d.order_id
          and x.outcome in ('offered', 'no_driver') and x.decided_at >= coalesce(d.waiting_since, d.created_at)),
        greatest(o.ready_at, d.waiting_since)))::float8 as waited
    from deliveries d join orders o on o.id = d.order_id join patience z on z."zoneId" = d.zone_id
    where d.status in ('unassigned', 'offered') and d.held_at is null
  )
  select order_id, waited as waited_seconds, may_be_posted and waited >= board_after as is_to_post,
    is_untold and waited >= tell_after as is_to_tell, waiting_since
  from waiting where (may_be_posted and waited >= board_after) or (is_untold and waited >= tell_after)
  order by waited desc limit ${UNTAKEN_MAX}`

/** Both under the order's lock, and only while it waits since the same instant: it may have been somebody's meanwhile. */
export const post = async (sql: Sql, { orderId, waitingSince }: UntakenRow, now: Date): Promise<boolean> => {
  const { count } = await sql`
    update deliveries set on_board_at = ${now}
    where order_id = ${orderId} and status = 'unassigned' and held_at is null and on_board_at is null
      and waiting_since is not distinct from ${waitingSince}::timestamptz`
  return count > 0
}

export const markUntaken = async (sql: Sql, { orderId, waitingSince }: UntakenRow, now: Date): Promise<boolean> => {
  const { count } = await sql`
    update deliveries set untaken_at = ${now}
    where order_id = ${orderId} and status in ('unassigned', 'offered') and held_at is null and untaken_at is null
      and waiting_since is not distinct from ${waitingSince}::timestamptz`
  return count > 0
}

export const kitchenOf = async (sql: Sql, orderId: string): Promise<LatLng> => {
  const [row] = await sql<LatLng[]>`
    select c.location[1] as lat, c.location[0] as lng from orders o join chefs c on c.id = o.chef_id where o.id = ${orderId}`
  return row!
}

const selectOnDuty = (sql: Sql) => sql`
  select v.id from drivers v
  where v.is_available and v.verification_status = 'approved' and v.silent_since is null
    and v.capacity > (select count(*) from deliveries d where d.driver_id = v.id
      and d.status in ('assigned', 'at_pickup', 'picked_up', 'in_transit', 'at_dropoff'))`

/** Who may claim an order: on duty, with room for it, and not kept from it by an operator. */
export const findEligible = async (sql: Sql, orderId: string): Promise<string[]> => {
  const rows = await sql<{ id: string }[]>`
    ${selectOnDuty(sql)} and not exists (select from driver_blocks b
      where b.order_id = ${orderId} and b.driver_id = v.id and b.by = 'operator') order by v.id`
  return rows.map(({ id }) => id)
}

export const findEligibleOfUser = async (sql: Sql, userId: string): Promise<string | undefined> => {
  const [row] = await sql<{ id: string }[]>`${selectOnDuty(sql)} and v.user_id = ${userId}`
  return row?.id
}

export type BoardRow = {
  orderId: string
  payCents: number
  currency: string
  chefName: string
  pickupLat: number
  pickupLng: number
  dropoffCity: string
  dropoffLat: number
  dropoffLng: number
  readyAt: string | null
  postedAt: string
}

const BOARD_MAX = 200

export const findBoard = (sql: Sql, driverId: string) => sql<BoardRow[]>`
  select d.order_id, o.delivery_fee_cents + o.tip_cents as pay_cents, o.currency, c.name as chef_name,
    c.location[1] as pickup_lat, c.location[0] as pickup_lng, o.city as dropoff_city, o.dropoff[1] as dropoff_lat,
    o.dropoff[0] as dropoff_lng, o.ready_at, d.on_board_at as posted_at
  from deliveries d join orders o on o.id = d.order_id join chefs c on c.id = o.chef_id
  where d.status = 'unassigned' and d.on_board_at is not null and d.held_at is null
    and not exists (select from driver_blocks b where b.order_id = d.order_id and b.driver_id = ${driverId} and b.by = 'operator')
  order by d.on_board_at, d.order_id limit ${BOARD_MAX}`

/** `wasOnBoard`: drivers have been shown it. */
export type ClaimableRow = {
  isOnBoard: boolean
  wasOnBoard: boolean
  isBlocked: boolean
  payCents: number
  currency: string
}

/** Under the order's lock. */
export const findClaimable = async (sql: Sql, orderId: string, driverId: string) => {
  const [row] = await sql<ClaimableRow[]>`
    select d.status = 'unassigned' and d.on_board_at is not null and d.held_at is null as is_on_board,
      d.on_board_at is not null as was_on_board, exists (select from driver_blocks b where b.order_id = d.order_id and b.driver_id = ${driverId} and b.by = 'operator')
        as is_blocked,
      o.delivery_fee_cents + o.tip_cents as pay_cents, o.currency
    from deliveries d join orders o on o.id = d.order_id where d.order_id = ${orderId} for update of d`
  return row
}
