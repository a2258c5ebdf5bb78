/** What a run counts, by metric and by route; bounded, however long it runs. */

/** Steps of two per cent from a hundredth of a millisecond up: a percentile is off by no more than that. */
const STEP = 1.02
const FIRST_MS = 0.01
const BUCKETS = 1_100

export class Distribution {
  readonly #counts = new Float64Array(BUCKETS)
  count = 0
  max = 0
  min = Number.POSITIVE_INFINITY
  #sum = 0

  add(value: number) {
    const bucket = value <= FIRST_MS ? 0 : Math.ceil(Math.log(value / FIRST_MS) / Math.log(STEP))
    this.#counts[Math.min(bucket, BUCKETS - 1)]!++
    this.count++
    this.#sum += value
    this.max = Math.max(this.max, value)
    this.min = Math.min(this.min, value)
  }

  get mean() {
    return this.count === 0 ? 0 : this.#sum / this.count
  }

  /** Of 0 to 100; 0 when there is nothing. */
  percentile(percent: number): number {
    const wanted = (percent / 100) * this.count
    let seen = 0
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      seen += this.#counts[bucket]!
      if (seen >= wanted && seen > 0) return Math.min(this.max, FIRST_MS * STEP ** bucket)
    }
    return this.max
  }
}

export class Share {
  count = 0
  yes = 0

  add(isYes: boolean) {
    this.count++
    if (isYes) this.yes++
  }

  get rate() {
    return this.count === 0 ? 0 : this.yes / this.count
  }
}

export class Total {
  count = 0
  sum = 0

  add(value: number) {
    this.count++
    this.sum += value
  }
}

export type Measure = Distribution | Share | Total

/** One second of a run, for the picture. */
export type Second = { requests: number; failed: number; durations: Distribution; users: number }

export class Measures {
  readonly all = new Map<string, Measure>()
  readonly checks = new Map<string, Share>()
  readonly seconds: Second[] = []
  readonly #startedMs = performance.now()

  get elapsedMs() {
    return performance.now() - this.#startedMs
  }

  get<M extends Measure>(name: string, kind: new () => M): M {
    let found = this.all.get(name)
    if (!found) {
      found = new kind()
      this.all.set(name, found)
    }
    return found as M
  }

  /** `route` as it is counted under, such as `POST /orders`. */
  request(route: string, durationMs: number, failed: boolean) {
    for (const tag of ['', `{name:${route}}`]) {
      this.get(`http_req_duration${tag}`, Distribution).add(durationMs)
      this.get(`http_req_failed${tag}`, Share).add(failed)
    }
    const second = this.second()
    second.requests++
    if (failed) second.failed++
    second.durations.add(durationMs)
  }

  check(name: string, passed: boolean) {
    this.get('checks', Share).add(passed)
    const known = this.checks.get(name) ?? new Share()
    this.checks.set(name, known)
    known.add(passed)
  }

  second(): Second {
    const index = Math.floor(this.elapsedMs / 1000)
    while (this.seconds.length <= index) {
      this.seconds.push({
        requests: 0,
        failed: 0,
        durations: new Distribution(),
        users: this.seconds.at(-1)?.users ?? 0,
      })
    }
    return this.seconds[index]!
  }
}
