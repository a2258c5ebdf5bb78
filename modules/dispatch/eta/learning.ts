/**
 * What the past says of how long something takes. Observations are logarithms of ratios or of times, so that twice as long
 * and half as long are equally far off; older ones count less. A kitchen of which little is known is thought to be like its
 * zone, an hour of which little is known like the other hours (shrinkage; Efron and Morris 1975). Pure.
 */

/** Most food waits hardly at all, some for long: on this scale that is one hill, or the part of one that is above no wait at all. */
export const WAIT_OFFSET_SECONDS = 180

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

/** What something is thought to be like: its middle, how it differs from day to day, and how much its middle may be another. */
export type Like = { mean: number; within: number; between: number }

/** Variances, and of how many it is known. */
export type Belief = Like & { weight: number }

/** `strength`: how many observations of its own are worth as much as what it is thought to be like. */
export const believed = (own: Sums, like: Like, strength: number): Belief => {
  const total = own.weight + strength
  return {
    weight: own.weight,
    mean: (own.sum + strength * like.mean) / total,
    within: (deviation(own) + strength * like.within) / total,
    between: (like.between * strength) / total,
  }
}

/** Around their own mean, squared and summed. */
const deviation = ({ weight, sum, squares }: Sums) => (weight > 0 ? Math.max(0, squares - (sum * sum) / weight) : 0)

/** The next observation is off by how it differs from day to day, and by what is not known of its middle. */
const estimateOf = ({ mean, within, between, weight }: Belief): Estimate => ({
  mean,
  spread: Math.sqrt(within + between),
  weight,
})

export const shrunk = (own: Sums, like: Like, strength: number): Estimate => estimateOf(believed(own, like, strength))

/** The ratio of two times in logarithms, by a minute each: a kitchen that said nothing and took two minutes is not infinitely late. */
export const logRatio = (actualSeconds: number, saidSeconds: number): number =>
  Math.max(-OUTLIER, Math.min(OUTLIER, Math.log((actualSeconds + MINUTE) / (saidSeconds + MINUTE))))

export const logTime = (seconds: number): number => Math.log(Math.max(0, seconds) + WAIT_OFFSET_SECONDS)

export const MINUTE = 60
/** Seven times as long, or a seventh: somebody forgot to press a button. */
const OUTLIER = 2

export const KINDS = ['preparation', 'wait', 'ride'] as const
export type Kind = (typeof KINDS)[number]

/** Where nothing is known: kitchens and roads take what they say, and food waits two minutes for its driver. */
export const BELIEFS: Record<Kind, Like> = {
  preparation: { mean: 0, within: 0.2 ** 2, between: 0.22 ** 2 },
  wait: { mean: logTime(120), within: 0.3 ** 2, between: 0.14 ** 2 },
  ride: { mean: 0, within: 0.22 ** 2, between: 0.12 ** 2 },
}

const estimateOfKind = (kind: Kind): Estimate => estimateOf({ ...BELIEFS[kind], weight: 0 })

export const PRIORS: Record<Kind, Estimate> = {
  preparation: estimateOfKind('preparation'),
  wait: estimateOfKind('wait'),
  ride: estimateOfKind('ride'),
}

const STRENGTHS = { zone: 20, zoneHour: 20, chef: 6, chefHour: 6 }
/** By how much hours of the day usually differ. */
const HOURS_VARIANCE = 0.12 ** 2
/** So many kitchens tell as much of how they differ as what is believed of it where nothing is known. */
const KITCHENS_STRENGTH = 5

/** What is known of a kind in a zone: of each kitchen in each hour of the day. Of `wait` and `ride` there are no kitchens. */
export type Cell = { zoneId: string; chefId: string | null; hour: number } & Sums

/** `chefId` null: of the zone; `hour` null: of any. */
export type Learned = { zoneId: string; chefId: string | null; hour: number | null } & Estimate

/** Estimates for each zone, zone and hour, kitchen, and kitchen and hour that the cells speak of. */
export const learn = (cells: readonly Cell[], prior: Like): Learned[] =>
  [...Map.groupBy(cells, ({ zoneId }) => zoneId)].flatMap(([zoneId, inZone]) => learnZone(zoneId, inZone, prior))

const learnZone = (zoneId: string, cells: readonly Cell[], prior: Like): Learned[] => {
  const zone = beliefOfZone(cells, prior)
  const learned: Learned[] = [{ zoneId, chefId: null, hour: null, ...estimateOf(zone) }]
  const hours = new Map<number, Estimate>()
  for (const [hour, then] of Map.groupBy(cells, (cell) => cell.hour)) {
    const like = { mean: zone.mean, within: zone.within + zone.between, between: HOURS_VARIANCE }
    const estimate = shrunk(total(then), like, STRENGTHS.zoneHour)
    hours.set(hour, estimate)
    learned.push({ zoneId, chefId: null, hour, ...estimate })
  }
  for (const [chefId, own] of Map.groupBy(cells, (cell) => cell.chefId)) {
    if (chefId === null) continue
    const chef = believed(total(own), zone, STRENGTHS.chef)
    learned.push({ zoneId, chefId, hour: null, ...estimateOf(chef) })
    for (const cell of own) {
      // An hour that is slow for all is thought to be slow for this kitchen too.
      const mean = chef.mean + (hours.get(cell.hour)?.mean ?? zone.mean) - zone.mean
      const like = { mean, within: chef.within, between: chef.between + HOURS_VARIANCE }
      learned.push({ zoneId, chefId, hour: cell.hour, ...shrunk(cell, like, STRENGTHS.chefHour) })
    }
  }
  return learned
}

/** What differs between its kitchens is told from what differs from day to day in each. */
const beliefOfZone = (cells: readonly Cell[], prior: Like): Belief => {
  const all = total(cells)
  const kitchens = [...Map.groupBy(cells, ({ chefId }) => chefId).values()].map(total)
  const zone = believed(all, prior, STRENGTHS.zone)
  const inside = kitchens.reduce((sum, own) => sum + deviation(own), 0)
  const within = (inside + STRENGTHS.zone * prior.within) / (all.weight + STRENGTHS.zone)
  const apart = all.weight > 0 ? (deviation(all) - inside) / all.weight : 0
  const count = cells.some(({ chefId }) => chefId !== null) ? kitchens.length : 0
  const between = (apart * count + prior.between * KITCHENS_STRENGTH) / (count + KITCHENS_STRENGTH)
  return { ...zone, within, between: count > 0 ? between : zone.between }
}

const total = (cells: readonly Sums[]): Sums => cells.reduce(addSums, NO_SUMS)

/** How the market is just now: the wait for drivers is another on a rainy evening. */
export const RECENT_HALF_LIFE_SECONDS = 1_800
export const RECENT_SECONDS = 4 * RECENT_HALF_LIFE_SECONDS
/** Food that is ready and not taken tells, from here on, that it waits longer than usual. */
export const STILL_WAITING_SECONDS = 300
/** So many times as long as it has, in the end. */
export const STILL_WAITING_FACTOR = 1.5
/** What is said of a wait or a ride is for then: the food has yet to be ready. */
export const AHEAD_SECONDS = 1_800
/** So many orders of just now are worth as much as what is usual at this hour. */
const RECENT_STRENGTH = 6
/** Of what differs at an hour, so much differs from one day to another: that is what just now tells. */
const OF_THE_DAY_SHARE = 0.35
/** In an hour half of it is over. */
const LASTS_SHARE = 0.5

/** What is usual at this hour and the next, moved towards how it is just now. `recent`: one cell for each zone, of this hour. */
export const withRecent = (learned: readonly Learned[], recent: readonly Cell[], prior: Like): Learned[] => {
  const known = new Map(learned.map((one) => [keyOf(one), one]))
  for (const { zoneId, hour, ...sums } of recent) {
    const usualAt = (at: number): Estimate =>
      known.get(keyOf({ zoneId, chefId: null, hour: at })) ??
      known.get(keyOf({ zoneId, chefId: null, hour: null })) ??
      estimateOf({ ...prior, weight: 0 })
    const next = (hour + 1) % HOURS
    const [usual, usualNext] = [usualAt(hour), usualAt(next)]
    const variance = usual.spread ** 2
    const like = { mean: usual.mean, within: variance * (1 - OF_THE_DAY_SHARE), between: variance * OF_THE_DAY_SHARE }
    const now = shrunk(sums, like, RECENT_STRENGTH)
    const mean = usualNext.mean + LASTS_SHARE * (now.mean - usual.mean)
    for (const one of [
      { ...now, hour, weight: usual.weight + sums.weight },
      { ...usualNext, hour: next, mean, weight: usualNext.weight + sums.weight },
    ])
      known.set(keyOf({ zoneId, chefId: null, hour: one.hour }), { zoneId, chefId: null, ...one })
  }
  return [...known.values()]
}

const HOURS = 24

const keyOf = ({ zoneId, chefId, hour }: Pick<Learned, 'zoneId' | 'chefId' | 'hour'>) => `${zoneId} ${chefId} ${hour}`
