import { type Distribution, type Measure, type Measures, Share, Total } from './measures.ts'

/** k6's own words for what a run must keep to: `p(95)<200`, `rate<0.01`, `count>0`. */
export type Threshold = string | { threshold: string; abortOnFail?: boolean; delayAbortEval?: string }
export type Verdict = { metric: string; threshold: string; value: number | undefined; isKept: boolean; aborts: boolean }

const EXPRESSION =
  /^\s*(avg|min|max|med|count|rate|value|p\((\d+(?:\.\d+)?)\))\s*(<=|>=|<|>|==|!=)\s*(-?\d+(?:\.\d+)?)\s*$/

const COMPARISONS: Record<string, (value: number, limit: number) => boolean> = {
  '<': (value, limit) => value < limit,
  '<=': (value, limit) => value <= limit,
  '>': (value, limit) => value > limit,
  '>=': (value, limit) => value >= limit,
  '==': (value, limit) => value === limit,
  '!=': (value, limit) => value !== limit,
}

/** Throws on an expression that k6 would not take either. What was never measured is not kept: there is nothing to say. */
export const judge = (measures: Measures, thresholds: Record<string, readonly Threshold[]>): Verdict[] =>
  Object.entries(thresholds).flatMap(([metric, list]) =>
    list.map((one) => {
      const { threshold, abortOnFail = false } = typeof one === 'string' ? { threshold: one } : one
      const [, aggregate, percent, comparison, limit] = threshold.match(EXPRESSION) ?? []
      if (!aggregate) throw new Error(`${metric}: not a threshold: ${threshold}`)
      const value = aggregateOf(measures.all.get(metric), aggregate, percent)
      const isKept = value !== undefined && COMPARISONS[comparison!]!(value, Number(limit))
      return { metric, threshold, value, isKept, aborts: abortOnFail }
    }),
  )

const aggregateOf = (
  measure: Measure | undefined,
  aggregate: string,
  percent: string | undefined,
): number | undefined => {
  if (measure === undefined) return undefined
  if (aggregate === 'count') return measure instanceof Total ? measure.sum : measure.count
  if (measure instanceof Share) return aggregate === 'rate' ? measure.rate : undefined
  if (measure instanceof Total) return undefined
  return ofDistribution(measure, aggregate, percent)
}

const ofDistribution = (measure: Distribution, aggregate: string, percent: string | undefined): number | undefined => {
  if (percent !== undefined) return measure.percentile(Number(percent))
  return { avg: measure.mean, min: measure.min, max: measure.max, med: measure.percentile(50) }[aggregate]
}

const DURATION = /(\d+(?:\.\d+)?)(ms|s|m|h)/g
const UNIT_MS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

/** `1m30s` in milliseconds. Throws when it is none. */
export const durationMs = (text: string): number => {
  const parts = [...text.matchAll(DURATION)]
  if (parts.map(([whole]) => whole).join('') !== text || parts.length === 0) throw new Error(`not a duration: ${text}`)
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * UNIT_MS[unit!]!, 0)
}
