/** Whether the file of a backup is whole, before anybody trusts it. */
import { basename } from 'node:path'
import { BackupError } from '#core/backup/fault'
import { readChecksums } from '#core/backup/files'
import { type Manifest, manifestPath, readManifest } from '#core/backup/manifest'
import type { PostgresTools } from '#core/backup/programs'
import { assertEndMarker, lastLinesOf, openDump, readThrough, sha256Of } from '#core/backup/streams'

/** The manifest of a backup whose file and manifest are as they were written. Throws BackupError. */
export const checkFiles = async (file: string): Promise<Manifest> => {
  if (!(await Bun.file(file).exists())) throw new BackupError(`There is no file ${file}.`)
  const manifest = readManifest(file)
  const sums = readChecksums(file)
  const described = await sha256Of(manifestPath(file))
  if (sums.get(basename(manifestPath(file))) !== described.sha256) {
    throw new BackupError(`${manifestPath(file)} was changed after it was written: its checksum is another.`)
  }
  const { sha256, sizeBytes } = await sha256Of(file)
  if (sizeBytes !== manifest.sizeBytes) {
    throw new BackupError(
      `${file} has ${sizeBytes} bytes, its manifest says ${manifest.sizeBytes}: it was cut off or is another file.`,
    )
  }
  if (sha256 !== manifest.sha256 || sums.get(basename(file)) !== sha256) {
    throw new BackupError(`${file} is damaged: its SHA-256 checksum is not the one it was written with.`)
  }
  return manifest
}

/** Reads a dump to its end: unpacks it, and lets pg_restore read it through if it is of its format. Throws BackupError. */
export const checkDump = async (
  file: string,
  dumpFormat: Manifest['dumpFormat'],
  dumpBytes: number,
  tools: PostgresTools,
  identity?: string,
) => {
  const dump = await openDump(file, {
    dumpFormat,
    isEncrypted: identity !== undefined,
    identities: identity ? [identity] : [],
  })
  if (dumpFormat === 'custom') return await checkArchive(dump, tools)
  const { bytes, tail } = await readThrough(dump)
  if (bytes !== dumpBytes) throw new BackupError(`${file} unpacks to ${bytes} bytes, pg_dump wrote ${dumpBytes}.`)
  assertEndMarker(tail, file)
}

/** More than its list of contents: turned into SQL, every block of data is unpacked too. */
const checkArchive = async (dump: ReadableStream<Uint8Array>, tools: PostgresTools) => {
  const child = Bun.spawn([tools.pgRestore, '--file=/dev/null'], { stdin: dump, stdout: 'ignore', stderr: 'pipe' })
  const said = await lastLinesOf(child.stderr)
  if ((await child.exited) !== 0) throw new BackupError(`pg_restore cannot read what was written: ${said}`)
}
