/** `bun run roads:import FILE`: a map becomes a file of roads. Exit code 1 when it cannot, 2 for wrong usage. */
import { MapFileError } from '#modules/routing/graph/import/index'
import { importMap } from './roads/import.ts'
import { HELP, parseOptions, UsageError } from './roads/options.ts'

const FAILED_EXIT_CODE = 1
const USAGE_EXIT_CODE = 2

try {
  const options = parseOptions(process.argv.slice(2))
  console.log(options === 'help' ? HELP : await importMap(options, console.error))
} catch (error) {
  if (!(error instanceof UsageError || error instanceof MapFileError)) throw error
  console.error(error.message)
  if (error instanceof UsageError) console.error(HELP)
  process.exitCode = error instanceof UsageError ? USAGE_EXIT_CODE : FAILED_EXIT_CODE
}
