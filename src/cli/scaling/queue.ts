/**
 * Queues in formulas, and one in events to hold them against. Rates are requests a second, times seconds. Arrivals are Poisson,
 * service times exponential. A. K. Erlang, 1917; the forms used here are those of any textbook on queues (M/M/c).
 */

/**
 * Erlang B: the share of requests that `servers` lines without a queue turn away at an offered load of `load` (arrival rate
 * times service time). By the recurrence in the number of lines, which does not overflow.
 */
export const erlangB = (servers: number, load: number): number => {
  let blocked = 1
  for (let line = 1; line <= servers; line++) blocked = (load * blocked) / (line + load * blocked)
  return blocked
}

/** Erlang C: the share of requests that must wait, where all lines serve one queue. 1 from full load on. */
export const erlangC = (servers: number, load: number): number => {
  if (load >= servers) return 1
  const blocked = erlangB(servers, load)
  return blocked / (1 - (load / servers) * (1 - blocked))
}

export type Queue = { servers: number; arrivalRate: number; serviceSeconds: number }

const loadOf = ({ arrivalRate, serviceSeconds }: Queue) => arrivalRate * serviceSeconds

/** The mean time in an M/M/c queue before service begins; infinite from full load on. */
export const waitMean = (queue: Queue): number => {
  const load = loadOf(queue)
  if (load >= queue.servers) return Number.POSITIVE_INFINITY
  return (erlangC(queue.servers, load) * queue.serviceSeconds) / (queue.servers - load)
}

/** The wait that a share `quantile` of requests does not exceed: 0 where so many do not wait at all. */
export const waitQuantile = (queue: Queue, quantile: number): number => {
  const load = loadOf(queue)
  if (load >= queue.servers) return Number.POSITIVE_INFINITY
  const late = erlangC(queue.servers, load) / (1 - quantile)
  return late <= 1 ? 0 : (Math.log(late) * queue.serviceSeconds) / (queue.servers - load)
}

/** Exponentially distributed with the given mean, from a number in [0, 1). */
export const exponential = (mean: number, random: () => number): number => -mean * Math.log(1 - random())

/**
 * The waits of `count` requests in an M/M/c queue, one by one: the first that is free serves the next. What the formulas are
 * tested against, and what they cannot say (a start from empty, a burst).
 */
export const simulateQueue = (queue: Queue, count: number, random: () => number): number[] => {
  const freeAt = new Array<number>(queue.servers).fill(0)
  const waits: number[] = []
  let now = 0
  for (let request = 0; request < count; request++) {
    now += exponential(1 / queue.arrivalRate, random)
    const next = freeAt.indexOf(Math.min(...freeAt))
    const start = Math.max(now, freeAt[next]!)
    waits.push(start - now)
    freeAt[next] = start + exponential(queue.serviceSeconds, random)
  }
  return waits
}
