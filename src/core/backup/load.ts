/** The contents of a backup's file into an empty database. */
import { programConnection } from '#core/backup/connection'
import { BackupError, messageOf } from '#core/backup/fault'
import type { Manifest } from '#core/backup/manifest'
import type { PostgresTools } from '#core/backup/programs'
import { inBytes } from '#core/backup/progress'
import { assertEndMarker, inspect, lastLinesOf, openDump } from '#core/backup/streams'

export type LoadOrder = {
  file: string
  manifest: Manifest
  identities: readonly string[]
  tools: PostgresTools
  /** Of the empty database. */
  url: string
  onProgress: (progress: string) => void
  signal: AbortSignal
}

const SHOW_EVERY_MS = 200

/** Throws BackupError; the database is then to be dropped, whatever is in it. */
export const load = async ({ file, manifest, identities, tools, url, onProgress, signal }: LoadOrder) => {
  const { dumpFormat, dumpBytes } = manifest
  const dump = inspect(await openDump(file, { dumpFormat, isEncrypted: manifest.encryption !== null, identities }))
  const { dbname, env } = programConnection(url)
  const command =
    dumpFormat === 'sql'
      ? [tools.psql, '--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1', '--single-transaction', '--output=/dev/null']
      : [tools.pgRestore, '--exit-on-error', '--single-transaction']
  const child = Bun.spawn([...command, `--dbname=${dbname}`, '--no-password'], {
    ...{ env, signal, stdin: dump.stream, stdout: 'ignore', stderr: 'pipe' },
  })
  const timer = setInterval(() => onProgress(`${inBytes(dump.bytes())} of ${inBytes(dumpBytes)} read`), SHOW_EVERY_MS)
  try {
    const said = await lastLinesOf(child.stderr as ReadableStream<Uint8Array>)
    const code = await child.exited
    signal.throwIfAborted()
    if (code !== 0) throw new BackupError(`Loading the backup failed (${child.signalCode ?? code}): ${said}`)
  } catch (error) {
    throw error instanceof BackupError || signal.aborted
      ? error
      : new BackupError(`Loading the backup failed: ${messageOf(error)}`)
  } finally {
    clearInterval(timer)
  }
  if (dumpFormat === 'custom') return
  if (dump.bytes() !== dumpBytes) {
    throw new BackupError(
      `${file} gave ${dump.bytes()} bytes, pg_dump wrote ${dumpBytes}: it cannot be read to its end.`,
    )
  }
  assertEndMarker(dump.tail(), file)
}
