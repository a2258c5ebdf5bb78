/** The tables of `bun run bench:dispatch`. */
import { type JobResult, variantName } from './job.ts'
import { type Measures, mean, quantile } from './measures.ts'
import { SIXTEEN } from './published.ts'

type Column = [title: string, width: number, value: (measures: Measures) => string]

const fixed = (read: (measures: Measures) => number, digits = 2) => {
  return (measures: Measures) => read(measures).toFixed(digits)
}

const COLUMNS: Column[] = [
  ['undel%', 7, fixed((one) => one.undeliveredPercent)],
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

/** On the instances among the sixteen whose optimum is known, click-to-door beside Reyes' own figures and the optimum. */
export const sixteenLines = (results: readonly JobResult[]): string[] => {
  const own = new Map(results.map((one) => [one.name, one.measures.clickToDoor]))
  const known = SIXTEEN.filter(({ name }) => own.has(name))
  const row = (name: string, ours: number, reyes: number, optimum: number) =>
    `${name.padEnd(18)}${[ours, reyes, optimum].map((value) => value.toFixed(2).padStart(10)).join('')}` +
    `${(ours - reyes).toFixed(2).padStart(10)}${(ours - optimum).toFixed(2).padStart(10)}`
  const means = [mean(known.map(({ name }) => own.get(name)!)), mean(known.map((one) => one.reyes))] as const
  return [
    ...known.map(({ name, reyes, optimum }) => row(name, own.get(name)!, reyes, optimum)),
    row(`mean of ${known.length}`, ...means, mean(known.map((one) => one.optimum))),
  ]
}

export const sixteenHeading = (variant: string) =>
  `CtD, ${variant}`.padEnd(18) +
  ['here', 'Reyes', 'optimum', '-Reyes', '-optimum'].map((title) => title.padStart(10)).join('')
