/** The files of a backup: names, what counts as a good one, and which may go. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { BackupError } from '#core/backup/fault'
import { manifestPath } from '#core/backup/manifest'

export type DumpFormat = 'sql' | 'custom'

const NAME = /^ridendine_(\d{4})(\d{2})(\d{2})_(\d{2})(\d{2})(\d{2})\.(sql\.gz|dump)(\.age)?$/
const PARTIAL = /^\.(manifest\.|sums\.)?ridendine_.*\.partial$/

/** `ridendine_YYYYMMDD_HHMMSS.sql.gz` (UTC); `.dump` for the custom format; `.age` behind it when encrypted. Pure. */
export const backupName = (at: Date, format: DumpFormat, isEncrypted: boolean) => {
  const [day, time] = at.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').split('T')
  return `ridendine_${day}_${time}.${format === 'sql' ? 'sql.gz' : 'dump'}${isEncrypted ? '.age' : ''}`
}

/** When a backup was begun, by its name; undefined for any other file. Pure. */
export const timeOfName = (name: string): Date | undefined => {
  const parts = NAME.exec(name)
  if (!parts) return undefined
  const [, year, month, day, hour, minute, second] = parts
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
}

/** Hidden, and of a name that is not a backup's. `owner` tells apart the databases that share a folder. */
export const partialName = (name: string, owner: string) => `.${name}.${owner}.partial`

export const checksumPath = (file: string) => `${file}.sha256`

/** The three files of one backup, the one that matters last: to write; in the other order: to remove. */
export const filesOf = (file: string) => [manifestPath(file), checksumPath(file), file]

export type Found = { path: string; name: string; at: Date; sizeBytes: number }

/** Whole backups of a folder, newest first: the file, its manifest and its checksum are there. */
export const listBackups = (dir: string): Found[] => {
  if (!existsSync(dir)) return []
  return readdirSync(dir)
    .flatMap((name) => {
      const at = timeOfName(name)
      const path = join(dir, name)
      if (!at || !filesOf(path).every(existsSync)) return []
      return [{ path, name, at, sizeBytes: statSync(path).size }]
    })
    .sort((a, b) => b.at.getTime() - a.at.getTime() || (a.name < b.name ? 1 : -1))
}

export type Retention = { keepCount?: number; keepDays?: number; now: Date }

const DAY_MS = 86_400_000

/** Which of these go, `newest` first. The newest one always stays; with no rule all do. Pure. */
export const expired = <T extends { at: Date }>(newest: readonly T[], { keepCount, keepDays, now }: Retention): T[] =>
  newest.filter(({ at }, index) => {
    if (index === 0) return false
    const isSurplus = keepCount !== undefined && index >= keepCount
    const isOld = keepDays !== undefined && now.getTime() - at.getTime() > keepDays * DAY_MS
    return isSurplus || isOld
  })

export const removeBackup = (file: string) => {
  for (const path of filesOf(file).reverse()) rmSync(path, { force: true })
}

/** What a killed backup of this database has left. To be called by the only one that runs. */
export const removePartials = (dir: string, owner: string) => {
  for (const name of readdirSync(dir)) {
    if (PARTIAL.test(name) && name.endsWith(`.${owner}.partial`)) rmSync(join(dir, name), { force: true })
  }
}

/** In the format of sha256sum, so that `sha256sum -c` reads it. */
export const checksumText = (sums: readonly { name: string; sha256: string }[]) =>
  sums.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join('')

/** Name to checksum. Throws BackupError when the file is missing or is no list of checksums. */
export const readChecksums = (file: string): Map<string, string> => {
  const path = checksumPath(file)
  if (!existsSync(path)) throw new BackupError(`${path} is missing: whether the backup is whole cannot be told.`)
  const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean)
  const sums = new Map(lines.map((line) => [line.slice(66), line.slice(0, 64)] as const))
  if (!sums.has(basename(file))) throw new BackupError(`${path} has no checksum of ${basename(file)}.`)
  return sums
}

export const writeDurably = (path: string, text: string) => {
  writeFileSync(path, text)
  syncPath(path)
}

/** On the disk, not only on its way there: also for a folder, whose names are what a rename changes. */
export const syncPath = (path: string) => {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** Gives finished files their names, in this order, and makes that last. */
export const publish = (moves: readonly { from: string; to: string }[]) => {
  for (const { from, to } of moves) renameSync(from, to)
  for (const folder of new Set(moves.map(({ to }) => dirname(to)))) syncPath(folder)
}
