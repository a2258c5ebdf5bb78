import { backUp } from '#core/backup/backup'
import { backupSettings } from '#core/backup/settings'
import { countIn, parse, say, UsageError } from './command.ts'

export const BACKUP_USAGE = `Usage: bun run db:backup [options]      (the database at DATABASE_URL)
  --format sql|custom      sql: .sql.gz, readable by people; custom: .dump, for pg_restore   (BACKUP_FORMAT, sql)
  --out DIR                where it goes                                                      (BACKUP_DIR, backups)
  --keep N                 removes older ones beyond the newest N                             (BACKUP_KEEP)
  --keep-days N            removes those older than N days; the newest always stays           (BACKUP_KEEP_DAYS)
  --encrypt RECIPIENT      for this age recipient (age1...); may be given several times       (BACKUP_RECIPIENTS)
  --s3 s3://BUCKET/FOLDER  and a copy there                                                   (BACKUP_S3_URL)`

export const backupCommand = async (args: string[], signal: AbortSignal) => {
  const { values } = parse(
    args,
    {
      format: { type: 'string' },
      out: { type: 'string' },
      keep: { type: 'string' },
      'keep-days': { type: 'string' },
      encrypt: { type: 'string', multiple: true },
      s3: { type: 'string' },
    },
    0,
  )
  const settings = backupSettings()
  const format = values.format ?? settings.BACKUP_FORMAT
  if (format !== 'sql' && format !== 'custom') throw new UsageError('--format takes sql or custom.')
  const { removed } = await backUp({
    settings,
    format,
    dir: values.out ?? settings.BACKUP_DIR,
    keepCount: countIn(values.keep, '--keep') ?? settings.BACKUP_KEEP,
    keepDays: countIn(values['keep-days'], '--keep-days') ?? settings.BACKUP_KEEP_DAYS,
    recipients: values.encrypt ?? settings.BACKUP_RECIPIENTS,
    s3Url: values.s3 ?? settings.BACKUP_S3_URL,
    say,
    terminal: process.stderr,
    signal,
  })
  if (removed.length > 0) say(`Removed, as told by --keep or --keep-days: ${removed.join(', ')}`)
}
