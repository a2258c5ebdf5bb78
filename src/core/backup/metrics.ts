import { database } from '#core/database'
import { gauge } from '#core/metrics'

const KINDS = ['backup', 'verify'] as const
type Newest = { kind: string; finishedAt: string; seconds: number; sizeBytes: number | null }

/** When backups and their verifications last went well, by `backup_runs`. 0 for never, so that an alert on age fires. */
export const backupMetrics = () => {
  if (registered) return
  registered = true
  const labelled = (name: string, help: string, read: (row: Newest) => number) =>
    gauge(name, help, ['kind'], async (self) => {
      const rows = await newestRuns()
      self.reset()
      // What cannot be read is left out: a database that is away is another alert.
      if (!rows) return
      for (const kind of KINDS) {
        const row = rows.find((one) => one.kind === kind)
        self.set({ kind }, row ? read(row) : 0)
      }
    })
  labelled(
    'backup_last_success_timestamp_seconds',
    'When a backup, or the verification of one, last went well; 0 for never',
    ({ finishedAt }) => Date.parse(finishedAt) / 1000,
  )
  labelled('backup_size_bytes', 'Size of the newest backup made or verified', ({ sizeBytes }) => sizeBytes ?? 0)
  labelled('backup_duration_seconds', 'How long the newest backup or verification took', ({ seconds }) => seconds)
}

let registered = false
let asked: Promise<readonly Newest[] | undefined> | undefined

/** One question for the three metrics of a scrape. */
const newestRuns = () => {
  asked ??= readNewest().finally(() => {
    asked = undefined
  })
  return asked
}

const readNewest = async (): Promise<readonly Newest[] | undefined> => {
  try {
    return await database.sql<Newest[]>`
      select distinct on (kind) kind, finished_at, size_bytes,
        extract(epoch from finished_at - started_at)::float8 as seconds
      from backup_runs where succeeded order by kind, finished_at desc`
  } catch {
    return undefined
  }
}
