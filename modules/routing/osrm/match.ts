import { type Match, type Matching, type MatchPoint, matchTrace } from '../graph/match.ts'
import { candidatesOf } from '../graph/match-candidates.ts'
import type { Router } from '../graph/router.ts'
import { type MatchOptions, matchOptions } from './query.ts'
import { Refusal } from './refusal.ts'
import { asksForDetails, DETAILED_COORDINATES_MAX, ROUTE_COORDINATES_MAX, type Route, routeOf } from './route.ts'
import type { OsrmUrl } from './url.ts'
import { type Waypoint, waypointOf } from './waypoints.ts'

/** The deviation of a fix: what OSRM takes where none is said, and what is looked for at most and at least. */
const DEVIATION_METERS = 5
const DEVIATION_METERS_MIN = 1
export const DEVIATION_METERS_MAX = 60

type MatchedWaypoint = Waypoint & {
  matchings_index: number
  /** Null for a place that is only passed. */
  waypoint_index: number | null
  alternatives_count: number
}

export type MatchAnswer = {
  code: 'Ok'
  matchings: (Route & { confidence: number })[]
  tracepoints?: (MatchedWaypoint | null)[]
}

/** Reads the options, and refuses what is too much before anything is looked up. */
export const readMatch = ({ query, queryAt, coordinates }: OsrmUrl): MatchOptions => {
  const options = matchOptions(query, queryAt, coordinates.length)
  const coordinatesMax = asksForDetails(options) ? DETAILED_COORDINATES_MAX : ROUTE_COORDINATES_MAX
  if (coordinates.length > coordinatesMax) throw new Refusal('TooBig', 'Too many trace coordinates')
  if (options.radiuses?.some((radius) => radius !== null && radius > DEVIATION_METERS_MAX))
    throw new Refusal('TooBig', 'Radius search size is too large for map matching.')
  return options
}

export const answerMatch = (router: Router, url: OsrmUrl, options: MatchOptions): MatchAnswer => {
  const trace = traceOf(url, options)
  const match = matchTrace(router, trace, {
    isSplitAtGaps: options.gaps !== 'ignore',
    isTidy: options.tidy === true,
  })
  if (match.matchings.length === 0) throw noMatch(router, trace)
  const waypoints = options.waypoints && positionsOf(match, options.waypoints)
  const matchings = match.matchings.map((matching) => ({
    ...routeOf(router.graph, url.profile, stopsOf(url, matching), matching.legs, {
      ...options,
      ...(waypoints && { waypoints }),
    }),
    confidence: Math.round(matching.confidence * 1e6) / 1e6,
  }))
  const tracepoints = match.tracepoints.map((one, i): MatchedWaypoint | null => {
    if (!one) return null
    const waypointIndex = waypoints ? waypoints.indexOf(one.position) : one.position
    return {
      ...waypointOf(router.graph, url.coordinates[i]!, one.snap, options),
      matchings_index: one.matching,
      waypoint_index: waypointIndex === -1 ? null : waypointIndex,
      alternatives_count: one.otherCount,
    }
  })
  return { code: 'Ok', matchings, ...(!options.skip_waypoints && { tracepoints }) }
}

const traceOf = ({ coordinates }: OsrmUrl, { timestamps, radiuses, bearings }: MatchOptions): MatchPoint[] =>
  coordinates.map(({ lat, lng }, i) => ({
    lat,
    lng,
    sigmaMeters: Math.max(DEVIATION_METERS_MIN, radiuses?.[i] ?? DEVIATION_METERS),
    ...(timestamps && { atSeconds: timestamps[i]! }),
    ...(bearings?.[i] && { headingDegrees: bearings[i].degrees }),
  }))

const stopsOf = ({ coordinates }: OsrmUrl, { points, snaps }: Matching) =>
  points.map((point, i) => ({ input: coordinates[point]!, snap: snaps[i]! }))

/** Where in the one matching the coordinates that were asked for as waypoints are. */
const positionsOf = ({ matchings, tracepoints }: Match, waypoints: readonly number[]): number[] => {
  if (matchings.length > 1) throw new Refusal('NoMatch', 'Could not match the trace with the given waypoints.')
  return waypoints.map((index) => {
    const position = tracepoints[index]?.position
    if (position === undefined) throw new Refusal('NoMatch', 'Requested waypoint parameter could not be matched.')
    return position
  })
}

const noMatch = (router: Router, trace: readonly MatchPoint[]): Refusal =>
  trace.every((point) => candidatesOf(router, point).length === 0)
    ? new Refusal('NoSegment', 'Could not find a matching segment for any coordinate.')
    : new Refusal('NoMatch', 'Could not match the trace.')
