/**
 * Chance, from a seed. Each actor and each kind of decision draws from a stream of its own, named, so that what one
 * draws, or how soon the server answers, changes nothing for the others.
 */

/** A seeded source of numbers in [0, 1). */
export type Generator = (seed: number) => () => number

export type Streams = (name: string) => Random

export type Random = {
  chance(probability: number): boolean
  between(min: number, max: number): number
  /** Whole, both ends included. */
  int(min: number, max: number): number
  pick<T>(list: readonly T[]): T
  weighted<T>(list: readonly T[], weightOf: (one: T, index: number) => number): T
  /** A share of the values around the median: with sigma 0.25 two thirds lie within about a quarter of it. */
  lognormal(median: number, sigma: number): number
  /** Around 0: two thirds lie within sigma. */
  normal(sigma: number): number
  exponential(mean: number): number
  shuffled<T>(list: readonly T[]): T[]
}

export const streamsOf =
  (generator: Generator, seed: number): Streams =>
  (name) =>
    randomOf(generator(Bun.hash.xxHash32(`${seed}/${name}`)))

export const randomOf = (next: () => number): Random => {
  const between = (min: number, max: number) => min + (max - min) * next()
  const int = (min: number, max: number) => Math.floor(between(min, max + 1))
  return {
    chance: (probability) => next() < probability,
    between,
    int,
    pick: (list) => {
      if (list.length === 0) throw new Error('nothing to pick from')
      return list[int(0, list.length - 1)]!
    },
    weighted: (list, weightOf) => {
      let total = 0
      const totals = list.map((one, index) => {
        total += weightOf(one, index)
        return total
      })
      const drawn = next() * total
      const index = totals.findIndex((sum) => drawn < sum)
      return list[index < 0 ? list.length - 1 : index]!
    },
    lognormal: (median, sigma) => median * Math.exp(sigma * normal(next)),
    normal: (sigma) => sigma * normal(next),
    exponential: (mean) => -Math.log(1 - next()) * mean,
    shuffled: (list) => {
      const copy = [...list]
      for (let i = copy.length - 1; i > 0; i--) {
        const j = int(0, i)
        const held = copy[i]!
        copy[i] = copy[j]!
        copy[j] = held
      }
      return copy
    },
  }
}

/** Box and Muller. */
const normal = (next: () => number) => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
