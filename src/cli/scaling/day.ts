import { type AutoscalerSettings, decide, type Recommendation, SYNC_SECONDS, wanted } from './autoscaler.ts'
import { ASSUMED, costPerOrder, MEASURED, ordersPerSecond, requestsPerOrder, socketSecondsPerOrder } from './demand.ts'
import { waitQuantile } from './queue.ts'

/** A deployment: what a pod asks for and may use, and how many of them there are. */
export type Deployment = {
  autoscaler: AutoscalerSettings
  /** Of the processor and of memory, as shares of what a pod asks for. */
  cpuTarget: number
  memoryTarget: number
  cpuRequest: number
  cpuLimit: number
  memoryRequestBytes: number
}

export type RealtimeDeployment = { autoscaler: AutoscalerSettings; socketsPerPodTarget: number }

export type Surge = { fromSeconds: number; toSeconds: number; factor: number }
export type Scenario = { name: string; ordersPerDay: number; surge?: Surge }

export type DayReport = {
  name: string
  ordersPerDay: number
  peakOrdersPerSecond: number
  peakRequestsPerSecond: number
  pods: { fewest: number; most: number; mean: number; changes: number }
  /** Processors in use, in the mean. */
  coresMean: number
  /** Of the processors that the pods may use together, at the worst moment. */
  busyMax: number
  /** The wait for a free processor that 95 of 100 requests do not exceed: at the worst moment, and in the mean of all. */
  waitP95WorstSeconds: number
  waitP95MeanSeconds: number
  /** How long requests came faster than they could be served. */
  overloadedSeconds: number
  sockets: { most: number; pods: number; perPod: number }
  postgresCoresPeak: number
}

const DAY_SECONDS = 86_400
/** The kubelet's figures are averages; two looks at them reach this far back. */
const METRIC_TICKS = 2
const WAIT_QUANTILE = 0.95

type Pods = { ready: number; starting: { atSeconds: number; count: number }[] }

/**
 * A day in steps of 15 seconds: Poisson arrivals on the day's curve, spread evenly over the pods, each of which is an M/M/1
 * queue with the processor it may use; what comes faster than it is served is kept and served later. Begins with the fewest
 * pods, a day before the one that is reported, so that nights are as short of pods as they will be.
 */
export const simulateDay = (
  scenario: Scenario,
  api: Deployment,
  realtime: RealtimeDeployment,
  random: () => number,
): DayReport => {
  const serviceSeconds = costPerOrder.server / requestsPerOrder
  const pods: Pods = { ready: api.autoscaler.replicasMin, starting: [] }
  const asked: Recommendation[] = []
  const used: number[] = []
  let target = pods.ready
  let backlogSeconds = 0
  const ticks: Tick[] = []
  for (let now = -DAY_SECONDS; now < DAY_SECONDS; now += SYNC_SECONDS) {
    arrive(pods, now)
    const orders = ordersAt(scenario, (now + DAY_SECONDS) % DAY_SECONDS)
    const requests = poisson(orders * requestsPerOrder * SYNC_SECONDS, random) / SYNC_SECONDS
    const capacity = pods.ready * api.cpuLimit
    const offered = requests * serviceSeconds + backlogSeconds / SYNC_SECONDS
    const work = Math.min(offered, capacity)
    backlogSeconds = Math.max(0, offered - capacity) * SYNC_SECONDS
    used.push(work / pods.ready)
    const cpuRatio = mean(used.slice(-METRIC_TICKS)) / api.cpuRequest / api.cpuTarget
    const memoryRatio = MEASURED.residentBytes / api.memoryRequestBytes / api.memoryTarget
    asked.push({ atSeconds: now, replicas: wanted(target, [cpuRatio, memoryRatio], api.autoscaler) })
    const next = decide(target, asked.slice(-WINDOW_TICKS_MAX), now, api.autoscaler)
    const perPod = { servers: 1, arrivalRate: requests / pods.ready, serviceSeconds: serviceSeconds / api.cpuLimit }
    const isOverloaded = work >= capacity
    const waitP95 = isOverloaded ? backlogSeconds / capacity : waitQuantile(perPod, WAIT_QUANTILE)
    const isChange = next !== target
    ticks.push({
      now,
      orders,
      requests,
      ready: pods.ready,
      work,
      busy: work / capacity,
      isChange,
      isOverloaded,
      waitP95,
    })
    resize(pods, target, next, now)
    target = next
  }
  return report(
    scenario,
    ticks.filter(({ now }) => now >= 0),
    realtime,
  )
}

type Tick = {
  now: number
  orders: number
  requests: number
  ready: number
  work: number
  busy: number
  isChange: boolean
  isOverloaded: boolean
  waitP95: number
}

/** The longest window of the autoscaler, with room. */
const WINDOW_TICKS_MAX = 3600 / SYNC_SECONDS

const ordersAt = ({ ordersPerDay, surge }: Scenario, daySeconds: number): number => {
  const isSurge = surge && daySeconds >= surge.fromSeconds && daySeconds < surge.toSeconds
  return ordersPerSecond(ordersPerDay, daySeconds) * (isSurge ? surge.factor : 1)
}

const arrive = (pods: Pods, now: number) => {
  pods.ready += total(pods.starting.filter(({ atSeconds }) => atSeconds <= now).map(({ count }) => count))
  pods.starting = pods.starting.filter(({ atSeconds }) => atSeconds > now)
}

/** More start and serve later; fewer go at once, those that start first. */
const resize = (pods: Pods, from: number, to: number, now: number) => {
  if (to > from) pods.starting.push({ atSeconds: now + ASSUMED.podStartSeconds, count: to - from })
  if (to < from) {
    pods.starting = []
    pods.ready = Math.min(pods.ready, to)
    if (pods.ready < to) pods.starting.push({ atSeconds: now + ASSUMED.podStartSeconds, count: to - pods.ready })
  }
}

const report = (scenario: Scenario, ticks: readonly Tick[], realtime: RealtimeDeployment): DayReport => {
  const ready = ticks.map((tick) => tick.ready)
  const peakOrders = Math.max(...ticks.map(({ orders }) => orders))
  const sockets = socketsMost(ticks.map(({ orders }) => orders))
  const { replicasMin, replicasMax } = realtime.autoscaler
  const socketPods = Math.min(replicasMax, Math.max(replicasMin, Math.ceil(sockets / realtime.socketsPerPodTarget)))
  const requests = total(ticks.map((tick) => tick.requests))
  return {
    name: scenario.name,
    ordersPerDay: scenario.ordersPerDay,
    peakOrdersPerSecond: peakOrders,
    peakRequestsPerSecond: peakOrders * requestsPerOrder,
    pods: {
      fewest: Math.min(...ready),
      most: Math.max(...ready),
      mean: mean(ready),
      changes: ticks.filter(({ isChange }) => isChange).length,
    },
    coresMean: mean(ticks.map(({ work }) => work)),
    busyMax: Math.max(...ticks.map(({ busy }) => busy)),
    waitP95WorstSeconds: Math.max(...ticks.map(({ waitP95 }) => waitP95)),
    waitP95MeanSeconds: requests === 0 ? 0 : total(ticks.map((tick) => tick.waitP95 * tick.requests)) / requests,
    overloadedSeconds: ticks.filter(({ isOverloaded }) => isOverloaded).length * SYNC_SECONDS,
    sockets: { most: sockets, pods: socketPods, perPod: sockets / socketPods },
    postgresCoresPeak: peakOrders * costPerOrder.postgres,
  }
}

/** Each order holds its sockets for as long as they are open; the day is taken to follow one like it. */
const socketsMost = (orders: readonly number[]): number => {
  const held = Math.round(socketSecondsPerOrder / SYNC_SECONDS)
  let open = total(orders.slice(-held)) * SYNC_SECONDS
  let most = open
  for (let tick = 0; tick < orders.length; tick++) {
    open += (orders[tick]! - orders.at(tick - held)!) * SYNC_SECONDS
    most = Math.max(most, open)
  }
  return most
}

const total = (numbers: readonly number[]) => numbers.reduce((sum, one) => sum + one, 0)
const mean = (numbers: readonly number[]) => total(numbers) / numbers.length

const NORMAL_FROM = 50

/** A Poisson number: by counting while few are expected (Knuth), by the normal distribution when many are. */
export const poisson = (expected: number, random: () => number): number => {
  if (expected > NORMAL_FROM) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
    return Math.max(0, Math.round(expected + Math.sqrt(expected) * normal))
  }
  const limit = Math.exp(-expected)
  let count = 0
  for (let product = random(); product > limit; product *= random()) count++
  return count
}
