/** The tables of `bun run bench:dispatch`. */
import { mean, quantile } from '#modules/dispatch/replay/measures'
import { columnsOf, ms, tableHeading, tableLine } from '#modules/dispatch/replay/table'
import type { Round } from './day.ts'
import { type JobResult, variantName } from './job.ts'
import type { Measures } from './measures.ts'

const COLUMNS = columnsOf<Measures>('over40', [['imposs', 7, (one) => one.impossiblePercent]])

export const heading = () => tableHeading('instance', COLUMNS)

export const line = (name: string, variant: string, measures: Measures, roundMs: readonly number[]) =>
  tableLine(COLUMNS, name, variant, measures, roundMs)

export const resultLine = (result: JobResult) =>
  line(result.name, variantName(result.policy, result.rules), result.measures, result.roundMs)

/** The mean of the instances, each counting once, as the published means do. */
export const meanLine = (name: string, variant: string, results: readonly JobResult[]) =>
  line(
    name,
    variant,
    meanMeasures(results.map(({ measures }) => measures)),
    results.flatMap((one) => one.roundMs),
  )

export const meanMeasures = (all: readonly Measures[]): Measures => {
  const of = (read: (measures: Measures) => number) => mean(all.map(read))
  return {
    orderCount: of((one) => one.orderCount),
    undeliveredPercent: of((one) => one.undeliveredPercent),
    impossiblePercent: of((one) => one.impossiblePercent),
    clickToDoor: of((one) => one.clickToDoor),
    clickToDoorP90: of((one) => one.clickToDoorP90),
    overage: of((one) => one.overage),
    readyToPickup: of((one) => one.readyToPickup),
    readyToPickupP90: of((one) => one.readyToPickupP90),
    readyToDoor: of((one) => one.readyToDoor),
    aboveFloor: of((one) => one.aboveFloor),
    utilisation: of((one) => one.utilisation),
    costPerOrder: of((one) => one.costPerOrder),
    ordersPerBundle: of((one) => one.ordersPerBundle),
  }
}

export const rushHeading = () =>
  `${'policy'.padEnd(13)}${'rush'.padEnd(18)}${['rounds', 'orders', 'p50', 'p99', 'max', 'share'].map((title) => title.padStart(9)).join('')}`

export const rushLine = (name: string, rush: string, rounds: readonly Round[], budgetMs: number) => {
  const times = rounds.map((round) => round.ms)
  const counts = [rounds.length, mean(rounds.map(({ orderCount }) => orderCount))].map((value) => value.toFixed(0))
  const longest = Math.max(...times)
  const share = (longest / budgetMs).toFixed(2)
  const values = [...counts, ms(quantile(times, 0.5)), ms(quantile(times, 0.99)), ms(longest), share]
  return `${name.padEnd(13)}${rush.padEnd(18)}${values.map((value) => value.padStart(9)).join('')}`
}
