/** Figures beside their limits, and how they are taken. */
import { percentile } from './statistics.ts'

export type Row = {
  name: string
  value: number
  unit: string
  /** Met at or below; a row without one is there to compare with. */
  max?: number
  /** Met at or above. */
  min?: number
  remark?: string
}

export const isMet = ({ value, max, min }: Row): boolean =>
  (max === undefined || value <= max) && (min === undefined || value >= min)

const digits = (value: number) => (value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3)
const number = (value: number) => value.toFixed(digits(value))

export const rowHeading = () => `${line('', 'figure', 'limit', 'of limit')}\n${'-'.repeat(100)}`

export const rowText = (row: Row): string => {
  const { name, value, unit, max, min, remark } = row
  const limit = max ?? min
  const bound = limit === undefined ? '' : `${max === undefined ? '>=' : '<='} ${number(limit)}`
  const share = limit === undefined ? '' : `${((value / limit) * 100).toFixed(0)} %`
  const verdict = limit === undefined ? '' : isMet(row) ? 'ok' : 'short'
  return `${line(name, `${number(value)} ${unit}`, bound, share)}  ${verdict}${remark ? `  ${remark}` : ''}`.trimEnd()
}

const line = (name: string, value: string, bound: string, share: string) =>
  `${name.padEnd(48)}${value.padStart(14)}${bound.padStart(12)}${share.padStart(10)}`

const ROUNDS = 5
const WARM_UP_ROUNDS = 3

/**
 * Microseconds of one question, its median and its 99th percentile over all that are asked; of several rounds, the middle
 * one. `ask` is called with 0, 1, 2 ...
 */
export const measureQuestions = (count: number, ask: (index: number) => unknown, rounds = ROUNDS) => {
  for (let round = 0; round < (rounds > 1 ? WARM_UP_ROUNDS : 0); round++) for (let i = 0; i < count; i++) ask(i)
  const taken: { p50: number; p99: number }[] = []
  const micros = new Float64Array(count)
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < count; i++) {
      const from = Bun.nanoseconds()
      ask(i)
      micros[i] = (Bun.nanoseconds() - from) / 1000
    }
    taken.push({ p50: percentile([...micros], 50), p99: percentile([...micros], 99) })
  }
  return {
    p50: percentile(
      taken.map(({ p50 }) => p50),
      50,
    ),
    p99: percentile(
      taken.map(({ p99 }) => p99),
      50,
    ),
  }
}

/** Milliseconds, the median of some times after as many to warm up. */
export const measureMillis = (times: number, work: () => unknown): number => {
  for (let i = 0; i < times; i++) work()
  const millis: number[] = []
  for (let i = 0; i < times; i++) {
    const from = Bun.nanoseconds()
    work()
    millis.push((Bun.nanoseconds() - from) / 1e6)
  }
  return percentile(millis, 50)
}
