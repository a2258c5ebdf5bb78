/** The tables of `bun run bench:dispatch`. */
import type { Round } from './day.ts'
import { type JobResult, variantName } from './job.ts'
import { type Measures, mean, quantile } from './measures.ts'

type Column = [title: string, width: number, value: (measures: Measures) => string]

const fixed = (read: (measures: Measures) => number, digits = 2) => {
  return (measures: Measures) => read(measures).toFixed(digits)
}

const COLUMNS: Column[] = [
  ['undel%', 7, fixed((one) => one.undeliveredPercent)],
  ['imposs', 7, fixed((one) => one.impossiblePercent)],
  ['CtD', 7, fixed((one) => one.clickToDoor)],
  ['p90', 6, fixed((one) => one.clickToDoorP90, 1)],
  ['over40', 7, fixed((one) => one.overage)],
  ['RtP', 7, fixed((one) => one.readyToPickup)],
  ['p90', 6, fixed((one) => one.readyToPickupP90, 1)],
  ['RtD', 7, fixed((one) => one.readyToDoor)],
  ['-floor', 7, fixed((one) => one.aboveFloor)],
  ['util', 6, fixed((one) => one.utilisation)],
  ['cost', 7, fixed((one) => one.costPerOrder)],
  ['o/bdl', 6, fixed((one) => one.ordersPerBundle)],
]

export const heading = () =>
  `${'instance'.padEnd(18)}${'policy'.padEnd(13)}${COLUMNS.map(([title, width]) => title.padStart(width)).join('')}` +
  `${'ms p50'.padStart(9)}${'p99'.padStart(8)}${'max'.padStart(8)}`

export const line = (name: string, variant: string, measures: Measures, roundMs: readonly number[]) =>
  `${name.padEnd(18)}${variant.padEnd(13)}${COLUMNS.map(([, width, value]) => value(measures).padStart(width)).join('')}` +
  `${ms(quantile(roundMs, 0.5)).padStart(9)}${ms(quantile(roundMs, 0.99)).padStart(8)}${ms(Math.max(...roundMs)).padStart(8)}`

export const resultLine = (result: JobResult) =>
  line(result.name, variantName(result.policy, result.rules), result.measures, result.roundMs)

const ms = (value: number) => value.toFixed(value < 10 ? 2 : 1)

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
  `${'policy'.padEnd(13)}${'rush'.padEnd(18)}${['rounds', 'orders', 'p50', 'p99', 'max'].map((title) => title.padStart(9)).join('')}`

export const rushLine = (name: string, rush: string, rounds: readonly Round[]) => {
  const times = rounds.map((round) => round.ms)
  const counts = [rounds.length, mean(rounds.map(({ orderCount }) => orderCount))].map((value) => value.toFixed(0))
  const values = [...counts, ms(quantile(times, 0.5)), ms(quantile(times, 0.99)), ms(Math.max(...times))]
  return `${name.padEnd(13)}${rush.padEnd(18)}${values.map((value) => value.padStart(9)).join('')}`
}
