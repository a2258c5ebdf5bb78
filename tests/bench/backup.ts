/** `bun tests/bench/backup.ts`: how long a backup, its verification and its restore take, and how much memory, with a million events. */
import { mkdtempSync, readFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { migrate } from '#core/migrations'
import { backupsIn, openSql, startDatabaseCommand } from '../support/backup-market'
import { startDebianPostgres } from '../support/debian-postgres'

const EVENTS = 1_000_000
const MAILS = 100_000
const SAMPLE_EVERY_MS = 100

const fill = `
  insert into events (seq, topics, type, data, occurred_at)
    select n, array['order:' || md5(n::text), 'chef:' || md5((n % 40)::text)], 'order.accepted',
      jsonb_build_object('orderId', gen_random_uuid(), 'n', n, 'readyAt', now()), now()
    from generate_series(1, ${EVENTS}) as n;
  insert into event_topics (topic, seq) select unnest(topics), seq from events;
  update event_head set seq = ${EVENTS};
  insert into mails (id, recipient, subject, body, created_at, next_attempt_at)
    select gen_random_uuid(), 'nora@example.com', 'number ' || n, repeat(md5(random()::text), 30), now(), now()
    from generate_series(1, ${MAILS}) as n`

/** The kernel's own high-water mark of a process, in bytes; 0 once it is gone. */
const peakOf = (pid: number): number => {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024
  } catch {
    return 0
  }
}

const pg = await startDebianPostgres({ fsync: 'on', max_wal_size: '2GB' })
try {
  const admin = openSql(pg.urlOf('postgres'))
  await admin.unsafe('create database ridendine')
  await admin.end()
  const url = pg.urlOf('ridendine')
  await migrate(url)
  const sql = openSql(url)
  await sql.unsafe(`set statement_timeout = 0; ${fill}`)
  const [size] = await sql`select pg_size_pretty(pg_database_size(current_database())) as text`
  await sql.end()
  const dir = mkdtempSync(join(pg.root, 'backups-'))
  console.log(`database of ${size!.text}`)
  const measure = async (command: string, args: string[]) => {
    const started = startDatabaseCommand(command, args, { DATABASE_URL: url, BACKUP_DIR: dir })
    let peakBytes = 0
    const timer = setInterval(() => {
      peakBytes = Math.max(peakBytes, peakOf(started.child.pid))
    }, SAMPLE_EVERY_MS)
    const { code, seconds, output } = await started.ended()
    clearInterval(timer)
    if (code !== 0) throw new Error(output)
    const load = loadavg()[0]!.toFixed(1)
    console.log(`${command}: ${seconds.toFixed(1)} s, peak ${(peakBytes / 1e6).toFixed(0)} MB, load average ${load}`)
  }
  await measure('backup', [])
  await measure('verify', [])
  await measure('restore', [join(dir, backupsIn(dir)[0]!), '--yes'])
} finally {
  await pg.remove()
}
