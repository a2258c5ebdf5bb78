import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

export const registry = new Registry()

collectDefaultMetrics({ register: registry })

const HTTP_SECONDS_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

type RequestLabels = { method: string; route: string; status: string }

/** Durations of one kind of request, counted by hand: prom-client hashes its labels at each observation. */
export class RequestDurations {
  readonly #counts = new Float64Array(HTTP_SECONDS_BUCKETS.length + 1)
  #sum = 0

  constructor(readonly labels: RequestLabels) {
    kindsOfRequests.push(this)
  }

  observe(seconds: number) {
    let bucket = 0
    while (bucket < HTTP_SECONDS_BUCKETS.length && seconds > HTTP_SECONDS_BUCKETS[bucket]!) bucket++
    this.#counts[bucket]!++
    this.#sum += seconds
  }

  /** In the shape in which prom-client 15 keeps a set of labels. */
  values() {
    const bucketValues = Object.fromEntries(HTTP_SECONDS_BUCKETS.map((bound, index) => [bound, this.#counts[index]!]))
    return {
      labels: this.labels,
      bucketValues,
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
