import { Counter, collectDefaultMetrics, Gauge, Histogram, type OpenMetricsContentType, Registry } from 'prom-client'
import { clock } from '#core/clock'

export const registry = new Registry()

collectDefaultMetrics({ register: registry })

const HTTP_SECONDS_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** What prom-client calls the bucket without a bound. */
const BEYOND = '-1'

type Exemplar = { labelSet: { trace_id: string }; value: number; timestamp: number }

/** The text of all metrics for Prometheus; in OpenMetrics, which has exemplars, for those who ask for it. */
export const metricsText = async (accept: string | null): Promise<{ type: string; text: string }> => {
  if (!accept?.includes('application/openmetrics-text')) {
    return { type: registry.contentType, text: await registry.metrics() }
  }
  const open = new Registry<OpenMetricsContentType>()
  open.setContentType(Registry.OPENMETRICS_CONTENT_TYPE)
  // Of its own object each: prom-client 15 takes the _total from the names of counters for good.
  for (const metric of registry.getMetricsAsArray()) open.registerMetric(Object.create(metric))
  return { type: Registry.OPENMETRICS_CONTENT_TYPE, text: await open.metrics() }
}

type RequestLabels = { method: string; route: string; status: string }

/** Durations of one kind of request, counted by hand: prom-client hashes its labels at each observation. */
export class RequestDurations {
  readonly #counts = new Float64Array(HTTP_SECONDS_BUCKETS.length + 1)
  /** The newest request of each bucket whose trace was kept. */
  readonly #exemplars: Record<string, Exemplar> = {}
  #sum = 0

  constructor(readonly labels: RequestLabels) {
    kindsOfRequests.push(this)
  }

  observe(seconds: number, traceId?: string) {
    let bucket = 0
    while (bucket < HTTP_SECONDS_BUCKETS.length && seconds > HTTP_SECONDS_BUCKETS[bucket]!) bucket++
    this.#counts[bucket]!++
    this.#sum += seconds
    if (traceId === undefined) return
    this.#exemplars[HTTP_SECONDS_BUCKETS[bucket] ?? BEYOND] = {
      labelSet: { trace_id: traceId },
      value: seconds,
      timestamp: clock.nowMs() / 1000,
    }
  }

  /** In the shape in which prom-client 15 keeps a set of labels. */
  values() {
    const bucketValues = Object.fromEntries(HTTP_SECONDS_BUCKETS.map((bound, index) => [bound, this.#counts[index]!]))
    return {
      labels: this.labels,
      bucketValues,
      bucketExemplars: this.#exemplars,
      sum: this.#sum,
      count: this.#counts.reduce((all, count) => all + count),
    }
  }
}

const kindsOfRequests: RequestDurations[] = []

export const httpSeconds = new Histogram({
  name: 'ridendine_http_request_duration_seconds',
  help: 'Time from the first byte of a request to its answer, by route template',
  labelNames: ['method', 'route', 'status'],
  buckets: HTTP_SECONDS_BUCKETS,
  registers: [registry],
  collect() {
    const entries = kindsOfRequests.map((kind, index) => [index, kind.values()])
    ;(this as unknown as { hashMap: object }).hashMap = Object.fromEntries(entries)
  },
})

export const counter = <L extends string>(name: string, help: string, labelNames: L[] = []) =>
  new Counter({ name: `ridendine_${name}`, help, labelNames, registers: [registry] })

/** `collect`, if given, sets the value each time the metrics are read. */
export const gauge = <L extends string>(
  name: string,
  help: string,
  labelNames: L[] = [],
  collect?: (self: Gauge<L>) => void | Promise<void>,
) =>
  new Gauge({
    name: `ridendine_${name}`,
    help,
    labelNames,
    registers: [registry],
    ...(collect
      ? {
          collect() {
            return collect(this as unknown as Gauge<L>)
          },
        }
      : {}),
  })

export const histogram = <L extends string>(name: string, help: string, labelNames: L[], buckets: number[]) =>
  new Histogram({ name: `ridendine_${name}`, help, labelNames, buckets, registers: [registry] })
