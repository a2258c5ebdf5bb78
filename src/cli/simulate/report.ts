import type { OrderRecord } from './book.ts'
import type { Finding } from './checks.ts'
import { quantile, type ServerFault } from './stats.ts'
import type { World } from './world.ts'

/** What is told at the end, as data: printed as tables, and written as JSON where that is asked for. */
export type Report = {
  run: string
  url: string
  seed: number
  speed: number
  /** Why it ended before its end. */
  stopped: string | undefined
  wallSeconds: number
  virtualHours: number
  orders: { wanted: number; placed: number; open: number; outcomes: Record<string, number> }
  times: TimeRow[]
  drivers: { count: number; utilisation: number; deliveriesPerHour: number }
  counts: Record<string, number>
  routes: RouteRow[]
  requestsPerSecond: number
  transportErrors: Record<string, number>
  serverFaults: ServerFault[]
  findings: Finding[]
}

export type TimeRow = {
  what: string
  count: number
  p50Minutes: number | undefined
  p90Minutes: number | undefined
  p50Seconds: number | undefined
  p90Seconds: number | undefined
}

export type RouteRow = { route: string; count: number; statuses: string; p50Ms: number; p95Ms: number; p99Ms: number }

type Facts = {
  startedMs: number
  beganAt: number
  endedAt: number
  stopped: string | undefined
  driverTimes: readonly { began?: number; ended?: number; busy: number }[]
}

export const reportOf = (world: World, facts: Facts): Report => {
  const { options, book, stats, checks, run } = world
  const wallSeconds = (performance.now() - facts.startedMs) / 1000
  const routes = [...stats.routes.values()]
  return {
    run,
    url: options.url,
    seed: options.seed,
    speed: options.speed,
    stopped: facts.stopped,
    wallSeconds,
    virtualHours: (facts.endedAt - facts.beganAt) / 3600,
    orders: {
      wanted: options.orders,
      placed: book.placedCount,
      open: book.open.size,
      outcomes: Object.fromEntries(book.outcomes),
    },
    times: timesOf([...book.records.values()]),
    drivers: driversOf(facts, book.outcomes.get('delivered') ?? 0),
    counts: Object.fromEntries([...stats.counts].sort(([a], [b]) => a.localeCompare(b))),
    routes: routes
      .map(({ route, count, statuses, ms }) => ({
        route,
        count,
        statuses: [...statuses]
          .sort(([a], [b]) => a - b)
          .map(([status, n]) => `${status}:${n}`)
          .join(' '),
        p50Ms: quantile(ms, 0.5)!,
        p95Ms: quantile(ms, 0.95)!,
        p99Ms: quantile(ms, 0.99)!,
      }))
      .sort((a, b) => b.count - a.count),
    requestsPerSecond: stats.requestCount / wallSeconds,
    transportErrors: Object.fromEntries(stats.transportErrors),
    serverFaults: stats.serverFaults,
    findings: checks.findings(),
  }
}

const timesOf = (records: readonly OrderRecord[]): TimeRow[] => {
  const delivered = records.filter(({ outcome }) => outcome === 'delivered')
  const row = (what: string, from: keyof OrderRecord['at'], to: keyof OrderRecord['at']): TimeRow => {
    const both = delivered.filter(({ at }) => at[from] !== undefined && at[to] !== undefined)
    const minutes = both.map(({ at }) => (at[to]! - at[from]!) / 60)
    const seconds = both.map(({ ms }) => (ms[to]! - ms[from]!) / 1000)
    return {
      what,
      count: both.length,
      p50Minutes: quantile(minutes, 0.5),
      p90Minutes: quantile(minutes, 0.9),
      p50Seconds: quantile(seconds, 0.5),
      p90Seconds: quantile(seconds, 0.9),
    }
  }
  return [
    row('click to door', 'placed', 'delivered'),
    row('paid to accepted', 'paid', 'accepted'),
    row('accepted to driver', 'accepted', 'assigned'),
    row('ready to pickup', 'ready', 'pickedUp'),
    row('pickup to door', 'pickedUp', 'delivered'),
  ]
}

const driversOf = ({ driverTimes, endedAt }: Facts, delivered: number) => {
  const worked = driverTimes.filter(({ began }) => began !== undefined)
  const onDuty = worked.reduce((sum, { began, ended }) => sum + Math.max(0, (ended ?? endedAt) - began!), 0)
  const busy = worked.reduce((sum, one) => sum + one.busy, 0)
  return {
    count: worked.length,
    utilisation: onDuty === 0 ? 0 : busy / onDuty,
    deliveriesPerHour: onDuty === 0 ? 0 : delivered / (onDuty / 3600),
  }
}

/** Whether the run proved what it is for. A day that a person stopped proves nothing, but is no failure. */
export const isSound = ({ findings, stopped }: Report): boolean =>
  findings.every(({ broken }) => broken === 0) && (stopped === undefined || stopped.startsWith('SIG'))
