/**
 * Runs a k6 script of this folder without k6: `bun run load SCRIPT --url http://localhost:9001 [--scale 0.1]
 * [--iterations N --vus V] [--out FOLDER] [--env NAME=VALUE]`. A table, an SVG, and exit code 99 when a threshold is not kept, as k6.
 */
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { runScenario, type Scenario } from './executors.ts'
import { provideK6 } from './k6-modules.ts'
import { Distribution, Measures, Share, Total } from './measures.ts'
import { pictureOf } from './picture.ts'
import { durationMs, judge, type Threshold } from './thresholds.ts'

const THRESHOLDS_NOT_KEPT_EXIT_CODE = 99
const JUDGE_EVERY_MS = 500
const folder = join(import.meta.dir, '..')

type Options = Partial<Scenario> & {
  scenarios?: Record<string, Scenario>
  thresholds?: Record<string, readonly Threshold[]>
}
type Script = {
  options: Options
  setup?: () => Promise<unknown>
  default?: (data: unknown) => Promise<void>
  [name: string]: unknown
}

const main = async () => {
  const { values, positionals } = parseArgs({
    args: process.argv.slice(2),
    allowPositionals: true,
    options: {
      url: { type: 'string' },
      scale: { type: 'string', default: '1' },
      iterations: { type: 'string' },
      vus: { type: 'string', default: '1' },
      out: { type: 'string', default: join('.data', 'load') },
      env: { type: 'string', multiple: true, default: [] },
    },
  })
  const [name] = positionals
  const file = join(folder, `${name}.js`)
  if (!name || !values.url || !existsSync(file)) return usage()
  const measures = new Measures()
  const interruption = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interruption.abort())
  const settings = Object.fromEntries(values.env.map((pair) => pair.split(/=(.*)/s).slice(0, 2) as [string, string]))
  provideK6(measures, { BASE_URL: values.url, ...settings }, interruption.signal)
  const script = (await import(file)) as Script
  const scenarios = scenariosOf(
    script,
    values.iterations ? { vus: Number(values.vus), iterations: Number(values.iterations) } : undefined,
  )
  const thresholds = script.options.thresholds ?? {}

  const data = await script.setup?.()
  const ended = new AbortController()
  const judging = abortWhenHopeless(measures, thresholds, interruption, ended.signal)
  const stop = interruption.signal
  const scale = Number(values.scale)
  await Promise.all(
    Object.values(scenarios).map((scenario) => {
      const work = script[scenario.exec ?? 'default'] as (data: unknown) => Promise<void>
      return runScenario(scenario, { work, data, measures, stop, scale })
    }),
  )
  ended.abort()
  await judging

  const verdicts = judge(measures, thresholds)
  console.log(tableOf(measures))
  for (const { metric, threshold, value, isKept } of verdicts) {
    console.log(
      `${isKept ? 'kept    ' : 'NOT KEPT'}  ${metric} ${threshold}: ${value === undefined ? 'never measured' : round(value)}`,
    )
  }
  mkdirSync(values.out, { recursive: true })
  const picture = join(values.out, `${name}.svg`)
  await Bun.write(picture, pictureOf(`${name}, ${measures.seconds.length} s`, measures.seconds))
  console.log(`\n${picture}`)
  return verdicts.every(({ isKept }) => isKept) ? 0 : THRESHOLDS_NOT_KEPT_EXIT_CODE
}

const usage = () => {
  const names = readdirSync(folder)
    .filter((file) => file.endsWith('.js'))
    .map((file) => file.slice(0, -3))
  console.error(
    `Usage: bun run load SCRIPT --url URL [--scale X] [--iterations N --vus V] [--env NAME=VALUE]\nScripts: ${names.join(', ')}`,
  )
  return 2
}

/** As the script says, or each of its functions so many times. */
const scenariosOf = ({ options }: Script, few?: { vus: number; iterations: number }): Record<string, Scenario> => {
  const all = options.scenarios ?? { default: { executor: executorOf(options), ...options } as Scenario }
  if (!few) return all
  return Object.fromEntries(
    Object.entries(all).map(([name, { exec }]) => [name, { executor: 'shared-iterations', exec, ...few }]),
  )
}

const executorOf = ({ stages, duration }: Options) =>
  stages ? 'ramping-vus' : duration ? 'constant-vus' : 'shared-iterations'

const abortWhenHopeless = async (
  measures: Measures,
  thresholds: Record<string, readonly Threshold[]>,
  interruption: AbortController,
  ended: AbortSignal,
) => {
  const delays = Object.values(thresholds)
    .flat()
    .flatMap((one) => (typeof one === 'string' || !one.delayAbortEval ? [] : [durationMs(one.delayAbortEval)]))
  const from = Math.max(0, ...delays)
  while (!ended.aborted) {
    await Bun.sleep(JUDGE_EVERY_MS)
    if (measures.elapsedMs < from) continue
    const hopeless = judge(measures, thresholds).find(({ aborts, isKept }) => aborts && !isKept)
    if (!hopeless) continue
    console.log(`stopped after ${Math.round(measures.elapsedMs / 1000)} s: ${hopeless.metric} ${hopeless.threshold}`)
    interruption.abort()
    return
  }
}

const round = (value: number) => (value < 10 ? value.toFixed(3) : value.toFixed(1))

const TAGGED = /^http_req_duration\{name:(.*)\}$/

const tableOf = (measures: Measures): string => {
  const lines = [
    `${'route'.padEnd(52)}${['count', 'failed', 'p50 ms', 'p95 ms', 'p99 ms', 'max ms'].map((word) => word.padStart(9)).join('')}`,
  ]
  for (const [metric, measure] of measures.all) {
    if (!(measure instanceof Distribution)) continue
    const route = metric.match(TAGGED)?.[1] ?? (metric === 'http_req_duration' ? 'all' : metric)
    const failed = measures.all.get(metric.replace('http_req_duration', 'http_req_failed'))
    const cells = [
      String(measure.count),
      failed instanceof Share ? String(failed.yes) : '',
      ...[50, 95, 99].map((percent) => measure.percentile(percent).toFixed(1)),
      measure.max.toFixed(1),
    ]
    lines.push(route.padEnd(52) + cells.map((cell) => cell.padStart(9)).join(''))
  }
  for (const [metric, measure] of measures.all) if (measure instanceof Total) lines.push(`${metric}: ${measure.sum}`)
  const seconds = measures.elapsedMs / 1000
  const requests = measures.all.get('http_req_duration')
  lines.push(`${round((requests?.count ?? 0) / seconds)} requests/s over ${round(seconds)} s`)
  for (const [name, { count, yes }] of measures.checks) {
    if (yes < count) lines.push(`check failed ${count - yes} of ${count}: ${name}`)
  }
  return lines.join('\n')
}

process.exit(await main())
