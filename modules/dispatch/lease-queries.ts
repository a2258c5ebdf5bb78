import { config } from '#core/config'
import type { Sql } from '#core/database'
import type { HeldZone, Replica } from './zone-shares.ts'

const DEAD_KEPT_SECONDS = 60

/** So long a zone stays with a process that no longer says that it lives. */
const leaseEnd = (sql: Sql) => sql`now() + ${config().DISPATCH_LEASE_MS} * interval '1 millisecond'`

/** An end that lies too far ahead was written before the database's clock was put back: nobody may wait for it. */
const soon = (sql: Sql) => sql`now() and now() + ${2 * config().DISPATCH_LEASE_MS} * interval '1 millisecond'`

export type LeaseRow = { zoneId: string; token: number }

/** Says that this process lives, and keeps its zones: also one that ran out, as long as nobody else has taken it. */
export const renewLeases = (sql: Sql, { name, zones }: Replica) => sql<LeaseRow[]>`
  with alive as (
    insert into dispatch_replicas (name, zones, seen_until) values (${name}, ${zones as string[]}::text[], ${leaseEnd(sql)})
    on conflict (name) do update set zones = excluded.zones, seen_until = excluded.seen_until
  )
  update zone_leases set expires_at = ${leaseEnd(sql)} where holder = ${name} returning zone_id, token`

/** Every zone with its living holder. */
export const findHeldZones = (sql: Sql) => sql<HeldZone[]>`
  select z.id as zone_id, z.slug, case when l.expires_at between ${soon(sql)} then l.holder end as holder
  from zones z left join zone_leases l on l.zone_id = z.id order by z.id`

export const findReplicas = (sql: Sql) => sql<Replica[]>`
  select name, zones from dispatch_replicas where seen_until between ${soon(sql)} order by name`

/** Those of these zones that are free. Waits for nobody: what an earlier holder still writes comes to its end first. */
export const claimLeases = async (sql: Sql, name: string, zoneIds: readonly string[]) => {
  const ids = zoneIds as string[]
  await sql`insert into zone_leases (zone_id) select id from zones where id = any(${ids}::uuid[]) on conflict do nothing`
  return sql<LeaseRow[]>`
    with free as materialized (
      select zone_id from zone_leases where zone_id = any(${ids}::uuid[]) 
        and (holder is null or expires_at not between ${soon(sql)})
      for update skip locked
    ), forgotten as (
      delete from dispatch_replicas where seen_until < now() - ${DEAD_KEPT_SECONDS} * interval '1 second'
    )
    update zone_leases l set holder = ${name}, token = l.token + 1, expires_at = ${leaseEnd(sql)}
    from free where l.zone_id = free.zone_id returning l.zone_id, l.token`
}

/** What transactions of rounds are called in pg_stat_activity. */
export const ROUND_NAME = 'ridendine round'

/**
 * Ends transactions of rounds that are older than two leases: a zone that is free cannot be had, so its last holder sleeps in the
 * middle of a statement, where no timeout of Postgres 16 and before reaches it. Nothing of it is written. Later versions have done so.
 */
export const endSleepers = (sql: Sql) => sql`
  select pg_terminate_backend(pid) from pg_stat_activity
  where datname = current_database() and usename = current_user and application_name = ${ROUND_NAME}
    and xact_start < now() - ${2 * config().DISPATCH_LEASE_MS} * interval '1 millisecond'`

/** The token goes up here too: what the holder may still be at is refused. */
export const releaseLeases = (sql: Sql, name: string, zoneIds: readonly string[]) => sql`
  update zone_leases set holder = null, token = token + 1, expires_at = now()
  where holder = ${name} and zone_id = any(${zoneIds as string[]}::uuid[])`

export const leave = (sql: Sql, name: string) => sql`
  with gone as (delete from dispatch_replicas where name = ${name})
  update zone_leases set holder = null, token = token + 1, expires_at = now() where holder = ${name}`
