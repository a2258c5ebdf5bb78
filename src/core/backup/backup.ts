/** `bun run db:backup`: a dump of one snapshot, with what is needed to know later that it is whole. */
import { existsSync, mkdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { encryptionFor } from '#core/backup/age'
import { checkDump } from '#core/backup/check'
import { databaseOf } from '#core/backup/connection'
import { type Written, writeDump } from '#core/backup/dump'
import { BackupError } from '#core/backup/fault'
import * as files from '#core/backup/files'
import { MANIFEST_FORMAT, type Manifest, manifestPath } from '#core/backup/manifest'
import { upload } from '#core/backup/off-site'
import { findTools } from '#core/backup/programs'
import { inBytes, inSeconds, progressOn, type Terminal } from '#core/backup/progress'
import { recorded } from '#core/backup/runs'
import type { BackupSettings } from '#core/backup/settings'
import * as source from '#core/backup/source'
import { sha256Of } from '#core/backup/streams'
import { LEFT_OUT, readTables } from '#core/backup/tables'
import { clock } from '#core/clock'
import { VERSION } from '#core/version'

export type BackupOrder = {
  settings: BackupSettings
  format: files.DumpFormat
  dir: string
  keepCount?: number | undefined
  keepDays?: number | undefined
  recipients: readonly string[]
  s3Url?: string | undefined
  say: (line: string) => void
  terminal: Terminal
  signal: AbortSignal
}

export type BackupResult = { file: string; sizeBytes: number; manifest: Manifest; removed: string[] }

/** Throws BackupError; then nothing in the folder looks like a backup that was not there before. */
export const backUp = (order: BackupOrder): Promise<BackupResult> =>
  recorded(order.settings.DATABASE_URL, 'backup', order.say, () =>
    source.alone(order.settings.DATABASE_URL, async () => {
      const made = await makeBackup(order)
      if (order.s3Url) await copyOffSite(order, made.file, order.s3Url)
      const { keepCount, keepDays } = order
      const surplus = files.expired(files.listBackups(order.dir), { keepCount, keepDays, now: clock.now() })
      for (const { path } of surplus) files.removeBackup(path)
      return { ...made, removed: surplus.map(({ name }) => name) }
    }),
  )

const makeBackup = async ({ settings, format, dir, recipients, say, terminal, signal }: BackupOrder) => {
  const startedMs = performance.now()
  const url = settings.DATABASE_URL
  const encryption = await encryptionFor(recipients)
  makeFolder(dir)
  // Whoever else writes into this folder may be backing up another database.
  const owner = ownerOf(url)
  files.removePartials(dir, owner)
  const file = await freeName(dir, format, encryption !== undefined)
  const partial = join(dir, files.partialName(basename(file), owner))
  const progress = progressOn(terminal)
  try {
    const { tools, server, described, tables, written, snapshotAt } = await source.withSnapshot(
      url,
      async (tx, snapshot, snapshotAt) => {
        const server = await source.serverVersion(tx)
        const tools = findTools(server, settings.PG_DUMP)
        say(`Backing up ${databaseOf(url)} (Postgres ${server}) with pg_dump ${tools.version} to ${file}`)
        const described = await source.describe(tx)
        const stop = new AbortController()
        const dumping = writeDump({
          ...{ tools, url, snapshot, format, encryption, path: partial },
          signal: AbortSignal.any([signal, stop.signal]),
          onProgress: ({ dumpBytes, sizeBytes }) =>
            progress.show(() => `${inBytes(dumpBytes)} dumped, ${inBytes(sizeBytes)} written`),
        })
        const counting = readTables(tx).catch((error) => {
          stop.abort(error)
          throw error
        })
        // Both are waited for: the snapshot must outlive pg_dump, and the file is removed after nobody writes to it.
        const [dumped, counted] = await Promise.allSettled([dumping, counting])
        if (counted.status === 'rejected') throw counted.reason
        if (dumped.status === 'rejected') throw dumped.reason
        return { tools, server, described, tables: counted.value, written: dumped.value, snapshotAt }
      },
    )
    progress.show(() => 'checking what was written')
    await checkWritten(partial, format, written, tools, encryption?.checkIdentity)
    signal.throwIfAborted()
    const manifest: Manifest = {
      format: MANIFEST_FORMAT,
      file: basename(file),
      dumpFormat: format,
      ...written,
      encryption: encryption ? { scheme: 'age', recipients: encryption.recipients } : null,
      snapshotAt,
      finishedAt: clock.now().toISOString(),
      durationSeconds: Math.round(performance.now() - startedMs) / 1000,
      versions: { ridendine: VERSION, server, pgDump: tools.version, bun: Bun.version },
      ...described,
      tables,
      leftOut: LEFT_OUT,
    }
    await publishBackup(file, partial, manifest)
    progress.clear()
    const rowCount = tables.reduce((sum, table) => sum + table.rowCount, 0)
    say(
      `${file}: ${inBytes(written.sizeBytes)} (${inBytes(written.dumpBytes)} of SQL or archive), ` +
        `${rowCount} rows in ${tables.length} tables, checked, ${inSeconds(manifest.durationSeconds)}`,
    )
    return { file, sizeBytes: written.sizeBytes, manifest }
  } finally {
    progress.clear()
    files.removePartials(dir, owner)
  }
}

const makeFolder = (dir: string) => {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new BackupError(`The folder ${dir} cannot be made: ${(error as Error).message}.`)
  }
}

const ownerOf = (url: string) => {
  const { host, pathname } = new URL(url)
  return new Bun.CryptoHasher('sha256').update(`${host}${pathname}`).digest('hex').slice(0, 8)
}

const SECOND_MS = 1_000

/** Names are of whole seconds: a second backup in the same one waits for the next. */
const freeName = async (dir: string, format: files.DumpFormat, isEncrypted: boolean): Promise<string> => {
  for (;;) {
    const now = clock.now()
    const path = join(dir, files.backupName(now, format, isEncrypted))
    if (!files.filesOf(path).some(existsSync)) return path
    await Bun.sleep(SECOND_MS - now.getMilliseconds())
  }
}

/** What is on the disk, not what was meant to be. */
const checkWritten = async (
  path: string,
  format: files.DumpFormat,
  written: Written,
  tools: Parameters<typeof checkDump>[3],
  identity?: string,
) => {
  const onDisk = await sha256Of(path)
  if (onDisk.sha256 !== written.sha256)
    throw new BackupError(`${path} reads back other than it was written: the disk is not to be trusted.`)
  await checkDump(path, format, written.dumpBytes, tools, identity)
}

/** The backup itself gets its name last: where it is, its manifest and checksum are. */
const publishBackup = async (file: string, partial: string, manifest: Manifest) => {
  const [manifestPart, sumsPart] = ['manifest', 'sums'].map((part) =>
    join(dirname(partial), `.${part}${basename(partial)}`),
  )
  files.writeDurably(manifestPart!, `${JSON.stringify(manifest, null, 2)}\n`)
  const sums = [
    { name: basename(file), sha256: manifest.sha256 },
    { name: basename(manifestPath(file)), sha256: (await sha256Of(manifestPart!)).sha256 },
  ]
  files.writeDurably(sumsPart!, files.checksumText(sums))
  files.publish([
    { from: manifestPart!, to: manifestPath(file) },
    { from: sumsPart!, to: files.checksumPath(file) },
    { from: partial, to: file },
  ])
}

const copyOffSite = async ({ settings, say, terminal }: BackupOrder, file: string, s3Url: string) => {
  const progress = progressOn(terminal)
  try {
    await upload(file, s3Url, settings, (bytes) => progress.show(() => `${inBytes(bytes)} uploaded`))
  } finally {
    progress.clear()
  }
  say(`Copied to ${s3Url}`)
}
