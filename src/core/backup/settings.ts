import { z } from 'zod'
import { BackupError } from '#core/backup/fault'
import { readSettings } from '#core/config'

const KEEP_MAX = 100_000

const List = z.string().transform((text) =>
  text
    .split(/[\s,]+/)
    .map((part) => part.trim())
    .filter(Boolean),
)

const PostgresUrl = z.string().regex(/^postgres(ql)?:\/\//, 'must start with postgres://')

/** `.env.example` says what each is for. Options of a command come before its setting. */
const Settings = z.object({
  DATABASE_URL: PostgresUrl,
  BACKUP_DIR: z.string().min(1).default('backups'),
  BACKUP_FORMAT: z.enum(['sql', 'custom']).default('sql'),
  BACKUP_KEEP: z.coerce.number().int().min(1).max(KEEP_MAX).optional(),
  BACKUP_KEEP_DAYS: z.coerce.number().int().min(1).max(KEEP_MAX).optional(),
  BACKUP_RECIPIENTS: List.default([]),
  BACKUP_IDENTITY: z.string().min(1).optional(),
  BACKUP_VERIFY_URL: PostgresUrl.optional(),
  BACKUP_S3_URL: z.string().startsWith('s3://').optional(),
  S3_ENDPOINT: z.url().optional(),
  S3_REGION: z.string().min(1).optional(),
  S3_ACCESS_KEY_ID: z.string().min(1).optional(),
  S3_SECRET_ACCESS_KEY: z.string().min(1).optional(),
  S3_SESSION_TOKEN: z.string().min(1).optional(),
  PG_DUMP: z.string().min(1).optional(),
})

export type BackupSettings = z.output<typeof Settings>

/** Throws BackupError naming every fault; values are never in the message. */
export const backupSettings = (): BackupSettings => {
  const { values, faults } = readSettings(Object.keys(Settings.shape))
  if (!values.DATABASE_URL) faults.push('DATABASE_URL: is required, the database to work on')
  const parsed = Settings.safeParse({ DATABASE_URL: 'postgres://', ...values })
  if (!parsed.success) faults.push(...parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`))
  if (faults.length > 0 || !parsed.success) throw new BackupError(`The settings have faults:\n${faults.join('\n')}`)
  return parsed.data
}
