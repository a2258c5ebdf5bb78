import type { Sql } from '#core/database'
import type { OrderStatus } from '#core/lifecycle/order-states'
import type { Answers } from './acceptance.ts'
import type { DecisionOutcome, StoredCandidate } from './decisions.ts'
import { type Fence, fenced } from './leases.ts'
import type { RouteStop } from './stop-order.ts'

export type OpenDeliveryRow = {
  orderId: string
  chefId: string
  status: OrderStatus
  pickupLat: number
  pickupLng: number
  dropoffLat: number
  dropoffLng: number
  createdAt: string
  acceptedAt: string
  /** As the kitchen said when it accepted; null: it was not kept yet. */
  prepSeconds: number | null
  readyAt: string
  promisedAt: string
  payCents: number
  currency: string
  excludedDriverIds: string[]
}

/** After letting an offer run out, a driver is asked for the same order again no sooner than this. */
const EXPIRED_PAUSE_SECONDS = 60
const DELIVERIES_PER_ROUND_MAX = 500

const selectOpen = (sql: Sql, now: Date) => sql`
  select d.order_id, o.chef_id, o.status, c.location[1] as pickup_lat, c.location[0] as pickup_lng,
    o.dropoff[1] as dropoff_lat, o.dropoff[0] as dropoff_lng, o.created_at, o.accepted_at, o.prep_seconds, o.ready_at, o.promise_p90_at as promised_at,
    o.delivery_fee_cents + o.tip_cents as pay_cents, o.currency,
    array(select f.driver_id::text from offers f
      where f.order_ids @> array[d.order_id] and (f.status = 'declined'
        or (f.status = 'expired' and f.closed_at > ${now}::timestamptz - ${EXPIRED_PAUSE_SECONDS} * interval '1 second'))
      union select v.id::text from order_events e join drivers v on v.user_id = e.actor_id
      where e.order_id = d.order_id and e.event = 'drop'
      union select b.driver_id::text from driver_blocks b where b.order_id = d.order_id
    ) as excluded_driver_ids
  from deliveries d join orders o on o.id = d.order_id join chefs c on c.id = o.chef_id`

/**
 * The deliveries of a zone that have no driver. Where there are more than a round looks at: the most urgent half of that, then
 * those that were not `lookedAt` in vain, then those for which that was longest ago. So what nobody can fetch keeps out nothing.
 */
export const findOpenDeliveries = (
  sql: Sql,
  zoneId: string,
  now: Date,
  lookedAt: ReadonlyMap<string, number> = new Map(),
) => sql<OpenDeliveryRow[]>`
  ${selectOpen(sql, now)}
    left join unnest(${[...lookedAt.keys()]}::uuid[], ${[...lookedAt.values()]}::float8[]) as looked (order_id, at_ms)
      on looked.order_id = d.order_id
  where d.zone_id = ${zoneId} and d.status = 'unassigned' and d.held_at is null and o.status in ('accepted', 'preparing', 'ready_for_pickup')
  order by row_number() over (order by o.ready_at) > ${DELIVERIES_PER_ROUND_MAX / 2}, looked.at_ms nulls first, o.ready_at
  limit ${DELIVERIES_PER_ROUND_MAX}`

/** A delivery that can still be given to somebody: the food is not with a driver. */
export const findOpenDelivery = async (sql: Sql, orderId: string, now: Date) => {
  const [row] = await sql<OpenDeliveryRow[]>`
    ${selectOpen(sql, now)} where d.order_id = ${orderId} and d.status in ('unassigned', 'offered', 'assigned', 'at_pickup')`
  return row
}

export type FreeDriverRow = { id: string; vehicleType: string; capacity: number } & Answers

/** Approved, on duty, heard of, with nothing to bring and no offer to think about; but who thinks about `forOrder` is free for it. */
export const findFreeDrivers = (sql: Sql, now: Date, forOrder: string | null = null) => sql<FreeDriverRow[]>`
  select d.id, d.vehicle_type, d.capacity, d.offers_answered, d.offers_accepted from drivers d
  where d.is_available and d.verification_status = 'approved' and d.silent_since is null
    and coalesce(d.available_until > ${now}, true)
    and not exists (select from deliveries a
      where a.driver_id = d.id and a.status in ('assigned', 'at_pickup', 'picked_up', 'in_transit', 'at_dropoff'))
    and not exists (select from offers o where o.driver_id = d.id and o.status = 'open'
      and (${forOrder}::uuid = any(o.order_ids)) is not true)
  order by d.id`

/** An operator keeps one of them back, or this driver from one of them. Under their locks. */
export const isKeptFrom = async (sql: Sql, orderIds: readonly string[], driverId: string): Promise<boolean> => {
  const rows = await sql`
    select from deliveries where order_id = any(${orderIds as string[]}::uuid[]) and held_at is not null
    union all select from driver_blocks where order_id = any(${orderIds as string[]}::uuid[]) and driver_id = ${driverId}`
  return rows.length > 0
}

export const liftBlock = (sql: Sql, orderId: string, driverId: string) => sql`
  delete from driver_blocks where order_id = ${orderId} and driver_id = ${driverId} returning driver_id`

export type OfferRow = {
  id: string
  zoneId: string
  driverId: string
  orderIds: string[]
  besideOrderIds: string[]
  dropoffOrderIds: string[]
  status: 'open' | 'accepted' | 'declined' | 'expired' | 'withdrawn'
  payCents: number
  currency: string
  pickupSeconds: number
  createdAt: string
  expiresAt: string
}

const selectOffers = (sql: Sql) => sql`
  select f.id, f.zone_id, f.driver_id, f.order_ids::text[] as order_ids, f.beside_order_ids::text[] as beside_order_ids,
    f.dropoff_order_ids::text[] as dropoff_order_ids, f.status, f.pay_cents, f.currency, f.pickup_seconds, f.created_at, f.expires_at
  from offers f`

type InsertedOffer = Pick<OfferRow, 'id' | 'driverId' | 'payCents' | 'currency' | 'pickupSeconds'> & {
  orderIds: readonly string[]
  besideOrderIds?: readonly string[]
  dropoffOrderIds?: readonly string[]
  now: Date
  expiresAt: Date
}

/** Writes nothing, and says so, when the zone has another holder. */
export const insertOffer = async (
  sql: Sql,
  { besideOrderIds = [], dropoffOrderIds = [], ...offer }: InsertedOffer,
  fence: Fence,
): Promise<boolean> => {
  const { count } = await sql`
    insert into offers (id, zone_id, driver_id, order_ids, beside_order_ids, dropoff_order_ids, status, pay_cents, currency,
      pickup_seconds, created_at, expires_at)
    select ${offer.id}::uuid, ${fence.zoneId}::uuid, ${offer.driverId}::uuid, ${offer.orderIds as string[]}::uuid[],
      ${besideOrderIds as string[]}::uuid[], ${dropoffOrderIds as string[]}::uuid[], 'open', ${offer.payCents}::bigint,
      ${offer.currency}::text, ${offer.pickupSeconds}::integer, ${offer.now}::timestamptz, ${offer.expiresAt}::timestamptz
    where ${fenced(sql, fence)}`
  return count > 0
}

export const findOffer = async (sql: Sql, offerId: string) => {
  const [row] = await sql<OfferRow[]>`${selectOffers(sql)} where f.id = ${offerId}`
  return row
}

export const findOfferOfUser = async (sql: Sql, offerId: string, userId: string) => {
  const [row] = await sql<OfferRow[]>`
    ${selectOffers(sql)} join drivers d on d.id = f.driver_id where f.id = ${offerId} and d.user_id = ${userId}`
  return row
}

export const findOpenOffersOfUser = (sql: Sql, userId: string, now: Date) => sql<OfferRow[]>`
  ${selectOffers(sql)} join drivers d on d.id = f.driver_id
  where d.user_id = ${userId} and f.status = 'open' and f.expires_at > ${now} order by f.id`

export const findOpenOffersOfDriver = (sql: Sql, driverId: string) => sql<OfferRow[]>`
  ${selectOffers(sql)} where f.driver_id = ${driverId} and f.status = 'open'`

export const findExpiredOffers = (sql: Sql, now: Date, limit: number) => sql<OfferRow[]>`
  ${selectOffers(sql)} where f.status = 'open' and f.expires_at <= ${now} order by f.expires_at limit ${limit}`

export type StopRow = {
  orderId: string
  chefId: string
  chefName: string
  pickupLat: number
  pickupLng: number
  pickupAddress: string
  dropoffLat: number
  dropoffLng: number
  dropoffCity: string
  dropoffAddress: string
  readyAt: string | null
  deliveryStatus: string
  driverId: string | null
  vehicleType: string | null
  /** Of the driver: see holdings.ts. */
  route: RouteStop[] | null
}

const selectStops = (sql: Sql) => sql`
  select o.id as order_id, o.chef_id, c.name as chef_name, c.location[1] as pickup_lat, c.location[0] as pickup_lng,
    c.street || ', ' || c.postal_code || ' ' || c.city as pickup_address,
    o.dropoff[1] as dropoff_lat, o.dropoff[0] as dropoff_lng, o.city as dropoff_city,
    o.street || ', ' || o.postal_code || ' ' || o.city as dropoff_address, o.ready_at,
    d.status as delivery_status, d.driver_id, v.vehicle_type, v.route
  from orders o join chefs c on c.id = o.chef_id join deliveries d on d.order_id = o.id
  left join drivers v on v.id = d.driver_id`

export const findStops = (sql: Sql, orderIds: readonly string[]) =>
  sql<StopRow[]>`${selectStops(sql)} where o.id = any(${orderIds as string[]}::uuid[]) order by o.id`

export const findStopsOfUser = (sql: Sql, userId: string) => sql<StopRow[]>`
  ${selectStops(sql)}
  where v.user_id = ${userId} and d.status in ('assigned', 'at_pickup', 'picked_up', 'in_transit', 'at_dropoff')
  order by d.assigned_at, d.order_id`

export const findStopsOfDriver = (sql: Sql, driverId: string) => sql<StopRow[]>`
  ${selectStops(sql)}
  where d.driver_id = ${driverId} and d.status in ('assigned', 'at_pickup', 'picked_up', 'in_transit', 'at_dropoff')
  order by d.assigned_at, d.order_id`

/** Waits for whoever is changing these orders. Always before their deliveries, always in this order. */
export const lockOrders = (sql: Sql, orderIds: readonly string[]) => sql<LockedOrder[]>`
  select id, order_number, chef_id, zone_id, status from orders where id = any(${orderIds as string[]}::uuid[])
  order by id for update`

/** For rounds, which wait for nobody: an order that somebody is changing is left out, and its turn comes again. */
export const lockIdleOrders = (sql: Sql, orderIds: readonly string[]) => sql<LockedOrder[]>`
  select id, order_number, chef_id, zone_id, status from orders where id = any(${orderIds as string[]}::uuid[])
  order by id for update skip locked`

export type LockedOrder = { id: string; orderNumber: string; chefId: string; zoneId: string; status: OrderStatus }

export type NewDecision = {
  id: string
  zoneId: string
  orderId: string
  outcome: DecisionOutcome
  driverId: string | null
  policy: string
  candidates: readonly StoredCandidate[]
  /** The operator who decided, and what he said; or the decision in words. */
  actorId?: string | null
  reason?: string | null
  now: Date
}

export const insertDecision = (sql: Sql, decision: NewDecision) => sql`
  insert into dispatch_decisions (id, zone_id, order_id, outcome, driver_id, policy, candidates, actor_id, reason, decided_at)
  values (${decision.id}, ${decision.zoneId}, ${decision.orderId}, ${decision.outcome}, ${decision.driverId},
    ${decision.policy}, ${sql.json(decision.candidates as never)}, ${decision.actorId ?? null}, ${decision.reason ?? null},
    ${decision.now})`

/**
 * Of orders for which nobody is asked: for whom they are meant, or that there is nobody. The same every two seconds says nothing
 * new: kept once a minute. Nothing is kept of an order that has got a driver or an offer since the round began, or that
 * somebody is changing.
 */
export const insertUnasked = (sql: Sql, decisions: readonly NewDecision[], fence: Fence) => {
  const rows = decisions.map(({ id, orderId, outcome, driverId, policy, reason = null, candidates, now }) => ({
    id,
    order_id: orderId,
    outcome,
    driver_id: driverId,
    policy,
    reason,
    candidates,
    decided_at: now,
  }))
  return sql`
    insert into dispatch_decisions (id, zone_id, order_id, outcome, driver_id, policy, reason, candidates, decided_at)
    select r.id, ${fence.zoneId}::uuid, r.order_id, r.outcome, r.driver_id, r.policy, r.reason, r.candidates, r.decided_at
    from jsonb_to_recordset(${sql.json(rows as never)}::jsonb) as r (id uuid, order_id uuid, outcome text, driver_id uuid,
      policy text, reason text, candidates jsonb, decided_at timestamptz)
    join orders o on o.id = r.order_id join deliveries d on d.order_id = o.id
    where ${fenced(sql, fence)} and d.status = 'unassigned' and not exists (select from dispatch_decisions
      where order_id = r.order_id and outcome = r.outcome and decided_at > r.decided_at - interval '1 minute')
    for share of o, d skip locked`
}

export const forgetDecisions = (sql: Sql, before: Date, limit: number) => sql`
  delete from dispatch_decisions where ctid = any(array(
    select ctid from dispatch_decisions where decided_at < ${before} limit ${limit}))`
