/** The database that is backed up: one snapshot of it, held open for as long as it is dumped and counted. */
import { withConnection } from '#core/backup/connection'
import { BackupError } from '#core/backup/fault'
import type { Manifest } from '#core/backup/manifest'
import type { Sql, Tx } from '#core/database'
import { errorCode } from '#core/database'

// Any constant that nothing else locks.
const BACKUP_LOCK = 7_061_003

const DATABASE_FAULTS: Record<string, string> = {
  '28P01': 'the password is wrong',
  '28000': 'this role may not connect',
  '3D000': 'there is no such database',
  ECONNREFUSED: 'nothing listens there',
  CONNECT_TIMEOUT: 'it does not answer',
  ENOTFOUND: 'there is no such host',
}

/**
 * Runs while this is the only backup of the database. The lock is a transaction's, so that it also holds behind a pooler;
 * that transaction has no snapshot and keeps vacuum from nothing. Throws BackupError when there is another.
 */
export const alone = <T>(url: string, run: (tx: Tx) => Promise<T>): Promise<T> =>
  withConnection(url, async (sql) => {
    await sql`select 1`.catch((error: unknown) => {
      const fault = DATABASE_FAULTS[errorCode(error) ?? ''] ?? (error as Error).message
      throw new BackupError(`The database at DATABASE_URL cannot be reached: ${fault}.`)
    })
    return (await sql.begin(async (tx) => {
      await tx`set local idle_in_transaction_session_timeout = 0`
      const [lock] = await tx`select pg_try_advisory_xact_lock(${BACKUP_LOCK}) as held`
      if (!lock!.held) throw new BackupError('Another backup of this database is running: wait for it to end.')
      return await run(tx)
    })) as T
  })

/** Runs with a snapshot that others may read too; `name` is what pg_dump takes. */
export const withSnapshot = <T>(url: string, run: (tx: Tx, name: string, at: string) => Promise<T>): Promise<T> =>
  withConnection(url, async (sql) => {
    return (await sql.begin(async (tx) => {
      await tx`set transaction isolation level repeatable read, read only`
      await tx`set local idle_in_transaction_session_timeout = 0`
      const [row] = await tx<
        { name: string; at: string }[]
      >`select pg_export_snapshot() as name, clock_timestamp() as at`
      return await run(tx, row!.name, row!.at)
    })) as T
  })

export const serverVersion = async (sql: Sql): Promise<string> => {
  const [row] = await sql<
    { version: string }[]
  >`select split_part(current_setting('server_version'), ' ', 1) as version`
  return row!.version
}

type Described = Pick<Manifest, 'database' | 'roles' | 'migrations'>

export const describe = async (sql: Sql): Promise<Described> => {
  const [database] = await sql<Described['database'][]>`
    select datname as name, pg_encoding_to_char(encoding) as encoding, pg_database_size(oid) as size_bytes
    from pg_database where datname = current_database()`
  const roles = await sql<{ role: string }[]>`
    with ours as (
      select c.relowner as owner, c.relacl as acl from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
      union all select p.proowner, p.proacl from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
      union all select nspowner, nspacl from pg_namespace where nspname not like 'pg\\_%' and nspname <> 'information_schema'
    ), ids as (select owner as id from ours union select (aclexplode(acl)).grantee from ours)
    select rolname as role from ids join pg_roles r on r.oid = ids.id where rolname not like 'pg\\_%' order by 1`
  const [known] = await sql`select to_regclass('public.schema_migrations') is not null as there`
  const migrations = known!.there
    ? await sql<{ name: string; checksum: string }[]>`select name, checksum from schema_migrations order by name`
    : []
  return { database: database!, roles: roles.map(({ role }) => role), migrations: [...migrations] }
}
