/** The commands on the database in one executable, for the image of deploy/backup: `ridendine-database backup ...`. */
import { BACKUP_USAGE, backupCommand } from './database/backup-command.ts'
import { runCommand, UsageError } from './database/command.ts'
import { RESTORE_USAGE, restoreCommand } from './database/restore-command.ts'
import { VERIFY_USAGE, verifyCommand } from './database/verify-command.ts'

const COMMANDS = {
  backup: [backupCommand, BACKUP_USAGE],
  restore: [restoreCommand, RESTORE_USAGE],
  verify: [verifyCommand, VERIFY_USAGE],
} as const

const [name = '', ...args] = process.argv.slice(2)
const USAGE = `Usage: ridendine-database ${Object.keys(COMMANDS).join('|')} [options]`
const unknown = async () => {
  throw new UsageError(name === '' ? 'Which command?' : `There is no command ${name}.`)
}
const [command, usage] = Object.hasOwn(COMMANDS, name) ? COMMANDS[name as keyof typeof COMMANDS] : [unknown, USAGE]
await runCommand(command, args, usage)
