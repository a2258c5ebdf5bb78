import { distanceMeters } from '#core/geo'
import type { MatchPoint } from './match'
import type { Candidate } from './match-candidates'
import type { RoadGraph } from './road-graph'
import type { Router, Snap } from './router'

/** A fix on a side, with the likeliest way to it (Viterbi) and the likelihood of all ways to it together (forward). */
type State = Candidate & { score: number; allWays: number; from?: State; layer: number }

/** The states of one fix. A doubtful layer is one that no way leads to without an absurd detour: it may be passed by. */
type Layer = { point: number; states: State[]; isDoubtful: boolean }

export type Chosen = { point: number; snap: Snap; otherCount: number }

export type Lattice = {
  layers: Layer[]
  /** Fixes that this lattice has dealt with; the next one begins after them. */
  usedCount: number
  end: State | undefined
  confidence: (chosen: readonly Chosen[]) => number
}

/** Ways by road differ from the beeline by so many metres, and by so many more for each second between two fixes. */
const BETA_METERS = 4
const BETA_METERS_PER_SECOND = 0.3
/** A way that differs by more than this, and this share of the beeline, was not driven. */
const DIFFERENCE_METERS_MAX = 150
const DIFFERENCE_SHARE_MAX = 1.5
const SPEED_MPS_MAX = 70
/** On one side, a fix may lie behind the last by this many deviations: that is noise, not driving backwards. */
const BACKWARD_DEVIATIONS = 3
/** What passing a fix by costs; one that costs more than this to believe is doubtful. So many of them in a row. */
const OUTLIER_COST = 12
const OUTLIERS_MAX = 3
/** States of a fix that are so much less likely than its best one are not gone on from. */
const SCORE_RANGE = 40
const NEVER = Number.NEGATIVE_INFINITY

/** Grows layer by layer as long as the fixes hang together. */
export const growLattice = (
  router: Router,
  trace: readonly MatchPoint[],
  points: readonly number[],
  candidatesAt: (point: number) => Candidate[],
): Lattice => {
  const layers: Layer[] = []
  let lastReached = -1
  for (const point of points) {
    const at = layers.length
    if (lastReached !== -1 && at - lastReached > OUTLIERS_MAX) break
    const layer: Layer = { point, states: [], isDoubtful: true }
    layers.push(layer)
    const isFirst = lastReached === -1
    layer.states = candidatesAt(point).map((candidate) => stateOf(candidate, at, isFirst ? candidate.emission : NEVER))
    let gain = isFirst && layer.states.length > 0 ? 0 : NEVER
    for (let before = at - 1; before >= 0 && at - before <= OUTLIERS_MAX + 1; before--) {
      gain = Math.max(gain, connect(router, trace, layers[before]!, layer, (at - before - 1) * OUTLIER_COST))
      if (!layers[before]!.isDoubtful) break
    }
    layer.isDoubtful = gain < -OUTLIER_COST
    if (layer.isDoubtful && layers.slice(1).every(({ isDoubtful }) => isDoubtful)) beginLate(layer.states, at)
    if (layer.states.some(({ score }) => score > NEVER)) lastReached = at
  }
  return { layers, ...ended(layers, lastReached) }
}

const stateOf = (candidate: Candidate, layer: number, score: number): State => ({
  ...candidate,
  score,
  allWays: score,
  layer,
})

/** Where nothing fits to the first fixes it may be they that are the outliers. */
const beginLate = (states: readonly State[], layer: number) => {
  if (layer > OUTLIERS_MAX) return
  for (const state of states) {
    const late = state.emission - layer * OUTLIER_COST
    state.allWays = logSum(state.allWays, late)
    if (late <= state.score) continue
    state.score = late
    state.from = undefined
  }
}

/** Finds the ways from one layer to another. Returns the best that such a step adds to the score of what it comes from. */
const connect = (
  router: Router,
  trace: readonly MatchPoint[],
  before: Layer,
  layer: Layer,
  passedCost: number,
): number => {
  const sources = likely(before.states)
  if (sources.length === 0 || layer.states.length === 0) return NEVER
  const step = stepBetween(trace[before.point]!, trace[layer.point]!)
  const { distances } = router.table(
    sources.map(({ snap }) => snap),
    layer.states.map(({ snap }) => snap),
    true,
  )
  const bestScore = sources.reduce((most, { score }) => Math.max(most, score), NEVER)
  let gain = NEVER
  layer.states.forEach((state, t) => {
    const { snap: own } = state
    sources.forEach((source, s) => {
      const isStanding = standsStill(router.graph, source, own, state.side, step.backwardMeters)
      const meters = isStanding ? 0 : distances![s * layer.states.length + t]!
      const added = step.likelihood(meters) + state.emission - passedCost
      if (added === NEVER || Number.isNaN(added)) return
      gain = Math.max(gain, source.score - bestScore + added + passedCost)
      state.allWays = logSum(state.allWays, source.allWays + added)
      if (source.score + added <= state.score) return
      state.score = source.score + added
      state.from = source
      state.snap = isStanding ? { ...source.snap, distanceMeters: own.distanceMeters } : own
    })
  })
  return gain
}

const likely = (states: readonly State[]): State[] => {
  const best = states.reduce((most, { score }) => Math.max(most, score), NEVER)
  return best === NEVER ? [] : states.filter(({ score }) => score >= best - SCORE_RANGE)
}

/** What the model says of going on from one fix to another. */
const stepBetween = (before: MatchPoint, after: MatchPoint) => {
  const beeline = distanceMeters(before, after)
  const isTimed = before.atSeconds !== undefined && after.atSeconds !== undefined
  const seconds = isTimed ? after.atSeconds! - before.atSeconds! : 0
  const beta = BETA_METERS + BETA_METERS_PER_SECOND * seconds
  const noise = Math.hypot(before.sigmaMeters, after.sigmaMeters)
  const metersMax = isTimed ? noise + SPEED_MPS_MAX * seconds : Number.POSITIVE_INFINITY
  const differenceMax = DIFFERENCE_METERS_MAX + DIFFERENCE_SHARE_MAX * beeline
  return {
    backwardMeters: BACKWARD_DEVIATIONS * noise,
    likelihood: (meters: number): number => {
      const difference = Math.abs(meters - beeline)
      // Also when there is no way at all: then it is not a number.
      if (!(difference <= differenceMax && meters <= metersMax)) return NEVER
      return -difference / beta - Math.log(beta)
    },
  }
}

/** Whether a place lies a little behind another on the same side, where only noise can have put it. */
const standsStill = (
  { roadLength }: RoadGraph,
  source: State,
  own: Snap,
  side: number,
  backwardMeters: number,
): boolean => {
  if (source.side !== side) return false
  const back = (source.snap.fraction - own.fraction) * ((side & 1) === 0 ? 1 : -1)
  return back >= 0 && (back * roadLength[side >> 1]!) / 100 <= backwardMeters
}

const logSum = (one: number, other: number): number => {
  const most = Math.max(one, other)
  return most === NEVER ? NEVER : most + Math.log(Math.exp(one - most) + Math.exp(other - most))
}

/** Where the likeliest way ends: in the last layer that can be reached, or before it if that one is an outlier. */
const ended = (layers: readonly Layer[], lastReached: number): Omit<Lattice, 'layers'> => {
  let end: State | undefined
  let score = NEVER
  let allWays = NEVER
  for (let at = lastReached; at >= 0 && lastReached - at <= OUTLIERS_MAX; at--) {
    const cost = (lastReached - at) * OUTLIER_COST
    for (const state of layers[at]!.states) {
      allWays = logSum(allWays, state.allWays - cost)
      if (state.score - cost <= score) continue
      score = state.score - cost
      end = state
    }
    if (!layers[at]!.isDoubtful) break
  }
  const usedCount = lastReached === -1 ? layers.length : lastReached + 1
  const confidence = (chosen: readonly Chosen[]) => Math.min(1, Math.exp((score - allWays) / chosen.length))
  return { end, usedCount, confidence }
}

/** The fixes on the likeliest way, first to last. */
export const likeliestWay = ({ layers, end }: Lattice): Chosen[] => {
  const chosen: Chosen[] = []
  for (let state = end; state; state = state.from) {
    const { point, states } = layers[state.layer]!
    const roads = new Set(states.map(({ side }) => side >> 1))
    chosen.push({ point, snap: state.snap, otherCount: roads.size - 1 })
  }
  return chosen.reverse()
}
