import type postgres from 'postgres'
import { connect } from '#core/database'
import foundation from '#sql/migrations/0001-foundation.sql' with { type: 'text' }
import identity from '#sql/migrations/0002-identity.sql' with { type: 'text' }
import kitchens from '#sql/migrations/0003-kitchens.sql' with { type: 'text' }
import orders from '#sql/migrations/0004-orders.sql' with { type: 'text' }
import dispatch from '#sql/migrations/0005-dispatch.sql' with { type: 'text' }
import batchedOrders from '#sql/migrations/0006-batched-orders.sql' with { type: 'text' }
import webhooks from '#sql/migrations/0007-webhooks.sql' with { type: 'text' }
import jobs from '#sql/migrations/0008-jobs.sql' with { type: 'text' }

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
]

/** The database cannot be brought to this version; nothing was changed. */
export class MigrationError extends Error {}

// Any constant that nothing else locks.
const MIGRATION_LOCK = 7_061_001
const STATEMENT_TIMEOUT_MS = 10 * 60_000
const LOCK_TIMEOUT_MS = 60_000

/**
 * Applies what is missing, each migration in its own transaction under one advisory lock, so that replicas that start
 * together wait for each other. Returns the names applied. Throws MigrationError when an applied migration was edited,
 * or the database is ahead of this software.
 */
export const migrate = async (url: string, migrations: readonly Migration[] = MIGRATIONS): Promise<string[]> => {
  const sql = connect({ url, poolMax: 1, statementTimeoutMs: STATEMENT_TIMEOUT_MS, lockTimeoutMs: LOCK_TIMEOUT_MS })
  try {
    await sql`select pg_advisory_lock(${MIGRATION_LOCK})`
    await sql`
      create table if not exists schema_migrations (
        name text primary key, checksum text not null, applied_at timestamptz not null default now())`
    const applied = await sql<{ name: string; checksum: string }[]>`select name, checksum from schema_migrations`
    assertKnown(applied, migrations)
    const names = new Set(applied.map(({ name }) => name))
    const missing = migrations.filter(({ name }) => !names.has(name))
    for (const migration of missing) await sql.begin((tx) => apply(tx, migration))
    return missing.map(({ name }) => name)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

// biome-ignore lint/complexity/noBannedTypes: the driver's own type for "no custom types"
const apply = async (tx: postgres.TransactionSql<{}>, { name, sql }: Migration) => {
  await tx.unsafe(sql)
  await tx`insert into schema_migrations (name, checksum) values (${name}, ${checksum(sql)})`
}

const assertKnown = (applied: readonly { name: string; checksum: string }[], migrations: readonly Migration[]) => {
  const known = new Map(migrations.map(({ name, sql }) => [name, checksum(sql)]))
  for (const { name, checksum: then } of applied) {
    if (!known.has(name)) {
      throw new MigrationError(
        `The database has migration ${name}, which this version does not know: run a newer version.`,
      )
    }
    if (known.get(name) !== then) {
      throw new MigrationError(
        `Migration ${name} was changed after it was applied. Undo the change and add a new migration.`,
      )
    }
  }
}

export const checksum = (sql: string): string => new Bun.CryptoHasher('sha256').update(sql).digest('hex')
