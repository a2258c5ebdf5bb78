/** `bun run db:restore FILE`: into a new database first, in the place of the old one last. */
import { checkFiles } from '#core/backup/check'
import { urlOfDatabase, withConnection } from '#core/backup/connection'
import { BackupError } from '#core/backup/fault'
import { load } from '#core/backup/load'
import { assertKnownSchema, type KnownMigration, type Manifest, migrationsAfter } from '#core/backup/manifest'
import { findTools } from '#core/backup/programs'
import { inBytes, inSeconds, progressOn, type Terminal } from '#core/backup/progress'
import * as scratch from '#core/backup/scratch'
import type { BackupSettings } from '#core/backup/settings'
import { swapDatabases } from '#core/backup/swap'
import { compareTables } from '#core/backup/tables'
import { clock } from '#core/clock'

export type RestoreOrder = {
  settings: BackupSettings
  file: string
  /** The database whose place it takes. */
  into: string
  identities: readonly string[]
  /** Asked before a database that is there is replaced; says whether to go on. */
  confirm: (what: string) => Promise<boolean>
  say: (line: string) => void
  terminal: Terminal
  signal: AbortSignal
  /** For tests. */
  knownMigrations?: readonly KnownMigration[]
}

export type RestoreResult = { kept: string | undefined; durationSeconds: number }

/** Throws BackupError; the database that was there is then as it was, and nobody was disconnected from it. */
export const restore = async (order: RestoreOrder): Promise<RestoreResult> => {
  const { settings, file, into, say, confirm, terminal, signal } = order
  const startedMs = performance.now()
  const manifest = await checkFiles(file)
  assertKnownSchema(manifest, order.knownMigrations)
  if (manifest.encryption && order.identities.length === 0) {
    throw new BackupError(`${file} is encrypted: give --identity FILE, or set BACKUP_IDENTITY.`)
  }
  const url = settings.DATABASE_URL
  return await scratch.aloneOnServer(url, into, 'restoring', async (admin) => {
    const server = await scratch.assertServerFits(admin, manifest)
    const tools = findTools(server, settings.PG_DUMP)
    const [there] = await admin`select pg_database_size(oid) as size from pg_database where datname = ${into}`
    say(describe(manifest, file))
    if (there && !(await confirm(`${into} (${inBytes(there.size)}) will be replaced by it.`))) {
      throw new BackupError('Not confirmed: nothing was done.')
    }
    const restored = scratch.scratchName(into, 'restoring', clock.now())
    const kept = there ? scratch.scratchName(into, 'before_restore', clock.now()) : undefined
    const progress = progressOn(terminal)
    try {
      await scratch.createScratch(admin, restored, into, manifest)
      const target = urlOfDatabase(url, restored)
      await load({ ...order, manifest, tools, url: target, onProgress: (said) => progress.show(() => said) })
      progress.clear()
      await withConnection(target, async (sql) => {
        await assertRestored(sql, manifest)
        await sql`analyze`
      })
      signal.throwIfAborted()
      if (kept) await swapDatabases(admin, url, { restored, database: into, kept })
      else await scratch.giveName(admin, restored, into)
    } finally {
      progress.clear()
      // Gone already where it was renamed.
      await scratch.leaveScratch(admin, restored, say)
    }
    const durationSeconds = (performance.now() - startedMs) / 1000
    say(
      `Restored ${into} as of ${manifest.snapshotAt} in ${inSeconds(durationSeconds)}; every table has the rows it was backed up with.`,
    )
    if (kept) say(`The database of before is kept as ${kept}. When nobody misses it: drop database "${kept}";`)
    const missing = migrationsAfter(manifest, order.knownMigrations)
    if (missing.length > 0) say(`It is from before ${missing.join(', ')}: bun run db:migrate, or start the server.`)
    return { kept, durationSeconds }
  })
}

const describe = ({ snapshotAt, versions, tables, encryption }: Manifest, file: string) => {
  const rowCount = tables.reduce((sum, table) => sum + table.rowCount, 0)
  return (
    `${file}: whole; of ${snapshotAt}, RideNDine ${versions.ridendine} on Postgres ${versions.server}, ` +
    `${rowCount} rows in ${tables.length} tables${encryption ? ', encrypted' : ''}`
  )
}

const assertRestored = async (sql: Parameters<typeof compareTables>[0], { tables }: Manifest) => {
  const differences = await compareTables(sql, tables, { countsOnly: true })
  if (differences.length === 0) return
  const said = differences.map(({ table, message }) => `${table} ${message}`).join('; ')
  throw new BackupError(`What was restored is not what was backed up: ${said}. Nothing was replaced.`)
}
