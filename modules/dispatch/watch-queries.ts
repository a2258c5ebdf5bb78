import type { Sql } from '#core/database'
import type { RouteStop } from './stop-order.ts'

/** A driver with orders, or one of whom nothing was heard. */
export type WatchedDriver = {
  id: string
  silentSince: string | null
  silentWithFoodAt: string | null
  route: RouteStop[]
  orders: WatchedOrder[]
}

export type WatchedOrder = {
  orderId: string
  chefId: string
  zoneId: string
  status: 'assigned' | 'at_pickup' | 'picked_up' | 'in_transit' | 'at_dropoff'
  assignedAt: string
  pickedUpAt: string | null
  pickup: { lat: number; lng: number }
  dropoff: { lat: number; lng: number }
  readyAt: string | null
  nearestMeters: number | null
  nearerAt: string | null
  astrayAt: string | null
}

const WATCHED_MAX = 10_000

/** By the index of deliveries under way, and that of silent drivers. */
export const findWatched = (sql: Sql) => sql<WatchedDriver[]>`
  with under_way as (
    select d.driver_id, json_agg(json_build_object('orderId', d.order_id, 'chefId', o.chef_id, 'zoneId', d.zone_id,
      'status', d.status, 'assignedAt', d.assigned_at, 'readyAt', o.ready_at, 'nearestMeters', d.nearest_meters,
      'nearerAt', d.nearer_at, 'astrayAt', d.astray_at, 'pickedUpAt', d.picked_up_at,
      'dropoff', json_build_object('lat', o.dropoff[1], 'lng', o.dropoff[0]),
      'pickup', json_build_object('lat', c.location[1], 'lng', c.location[0])) order by d.assigned_at, d.order_id) as orders
    from deliveries d join orders o on o.id = d.order_id join chefs c on c.id = o.chef_id
    where d.status in ('assigned', 'at_pickup', 'picked_up', 'in_transit', 'at_dropoff')
    group by d.driver_id
  )
  select v.id, v.silent_since, v.silent_with_food_at, v.route, coalesce(u.orders, '[]') as orders
  from drivers v left join under_way u on u.driver_id = v.id
  where u.driver_id is not null or v.silent_since is not null
  order by v.id limit ${WATCHED_MAX}`

/** True for the one who marks him. */
export const markSilent = async (sql: Sql, driverId: string, now: Date): Promise<boolean> => {
  const { count } = await sql`
    update drivers set silent_since = ${now} where id = ${driverId} and silent_since is null`
  return count > 0
}

export const markHeard = async (sql: Sql, driverId: string): Promise<boolean> => {
  const { count } = await sql`
    update drivers set silent_since = null, silent_with_food_at = null where id = ${driverId} and silent_since is not null`
  return count > 0
}

export const markSilentWithFood = async (sql: Sql, driverId: string, now: Date): Promise<boolean> => {
  const { count } = await sql`
    update drivers set silent_with_food_at = ${now}
    where id = ${driverId} and silent_since is not null and silent_with_food_at is null`
  return count > 0
}

/** Under the order's lock: whether it is still his, not picked up, and he is silent since the very same instant. */
export const isToBeRelieved = async (sql: Sql, orderId: string, driverId: string, since: string): Promise<boolean> => {
  const rows = await sql`
    select from deliveries d join drivers v on v.id = d.driver_id
    where d.order_id = ${orderId} and d.driver_id = ${driverId} and d.status in ('assigned', 'at_pickup')
      and v.silent_since = ${since}`
  return rows.length > 0
}

/** Whether the order that he drives away from is his, and marked as it was. */
export const isStillAstray = (orderId: string, driverId: string, astrayAt: string) => async (sql: Sql) => {
  const rows = await sql`
    select from deliveries where order_id = ${orderId} and driver_id = ${driverId} and astray_at = ${astrayAt}`
  return rows.length > 0
}

export const isHisBeforePickup = (orderId: string, driverId: string) => async (sql: Sql) => {
  const rows = await sql`
    select from deliveries where order_id = ${orderId} and driver_id = ${driverId} and status in ('assigned', 'at_pickup')`
  return rows.length > 0
}

const ON_HIS_WAY = ['assigned', 'at_pickup', 'picked_up', 'in_transit']

export const noteProgress = (sql: Sql, orderId: string, driverId: string, nearestMeters: number, nearerAt: Date) => sql`
  update deliveries set nearest_meters = ${nearestMeters}, nearer_at = ${nearerAt}, astray_at = null
  where order_id = ${orderId} and driver_id = ${driverId} and status = any(${ON_HIS_WAY})`

/** As long as he is as far with it as he was seen. */
export const markAstray = async (sql: Sql, orderId: string, driverId: string, status: string, now: Date) => {
  const { count } = await sql`
    update deliveries set astray_at = ${now}
    where order_id = ${orderId} and driver_id = ${driverId} and status = ${status} and astray_at is null`
  return count > 0
}
