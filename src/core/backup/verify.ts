/** `bun run db:verify [FILE]`: a backup is good when it was restored. */
import { basename } from 'node:path'
import { checkFiles } from '#core/backup/check'
import { databaseOf, urlOfDatabase, withConnection } from '#core/backup/connection'
import { BackupError } from '#core/backup/fault'
import { listBackups } from '#core/backup/files'
import { brokenInvariants } from '#core/backup/invariants'
import { load } from '#core/backup/load'
import { assertKnownSchema, migrationsAfter } from '#core/backup/manifest'
import { findTools } from '#core/backup/programs'
import { inSeconds, progressOn, type Terminal } from '#core/backup/progress'
import { recorded } from '#core/backup/runs'
import * as scratch from '#core/backup/scratch'
import type { BackupSettings } from '#core/backup/settings'
import { compareTables } from '#core/backup/tables'
import { clock } from '#core/clock'

export type VerifyOrder = {
  settings: BackupSettings
  file: string
  identities: readonly string[]
  say: (line: string) => void
  terminal: Terminal
  signal: AbortSignal
}

/** Throws BackupError when a folder has none. */
export const newestIn = (dir: string): string => {
  const [newest] = listBackups(dir)
  if (!newest) throw new BackupError(`There is no whole backup in ${dir}.`)
  return newest.path
}

/** Throws BackupError naming everything that is not as it should be. The scratch database is dropped in any case. */
export const verify = (order: VerifyOrder) =>
  recorded(order.settings.DATABASE_URL, 'verify', order.say, () => verifyFile(order))

const verifyFile = async (order: VerifyOrder) => {
  const { settings, file, say, terminal, signal } = order
  const startedMs = performance.now()
  const manifest = await checkFiles(file)
  assertKnownSchema(manifest)
  if (manifest.encryption && order.identities.length === 0) {
    throw new BackupError(`${file} is encrypted: give --identity FILE, or set BACKUP_IDENTITY.`)
  }
  const url = settings.BACKUP_VERIFY_URL ?? settings.DATABASE_URL
  const database = databaseOf(url)
  const progress = progressOn(terminal)
  const faults = await scratch.aloneOnServer(url, database, 'verifying', async (admin) => {
    const tools = findTools(await scratch.assertServerFits(admin, manifest), settings.PG_DUMP)
    const name = scratch.scratchName(database, 'verifying', clock.now())
    try {
      await scratch.createScratch(admin, name, database, manifest)
      const target = urlOfDatabase(url, name)
      await load({ ...order, manifest, tools, url: target, onProgress: (said) => progress.show(() => said) })
      signal.throwIfAborted()
      return await withConnection(target, async (sql) => {
        const differences = await compareTables(sql, manifest.tables, { countsOnly: false })
        // The rules are about the newest schema: an older one may lack a table that they speak of.
        const broken = migrationsAfter(manifest).length === 0 ? await brokenInvariants(sql) : []
        return [
          ...differences.map(({ table, message }) => `${table} ${message}`),
          ...broken.map((one) => `broken: ${one.invariant} (${one.count}, such as ${one.example})`),
        ]
      })
    } finally {
      progress.clear()
      await scratch.leaveScratch(admin, name, say)
    }
  })
  if (faults.length > 0)
    throw new BackupError(`${file} was restored, and is not as it should be:\n${faults.join('\n')}`)
  const rowCount = manifest.tables.reduce((sum, table) => sum + table.rowCount, 0)
  say(
    `${file}: restored, ${rowCount} rows in ${manifest.tables.length} tables as they were backed up on ${manifest.snapshotAt}, ` +
      `all rules hold, ${inSeconds((performance.now() - startedMs) / 1000)}`,
  )
  return { file: basename(file), sizeBytes: manifest.sizeBytes }
}
