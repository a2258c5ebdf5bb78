/** `bun run db:restore FILE`: a backup in the place of the database at DATABASE_URL. */
import { runCommand } from './database/command.ts'
import { RESTORE_USAGE, restoreCommand } from './database/restore-command.ts'

await runCommand(restoreCommand, process.argv.slice(2), RESTORE_USAGE)
