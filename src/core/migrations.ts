import type postgres from 'postgres'
import { connect } from '#core/database'
import { log } from '#core/log'
import foundation from '#sql/migrations/0001-foundation.sql' with { type: 'text' }
import identity from '#sql/migrations/0002-identity.sql' with { type: 'text' }
import kitchens from '#sql/migrations/0003-kitchens.sql' with { type: 'text' }
import orders from '#sql/migrations/0004-orders.sql' with { type: 'text' }
import dispatch from '#sql/migrations/0005-dispatch.sql' with { type: 'text' }
import batchedOrders from '#sql/migrations/0006-batched-orders.sql' with { type: 'text' }
import webhooks from '#sql/migrations/0007-webhooks.sql' with { type: 'text' }
import jobs from '#sql/migrations/0008-jobs.sql' with { type: 'text' }
import backupRuns from '#sql/migrations/0009-backup-runs.sql' with { type: 'text' }
import orderTravel from '#sql/migrations/0010-order-travel.sql' with { type: 'text' }
import roadSpeeds from '#sql/migrations/0011-road-speeds.sql' with { type: 'text' }
import zoneLeases from '#sql/migrations/0012-zone-leases.sql' with { type: 'text' }
import bundles from '#sql/migrations/0013-bundles.sql' with { type: 'text' }
import estimates from '#sql/migrations/0014-estimates.sql' with { type: 'text' }
import driverPlans from '#sql/migrations/0015-driver-plans.sql' with { type: 'text' }
import lateKitchens from '#sql/migrations/0016-late-kitchens.sql' with { type: 'text' }

/** One whose SQL has a line that begins with `-- breaking:` leaves nothing standing that older software could run on. */
export type Migration = { name: string; sql: string }

/** In the order they are applied. Imported as text, so that they are inside the compiled executable. */
export const MIGRATIONS: readonly Migration[] = [
  { name: '0001-foundation', sql: foundation },
  { name: '0002-identity', sql: identity },
  { name: '0003-kitchens', sql: kitchens },
  { name: '0004-orders', sql: orders },
  { name: '0005-dispatch', sql: dispatch },
  { name: '0006-batched-orders', sql: batchedOrders },
  { name: '0007-webhooks', sql: webhooks },
  { name: '0008-jobs', sql: jobs },
  { name: '0009-backup-runs', sql: backupRuns },
  { name: '0010-order-travel', sql: orderTravel },
  { name: '0011-road-speeds', sql: roadSpeeds },
  { name: '0012-zone-leases', sql: zoneLeases },
  { name: '0013-bundles', sql: bundles },
  { name: '0014-estimates', sql: estimates },
  { name: '0015-driver-plans', sql: driverPlans },
  { name: '0016-late-kitchens', sql: lateKitchens },
]

/** The database cannot be brought to this version; nothing was changed. */
export class MigrationError extends Error {}

// Any constant that nothing else locks.
const MIGRATION_LOCK = 7_061_001
const STATEMENT_TIMEOUT_MS = 10 * 60_000
/** How long to wait for another replica that migrates. */
const LOCK_TIMEOUT_MS = 60_000
/** How long a migration may wait for a table: half of what a request may (DATABASE_LOCK_TIMEOUT_MS). */
const TABLE_LOCK_TIMEOUT_MS = 1_000
const LOCK_NOT_AVAILABLE = '55P03'
const ATTEMPTS_MAX = 60
const ATTEMPT_PAUSE_MS = 1_000

/**
 * Applies what is missing, each migration in its own transaction under one advisory lock, so that replicas that start
 * together wait for each other. Returns the names applied. A database that is ahead of this software is left as it is:
 * while a newer version rolls out, pods of this one start again and must come up. Throws MigrationError when an applied
 * migration was edited, or the database is ahead in a way that this software cannot run on.
 */
export const migrate = async (url: string, migrations: readonly Migration[] = MIGRATIONS): Promise<string[]> => {
  const sql = connect({ url, poolMax: 1, statementTimeoutMs: STATEMENT_TIMEOUT_MS, lockTimeoutMs: LOCK_TIMEOUT_MS })
  try {
    await sql`select pg_advisory_lock(${MIGRATION_LOCK})`
    await makeTable(sql)
    const missing = missingFrom(await appliedTo(sql), migrations)
    for (const migration of missing) await applyPatiently(sql, migration)
    return missing.map(({ name }) => name)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

/** What `migrate` would apply, without applying it. Throws MigrationError as it does. */
export const missingMigrations = async (
  url: string,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<string[]> => {
  const sql = connect({ url, poolMax: 1, statementTimeoutMs: LOCK_TIMEOUT_MS, lockTimeoutMs: LOCK_TIMEOUT_MS })
  try {
    return missingFrom(await appliedTo(sql), migrations).map(({ name }) => name)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

type Sql = ReturnType<typeof connect>
type Applied = { name: string; checksum: string; isBreaking: boolean }

const tableExists = async (sql: Sql) => {
  const [found] = await sql<{ exists: boolean }[]>`select to_regclass('schema_migrations') is not null as exists`
  return found!.exists
}

/** Looks first: each `alter table` waits for whoever reads the table, a running backup among them. */
const makeTable = async (sql: Sql) => {
  if (!(await tableExists(sql))) {
    await sql`
      create table schema_migrations (
        name text primary key, checksum text not null, applied_at timestamptz not null default now(),
        is_breaking boolean not null default false)`
  }
  const columns = await sql`
    select from pg_attribute
    where attrelid = 'schema_migrations'::regclass and attname = 'is_breaking' and not attisdropped`
  if (columns.length === 0) {
    await sql`alter table schema_migrations add column is_breaking boolean not null default false`
  }
}

/** Also of a table that was made before there was such a thing as a breaking migration. */
const appliedTo = async (sql: Sql): Promise<Applied[]> => {
  if (!(await tableExists(sql))) return []
  return sql<Applied[]>`
    select name, checksum, coalesce((to_jsonb(applied) ->> 'is_breaking')::boolean, false) as is_breaking
    from schema_migrations as applied`
}

/** Whatever waits behind a waiting migration waits too: so it waits for less than requests do, and tries again. */
const applyPatiently = async (sql: Sql, migration: Migration) => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await sql.begin((tx) => apply(tx, migration))
    } catch (error) {
      if ((error as { code?: string }).code !== LOCK_NOT_AVAILABLE || attempt === ATTEMPTS_MAX) throw error
      log.warn({ migration: migration.name, attempt }, 'a table is in use: the migration is tried again')
      await Bun.sleep(ATTEMPT_PAUSE_MS)
    }
  }
}

// biome-ignore lint/complexity/noBannedTypes: the driver's own type for "no custom types"
const apply = async (tx: postgres.TransactionSql<{}>, { name, sql }: Migration) => {
  await tx.unsafe(`set local lock_timeout = ${TABLE_LOCK_TIMEOUT_MS}`)
  await tx.unsafe(sql)
  await tx`
    insert into schema_migrations (name, checksum, is_breaking)
    values (${name}, ${checksum(sql)}, ${isBreaking(sql)})`
}

/** Those of `migrations` that are not applied yet, in their order. */
const missingFrom = (applied: readonly Applied[], migrations: readonly Migration[]): Migration[] => {
  const known = new Map(migrations.map(({ name, sql }) => [name, checksum(sql)]))
  for (const { name, checksum: then } of applied) {
    if (known.has(name) && known.get(name) !== then) {
      throw new MigrationError(
        `Migration ${name} was changed after it was applied. Undo the change and add a new migration.`,
      )
    }
  }
  const names = new Set(applied.map(({ name }) => name))
  const missing = migrations.filter(({ name }) => !names.has(name))
  const ahead = applied.filter(({ name }) => !known.has(name))
  if (ahead.length > 0) assertRunsOn(ahead, migrations.at(-1)?.name ?? '', missing)
  return missing
}

/**
 * A migration takes nothing away that the version before it needs (docs/decisions/010-a-database-that-is-ahead.md), so a
 * database that is ahead still serves this software; unless the migration says that it breaks, or the two come from
 * different lines of development.
 */
const assertRunsOn = (ahead: readonly Applied[], ownLast: string, missing: readonly Migration[]) => {
  const breaking = ahead.find(({ isBreaking }) => isBreaking)
  if (breaking) {
    throw new MigrationError(
      `The database has migration ${breaking.name}, on which this version cannot run: run a newer version.`,
    )
  }
  const strange = ahead.find(({ name }) => name <= ownLast)
  if (strange || missing.length > 0) {
    throw new MigrationError(
      `The database has migration ${(strange ?? ahead[0]!).name}, which this version does not know, though it has others of its own: run a newer version.`,
    )
  }
  log.warn({ ahead: ahead.map(({ name }) => name) }, 'the database is ahead of this version')
}

const isBreaking = (sql: string) => /^-- breaking:/m.test(sql)

export const checksum = (sql: string): string => new Bun.CryptoHasher('sha256').update(sql).digest('hex')
