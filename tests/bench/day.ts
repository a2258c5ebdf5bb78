/**
 * `bun run bench:day`: the simulated day of `bun run simulate` on the dispatcher and on the simple rule that it came after, with the
 * same seed: the same people want the same meals at the same times. Each has a store and a server of its own, whose clock runs as fast
 * as the day, so that kitchens, ways, offers and deadlines keep their proportions. Ends with 0 unless something broke.
 *
 * --orders N    of the day (300)          --drivers N  (12)
 * --seed S      (1)                       --speed X    virtual seconds in a real one (40: a day takes 20 minutes)
 * --policy P    optimiser, nearest-driver; several with commas, side by side at the same time (both)
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { table } from '#cli/simulate/print'
import { demoRoads } from '#demo/roads-file'
import { columnsOf, tableHeading, tableLine } from '#modules/dispatch/replay/table'
import { DAY_POLICIES, type DayJob, type DayPolicy, type DayResult } from './day/job.ts'

const { values } = parseArgs({
  options: {
    orders: { type: 'string', default: '300' },
    drivers: { type: 'string', default: '12' },
    seed: { type: 'string', default: '1' },
    speed: { type: 'string', default: '40' },
    policy: { type: 'string', default: DAY_POLICIES.join(',') },
  },
})

const main = async () => {
  const policies = values.policy.split(',').map((name): DayPolicy => {
    const known = DAY_POLICIES.find((policy) => policy === name)
    if (!known) throw new Error(`--policy knows ${DAY_POLICIES.join(', ')}; not ${name}`)
    return known
  })
  const { path: roads } = await demoRoads(join('.data', 'roads'))
  const [orders, drivers, seed, speed] = [values.orders, values.drivers, values.seed, values.speed].map(Number)
  const jobs = policies.map((policy) => ({ policy, roads, ...{ orders, drivers, seed, speed } }) as DayJob)
  console.log(`a day of ${orders} orders and ${drivers} drivers, seed ${seed}, ${speed} times as fast`)
  const results = await Promise.all(jobs.map(async (job) => ({ job, result: await live(job) })))
  print(results)
}

/** A process of its own: it ends with this one. */
const live = async (job: DayJob): Promise<DayResult> => {
  const child = Bun.spawn([process.execPath, '--no-orphans', 'tests/bench/day/one.ts', JSON.stringify(job)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const text = await new Response(child.stdout).text()
  if ((await child.exited) !== 0) throw new Error(`the day of ${job.policy} broke`)
  return JSON.parse(text) as DayResult
}

const COLUMNS = columnsOf('over')
/** As `replay` calls them. */
const SHORT: Record<DayPolicy, string> = { optimiser: 'ours', 'nearest-driver': 'nearest' }

const print = (days: readonly { job: DayJob; result: DayResult }[]) => {
  console.log(`\n${tableHeading('', COLUMNS)}`)
  for (const { job, result } of days) console.log(tableLine(COLUMNS, 'lived', SHORT[job.policy], result.lived, []))
  for (const { job, result } of days) {
    console.log(tableLine(COLUMNS, 'its replay', SHORT[job.policy], result.replayed, result.replayMs))
  }
  const names = days.map(({ job }) => job.policy)
  const row = (name: string, read: (result: DayResult) => number | undefined, digits = 0) => [
    name,
    ...days.map(({ result }) => read(result)?.toFixed(digits) ?? '-'),
  ]
  const outcomes = [...new Set(days.flatMap(({ result }) => Object.keys(result.report.orders.outcomes)))].sort()
  const counts = [...new Set(days.flatMap(({ result }) => Object.keys(result.report.counts)))]
    .filter((name) => /offers|dropped/.test(name))
    .sort()
  const lines = [
    ['', ...names],
    row('orders placed', ({ report }) => report.orders.placed),
    ...outcomes.map((name) => row(name, ({ report }) => report.orders.outcomes[name] ?? 0)),
    row('ready without a driver, minutes: mean', ({ waits }) => waits.meanMinutes, 2),
    row('  90th percentile', ({ waits }) => waits.p90Minutes, 2),
    row('  longest', ({ waits }) => waits.maxMinutes, 1),
    row('orders on the board', ({ waits }) => waits.boardCount),
    row('told to operators as untaken', ({ waits }) => waits.untakenCount),
    row('drivers busy, % of their shifts', ({ report }) => report.drivers.utilisation * 100),
    row('deliveries an hour on duty', ({ report }) => report.drivers.deliveriesPerHour, 2),
    ...counts.map((name) => row(name, ({ report }) => report.counts[name] ?? 0)),
    row('real seconds', ({ report }) => report.wallSeconds),
  ]
  console.log(`\n${table(lines)}\n`)
  for (const { job, result } of days) {
    if (result.report.stopped) console.log(`${job.policy}: stopped early: ${result.report.stopped}`)
    for (const { says, broken, examples } of result.report.findings) {
      if (broken > 0) console.log(`${job.policy}: BROKEN ${broken} times: ${says}; ${examples[0] ?? ''}`)
    }
  }
}

await main()
