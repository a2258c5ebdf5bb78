/** `bun run db:migrate`: brings the database at DATABASE_URL up to this version, and says what it did. */
import { commandSettings } from '#core/config'
import { MigrationError, migrate } from '#core/migrations'

const { databaseUrl: url } = commandSettings()
if (!url) {
  console.error('Set DATABASE_URL to the database to migrate. (bun dev migrates its embedded one by itself.)')
  process.exit(2)
}

try {
  const applied = await migrate(url)
  console.log(applied.length === 0 ? 'The database is up to date.' : `Applied ${applied.join(', ')}.`)
} catch (error) {
  console.error(error instanceof MigrationError ? error.message : `Not migrated: ${(error as Error).message}`)
  process.exit(1)
}
