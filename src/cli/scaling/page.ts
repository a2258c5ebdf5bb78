import { seededRandom } from '#demo/random'
import { databaseBytesAfterYear, monthlyCost, PRICES } from './cost.ts'
import { type DayReport, type Scenario, simulateDay } from './day.ts'
import { ASSUMED, costPerOrder, fixesPerOrder, MEASURED, requestsPerOrder, socketSecondsPerOrder } from './demand.ts'
import { readManifests } from './manifests.ts'

const EVENING = 18.5 * 3600
const SEED = 1

export const SCENARIOS: readonly Scenario[] = [
  { name: '100', ordersPerDay: 100 },
  { name: '10,000', ordersPerDay: 10_000 },
  { name: '100,000', ordersPerDay: 100_000 },
  {
    name: '100,000, fourfold from 18:30 to 18:45',
    ordersPerDay: 100_000,
    surge: { fromSeconds: EVENING, toSeconds: EVENING + 900, factor: 4 },
  },
  { name: '1,000,000', ordersPerDay: 1_000_000 },
  {
    name: '1,000,000, fourfold from 18:30 to 18:45',
    ordersPerDay: 1_000_000,
    surge: { fromSeconds: EVENING, toSeconds: EVENING + 900, factor: 4 },
  },
]

const GIB = 2 ** 30

const number = (value: number, digits = 0) =>
  value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
/** To two figures that count, so that small and large ones stand in one column. */
const short = (value: number) => (value >= 100 ? number(value) : String(Number(value.toPrecision(2))))
const milliseconds = (seconds: number) => (seconds >= 1 ? `${short(seconds)} s` : `${short(seconds * 1000)} ms`)
const percent = (share: number) => `${short(share * 100)} %`

const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [head, head.map((_, column) => (column === 0 ? '---' : '---:')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')

const dayTable = (days: readonly DayReport[]) =>
  table(
    [
      'orders a day',
      'orders a second at the peak',
      'requests a second',
      'api pods, fewest to most (mean)',
      'changes',
      'busiest moment',
      'p95 wait, worst (mean)',
      'overloaded',
      'sockets',
      'realtime pods (sockets each)',
      'Postgres, cores',
    ],
    days.map((day) => [
      day.name,
      short(day.peakOrdersPerSecond),
      short(day.peakRequestsPerSecond),
      `${day.pods.fewest} to ${day.pods.most} (${number(day.pods.mean, 1)})`,
      String(day.pods.changes),
      percent(day.busyMax),
      `${milliseconds(day.waitP95WorstSeconds)} (${milliseconds(day.waitP95MeanSeconds)})`,
      day.overloadedSeconds === 0 ? 'never' : `${short(day.overloadedSeconds / 60)} min`,
      short(day.sockets.most),
      `${day.sockets.pods} (${short(day.sockets.perPod)})`,
      short(day.postgresCoresPeak),
    ]),
  )

const storageTable = (days: readonly DayReport[]) =>
  table(
    [
      'orders a day',
      'events and decisions of 30 days, GiB',
      'all after a year, GiB',
      'WAL a day, GiB',
      'driver positions a second at the peak',
    ],
    days.map(({ name, ordersPerDay, peakOrdersPerSecond }) => [
      name,
      short((ordersPerDay * MEASURED.monthBytes * ASSUMED.monthKeptDays) / GIB),
      short(databaseBytesAfterYear(ordersPerDay) / GIB),
      short((ordersPerDay * MEASURED.walBytes) / GIB),
      short(peakOrdersPerSecond * fixesPerOrder),
    ]),
  )

const costTable = (days: readonly DayReport[], pod: { cpu: number; memoryGiB: number }) => {
  const costs = days.map((day) => ({ name: day.name, ...monthlyCost(day, pod) }))
  return table(
    ['orders a day', 'database cores', ...costs[0]!.lines.map(({ what }) => what), 'a month', 'a thousand orders'],
    costs.map(({ name, databaseCores, lines, perMonth, perThousandOrders }) => [
      name,
      String(databaseCores),
      ...lines.map((line) => short(line.perMonth)),
      short(perMonth),
      number(perThousandOrders, 2),
    ]),
  )
}

const perOrder = () =>
  [
    `An order is ${short(requestsPerOrder)} requests (${short(fixesPerOrder)} of them positions of its driver), ${short(costPerOrder.server * 1000)} ms of the`,
    `server's processor time, ${short(costPerOrder.postgres * 1000)} ms of Postgres's, and ${short(socketSecondsPerOrder / 60)} minutes of open sockets.`,
  ].join(' ')

/** The generated part of docs/scaling.md. @param root the top of the repository, whose manifests are read. */
export const scalingTables = (root: string): string => {
  const { api, realtime } = readManifests(root)
  const days = SCENARIOS.map((scenario) => simulateDay(scenario, api, realtime, seededRandom(SEED)))
  const steady = days.filter((_, index) => !SCENARIOS[index]!.surge)
  return [
    perOrder(),
    dayTable(days),
    storageTable(steady),
    `Prices of ${PRICES.asOf}, in ${PRICES.currency}:`,
    costTable(steady, { cpu: api.cpuRequest, memoryGiB: api.memoryRequestBytes / GIB }),
  ].join('\n\n')
}

export const BEGIN = '<!-- scaling:simulate -->'
export const END = '<!-- /scaling:simulate -->'

/** A page with what stands between the marks replaced. Throws an Error when it has no marks. */
export const withTables = (page: string, tables: string): string => {
  const from = page.indexOf(BEGIN)
  const to = page.indexOf(END)
  if (from < 0 || to < from) throw new Error(`docs/scaling.md has no ${BEGIN} ... ${END}.`)
  return `${page.slice(0, from + BEGIN.length)}\n${tables}\n${page.slice(to)}`
}
