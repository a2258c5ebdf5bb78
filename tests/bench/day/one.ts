/** A process for one simulated day: a store and a server of its own, whose clock runs as fast as the day; answers in JSON. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Report } from '#cli/simulate/report'
import { parseConfig, setConfig } from '#core/config'
import { settingsOfZone } from '#core/zones'
import { readOnly, readShifts, type Span } from '#modules/dispatch/replay/record'
import { readRecorded, replay } from '#modules/dispatch/replay/run'
import { openRoads } from '#modules/routing/roads'
import { cleanUp, cleanUpOnSignals } from '../cleanup.ts'
import { type Database, type Stack, startStack } from '../stack.ts'
import type { DayJob, DayPolicy, DayResult, Waits } from './job.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** The server's day begins when people do, so that no day ends within it. */
const BEGINS_AT_HOUR = 7
const ROUND_MS = 2_000
const ROUND_MS_MIN = 100
/** Long enough for any day here, in our minutes. */
const WALL_MINUTES_MAX = 240

const main = async (job: DayJob): Promise<DayResult> => {
  const stack = await startStack()
  await stack.sql`
    update zones set settings = settings || ${stack.sql.json({ dispatchPolicy: job.policy })}`
  const sinceMs = Date.now()
  const shownMs = Math.ceil(sinceMs / DAY_MS) * DAY_MS + BEGINS_AT_HOUR * HOUR_MS
  const settings = {
    ROADS: job.roads,
    LIVE_SPEEDS: 'off',
    DISPATCH_ROUND_MS: String(Math.max(ROUND_MS_MIN, Math.round(ROUND_MS / job.speed))),
    LOG_LEVEL: 'warn',
  }
  const server = await stack.startServer(settings, [
    'tests/bench/day/server.ts',
    ...[job.speed, sinceMs, shownMs].map(String),
  ])
  const report = await simulate(stack, server.url, job)
  const endedMs = Date.now()
  await server.stop()
  // The database keeps shifts by its own clock, which nobody hurries.
  await stack.sql`
    update driver_shifts set
      began_at = to_timestamp((${shownMs}::float8 + (extract(epoch from began_at) * 1000 - ${sinceMs}::float8) * ${job.speed}) / 1000),
      ended_at = to_timestamp((${shownMs}::float8 + (extract(epoch from coalesce(ended_at, now())) * 1000 - ${sinceMs}::float8) * ${job.speed}) / 1000)`
  const to = new Date(shownMs + (endedMs - sinceMs) * job.speed)
  const [zone] = await stack.sql<{ id: string; timeZone: string }[]>`select id, time_zone from zones`
  const span = { zoneId: zone!.id, timeZone: zone!.timeZone, from: new Date(shownMs), to }
  return { ...(await measuresOf(stack.sql, span, job)), waits: await waitsOf(stack.sql), report }
}

const simulate = async ({ dir }: Stack, url: string, { orders, drivers, seed, speed }: DayJob) => {
  const file = join(dir, 'report.json')
  const numbers = { orders, drivers, seed, speed, 'max-minutes': WALL_MINUTES_MAX }
  const child = Bun.spawn(
    [
      ...[process.execPath, '--no-env-file', '--no-orphans', 'src/cli/simulate.ts', '--url', url, '--keeps-pace'],
      ...Object.entries(numbers).flatMap(([name, value]) => [`--${name}`, String(value)]),
      ...['--json', file],
    ],
    { stdin: 'ignore', stdout: 'ignore', stderr: Bun.file(join(dir, 'simulate.err')) },
  )
  await child.exited
  const text = await Bun.file(file)
    .text()
    .catch(() => undefined)
  if (!text) throw new Error(readFileSync(join(dir, 'simulate.err'), 'utf8').slice(-2_000))
  return JSON.parse(text) as Report
}

const REPLAYED: Record<DayPolicy, 'ours' | 'nearest'> = { optimiser: 'ours', 'nearest-driver': 'nearest' }

const measuresOf = async (sql: Database, span: Span, { policy, roads }: DayJob) => {
  setConfig(parseConfig({ NODE_ENV: 'test', ROADS: roads }))
  openRoads([roads])
  const read = readOnly(sql)
  const shifts = await read((tx) => readShifts(tx, span))
  const recorded = await readRecorded(read, span, shifts, ({ travelSeconds }) => travelSeconds ?? 0)
  const settings = (await settingsOfZone(sql, span.zoneId))!
  const again = await replay(read, span, shifts, REPLAYED[policy], { settings, roundSeconds: 4, budgetMs: undefined })
  return { lived: recorded.measures, replayed: again.measures, replayMs: again.roundMs }
}

/** Between the food's being ready and its last driver's having it. */
const waitsOf = async (sql: Database): Promise<Waits> => {
  const [row] = await sql<Waits[]>`
    with waits as (
      select greatest(0, extract(epoch from d.assigned_at - o.ready_at)) / 60 as minutes
      from orders o join deliveries d on d.order_id = o.id where o.delivered_at is not null
    )
    select coalesce(avg(minutes), 0)::float8 as mean_minutes, coalesce(max(minutes), 0)::float8 as max_minutes,
      coalesce(percentile_cont(0.9) within group (order by minutes), 0)::float8 as p90_minutes,
      (select count(distinct data ->> 'orderId')::integer from events where type = 'board.posted') as board_count,
      (select count(distinct data ->> 'orderId')::integer from events where type = 'delivery.untaken') as untaken_count
    from waits`
  return row!
}

cleanUpOnSignals()
try {
  const result = await main(JSON.parse(process.argv[2]!) as DayJob)
  process.stdout.write(JSON.stringify(result))
} finally {
  await cleanUp()
}
process.exit(0)
