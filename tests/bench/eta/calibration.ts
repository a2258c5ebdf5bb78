/** How often things came within their range, and how wide the range was. */
import type { Range } from '#modules/dispatch/eta/estimate'

type Moment = {
  count: number
  byP50: number
  byP90: number
  widthSeconds: number
  offSeconds: number
  aheadSeconds: number
}

export class Calibration {
  private readonly moments = new Map<string, Moment>()

  /** `actualSeconds` as the range: from the moment at which it was said. */
  add(moment: string, { p50Seconds, p90Seconds }: Range, actualSeconds: number): void {
    const sums = this.moments.get(moment) ?? EMPTY
    this.moments.set(moment, {
      count: sums.count + 1,
      byP50: sums.byP50 + Number(actualSeconds <= p50Seconds),
      byP90: sums.byP90 + Number(actualSeconds <= p90Seconds),
      widthSeconds: sums.widthSeconds + p90Seconds - p50Seconds,
      offSeconds: sums.offSeconds + Math.abs(actualSeconds - p50Seconds),
      aheadSeconds: sums.aheadSeconds + actualSeconds,
    })
  }

  addAll(other: Calibration): void {
    for (const [moment, sums] of other.moments) {
      const own = this.moments.get(moment) ?? EMPTY
      const keys = Object.keys(EMPTY) as (keyof Moment)[]
      this.moments.set(moment, Object.fromEntries(keys.map((key) => [key, own[key] + sums[key]])) as Moment)
    }
  }

  /** Share within p90, 0 to 1. */
  within(moment: string): number {
    const sums = this.moments.get(moment)
    return sums ? sums.byP90 / sums.count : Number.NaN
  }

  lines(): string[] {
    return [...this.moments].map(([moment, { count, byP50, byP90, widthSeconds, offSeconds, aheadSeconds }]) =>
      [
        moment.padEnd(44),
        String(count).padStart(8),
        percent(byP50 / count),
        percent(byP90 / count),
        minutes(aheadSeconds / count),
        minutes(widthSeconds / count),
        minutes(offSeconds / count),
      ].join(''),
    )
  }
}

const EMPTY: Moment = { count: 0, byP50: 0, byP90: 0, widthSeconds: 0, offSeconds: 0, aheadSeconds: 0 }

const percent = (share: number) => `${(share * 100).toFixed(1)} %`.padStart(10)
const minutes = (seconds: number) => (seconds / 60).toFixed(1).padStart(10)

export const HEADING = [
  'said when'.padEnd(44),
  'orders'.padStart(8),
  ...['by p50', 'by p90', 'ahead min', 'p90 - p50', 'off p50'].map((name) => name.padStart(10)),
].join('')
