/** What the figures of a run say beside what is published, and beside the limits that this project has set itself. */
import { mean } from '#modules/dispatch/replay/measures'
import { type JobResult, variantName } from './job.ts'
import { SIXTEEN } from './published.ts'

const SIXTEEN_MAX_MINUTES = 31.2
const UNDELIVERED_MAX_PERCENT = 0.25
const DISTANCE_SHARE_MAX = 0.5

type Variant = { name: string; results: readonly JobResult[] }

export const byVariant = (results: readonly JobResult[]): Variant[] =>
  [...Map.groupBy(results, (one) => variantName(one.policy, one.rules))].map(([name, own]) => ({ name, results: own }))

/** Click-to-door on those of the run whose optimum is known; none when there are none. */
export const sixteenLines = (results: readonly JobResult[]): string[] => {
  const known = SIXTEEN.filter((one) => results.some(({ name }) => name === one.name))
  if (known.length === 0) return []
  const variants = byVariant(results)
  const values = (of: (typeof SIXTEEN)[number]) => [
    ...variants.map((variant) => variant.results.find(({ name }) => name === of.name)!.measures.clickToDoor),
    ...[of.reyes, of.optimum, of.floor],
  ]
  const row = (name: string, cells: readonly string[]) =>
    `${name.padEnd(18)}${cells.map((cell) => cell.padStart(12)).join('')}`
  const rows = known.map((one) => ({ name: one.name, cells: values(one) }))
  const titles = [...variants.map(({ name }) => name), 'published', 'optimum', 'floor']
  return [
    row('CtD', titles),
    ...rows.map(({ name, cells }) => row(name, cells.map(fixed))),
    row(
      `mean of ${rows.length}`,
      titles.map((_, column) => fixed(mean(rows.map(({ cells }) => cells[column]!)))),
    ),
  ]
}

/** For ours, each set of rules apart. The baselines are those of the same run. */
export const verdictLines = (results: readonly JobResult[]): string[] => {
  const variants = byVariant(results)
  const baselines = variants.filter(({ results: own }) => own[0]!.policy !== 'ours')
  return variants
    .filter(({ results: own }) => own[0]!.policy === 'ours')
    .flatMap((ours) => [
      undeliveredLine(ours),
      ...(baselines.length > 0 ? [baselineLine(ours, baselines)] : []),
      ...sixteenLine(ours),
      ...distanceLine(ours, variants),
    ])
}

const undeliveredLine = ({ name, results }: Variant): string => {
  const over = results.filter(({ measures }) => measures.undeliveredPercent > UNDELIVERED_MAX_PERCENT)
  const avoidable = over.filter(
    ({ measures }) => measures.undeliveredPercent - measures.impossiblePercent > UNDELIVERED_MAX_PERCENT,
  )
  const share = fixed(mean(results.map(({ measures }) => measures.undeliveredPercent)))
  return (
    `${name}: ${share} % undelivered in the mean; above ${UNDELIVERED_MAX_PERCENT} % on ${over.length} of ` +
    `${results.length} instances, without the impossible orders on ${avoidable.length}${listed(avoidable)}`
  )
}

const baselineLine = ({ name, results }: Variant, baselines: readonly Variant[]): string => {
  const worse = results.filter((one) => {
    const others = baselines.flatMap((variant) => variant.results.filter((other) => other.name === one.name))
    return (
      one.measures.undeliveredPercent > Math.min(...others.map((other) => other.measures.undeliveredPercent)) + 1e-9
    )
  })
  return `${name}: more undelivered than the better baseline on ${worse.length} of ${results.length}${listed(worse)}`
}

const sixteenLine = ({ name, results }: Variant): string[] => {
  const own = results.filter((one) => SIXTEEN.some((known) => known.name === one.name))
  if (own.length < SIXTEEN.length) return []
  const value = mean(own.map(({ measures }) => measures.clickToDoor))
  return [
    `${name}: mean CtD of the sixteen ${fixed(value)}, ${met(value <= SIXTEEN_MAX_MINUTES)} ${SIXTEEN_MAX_MINUTES}`,
  ]
}

const distanceLine = ({ name, results }: Variant, variants: readonly Variant[]): string[] => {
  const distance = (variant: Variant) => mean(variant.results.map(({ measures }) => measures.aboveFloor))
  const reyes = variants.filter((variant) => variant.results[0]!.policy === 'reyes')
  if (reyes.length === 0) return []
  const best = Math.min(...reyes.map(distance))
  const value = distance({ name, results })
  const isMet = value <= best * DISTANCE_SHARE_MAX
  return [`${name}: ${fixed(value)} above the floor, Reyes here ${fixed(best)}: ${met(isMet)} half of it`]
}

const met = (isMet: boolean) => (isMet ? 'within' : 'MISSES')
const fixed = (value: number) => value.toFixed(2)
const listed = (results: readonly JobResult[]) =>
  results.length > 0 ? `: ${results.map(({ name }) => name).join(', ')}` : ''
