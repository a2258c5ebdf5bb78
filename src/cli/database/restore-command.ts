import { databaseOf } from '#core/backup/connection'
import { BackupError } from '#core/backup/fault'
import { restore } from '#core/backup/restore'
import { backupSettings } from '#core/backup/settings'
import { identitiesFrom, parse, say, UsageError } from './command.ts'
import { withLocalFile } from './local-file.ts'

export const RESTORE_USAGE = `Usage: bun run db:restore FILE [options]      (FILE: a path, or s3://BUCKET/FOLDER/FILE)
  --yes             replaces the database without asking (needed where there is no terminal)
  --into NAME       a database of this name instead of the one at DATABASE_URL
  --identity FILE   the age identity that opens an encrypted backup   (BACKUP_IDENTITY)`

/** The driver takes the name of a database from its URL as it stands there. */
const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_-]{0,62}$/

export const restoreCommand = async (args: string[], signal: AbortSignal) => {
  const { values, positionals } = parse(
    args,
    { yes: { type: 'boolean' }, into: { type: 'string' }, identity: { type: 'string' } },
    1,
  )
  const [named] = positionals
  if (!named) throw new UsageError('Which file is to be restored?')
  const settings = backupSettings()
  const into = values.into ?? databaseOf(settings.DATABASE_URL)
  if (!PLAIN_NAME.test(into)) throw new UsageError('--into takes a name of letters, digits, _ and -.')
  if (['postgres', 'template0', 'template1'].includes(into)) {
    throw new UsageError(`${into} belongs to Postgres: restore into another with --into NAME.`)
  }
  const identities = identitiesFrom(values.identity, settings)
  await withLocalFile(named, settings, (file) =>
    restore({
      ...{ settings, file, into, identities, say, terminal: process.stderr, signal },
      confirm: async (what) => values.yes === true || asked(what, into),
    }),
  )
}

/** Typing the name is harder to do by mistake than typing y. Throws BackupError where nobody can be asked. */
const asked = (what: string, name: string): boolean => {
  if (!process.stdin.isTTY) throw new BackupError(`${what} Nobody can be asked here: give --yes.`)
  console.log(what)
  return prompt(`Type ${name} to go on:`)?.trim() === name
}
