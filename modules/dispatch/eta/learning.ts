/**
 * What the past says of how long something takes. Observations are logarithms of ratios or of times, so that twice as long
 * and half as long are equally far off; older ones count less. A kitchen of which little is known is thought to be like its
 * zone, an hour of which little is known like the other hours (shrinkage; Efron and Morris 1975). Pure.
 */

/** Of the logarithm: where its middle is, and how far off an observation usually is. `weight`: of how many it is known. */
export type Estimate = { mean: number; spread: number; weight: number }

/** Sums of observations, each times how much it still counts. */
export type Sums = { weight: number; sum: number; squares: number }

export const NO_SUMS: Sums = { weight: 0, sum: 0, squares: 0 }

/** After so many days an observation counts half. */
export const HALF_LIFE_DAYS = 14

export const addSums = (a: Sums, b: Sums): Sums => ({
  weight: a.weight + b.weight,
  sum: a.sum + b.sum,
  squares: a.squares + b.squares,
})

/** An observation of `ageDays` ago, added. */
export const observed = (sums: Sums, value: number, ageDays: number): Sums => {
  const weight = 0.5 ** (ageDays / HALF_LIFE_DAYS)
  return addSums(sums, { weight, sum: weight * value, squares: weight * value * value })
}

/** `strength`: how many observations of its own are worth as much as what it is thought to be like. */
export const shrunk = (own: Sums, like: Estimate, strength: number): Estimate => {
  const total = own.weight + strength
  const mean = (own.sum + strength * like.mean) / total
  const around = Math.max(0, own.squares - 2 * mean * own.sum + own.weight * mean * mean)
  const variance = (around + strength * like.spread ** 2) / total
  // And the mean itself is not known for sure.
  return { mean, spread: Math.sqrt(variance * (1 + 1 / total)), weight: own.weight }
}

/** The ratio of two times in logarithms, by a minute each: a kitchen that said nothing and took two minutes is not infinitely late. */
export const logRatio = (actualSeconds: number, saidSeconds: number): number =>
  Math.max(-OUTLIER, Math.min(OUTLIER, Math.log((actualSeconds + MINUTE) / (saidSeconds + MINUTE))))

export const logTime = (seconds: number): number => Math.log(Math.max(0, seconds) + MINUTE)

export const MINUTE = 60
/** Seven times as long, or a seventh: somebody forgot to press a button. */
const OUTLIER = 2

export const KINDS = ['preparation', 'wait', 'ride'] as const
export type Kind = (typeof KINDS)[number]

/** Where nothing is known: kitchens and roads take what they say, and food waits two minutes for its driver. */
export const PRIORS: Record<Kind, Estimate> = {
  preparation: { mean: 0, spread: 0.3, weight: 0 },
  wait: { mean: logTime(120), spread: 0.5, weight: 0 },
  ride: { mean: 0, spread: 0.25, weight: 0 },
}

const STRENGTHS = { zone: 20, zoneHour: 20, chef: 8, chefHour: 8 }

/** What is known of a kind in a zone: of each kitchen in each hour of the day. Of `wait` and `ride` there are no kitchens. */
export type Cell = { zoneId: string; chefId: string | null; hour: number } & Sums

/** `chefId` null: of the zone; `hour` null: of any. */
export type Learned = { zoneId: string; chefId: string | null; hour: number | null } & Estimate

/** Estimates for each zone, zone and hour, kitchen, and kitchen and hour that the cells speak of. */
export const learn = (cells: readonly Cell[], prior: Estimate): Learned[] =>
  [...Map.groupBy(cells, ({ zoneId }) => zoneId)].flatMap(([zoneId, inZone]) => learnZone(zoneId, inZone, prior))

const learnZone = (zoneId: string, cells: readonly Cell[], prior: Estimate): Learned[] => {
  const zone = shrunk(total(cells), prior, STRENGTHS.zone)
  const learned: Learned[] = [{ zoneId, chefId: null, hour: null, ...zone }]
  const hours = new Map<number, Estimate>()
  for (const [hour, then] of Map.groupBy(cells, (cell) => cell.hour)) {
    const estimate = shrunk(total(then), zone, STRENGTHS.zoneHour)
    hours.set(hour, estimate)
    learned.push({ zoneId, chefId: null, hour, ...estimate })
  }
  for (const [chefId, own] of Map.groupBy(cells, (cell) => cell.chefId)) {
    if (chefId === null) continue
    const chef = shrunk(total(own), zone, STRENGTHS.chef)
    learned.push({ zoneId, chefId, hour: null, ...chef })
    for (const cell of own) {
      // An hour that is slow for all is thought to be slow for this kitchen too.
      const shift = (hours.get(cell.hour)?.mean ?? zone.mean) - zone.mean
      const like = { ...chef, mean: chef.mean + shift }
      learned.push({ zoneId, chefId, hour: cell.hour, ...shrunk(cell, like, STRENGTHS.chefHour) })
    }
  }
  return learned
}

const total = (cells: readonly Sums[]): Sums => cells.reduce(addSums, NO_SUMS)
