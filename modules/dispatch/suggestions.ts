import { database } from '#core/database'
import { counter } from '#core/metrics'
import type { Move } from './engine/problem.ts'
import { type Fence, fenced } from './leases.ts'

/**
 * Where idle drivers had better wait. Only advice: it is told to the driver alone (event `driver.wait_suggested`, his profile), binds
 * nobody, and ends by itself, or as soon as he has something to do.
 */

const SUGGESTED_SECONDS = 600

const suggested = counter('dispatch_suggestions_total', 'Idle drivers who were told where they had better wait')

/** In one statement: not to who has heard so just now or has something to do, and not two to one kitchen. */
export const suggestWaiting = async (moves: readonly Move[], fence: Fence, now: Date): Promise<number> => {
  if (moves.length === 0) return 0
  const { sql } = database
  const rows = moves.map(({ driverId, kitchen, why }) => ({ driver_id: driverId, chef_id: kitchen, reason: why }))
  const [row] = await sql<{ count: number }[]>`
    with written as (
      insert into driver_suggestions (driver_id, zone_id, chef_id, reason, created_at, expires_at)
      select distinct on (m.chef_id) v.id, ${fence.zoneId}::uuid, m.chef_id, m.reason, ${now}::timestamptz,
        ${now}::timestamptz + ${SUGGESTED_SECONDS} * interval '1 second'
      from jsonb_to_recordset(${sql.json(rows as never)}::jsonb) as m (driver_id uuid, chef_id uuid, reason text)
        join drivers v on v.id = m.driver_id
      where ${fenced(sql, fence)} and v.is_available
        and not exists (select from driver_suggestions s where s.expires_at > ${now}
          and (s.driver_id = m.driver_id or s.zone_id = ${fence.zoneId} and s.chef_id = m.chef_id))
        and not exists (select from offers f where f.driver_id = v.id and f.status = 'open')
        and not exists (select from deliveries d where d.driver_id = v.id
          and d.status in ('assigned', 'at_pickup', 'picked_up', 'in_transit', 'at_dropoff'))
      order by m.chef_id, m.driver_id
      on conflict (driver_id) do update set zone_id = excluded.zone_id, chef_id = excluded.chef_id, reason = excluded.reason,
        created_at = excluded.created_at, expires_at = excluded.expires_at
      returning driver_id, expires_at
    ), told as (
      insert into events (topics, type, data, occurred_at)
      select array['driver:' || driver_id], 'driver.wait_suggested',
        jsonb_build_object('driverId', driver_id, 'expiresAt', to_char(expires_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')),
        ${now}
      from written
      returning 1
    )
    select count(*)::integer as count from told`
  suggested.inc(row!.count)
  return row!.count
}
