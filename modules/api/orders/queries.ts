import type { Sql } from '#core/database'
import { IDEMPOTENCY_KEY_HOURS, type IdempotencyKey } from '#core/idempotency'
import type { DeliveryStatus } from '#core/lifecycle/delivery-states'
import type { OrderStatus } from '#core/lifecycle/order-states'
import type { Actor } from '#core/tokens'
import type { Line } from '../quotes/basket.ts'

export type OrderRow = {
  id: string
  orderNumber: string
  customerId: string
  chefId: string
  chefUserId: string
  chefName: string
  zoneId: string
  status: OrderStatus
  deliveryStatus: DeliveryStatus | null
  driverId: string | null
  driverUserId: string | null
  subtotalCents: number
  discountCents: number
  taxCents: number
  deliveryFeeCents: number
  serviceFeeCents: number
  tipCents: number
  totalCents: number
  commissionCents: number
  refundedCents: number
  currency: string
  items: Line[]
  street: string
  city: string
  postalCode: string
  dropoffLat: number
  dropoffLng: number
  /** From the kitchen to the door; null where it was placed before that was kept. */
  travelSeconds: number | null
  deliveryInstructions: string | null
  pickupStreet: string
  pickupCity: string
  pickupPostalCode: string
  pickupLat: number
  pickupLng: number
  handoverCode: string
  handoverTries: number
  promiseP50At: string
  promiseP90At: string
  etaP50At: string
  etaP90At: string
  /** Null before the kitchen has accepted, and once the food is picked up. */
  pickupP50At: string | null
  pickupP90At: string | null
  createdAt: string
  deadlineAt: string | null
  paidAt: string | null
  acceptedAt: string | null
  /** How long the kitchen said it would take, when it accepted. */
  prepSeconds: number | null
  readyAt: string | null
  closedReason: string | null
}

export type PlacedOrder = OrderRow & {
  quoteId: string | null
  promotionId: string | null
  portionsDay: string
  distanceMeters: number
}

/** An order that is to be written, with its Idempotency-Key and what a repetition of the request is answered. */
export type NewOrderRow = PlacedOrder & { key: (IdempotencyKey & { response: unknown }) | null }

/**
 * Keys, portions, orders, history and events, all or none: one statement, so that it is a transaction by itself. Raises
 * RD001 when an item is sold out. Returns the ids of the orders that were written: all but those whose key was there.
 */
export const insertOrders = async (sql: Sql, orders: readonly NewOrderRow[]): Promise<Set<string>> => {
  const rows = await sql<{ id: string }[]>`
    with asked as materialized (
      -- One text for all orders: as many parameters as they have columns take longer to send than to write.
      select * from json_to_recordset(${sql.json(orders as never)}::json) as o (
        id uuid, "orderNumber" text, "customerId" uuid, "chefId" uuid, "zoneId" uuid, "quoteId" uuid,
        "promotionId" uuid, status text, "subtotalCents" bigint, "discountCents" bigint, "taxCents" bigint,
        "deliveryFeeCents" bigint, "serviceFeeCents" bigint, "tipCents" bigint, "totalCents" bigint,
        "commissionCents" bigint, currency text, items json, "portionsDay" date, street text, city text,
        "postalCode" text, "deliveryInstructions" text, "dropoffLat" float8, "dropoffLng" float8,
        "distanceMeters" integer, "travelSeconds" integer, "handoverCode" text, "promiseP50At" timestamptz, "promiseP90At" timestamptz,
        "etaP50At" timestamptz, "etaP90At" timestamptz, "createdAt" timestamptz, "deadlineAt" timestamptz, key json)
    ), keyed as (
      insert into idempotency_keys (user_id, key, request_hash, response, created_at)
      select "customerId", key ->> 'key', key ->> 'requestHash', key -> 'response', "createdAt"
      from asked where key is not null order by 1, 2
      on conflict (user_id, key) do update set
        request_hash = excluded.request_hash, response = excluded.response, created_at = excluded.created_at
        where idempotency_keys.created_at <= excluded.created_at - make_interval(hours => ${IDEMPOTENCY_KEY_HOURS})
      returning user_id, key
    ), fresh as materialized (
      select * from asked where key is null or ("customerId", key ->> 'key') in (select user_id, key from keyed)
    ), reserved as materialized (
      select reserve_portions(array_agg("menuItemId"), array_agg(quantity), array_agg("portionsDay"))
      from fresh, json_to_recordset(items) as line ("menuItemId" uuid, quantity integer, "isLimited" boolean)
      where "isLimited"
    ), placed as (
      insert into orders (id, order_number, customer_id, chef_id, zone_id, quote_id, promotion_id, status,
        subtotal_cents, discount_cents, tax_cents, delivery_fee_cents, service_fee_cents, tip_cents, total_cents,
        commission_cents, currency, items, portions_held, portions_day, street, city, postal_code, delivery_instructions,
        dropoff, distance_meters, travel_seconds, handover_code, promise_p50_at, promise_p90_at, eta_p50_at, eta_p90_at, created_at,
        deadline_at)
      select id, "orderNumber", "customerId", "chefId", "zoneId", "quoteId", "promotionId", status,
        "subtotalCents", "discountCents", "taxCents", "deliveryFeeCents", "serviceFeeCents", "tipCents", "totalCents",
        "commissionCents", currency, items, (select count(*) = 1 from reserved), "portionsDay", street, city,
        "postalCode", "deliveryInstructions", point("dropoffLng", "dropoffLat"), "distanceMeters", "travelSeconds", "handoverCode",
        "promiseP50At", "promiseP90At", "etaP50At", "etaP90At", "createdAt", "deadlineAt"
      from fresh
      returning id, customer_id, zone_id, status, created_at
    ), history as (
      insert into order_events (order_id, machine, event, from_status, to_status, actor_role, actor_id, at)
      select id, 'order', 'place', null, status, 'customer', customer_id, created_at from placed
    ), told as (
      insert into events (topics, type, data, occurred_at)
      select array['order:' || id, 'zone:' || zone_id], 'order.placed',
        jsonb_build_object('orderId', id, 'status', status, 'deliveryStatus', 'unassigned'), created_at
      from placed
    )
    select id from placed`
  return new Set(rows.map(({ id }) => id))
}

const selectOrders = (sql: Sql) => sql`
  select o.id, o.order_number, o.customer_id, o.chef_id, c.user_id as chef_user_id, c.name as chef_name, o.zone_id,
    o.status, d.status as delivery_status, d.driver_id, v.user_id as driver_user_id,
    o.subtotal_cents, o.discount_cents, o.tax_cents, o.delivery_fee_cents, o.service_fee_cents, o.tip_cents,
    o.total_cents, o.commission_cents, o.refunded_cents, o.currency, o.items,
    o.street, o.city, o.postal_code, o.dropoff[1] as dropoff_lat, o.dropoff[0] as dropoff_lng, o.travel_seconds,
    o.delivery_instructions,
    c.street as pickup_street, c.city as pickup_city, c.postal_code as pickup_postal_code,
    c.location[1] as pickup_lat, c.location[0] as pickup_lng,
    o.handover_code, o.handover_tries, o.promise_p50_at, o.promise_p90_at, o.eta_p50_at, o.eta_p90_at,
    o.pickup_p50_at, o.pickup_p90_at, o.created_at, o.deadline_at, o.paid_at, o.accepted_at, o.prep_seconds, o.ready_at, o.closed_reason
  from orders o
  join chefs c on c.id = o.chef_id
  left join deliveries d on d.order_id = o.id
  left join drivers v on v.id = d.driver_id`

/** What a role may see at all: a chef not before it is paid, a driver only while it is his. */
const visibleTo = (sql: Sql, { userId, role }: Actor) => {
  if (role === 'admin') return sql`true`
  if (role === 'customer') return sql`o.customer_id = ${userId}`
  if (role === 'chef') return sql`c.user_id = ${userId} and o.paid_at is not null`
  return sql`v.user_id = ${userId}`
}

export const findOrder = async (sql: Sql, actor: Actor, orderId: string) => {
  const [row] = await sql<OrderRow[]>`${selectOrders(sql)} where o.id = ${orderId} and ${visibleTo(sql, actor)}`
  return row
}

export const readOrderRow = async (sql: Sql, orderId: string) => {
  const [row] = await sql<OrderRow[]>`${selectOrders(sql)} where o.id = ${orderId}`
  return row
}

type ListKeys = { beforeId?: string; statuses?: OrderStatus[]; deliveryStatuses?: DeliveryStatus[]; limit: number }

/** Newest first; the columns of a role's own index come first. */
export const listOrders = (sql: Sql, actor: Actor, { beforeId, statuses, deliveryStatuses, limit }: ListKeys) => {
  const mine =
    actor.role === 'chef'
      ? sql`o.chef_id = (select id from chefs where user_id = ${actor.userId}) and o.paid_at is not null`
      : actor.role === 'driver'
        ? sql`o.id in (select order_id from deliveries
            where driver_id = (select id from drivers where user_id = ${actor.userId}))`
        : visibleTo(sql, actor)
  return sql<OrderRow[]>`
    ${selectOrders(sql)}
    where ${mine}
      ${beforeId ? sql`and o.id < ${beforeId}` : sql``}
      ${statuses ? sql`and o.status = any(${statuses})` : sql``}
      ${deliveryStatuses ? sql`and coalesce(d.status, 'unassigned') = any(${deliveryStatuses})` : sql``}
    order by o.id desc limit ${limit}`
}

export type HistoryRow = {
  machine: 'order' | 'delivery'
  event: string
  toStatus: string
  actorRole: string
  at: string
}

export const readHistory = (sql: Sql, orderId: string) => sql<HistoryRow[]>`
  select machine, event, to_status, actor_role, at from order_events where order_id = ${orderId} order by id`

export type RideRow = {
  vehicleType: string
  pickupLat: number
  pickupLng: number
  dropoffLat: number
  dropoffLng: number
}

/** What a driver goes by, and from where to where, with an order that is his. */
export const findRide = async (sql: Sql, driverUserId: string, orderId: string) => {
  const [row] = await sql<RideRow[]>`
    select v.vehicle_type, c.location[1] as pickup_lat, c.location[0] as pickup_lng,
      o.dropoff[1] as dropoff_lat, o.dropoff[0] as dropoff_lng
    from orders o join chefs c on c.id = o.chef_id join deliveries d on d.order_id = o.id
    join drivers v on v.id = d.driver_id
    where o.id = ${orderId} and v.user_id = ${driverUserId}`
  return row
}

export const findDriverOfOrder = async (sql: Sql, orderId: string) => {
  const [row] = await sql<{ firstName: string; vehicleType: string }[]>`
    select u.first_name, v.vehicle_type
    from deliveries d join drivers v on v.id = d.driver_id join users u on u.id = v.user_id
    where d.order_id = ${orderId}`
  return row
}

/** Uses up one of the tries at the code, if any is left; outside any transaction that fails because of it. */
export const takeHandoverTry = async (sql: Sql, orderId: string, triesMax: number) => {
  const rows = await sql`
    update orders set handover_tries = handover_tries + 1
    where id = ${orderId} and handover_tries < ${triesMax} returning id`
  return rows.length === 1
}

/** Waits for whoever is changing the order; every change of an order locks it first, its delivery after. */
export const lockOrder = (sql: Sql, orderId: string) => sql`select id from orders where id = ${orderId} for update`

export const findOverdue = (sql: Sql, now: Date, limit: number) => sql<{ id: string; status: OrderStatus }[]>`
  select id, status from orders where deadline_at <= ${now} order by deadline_at limit ${limit}`
