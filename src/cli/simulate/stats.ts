/** What the run did, in numbers: requests by route template, and counters by name. */
export type Stats = ReturnType<typeof createStats>

export type RouteStats = { route: string; count: number; statuses: Map<number, number>; ms: number[] }

/** The newest so many latencies of a route are kept: a whole day, but not a demo that never ends. */
const LATENCIES_MAX = 50_000
const FAULTS_MAX = 200

export type ServerFault = { at: string; route: string; status: number; slug: string; instance: string }

export const createStats = () => {
  const routes = new Map<string, RouteStats>()
  const counts = new Map<string, number>()
  const transportErrors = new Map<string, number>()
  const serverFaults: ServerFault[] = []
  const count = (name: string, by = 1) => void counts.set(name, (counts.get(name) ?? 0) + by)

  return {
    routes,
    counts,
    transportErrors,
    serverFaults,
    count,
    counted: (name: string) => counts.get(name) ?? 0,
    answered: (route: string, status: number, ms: number) => {
      const known = routes.get(route) ?? { route, count: 0, statuses: new Map(), ms: [] }
      routes.set(route, known)
      known.statuses.set(status, (known.statuses.get(status) ?? 0) + 1)
      known.ms[known.count % LATENCIES_MAX] = ms
      known.count++
    },
    notReached: (message: string) => void transportErrors.set(message, (transportErrors.get(message) ?? 0) + 1),
    faultOfServer: (fault: ServerFault) => {
      count(`status ${fault.status}`)
      if (serverFaults.length < FAULTS_MAX) serverFaults.push(fault)
    },
    get requestCount() {
      return [...routes.values()].reduce((sum, route) => sum + route.count, 0)
    },
    /** Answers of 500 and above, and requests that got none. */
    get errorCount() {
      const noAnswers = [...transportErrors.values()].reduce((sum, one) => sum + one, 0)
      return noAnswers + [...routes.values()].reduce((sum, { statuses }) => sum + countFrom500(statuses), 0)
    },
  }
}

const countFrom500 = (statuses: Map<number, number>) =>
  [...statuses].reduce((sum, [status, count]) => sum + (status >= 500 ? count : 0), 0)

/** The value that a share of the values does not exceed (nearest rank); undefined of none. */
export const quantile = (values: readonly number[], share: number): number | undefined => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))]
}
