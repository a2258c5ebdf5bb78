/** What the commands on the database have in common: usage, signals, how a failure is said. */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { identitiesIn } from '#core/backup/age'
import { BackupError, messageOf } from '#core/backup/fault'
import type { BackupSettings } from '#core/backup/settings'

export class UsageError extends Error {}

const USAGE_EXIT_CODE = 2
const FAILED_EXIT_CODE = 1

type Run = (args: string[], signal: AbortSignal) => Promise<void>

/** Runs a command and ends the process: 0 well, 1 failed, 2 wrong usage. The first signal stops it cleanly. */
export const runCommand = async (run: Run, args: string[], usage: string) => {
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(FAILED_EXIT_CODE)
      stop.abort(new BackupError(`Stopped by ${signal}.`))
    })
  }
  try {
    if (args.includes('--help')) console.log(usage)
    else await run(args, stop.signal)
    process.exit(0)
  } catch (error) {
    // A stack is for faults of ours; what an operator can do something about is said in words.
    const isExpected = error instanceof BackupError || error instanceof UsageError
    console.error(isExpected ? error.message : error)
    if (error instanceof UsageError) console.error(usage)
    process.exit(error instanceof UsageError ? USAGE_EXIT_CODE : FAILED_EXIT_CODE)
  }
}

type Options = NonNullable<Parameters<typeof parseArgs>[0]>['options']

/** Throws UsageError for what is no option of the command. */
export const parse = <O extends NonNullable<Options>>(args: string[], options: O, filesMax: number) => {
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
    if (positionals.length > filesMax) throw new UsageError(`Too much: ${positionals.slice(filesMax).join(' ')}`)
    return { values, positionals }
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(messageOf(error))
  }
}

/** Throws UsageError. */
export const countIn = (text: string | undefined, option: string): number | undefined => {
  if (text === undefined) return undefined
  const count = Number(text)
  if (Number.isInteger(count) && count >= 1) return count
  throw new UsageError(`${option} takes a whole number from 1.`)
}

/** From --identity FILE or the setting. Throws BackupError. */
export const identitiesFrom = (file: string | undefined, { BACKUP_IDENTITY }: BackupSettings): string[] => {
  if (file) {
    try {
      return identitiesIn(readFileSync(file, 'utf8'), file)
    } catch (error) {
      throw error instanceof BackupError
        ? error
        : new BackupError(`The identity file cannot be read: ${messageOf(error)}`)
    }
  }
  return BACKUP_IDENTITY ? identitiesIn(BACKUP_IDENTITY, 'BACKUP_IDENTITY') : []
}

export const say = (line: string) => console.log(line)
