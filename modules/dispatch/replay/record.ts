import type { Sql, Tx } from '#core/database'
import type { LatLng } from '#core/geo'

/**
 * What is on record of a time: the orders that a kitchen accepted, and who was on duty. Read only, in short statements, so that a long
 * replay holds nothing in the database. Seconds count from the beginning of the span.
 */

/** A short transaction that can only read. */
export type Read = <T>(run: (sql: Sql) => Promise<T>) => Promise<T>

export const readOnly =
  ({ begin }: { begin: <T>(run: (tx: Tx) => Promise<T>) => Promise<T> }): Read =>
  (run) =>
    begin(async (tx) => {
      await tx`set transaction isolation level repeatable read, read only`
      return run(tx)
    })

export type Span = { zoneId: string; timeZone: string; from: Date; to: Date }

export type RecordedOrder = {
  id: string
  chefId: string
  pickup: LatLng
  dropoff: LatLng
  placedAt: number
  acceptedAt: number
  /** What the kitchen said when it accepted; what is known until it is ready. */
  estimatedAt: number
  /** Infinity: it never was. */
  readyAt: number
  promisedAt: number
  /** Infinity: it was not cancelled. */
  cancelledAt: number
  /** The customer was not found at the door. */
  isFailed: boolean
  /** From kitchen to door, as it was told when it was placed. */
  travelSeconds: number | null
  driverId: string | null
  assignedAt: number | null
  pickedUpAt: number | null
  deliveredAt: number | null
}

/** The time in an id, and the time in its row: they differ by less. */
const CLOCKS_APART_MS = 3_600_000

type OrderFields = Omit<RecordedOrder, 'pickup' | 'dropoff' | 'readyAt' | 'cancelledAt'> & {
  pickupLat: number
  pickupLng: number
  dropoffLat: number
  dropoffLng: number
  readyAt: number | null
  cancelledAt: number | null
  isCooked: boolean
}

/** Those that were placed in a part of the span, which is small enough to be held. Uses orders_pkey: ids sort by time. */
export const readOrders = async (sql: Sql, span: Span, start: Date, end: Date): Promise<RecordedOrder[]> => {
  const { zoneId, from } = span
  const at = (column: ReturnType<Sql>) => sql`extract(epoch from ${column} - ${from}::timestamptz)::float8`
  const rows = await sql<OrderFields[]>`
    select o.id, o.chef_id, c.location[1] as pickup_lat, c.location[0] as pickup_lng,
      o.dropoff[1] as dropoff_lat, o.dropoff[0] as dropoff_lng, o.travel_seconds, d.driver_id,
      ${at(sql`o.created_at`)} as placed_at, ${at(sql`d.created_at`)} as accepted_at,
      ${at(sql`coalesce(o.accepted_at + o.prep_seconds * interval '1 second', o.ready_at)`)} as estimated_at,
      ${at(sql`coalesce(h.ready_at, o.ready_at)`)} as ready_at,
      h.ready_at is not null or o.picked_up_at is not null as is_cooked,
      ${at(sql`o.promise_p90_at`)} as promised_at, ${at(sql`h.cancelled_at`)} as cancelled_at,
      d.status = 'failed' as is_failed, ${at(sql`d.assigned_at`)} as assigned_at,
      ${at(sql`o.picked_up_at`)} as picked_up_at, ${at(sql`o.delivered_at`)} as delivered_at
    from orders o join deliveries d on d.order_id = o.id join chefs c on c.id = o.chef_id
    left join lateral (
      select min(e.at) filter (where e.event = 'ready') as ready_at, max(e.at) filter (where e.event = 'cancel') as cancelled_at
      from order_events e where e.order_id = o.id and e.machine = 'order'
    ) h on true
    where o.id >= ${firstIdOf(start.getTime() - CLOCKS_APART_MS)}::uuid
      and o.id < ${firstIdOf(end.getTime() + CLOCKS_APART_MS)}::uuid
      and o.created_at >= ${start} and o.created_at < ${end} and o.zone_id = ${zoneId}
    order by o.created_at, o.id`
  return rows.map(orderOf)
}

const orderOf = (row: OrderFields): RecordedOrder => {
  const { pickupLat, pickupLng, dropoffLat, dropoffLng, isCooked, readyAt, cancelledAt, ...same } = row
  // Of one that still cooks, nothing better is known than what was said.
  const isKnown = readyAt !== null && (isCooked || cancelledAt === null)
  return {
    ...same,
    pickup: { lat: pickupLat, lng: pickupLng },
    dropoff: { lat: dropoffLat, lng: dropoffLng },
    readyAt: isKnown ? readyAt : Number.POSITIVE_INFINITY,
    cancelledAt: cancelledAt ?? Number.POSITIVE_INFINITY,
  }
}

/** The smallest UUIDv7 of a millisecond. */
const firstIdOf = (ms: number): string => {
  const hex = Math.max(0, ms).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`
}

export type RecordedShift = {
  driverId: string
  vehicleType: string
  capacity: number
  beganAt: number
  /** Infinity: he is still on duty. */
  endedAt: number
  /** See `readShifts`. */
  start: LatLng
}

type ShiftFields = Omit<RecordedShift, 'endedAt' | 'start'> & {
  endedAt: number | null
  startLat: number | null
  startLng: number | null
}

export type Shifts = { shifts: RecordedShift[]; unplacedCount: number }

/**
 * Who was on duty, of the drivers of a zone: those who brought more orders of it than of any other, and those who brought none and stood in
 * it. Where somebody drove is not kept, so a shift begins where he was last known to be before it could matter: at his last door
 * before the span, else at the kitchen of his first pickup, else where he was seen last of all. Uses driver_shifts_pkey and
 * deliveries_by_assignment.
 */
export const readShifts = async (sql: Sql, { zoneId, from, to }: Span): Promise<Shifts> => {
  const rows = await sql<ShiftFields[]>`
    with shifts as (
      select driver_id, began_at, ended_at from driver_shifts
      where began_at < ${to} and (ended_at is null or ended_at > ${from})
    ), own as (
      select s.driver_id, (
        select d.zone_id from deliveries d
        where d.driver_id = s.driver_id and d.assigned_at >= ${from} and d.assigned_at < ${to}
        group by d.zone_id order by count(*) desc, d.zone_id limit 1) as zone_id
      from (select distinct driver_id from shifts) s
    ), placed as (
      select s.*, coalesce(
        case when s.began_at < ${from} then (
          select o.dropoff from deliveries d join orders o on o.id = d.order_id
          where d.driver_id = s.driver_id and d.assigned_at >= s.began_at and d.delivered_at < ${from}
          order by d.delivered_at desc limit 1) end,
        (select c.location from deliveries d join orders o on o.id = d.order_id join chefs c on c.id = o.chef_id
          where d.driver_id = s.driver_id and d.assigned_at >= greatest(s.began_at, ${from})
            and d.assigned_at < coalesce(s.ended_at, ${to}) and d.picked_up_at is not null
          order by d.picked_up_at limit 1),
        (select point((p.fix ->> 'lng')::float8, (p.fix ->> 'lat')::float8) from driver_positions p
          where p.driver_id = s.driver_id)) as start
      from shifts s
    )
    select p.driver_id, v.vehicle_type, v.capacity, extract(epoch from p.began_at - ${from}::timestamptz)::float8 as began_at,
      extract(epoch from p.ended_at - ${from}::timestamptz)::float8 as ended_at, p.start[1] as start_lat, p.start[0] as start_lng
    from placed p join own using (driver_id) join drivers v on v.id = p.driver_id join zones z on z.id = ${zoneId}
    where own.zone_id = ${zoneId} or own.zone_id is null and (p.start is null or z.area @> p.start)
    order by p.began_at, p.driver_id`
  const shifts = rows.flatMap(({ startLat, startLng, endedAt, ...same }) =>
    startLat === null || startLng === null
      ? []
      : { ...same, endedAt: endedAt ?? Number.POSITIVE_INFINITY, start: { lat: startLat, lng: startLng } },
  )
  return { shifts, unplacedCount: rows.length - shifts.length }
}
