/**
 * How fast a side is driven, of what is known of it: what the map says, how the time of day changes that, how fast it was
 * driven at such an hour before, and how fast just now. Each is the prior of the next. Pure.
 */

/** What was seen of a side. Older observations count less; `trips` are those that drove it to its end. */
export type Evidence = { meters: number; seconds: number; trips: number }

/** What was seen counts half after so long: at an hour of a kind of day; and of late, for the traffic of the moment. */
export const TYPICAL_HALF_LIFE_SECONDS = 28 * 86_400
export const RECENT_HALF_LIFE_SECONDS = 2_400

/** Below so many trips, forgetting included, nothing is told of a side: one driver's trip is nobody's business. */
export const TRIPS_MIN = 3
/** As many drives along the whole side as the prior speaks for. */
const PRIOR_PASSES_TYPICAL = 4
const PRIOR_PASSES_RECENT = 3
/** Shares of the map's speed between which a speed stays, whatever was seen. */
export const FACTOR_MIN = 0.2
export const FACTOR_MAX = 1.5

/** What is left of evidence after some time. */
export const remembered = (evidence: Evidence, ageSeconds: number, halfLifeSeconds: number): Evidence => {
  const share = 0.5 ** (Math.max(0, ageSeconds) / halfLifeSeconds)
  return { meters: evidence.meters * share, seconds: evidence.seconds * share, trips: evidence.trips * share }
}

export type SideFacts = {
  lengthMeters: number
  /** By the map. */
  baseMps: number
  /** Of the road's class, at this hour. */
  hourFactor: number
  /** As remembered: at such an hour; of late. */
  typical?: Evidence | undefined
  recent?: Evidence | undefined
}

/** The share of the map's speed that a side is driven with. */
export const speedFactor = ({ lengthMeters, baseMps, hourFactor, typical, recent }: SideFacts): number => {
  const expected = shrunken(baseMps * hourFactor, typical, PRIOR_PASSES_TYPICAL * lengthMeters)
  const now = shrunken(expected, recent, PRIOR_PASSES_RECENT * lengthMeters)
  return Math.min(FACTOR_MAX, Math.max(FACTOR_MIN, now / baseMps))
}

/** The mean of a prior that speaks for some metres and of what was seen: all metres by all seconds. */
const shrunken = (priorMps: number, evidence: Evidence | undefined, priorMeters: number): number =>
  evidence && evidence.trips >= TRIPS_MIN
    ? (evidence.meters + priorMeters) / (evidence.seconds + priorMeters / priorMps)
    : priorMps
