import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { BackupError, messageOf } from '#core/backup/fault'
import { checksum, MIGRATIONS } from '#core/migrations'

/** Raised when a file of before cannot be read as one of after. */
export const MANIFEST_FORMAT = 1

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/)

/** Beside each backup: what made it, what is in it, and how to know that it is whole. */
export const Manifest = z.object({
  format: z.literal(MANIFEST_FORMAT),
  file: z.string().min(1),
  dumpFormat: z.enum(['sql', 'custom']),
  /** On disk: compressed, and encrypted where it is. */
  sizeBytes: z.int().positive(),
  /** As pg_dump wrote it. */
  dumpBytes: z.int().positive(),
  sha256: Sha256,
  encryption: z.object({ scheme: z.literal('age'), recipients: z.array(z.string()).min(1) }).nullable(),
  /** What is in the backup was committed before this instant. */
  snapshotAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  durationSeconds: z.number().nonnegative(),
  versions: z.object({ ridendine: z.string(), server: z.string(), pgDump: z.string(), bun: z.string() }),
  database: z.object({ name: z.string(), encoding: z.string(), sizeBytes: z.int().nonnegative() }),
  /** Roles that own something or may do something in it: they must exist where it is restored. */
  roles: z.array(z.string()),
  migrations: z.array(z.object({ name: z.string(), checksum: z.string() })),
  tables: z.array(
    z.object({
      name: z.string(),
      rowCount: z.int().nonnegative(),
      checksum: z.object({ method: z.enum(['all', 'sample']), value: z.string() }),
    }),
  ),
  /** Tables whose rows were left out. */
  leftOut: z.array(z.string()),
})

export type Manifest = z.output<typeof Manifest>

export const manifestPath = (file: string) => `${file}.manifest.json`

/** Throws BackupError when it is missing, damaged or of another format. */
export const readManifest = (file: string): Manifest => {
  const path = manifestPath(file)
  let parsed: unknown
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    const isMissing = (error as { code?: string }).code === 'ENOENT'
    const what = isMissing ? 'is missing' : `cannot be read (${messageOf(error)})`
    throw new BackupError(`${path} ${what}. Without its manifest nobody knows what a backup must hold: refused.`)
  }
  const format = (parsed as { format?: unknown } | null)?.format
  if (typeof format === 'number' && format !== MANIFEST_FORMAT) {
    throw new BackupError(
      `${path} has format ${format}, this version reads ${MANIFEST_FORMAT}: use the version that wrote it.`,
    )
  }
  const manifest = Manifest.safeParse(parsed)
  if (manifest.success) return manifest.data
  const [issue] = manifest.error.issues
  throw new BackupError(`${path} is damaged: ${issue!.path.join('.')}: ${issue!.message}.`)
}

export type KnownMigration = { name: string; sql: string }

/** Throws BackupError when a backup holds a schema that this software does not know. Pure. */
export const assertKnownSchema = (manifest: Manifest, known: readonly KnownMigration[] = MIGRATIONS) => {
  const checksums = new Map(known.map(({ name, sql }) => [name, checksum(sql)]))
  for (const { name, checksum: then } of manifest.migrations) {
    if (!checksums.has(name)) {
      throw new BackupError(
        `The backup has migration ${name}, which this version (it wrote the backup: ${manifest.versions.ridendine}) does not know. ` +
          'Restore it with the version that wrote it, or a newer one.',
      )
    }
    if (checksums.get(name) !== then) {
      throw new BackupError(
        `Migration ${name} of the backup differs from the one of this version: restore it with its own version.`,
      )
    }
  }
}

/** Migrations that a restored database still lacks. Pure. */
export const migrationsAfter = (manifest: Manifest, known: readonly KnownMigration[] = MIGRATIONS): string[] => {
  const had = new Set(manifest.migrations.map(({ name }) => name))
  return known.map(({ name }) => name).filter((name) => !had.has(name))
}
