import { distanceMeters, type LatLng } from '#core/geo'
import { candidatesOf } from './match-candidates'
import { type Chosen, growLattice, type Lattice, likeliestWay } from './match-lattice'
import type { Path, Router, Snap } from './router'

/**
 * Finds the roads that fixes were made on, by a hidden Markov model (Newson and Krumm, "Hidden Markov Map Matching Through
 * Noise and Sparseness", ACM SIGSPATIAL 2009): sides near a fix are its candidates, likelier the nearer; going from one to
 * the next is likelier the less the way by road differs from the beeline. The likeliest sequence is the way driven.
 */
export type MatchPoint = LatLng & {
  /** Standard deviation of the distance from the true road. */
  sigmaMeters: number
  atSeconds?: number
  /** Degrees clockwise from north; only where it can be trusted (a vehicle that moves). */
  headingDegrees?: number
}

export type MatchOptions = {
  /** Whether a long time without a fix ends a matching. */
  isSplitAtGaps?: boolean
  /** Whether fixes that add nothing (hardly moved, hardly later) are left out. */
  isTidy?: boolean
}

/** A stretch that was driven without a break: a path from each of its fixes to the next. */
export type Matching = {
  /** Which of the fixes, and where each was. */
  points: number[]
  snaps: Snap[]
  legs: Path[]
  /** How sure it is that this is the way, 0 to 1: per fix, against all other ways that the fixes allow. */
  confidence: number
}

/** Where a fix went: into a matching, at a place in it. */
export type Tracepoint = { matching: number; position: number; snap: Snap; otherCount: number }

export type Match = {
  matchings: Matching[]
  /** One for each fix; undefined where it fits no way: an outlier, a duplicate, one from before the last. */
  tracepoints: (Tracepoint | undefined)[]
}

/** Metres by which a fix is off where nobody says. */
export const SIGMA_METERS = 8
/** What phones call accuracy holds two of three fixes, in the plane; maps are off by some metres as well. */
const SIGMAS_OF_ACCURACY = 1.5
const MAP_SIGMA_METERS = 3
const SIGMA_METERS_MAX = 60

export const sigmaOfAccuracy = (accuracyMeters: number | undefined): number =>
  accuracyMeters === undefined
    ? SIGMA_METERS
    : Math.min(SIGMA_METERS_MAX, Math.hypot(MAP_SIGMA_METERS, accuracyMeters / SIGMAS_OF_ACCURACY))

/** Seconds without a fix that end a matching. */
export const GAP_SECONDS = 60
/** A fix is of no use that is both so near to the last and so soon after it. */
const TIDY_METERS = 15
const TIDY_SECONDS = 5

/** Pure; no fixes, or none near a road, give no matchings. */
export const matchTrace = (
  router: Router,
  trace: readonly MatchPoint[],
  { isSplitAtGaps = true, isTidy = false }: MatchOptions = {},
): Match => {
  const match: Match = { matchings: [], tracepoints: trace.map(() => undefined) }
  const add = (lattice: Lattice) => {
    const chosen = likeliestWay(lattice)
    // One fix alone is no way.
    if (chosen.length > 1) addMatching(router, match, lattice, chosen)
  }
  let points = usable(trace, isTidy)
  while (points.length > 0) {
    const gap = isSplitAtGaps ? points.findIndex((point, i) => i > 0 && isGap(trace, points[i - 1]!, point)) : -1
    const whole = gap === -1 ? points : points.slice(0, gap)
    const lattice = growLattice(router, trace, whole, (point) => candidatesOf(router, trace[point]!))
    add(lattice)
    points = points.slice(lattice.usedCount)
  }
  return match
}

const isGap = (trace: readonly MatchPoint[], before: number, after: number): boolean =>
  (trace[after]!.atSeconds ?? 0) - (trace[before]!.atSeconds ?? 0) > GAP_SECONDS

/** Fixes in the order of time: not those that come from before another, nor twice, nor, when tidy, for nothing. */
const usable = (trace: readonly MatchPoint[], isTidy: boolean): number[] => {
  const points: number[] = []
  for (let i = 0; i < trace.length; i++) {
    const last = trace[points.at(-1) ?? -1]
    if (!last || isOfUse(last, trace[i]!, isTidy)) points.push(i)
  }
  return points
}

const isOfUse = (last: MatchPoint, point: MatchPoint, isTidy: boolean): boolean => {
  if (last.atSeconds === undefined || point.atSeconds === undefined)
    return !isTidy || distanceMeters(last, point) >= TIDY_METERS
  const seconds = point.atSeconds - last.atSeconds
  if (seconds <= 0) return false
  return !isTidy || seconds >= TIDY_SECONDS || distanceMeters(last, point) >= TIDY_METERS
}

const addMatching = (router: Router, match: Match, lattice: Lattice, chosen: Chosen[]) => {
  const legs: Path[] = []
  for (let i = 1; i < chosen.length; i++) {
    const leg = router.path(chosen[i - 1]!.snap, chosen[i]!.snap)
    if (!leg) throw new Error('a way that the table knows is no path')
    legs.push(leg)
  }
  const matching = match.matchings.length
  chosen.forEach(({ point, snap, otherCount }, position) => {
    match.tracepoints[point] = { matching, position, snap, otherCount }
  })
  match.matchings.push({
    points: chosen.map(({ point }) => point),
    snaps: chosen.map(({ snap }) => snap),
    legs,
    confidence: lattice.confidence(chosen),
  })
}
