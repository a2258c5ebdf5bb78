import type { Sql } from '#core/database'

/** What drivers did in a time, and what it brought them: from their shifts and their deliveries. */

export type DriverActivity = {
  driverId: string
  /** In a shift, or still bringing something after it. */
  onDutySeconds: number
  /** With at least one delivery: two on one ride count once. */
  activeSeconds: number
  idleSeconds: number
  deliveryCount: number
  earnings: { currency: string; cents: number }[]
}

/** In no order; none for a driver who was not there. Uses driver_shifts_pkey and deliveries_by_assignment. */
export const readActivity = (sql: Sql, driverIds: readonly string[], from: Date, to: Date) => sql<DriverActivity[]>`
  with shifts as (
    select driver_id, range_agg(tstzrange(greatest(began_at, ${from}), least(coalesce(ended_at, ${to}), ${to}))) as times
    from driver_shifts
    where driver_id = any(${driverIds as string[]}::uuid[]) and began_at < ${to} and coalesce(ended_at, 'infinity') > ${from}
    group by driver_id
  ), rides as (
    select d.driver_id, d.order_id, d.assigned_at, d.delivered_at, case
      when d.delivered_at is not null then d.delivered_at
      when d.status = 'failed' then (select max(at) from order_events e where e.order_id = d.order_id and e.event = 'fail')
      else ${to}::timestamptz end as ended_at
    from deliveries d
    where d.driver_id = any(${driverIds as string[]}::uuid[]) and d.assigned_at < ${to}
  ), busy as (
    select driver_id, range_agg(tstzrange(greatest(assigned_at, ${from}), least(ended_at, ${to}))) as times
    from rides where ended_at > greatest(assigned_at, ${from}) group by driver_id
  ), earned as (
    select r.driver_id, o.currency, count(*)::integer as count,
      sum(o.delivery_fee_cents + o.tip_cents)::bigint as cents
    from rides r join orders o on o.id = r.order_id
    where r.delivered_at >= ${from} and r.delivered_at < ${to} group by 1, 2
  ), times as (
    select driver_id, coalesce(s.times, '{}') as shift, coalesce(b.times, '{}') as ride
    from shifts s full join busy b using (driver_id)
  )
  select t.driver_id, seconds.*, coalesce(pay.delivery_count, 0) as delivery_count, coalesce(pay.earnings, '[]') as earnings
  from times t cross join lateral (
    select
      (select coalesce(round(sum(extract(epoch from upper(r) - lower(r)))), 0)::integer from unnest(t.shift + t.ride) r)
        as on_duty_seconds,
      (select coalesce(round(sum(extract(epoch from upper(r) - lower(r)))), 0)::integer from unnest(t.ride) r)
        as active_seconds,
      (select coalesce(round(sum(extract(epoch from upper(r) - lower(r)))), 0)::integer from unnest(t.shift - t.ride) r)
        as idle_seconds
  ) seconds left join lateral (
    select sum(count)::integer as delivery_count,
      json_agg(json_build_object('currency', currency, 'cents', cents) order by currency) as earnings
    from earned e where e.driver_id = t.driver_id
  ) pay on true`

/** Of his time on duty, the part without an order; 0 for who was not on duty. */
export const idleShareOf = ({ onDutySeconds, idleSeconds }: DriverActivity): number =>
  onDutySeconds === 0 ? 0 : idleSeconds / onDutySeconds

/** Pay for an hour of `seconds`, rounded half up; null where there was no time to earn it in. */
export const hourlyCents = (cents: number, seconds: number): number | null =>
  seconds === 0 ? null : Math.round((cents * 3_600) / seconds)
