/**
 * Times that are not known for sure, as a fixed set of equally likely outcomes: what is added, and what waits for what, is
 * worked out outcome by outcome. Every source of chance has its own column, cut into as many equal slices as there are
 * outcomes (a Latin hypercube: McKay, Beckman, Conover 1979), in an order that its number decides. Pure: no chance at all.
 */

export const OUTCOME_COUNT = 400

const columns: Float64Array[] = []

/** Probabilities of a source of chance, each slice once: (0.5, 1.5, ...) / OUTCOME_COUNT in an order of its own. */
export const chanceOf = (source: number): Float64Array => (columns[source] ??= shuffled(source))

const shuffled = (source: number): Float64Array => {
  const column = Float64Array.from({ length: OUTCOME_COUNT }, (_, slice) => (slice + 0.5) / OUTCOME_COUNT)
  let state = (source + 1) * 0x9e3779b9
  for (let last = OUTCOME_COUNT - 1; last > 0; last--) {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0
    const other = (state >>> 0) % (last + 1)
    const kept = column[last]!
    column[last] = column[other]!
    column[other] = kept
  }
  return column
}

/** The value that a share of the outcomes does not pass, 0 to 1. Sorts a copy. */
export const quantileOf = (outcomes: Float64Array, share: number): number => {
  const sorted = outcomes.toSorted()
  const place = share * sorted.length - 0.5
  const below = Math.max(0, Math.min(sorted.length - 1, Math.floor(place)))
  const above = Math.min(sorted.length - 1, below + 1)
  return sorted[below]! + (sorted[above]! - sorted[below]!) * Math.max(0, Math.min(1, place - below))
}

/** The standard normal's share below `z`; off by less than 1e-7 (Abramowitz and Stegun, 26.2.17). */
export const shareBelow = (z: number): number => {
  const t = 1 / (1 + 0.2316419 * Math.abs(z))
  const series = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
  const tail = 0.3989422804014327 * Math.exp((-z * z) / 2) * series
  return z > 0 ? 1 - tail : tail
}

/** The inverse of `shareBelow`: off by less than 4.5e-4 (Abramowitz and Stegun, 26.2.23). */
export const normalAt = (share: number): number => {
  const tail = Math.max(1e-12, Math.min(share, 1 - share))
  const t = Math.sqrt(-2 * Math.log(tail))
  const z = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)))
  return share < 0.5 ? -z : z
}
