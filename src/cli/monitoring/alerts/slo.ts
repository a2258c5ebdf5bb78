import { type Alert, type Group, type Recording, rising } from '../alert.ts'

/**
 * Service level objectives over 30 days, and alerts by how fast their budget of errors is spent: windows and factors of
 * Google's SRE workbook, chapter 5, "multiwindow, multi-burn-rate alerts". The short window ends the alert soon after
 * the cause has ended.
 */

export const AVAILABILITY_TARGET = 0.999
export const LATENCY_TARGET = 0.99
export const LATENCY_SECONDS = 0.25
/** Fewer requests than this in a second, over an hour, say too little about a share of them. */
const REQUESTS_PER_SECOND_MIN = 0.02

type Burn = { long: string; short: string; factor: number; spent: string; for: string; severity: 'page' | 'ticket' }

export const BURNS: readonly Burn[] = [
  { long: '1h', short: '5m', factor: 14.4, spent: '2 % in an hour', for: '2m', severity: 'page' },
  { long: '6h', short: '30m', factor: 6, spent: '5 % in six hours', for: '15m', severity: 'page' },
  { long: '1d', short: '2h', factor: 3, spent: '10 % in a day', for: '1h', severity: 'ticket' },
  { long: '3d', short: '6h', factor: 1, spent: '10 % in three days', for: '3h', severity: 'ticket' },
]

const WINDOWS = ['5m', '30m', '1h', '2h', '6h', '1d', '3d']

const DURATION = 'ridendine_http_request_duration_seconds'
/** Probes and scrapes are not what customers ask for. */
const REAL = 'route!~"/health.*|/metrics"'
/** Checking a password takes long on purpose. */
const QUICK = 'route!~"/health.*|/metrics|/auth/.*"'

const errorRatio = (window: string): Recording => ({
  record: `job:ridendine_http_errors:ratio_rate${window}`,
  expr: `(
  sum by (job) (rate(${DURATION}_count{${REAL},status=~"5.."}[${window}]))
  or 0 * sum by (job) (rate(${DURATION}_count{${REAL}}[${window}]))
) / (sum by (job) (rate(${DURATION}_count{${REAL}}[${window}])) > 0)`,
})

const slowRatio = (window: string): Recording => ({
  record: `job:ridendine_http_slow:ratio_rate${window}`,
  expr: `1 - sum by (job) (rate(${DURATION}_bucket{${QUICK},le="${LATENCY_SECONDS}"}[${window}]))
  / (sum by (job) (rate(${DURATION}_count{${QUICK}}[${window}])) > 0)`,
})

const recordings: Recording[] = [
  ...['5m', '1h'].map((window) => ({
    record: `job:ridendine_http_requests:rate${window}`,
    expr: `sum by (job) (rate(${DURATION}_count{${REAL}}[${window}]))`,
  })),
  ...WINDOWS.map(errorRatio),
  ...WINDOWS.map(slowRatio),
]

/** For the cases of a burn: how long its window is, and how far apart samples are for its short one to have several. */
const CASES: Record<string, { hours: number; stepMinutes: number }> = {
  '1h': { hours: 1, stepMinutes: 1 },
  '6h': { hours: 6, stepMinutes: 5 },
  '1d': { hours: 24, stepMinutes: 20 },
  '3d': { hours: 72, stepMinutes: 20 },
}
/** After the long window is full: long enough for the alert to have waited. */
const WAITED_HOURS = 4

const intervalFor = ({ long }: Burn) => `${CASES[long]!.stepMinutes}m`
const samplesFor = ({ long }: Burn) => ((CASES[long]!.hours + WAITED_HOURS) * 60) / CASES[long]!.stepMinutes
const instantFor = ({ long }: Burn) => `${CASES[long]!.hours + WAITED_HOURS}h`
const perStep = 10_000
const series = (suffix: string, labels: string) => `${DURATION}_${suffix}{job="api",instance="api:9001",${labels}}`

const availabilityCase = (burn: Burn, badShare: number) => ({
  interval: intervalFor(burn),
  at: instantFor(burn),
  labels: { job: 'api' },
  series: {
    [series('count', 'route="/orders",status="200"')]: rising(0, perStep * (1 - badShare), samplesFor(burn)),
    [series('count', 'route="/orders",status="500"')]: rising(0, perStep * badShare, samplesFor(burn)),
    // Probes are answered well all the time and must not hide it.
    [series('count', 'route="/health",status="200"')]: rising(0, perStep * 100, samplesFor(burn)),
  },
})

const latencyCase = (burn: Burn, slowShare: number) => ({
  interval: intervalFor(burn),
  at: instantFor(burn),
  labels: { job: 'api' },
  series: {
    [series('bucket', `route="/orders",status="200",le="${LATENCY_SECONDS}"`)]: rising(
      0,
      perStep * (1 - slowShare),
      samplesFor(burn),
    ),
    [series('count', 'route="/orders",status="200"')]: rising(0, perStep, samplesFor(burn)),
    // Signing in is slow on purpose.
    [series('bucket', `route="/auth/login",status="200",le="${LATENCY_SECONDS}"`)]: rising(0, 0, samplesFor(burn)),
    [series('count', 'route="/auth/login",status="200"')]: rising(0, perStep, samplesFor(burn)),
  },
})

/** It was bad for long, and is good again: the short window says so. */
const overCase = (burn: Burn) => {
  const after = (7 * 60) / CASES[burn.long]!.stepMinutes
  const before = samplesFor(burn) - after
  const bad = perStep * 0.5
  return {
    interval: intervalFor(burn),
    at: instantFor(burn),
    series: {
      [series('count', 'route="/orders",status="200"')]: `0+${perStep}x${before + after}`,
      [series('count', 'route="/orders",status="500"')]: `0+${bad}x${before} ${bad * before}+0x${after}`,
    },
  }
}

const exceeds = (record: string, { long, short, factor }: Burn, target: number) => {
  const limit = `${factor} * ${Number((1 - target).toFixed(6))}`
  return `job:${record}:ratio_rate${long} > ${limit}
and job:${record}:ratio_rate${short} > ${limit}
and on (job) job:ridendine_http_requests:rate1h > ${REQUESTS_PER_SECOND_MIN}`
}

const availability = (burn: Burn): Alert => ({
  name: `AvailabilityBudgetBurn${burn.long}`,
  expr: exceeds('ridendine_http_errors', burn, AVAILABILITY_TARGET),
  for: burn.for,
  severity: burn.severity,
  area: 'slo',
  labels: { slo: 'availability', window: burn.long },
  summary: '{{ $labels.job }} answers too many requests with errors',
  description: `At this rate ${burn.spent} of the 30 days' budget is spent: ${(1 - AVAILABILITY_TARGET).toFixed(3)} of the requests may fail, now it is ${burn.factor} times that.`,
  runbook: 'performance-degradation.md#availability-budget-burn',
  fires: [availabilityCase(burn, burn.factor * 0.0012)],
  quiet: [availabilityCase(burn, burn.factor * 0.0008), ...(burn.long === '3d' ? [overCase(burn)] : [])],
})

const latency = (burn: Burn): Alert => ({
  name: `LatencyBudgetBurn${burn.long}`,
  expr: exceeds('ridendine_http_slow', burn, LATENCY_TARGET),
  for: burn.for,
  severity: burn.severity,
  area: 'slo',
  labels: { slo: 'latency', window: burn.long },
  summary: '{{ $labels.job }} answers too many requests slowly',
  description: `At this rate ${burn.spent} of the 30 days' budget is spent: ${(1 - LATENCY_TARGET).toFixed(2)} of the requests may take longer than ${LATENCY_SECONDS} s, now it is ${burn.factor} times that.`,
  runbook: 'performance-degradation.md#latency-budget-burn',
  fires: [latencyCase(burn, burn.factor * 0.012)],
  quiet: [latencyCase(burn, burn.factor * 0.008)],
})

export const slo: Group = {
  name: 'slo',
  recordings,
  alerts: BURNS.flatMap((burn) => [availability(burn), latency(burn)]),
}
