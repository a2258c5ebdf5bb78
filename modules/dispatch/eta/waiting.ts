import { normalAt, shareBelow } from './sampling.ts'

/**
 * Waits as what is left of a contest between driver and kitchen: the lead of the food over its driver is a hill, and where he is
 * first, the food does not wait at all (a censored normal: Tobin 1958). So with many drivers most waits are nothing and few are long, with few drivers
 * they are a hill. Pure.
 */
export type Lead = { mean: number; spread: number }

/** Leads of spread 1: their mean, and the ratio of the mean of waits to their spread. */
const STEP = 1 / 64
const [LEAST, MOST] = [-4, 6]

const density = (z: number) => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)

/** Mean and spread of max(0, lead), for leads of this mean and spread 1. */
const waitsOf = (mean: number) => {
  const [above, at] = [shareBelow(mean), density(mean)]
  const first = mean * above + at
  const second = (mean * mean + 1) * above + mean * at
  return { mean: first, spread: Math.sqrt(second - first * first) }
}

const ratios = Array.from({ length: (MOST - LEAST) / STEP + 1 }, (_, index) => {
  const waits = waitsOf(LEAST + index * STEP)
  return waits.mean / waits.spread
})

/** The leads whose waits have this mean and spread, both above nothing. */
export const leadOf = (mean: number, spread: number): Lead => {
  const ratio = mean / spread
  let [low, high] = [0, ratios.length - 1]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (ratios[middle]! <= ratio) low = middle
    else high = middle
  }
  const part = Math.max(0, Math.min(1, (ratio - ratios[low]!) / (ratios[high]! - ratios[low]!)))
  const at = LEAST + (low + part) * STEP
  const scale = spread / waitsOf(at).spread
  return { mean: at * scale, spread: scale }
}

/** The wait of a share of cases, 0 to 1. */
export const waitAt = ({ mean, spread }: Lead, chance: number): number => Math.max(0, mean + spread * normalAt(chance))
