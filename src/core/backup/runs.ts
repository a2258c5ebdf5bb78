/** The record of what the commands did: `backup_runs`, which /metrics reads. */

import { withConnection } from '#core/backup/connection'
import { BackupError, messageOf } from '#core/backup/fault'
import { clock } from '#core/clock'
import { errorCode } from '#core/database'
import { newId } from '#core/ids'

export type RunKind = 'backup' | 'verify'
export type RunResult = { file: string | null; sizeBytes: number | null }

const FAULT_CHARS_MAX = 1_000
const KEPT_DAYS = 400
const UNDEFINED_TABLE = '42P01'

/**
 * Runs and records how it ended. A failure to record is said and, where the run itself was well, fails it: nobody would
 * know of it. Only a database from before the table was made is passed over, since a backup before migrating is a good habit.
 */
export const recorded = async <T extends RunResult>(
  url: string,
  kind: RunKind,
  say: (line: string) => void,
  run: () => Promise<T>,
): Promise<T> => {
  const startedAt = clock.now()
  const partial: RunResult = { file: null, sizeBytes: null }
  try {
    const result = await run()
    await record(url, kind, startedAt, result, null, say)
    return result
  } catch (error) {
    await record(url, kind, startedAt, partial, messageOf(error).slice(0, FAULT_CHARS_MAX), say).catch(
      (failed: unknown) => say(`That it failed could not be recorded either: ${messageOf(failed)}`),
    )
    throw error
  }
}

const record = async (
  url: string,
  kind: RunKind,
  startedAt: Date,
  { file, sizeBytes }: RunResult,
  fault: string | null,
  say: (line: string) => void,
) => {
  try {
    await withConnection(url, async (sql) => {
      await sql`
        insert into backup_runs (id, kind, started_at, finished_at, succeeded, file, size_bytes, fault)
        values (${newId()}, ${kind}, ${startedAt}, ${clock.now()}, ${fault === null}, ${file}, ${sizeBytes}, ${fault})`
      await sql`delete from backup_runs where finished_at < now() - make_interval(days => ${KEPT_DAYS})`
    })
  } catch (error) {
    if (errorCode(error) === UNDEFINED_TABLE)
      return say('Not recorded for /metrics: the database has no backup_runs yet (bun run db:migrate).')
    throw new BackupError(`The ${kind} could not be recorded in backup_runs: ${messageOf(error)}`)
  }
}
