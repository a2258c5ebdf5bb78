/** `bun run db:verify [FILE]`: restores a backup into a scratch database and compares. */
import { runCommand } from './database/command.ts'
import { VERIFY_USAGE, verifyCommand } from './database/verify-command.ts'

await runCommand(verifyCommand, process.argv.slice(2), VERIFY_USAGE)
