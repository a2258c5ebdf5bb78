import { passedShare } from '../graph/labels'
import type { Matching } from '../graph/match'
import type { RoadGraph } from '../graph/road-graph'
import type { Path } from '../graph/router'

/** One drive along a side, or along a part of it. */
export type Visit = {
  side: number
  meters: number
  /** Without the turn at its end, which has a cost of its own. */
  seconds: number
  /** What the map expects of the same metres. */
  expectedSeconds: number
  /** Whether the side was driven to its end and left. */
  isLeft: boolean
}

/** A visit counts as at most so many times as fast, and as slow, as the map expects: the rest is a fix that is off. */
const FASTER_MAX = 2.5
const SLOWER_MAX = 10
/** Ways that are less sure, or shorter, tell nothing. */
const CONFIDENCE_MIN = 0.5
const METERS_MIN = 100

type Part = { side: number; meters: number; expectedSeconds: number; turnSeconds: number; isLeft: boolean }

/**
 * How long each side of a matching took. The seconds between two fixes are shared out among the parts of the leg as the
 * map expects them; then the cost of the turn at a side's end is taken off what the side took, since it is charged by itself.
 */
export const visitsOf = (graph: RoadGraph, matching: Matching, atSeconds: (point: number) => number): Visit[] => {
  if (!isOfUse(matching, atSeconds)) return []
  const visits: (Visit & { turnSeconds: number })[] = []
  matching.legs.forEach((leg, i) => {
    const elapsed = atSeconds(matching.points[i + 1]!) - atSeconds(matching.points[i]!)
    const parts = partsOf(graph, leg)
    const expected = parts.reduce((sum, part) => sum + part.expectedSeconds + part.turnSeconds, 0)
    parts.forEach((part, j) => {
      const share = expected === 0 ? 1 / parts.length : (part.expectedSeconds + part.turnSeconds) / expected
      const last = visits.at(-1)
      const visit =
        j === 0 && last && !last.isLeft && last.side === part.side
          ? last
          : { side: part.side, meters: 0, seconds: 0, expectedSeconds: 0, turnSeconds: 0, isLeft: false }
      if (visit !== last) visits.push(visit)
      visit.meters += part.meters
      visit.seconds += elapsed * share
      visit.expectedSeconds += part.expectedSeconds
      visit.turnSeconds = part.turnSeconds
      visit.isLeft = part.isLeft
    })
  })
  return visits.filter(({ meters }) => meters > 0).map(({ turnSeconds, ...visit }) => bounded(visit, turnSeconds))
}

/** A way that was driven that much faster than the map expects was not driven by a car, or not in our time: a simulated day. */
const isOfUse = ({ confidence, legs, points }: Matching, atSeconds: (point: number) => number): boolean => {
  const [meters, expected] = legs.reduce(
    ([sum, seconds], leg) => [sum + leg.distanceMeters, seconds + leg.durationSeconds],
    [0, 0],
  )
  const elapsed = atSeconds(points.at(-1)!) - atSeconds(points[0]!)
  return confidence >= CONFIDENCE_MIN && meters >= METERS_MIN && elapsed >= expected / FASTER_MAX
}

const bounded = (visit: Visit, turnSeconds: number): Visit => {
  const least = visit.expectedSeconds / FASTER_MAX
  const most = visit.expectedSeconds * SLOWER_MAX
  return { ...visit, seconds: Math.min(most, Math.max(least, visit.seconds - turnSeconds)) }
}

const partsOf = (graph: RoadGraph, { edges, from, to }: Path): Part[] => {
  const last = edges.length - 1
  return [...edges].map((edge, i) => {
    const side = graph.edgeSide[edge]!
    const share = (i === last ? passedShare(to, side) : 1) - (i === 0 ? passedShare(from, side) : 0)
    return {
      side,
      meters: (graph.roadLength[side >> 1]! / 100) * share,
      expectedSeconds: (graph.edgeDuration[edge]! / 100) * share,
      turnSeconds: i === last ? 0 : turnSeconds(graph, edge, edges[i + 1]!),
      isLeft: i !== last,
    }
  })
}

/** Of several turns to the same edge the cheapest is taken. */
const turnSeconds = ({ turnFirst, turnTo, turnCost }: RoadGraph, from: number, to: number): number => {
  let best = Number.POSITIVE_INFINITY
  for (let turn = turnFirst[from]!; turn < turnFirst[from + 1]!; turn++)
    if (turnTo[turn] === to) best = Math.min(best, turnCost[turn]!)
  return best === Number.POSITIVE_INFINITY ? 0 : best / 100
}
