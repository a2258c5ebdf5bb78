/** `bun run db:backup`: a backup of the database at DATABASE_URL. */
import { BACKUP_USAGE, backupCommand } from './database/backup-command.ts'
import { runCommand } from './database/command.ts'

await runCommand(backupCommand, process.argv.slice(2), BACKUP_USAGE)
