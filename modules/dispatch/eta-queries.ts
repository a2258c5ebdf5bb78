import type { Sql } from '#core/database'
import type { DeliveryStatus } from '#core/lifecycle/delivery-states'
import type { OrderStatus } from '#core/lifecycle/order-states'
import type { RouteStop } from './stop-order.ts'

/** An order that somebody waits for, with all that its time at the door depends on. */
export type UnderWayRow = {
  id: string
  zoneId: string
  chefId: string
  status: OrderStatus
  prepSeconds: number | null
  acceptedAt: string | null
  readyAt: string | null
  travelSeconds: number | null
  pickupLat: number
  pickupLng: number
  dropoffLat: number
  dropoffLng: number
  saidMinutes: number
  deliveryStatus: DeliveryStatus | null
  driverId: string | null
  vehicleType: string | null
  pickedUpAt: string | null
  /** Of the driver: what he has to visit. */
  route: RouteStop[] | null
}

const ORDERS_PER_PASS_MAX = 5_000

/** All of them, or those given and what else their drivers have: with one, the times of the others may move. */
export const findUnderWay = (sql: Sql, orderIds?: readonly string[]) => sql<UnderWayRow[]>`
  select o.id, o.zone_id, o.chef_id, o.status, o.prep_seconds, o.accepted_at, o.ready_at, o.travel_seconds, o.picked_up_at,
    c.location[1] as pickup_lat, c.location[0] as pickup_lng, o.dropoff[1] as dropoff_lat, o.dropoff[0] as dropoff_lng,
    (select max((item ->> 'prepMinutes')::integer) from jsonb_array_elements(o.items) item) as said_minutes,
    d.status as delivery_status, d.driver_id, v.vehicle_type, v.route
  from orders o join chefs c on c.id = o.chef_id
    left join deliveries d on d.order_id = o.id left join drivers v on v.id = d.driver_id
  where o.status in ('payment_confirmed', 'accepted', 'preparing', 'ready_for_pickup', 'picked_up')
    ${
      orderIds
        ? sql`and (o.id = any(${orderIds as string[]}::uuid[]) or d.driver_id in (select driver_id from deliveries
            where order_id = any(${orderIds as string[]}::uuid[])))`
        : sql``
    }
  order by d.assigned_at, o.id limit ${ORDERS_PER_PASS_MAX}`

/** `status` and `driverId`: as it was when this was worked out. */
export type NewEta = {
  id: string
  status: OrderStatus
  driverId: string | null
  p50At: string
  p90At: string
  pickupP50At: string | null
  pickupP90At: string | null
}

/** Less than that nobody needs to be told. */
const MOVED_SECONDS_MIN = 60
/** What was worked out longer ago, by a process that slept since, is out of date. */
const WORKED_OUT_SECONDS_MAX = 20

/**
 * Writes and tells what has moved by more than a minute, of orders that are as they were when it was worked out; the others
 * have their turn again. Waits for nobody. Whoever comes second with the same finds nothing to write.
 */
export const publishEtas = async (sql: Sql, etas: readonly NewEta[], now: Date): Promise<number> => {
  const [row] = await sql<{ count: number }[]>`
    with news as (
      select * from json_to_recordset(${sql.json(etas as never)}::json) as n (id uuid, status text, "driverId" uuid,
        "p50At" text, "p90At" text, "pickupP50At" text, "pickupP90At" text)
    ), moved as materialized (
      select o.id, d.driver_id, d.status as delivery_status from orders o join news n on n.id = o.id and n.status = o.status
        left join deliveries d on d.order_id = o.id
      where d.driver_id is not distinct from n."driverId"
        and ${now}::timestamptz > clock_timestamp() - ${WORKED_OUT_SECONDS_MAX} * interval '1 second' and (
        abs(extract(epoch from n."p50At"::timestamptz - o.eta_p50_at)) > ${MOVED_SECONDS_MIN}
        or abs(extract(epoch from n."p90At"::timestamptz - o.eta_p90_at)) > ${MOVED_SECONDS_MIN}
        or (n."pickupP50At" is null) <> (o.pickup_p50_at is null)
        or abs(extract(epoch from n."pickupP50At"::timestamptz - o.pickup_p50_at)) > ${MOVED_SECONDS_MIN}
        or abs(extract(epoch from n."pickupP90At"::timestamptz - o.pickup_p90_at)) > ${MOVED_SECONDS_MIN})
      order by o.id for update of o skip locked
    ), written as (
      update orders o set eta_p50_at = n."p50At"::timestamptz, eta_p90_at = n."p90At"::timestamptz,
        pickup_p50_at = n."pickupP50At"::timestamptz, pickup_p90_at = n."pickupP90At"::timestamptz
      from moved m join news n on n.id = m.id where o.id = m.id
      returning o.id, o.chef_id, m.driver_id, n."p50At", n."p90At", n."pickupP50At", n."pickupP90At"
    ), told as (
      insert into events (topics, type, data, occurred_at)
      select array_remove(array['order:' || id, 'chef:' || chef_id, 'driver:' || driver_id], null), 'order.eta_changed',
        jsonb_build_object('orderId', id, 'eta', jsonb_build_object('p50At', "p50At", 'p90At', "p90At"),
          'pickupEta', case when "pickupP50At" is not null
            then jsonb_build_object('p50At', "pickupP50At", 'p90At', "pickupP90At") end), ${now}
      from written
      returning 1
    )
    select count(*)::integer as count from told`
  return row!.count
}
