import { backupSettings } from '#core/backup/settings'
import { newestIn, verify } from '#core/backup/verify'
import { identitiesFrom, parse, say } from './command.ts'
import { withLocalFile } from './local-file.ts'

export const VERIFY_USAGE = `Usage: bun run db:verify [FILE] [options]      (FILE: a path, s3://BUCKET/FOLDER[/FILE]; absent: the newest)
  --out DIR         where backups are                                  (BACKUP_DIR, backups)
  --identity FILE   the age identity that opens an encrypted backup    (BACKUP_IDENTITY)
  The scratch database is made on the server of BACKUP_VERIFY_URL, else of DATABASE_URL.`

export const verifyCommand = async (args: string[], signal: AbortSignal) => {
  const { values, positionals } = parse(args, { out: { type: 'string' }, identity: { type: 'string' } }, 1)
  const settings = backupSettings()
  const named = positionals[0] ?? newestIn(values.out ?? settings.BACKUP_DIR)
  const identities = identitiesFrom(values.identity, settings)
  await withLocalFile(named, settings, (file) =>
    verify({ settings, file, identities, say, terminal: process.stderr, signal }),
  )
}
