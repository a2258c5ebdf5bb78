import { type Measures, quantile } from './measures.ts'

/** The table of benchmarks and replays: one line for each way to dispatch. */

export type Column<M> = [title: string, width: number, value: (measures: M) => string]

const fixed = <M>(read: (measures: M) => number, digits = 2) => {
  return (measures: M) => {
    const value = read(measures)
    return Number.isFinite(value) ? value.toFixed(digits) : '-'
  }
}

/** `more` comes after the share that was not delivered. */
export const columnsOf = <M extends Measures>(
  overTitle: string,
  more: readonly [title: string, width: number, read: (measures: M) => number][] = [],
): Column<M>[] => [
  ['undel%', 7, fixed((one) => one.undeliveredPercent)],
  ...more.map(([title, width, read]): Column<M> => [title, width, fixed(read)]),
  ['CtD', 7, fixed((one) => one.clickToDoor)],
  ['p90', 6, fixed((one) => one.clickToDoorP90, 1)],
  [overTitle, 7, fixed((one) => one.overage)],
  ['RtP', 7, fixed((one) => one.readyToPickup)],
  ['p90', 6, fixed((one) => one.readyToPickupP90, 1)],
  ['RtD', 7, fixed((one) => one.readyToDoor)],
  ['-floor', 7, fixed((one) => one.aboveFloor)],
  ['util', 6, fixed((one) => one.utilisation)],
  ['cost', 7, fixed((one) => one.costPerOrder)],
  ['o/bdl', 6, fixed((one) => one.ordersPerBundle)],
]

const NAME_WIDTH = 18
const VARIANT_WIDTH = 13

export const tableHeading = <M>(name: string, columns: readonly Column<M>[]): string =>
  `${name.padEnd(NAME_WIDTH)}${'policy'.padEnd(VARIANT_WIDTH)}${columns.map(([title, width]) => title.padStart(width)).join('')}` +
  `${'ms p50'.padStart(9)}${'p99'.padStart(8)}${'max'.padStart(8)}`

/** `roundMs`: wall times of the decisions; none where nobody decided. */
export const tableLine = <M>(
  columns: readonly Column<M>[],
  name: string,
  variant: string,
  measures: M,
  roundMs: readonly number[],
): string =>
  `${name.slice(0, NAME_WIDTH - 1).padEnd(NAME_WIDTH)}${variant.padEnd(VARIANT_WIDTH)}` +
  columns.map(([, width, value]) => value(measures).padStart(width)).join('') +
  `${ms(quantile(roundMs, 0.5)).padStart(9)}${ms(quantile(roundMs, 0.99)).padStart(8)}${ms(quantile(roundMs, 1)).padStart(8)}`

export const ms = (value: number): string => (Number.isNaN(value) ? '-' : value.toFixed(value < 10 ? 2 : 1))
