import type { DayReport } from './day.ts'
import { ASSUMED, MEASURED } from './demand.ts'

/** Prices are inputs: put in those of your own contract. These are round figures of ours, of the date beside them. */
export const PRICES = {
  asOf: '2026-11-23',
  currency: 'EUR',
  cpuHour: 0.04,
  memoryGiBHour: 0.005,
  diskGiBMonth: 0.12,
  objectGiBMonth: 0.02,
  egressGiB: 0.08,
  /** A managed database, by the bare price of its processors and memory. */
  managedDatabaseFactor: 2,
  /** Everything else that is there whatever the load: balancer, Redis, monitoring, control plane. */
  fixedMonth: 150,
} as const

const ASSUMED_COST = {
  /** Sent out for each order: 56 looks of about 6 kB compressed, pictures not counted. */
  egressBytesPerOrder: 400_000,
  databaseCopies: 3,
  databaseCoresMin: 1,
  databaseMemoryGiBPerCore: 4,
  /** Tables of a year, events and decisions of 30 days, and as much again to work in. */
  diskHeadroom: 2,
  backupsKeptDays: 14,
  /** What a nightly dump of a byte takes, compressed. */
  dumpShare: 0.2,
  otherPods: { count: 6, cpu: 0.25, memoryGiB: 0.25 },
} as const

const GIB = 2 ** 30
const DAYS_PER_MONTH = 30
const DAYS_PER_YEAR = 365

/** Bytes of the database after a year at a steady rate. */
export const databaseBytesAfterYear = (ordersPerDay: number): number =>
  ordersPerDay *
  (MEASURED.keptBytes * DAYS_PER_YEAR + MEASURED.monthBytes * ASSUMED.monthKeptDays + MEASURED.shortBytes)

export type CostLine = { what: string; perMonth: number }

/** What a month costs, by what it is for, and a thousand orders of it. */
export const monthlyCost = (day: DayReport, pod: { cpu: number; memoryGiB: number }) => {
  const computeHour = (cpu: number, memoryGiB: number) => cpu * PRICES.cpuHour + memoryGiB * PRICES.memoryGiBHour
  const hours = 24 * DAYS_PER_MONTH
  const databaseCores = Math.max(
    ASSUMED_COST.databaseCoresMin,
    Math.ceil(day.postgresCoresPeak / ASSUMED.postgresShareMax),
  )
  const databaseGiB = databaseBytesAfterYear(day.ordersPerDay) / GIB
  const { otherPods } = ASSUMED_COST
  // What is asked for is paid for, and what is used beyond that too.
  const podCpu = Math.max(pod.cpu, day.coresMean / day.pods.mean)
  const lines: CostLine[] = [
    {
      what: 'pods',
      perMonth:
        hours *
        (day.pods.mean * computeHour(podCpu, pod.memoryGiB) +
          (day.sockets.pods + otherPods.count - 2) * computeHour(otherPods.cpu, otherPods.memoryGiB)),
    },
    {
      what: 'database',
      perMonth:
        hours *
        ASSUMED_COST.databaseCopies *
        PRICES.managedDatabaseFactor *
        computeHour(databaseCores, databaseCores * ASSUMED_COST.databaseMemoryGiBPerCore),
    },
    {
      what: 'disks',
      perMonth: databaseGiB * ASSUMED_COST.diskHeadroom * ASSUMED_COST.databaseCopies * PRICES.diskGiBMonth,
    },
    {
      what: 'backups',
      perMonth:
        (databaseGiB * ASSUMED_COST.dumpShare + (day.ordersPerDay * MEASURED.walBytes) / GIB) *
        ASSUMED_COST.backupsKeptDays *
        PRICES.objectGiBMonth,
    },
    {
      what: 'traffic',
      perMonth: ((day.ordersPerDay * DAYS_PER_MONTH * ASSUMED_COST.egressBytesPerOrder) / GIB) * PRICES.egressGiB,
    },
    { what: 'the rest', perMonth: PRICES.fixedMonth },
  ]
  const perMonth = lines.reduce((sum, line) => sum + line.perMonth, 0)
  return { lines, perMonth, perThousandOrders: (perMonth / (day.ordersPerDay * DAYS_PER_MONTH)) * 1000, databaseCores }
}
