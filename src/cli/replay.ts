/** `bun run replay --from ISO --to ISO`: recorded days under another policy. Exit code 1 when it cannot, 2 for wrong usage. */
import { clock } from '#core/clock'
import { commandSettings } from '#core/config'
import { HELP, parseOptions, UsageError } from './replay/options.ts'
import { CannotReplay, replayZones } from './replay/zones.ts'

const FAILED_EXIT_CODE = 1
const USAGE_EXIT_CODE = 2

try {
  const options = parseOptions(process.argv.slice(2), clock.now())
  const { databaseUrl } = commandSettings()
  if (options === 'help') console.log(HELP)
  else if (!databaseUrl) throw new UsageError('DATABASE_URL is missing: which database is to be read?')
  else await replayZones(databaseUrl, options, console.log)
} catch (error) {
  const isUsage = error instanceof UsageError
  if (!isUsage && !(error instanceof CannotReplay)) throw error
  console.error(isUsage ? `${error.message}\nbun run replay --help tells all options.` : error.message)
  process.exitCode = isUsage ? USAGE_EXIT_CODE : FAILED_EXIT_CODE
}
