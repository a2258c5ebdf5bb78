/**
 * Costs of search: a weight, which routes are chosen by, and a duration, both in centiseconds, in one double:
 * `weight * 2^26 + duration`. Sums add both, and the smaller of two costs has the smaller weight or, of equal weights, the
 * smaller duration. Exact while both parts stay below 2^26 (186 hours), since a double holds 53 bits.
 */
export const COST_UNIT = 2 ** 26
export const CENTISECONDS_MAX = COST_UNIT - 1

export const cost = (weight: number, duration: number): number => weight * COST_UNIT + duration

/** Centiseconds. For whole costs of ways, not for what is left of one on the road it begins on, which may be negative. */
export const weightOf = (value: number): number => Math.floor(value / COST_UNIT)
export const durationOf = (value: number): number => value - Math.floor(value / COST_UNIT) * COST_UNIT
