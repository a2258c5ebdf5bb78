import type { Profile, RoadGraph } from '../graph/road-graph.ts'
import type { Path, Router } from '../graph/router.ts'
import { type Annotation, annotationNames, annotationOf } from './annotation.ts'
import { type Leg, legOf } from './leg.ts'
import { round1 } from './numbers.ts'
import { fullOverview, simpleOverview } from './overview.ts'
import { type RouteOptions, routeOptions } from './query.ts'
import { Refusal } from './refusal.ts'
import { type Shape, shapeOf } from './shapes.ts'
import { type RouteStep, stepsOf } from './steps.ts'
import type { OsrmUrl } from './url.ts'
import { pathsThrough } from './via.ts'
import { type Stop, stopsOf, type Waypoint, waypointOf } from './waypoints.ts'

export const ROUTE_COORDINATES_MAX = 500
/** Of a route that is told in full: each step and each piece of road of it is written. */
export const DETAILED_COORDINATES_MAX = 100
export const ALTERNATIVES_MAX = 3

export type RouteLeg = {
  steps: RouteStep[]
  summary: string
  weight: number
  duration: number
  distance: number
  annotation?: Annotation
}

export type Route = {
  geometry?: Shape
  legs: RouteLeg[]
  weight_name: string
  weight: number
  duration: number
  distance: number
}

export type RouteAnswer = { code: 'Ok'; routes: Route[]; waypoints?: Waypoint[] }

/** As OSRM's own profiles call what they choose ways by. */
const WEIGHT_NAMES: Record<Profile, string> = {
  car: 'routability',
  scooter: 'routability',
  bike: 'cyclability',
  foot: 'duration',
}

/** As in OSRM's own profiles: only who drives a car goes on straight at a waypoint without being asked to. */
const GOES_STRAIGHT: Record<Profile, boolean> = { car: true, scooter: true, bike: false, foot: false }

export const answerRoute = (router: Router, url: OsrmUrl, options: RouteOptions): RouteAnswer => {
  const stops = stopsOf(router, url.coordinates, options)
  const routes = waysOf(router, url.profile, stops, options).map((paths) =>
    routeOf(router.graph, url.profile, stops, paths, options),
  )
  const waypoints = (options.waypoints ?? stops.map((_, i) => i)).map((i) => {
    const { input, snap } = stops[i]!
    return waypointOf(router.graph, input, snap, options)
  })
  return { code: 'Ok', routes, ...(!options.skip_waypoints && { waypoints }) }
}

/** Reads the options, and refuses what is too much before anything is looked up. */
export const readRoute = ({ query, queryAt, coordinates }: OsrmUrl): RouteOptions => {
  const options = routeOptions(query, queryAt, coordinates.length)
  const isDetailed = asksForDetails(options)
  const coordinatesMax = isDetailed ? DETAILED_COORDINATES_MAX : ROUTE_COORDINATES_MAX
  if (coordinates.length > coordinatesMax) {
    const of = isDetailed ? ' with steps or annotations' : ''
    throw new Refusal(
      'TooBig',
      `Number of entries ${coordinates.length}${of} is higher than current maximum (${coordinatesMax})`,
    )
  }
  if (alternativesIn(options) > ALTERNATIVES_MAX) {
    throw new Refusal('TooBig', `Requested number of alternatives is higher than current maximum (${ALTERNATIVES_MAX})`)
  }
  return options
}

/** Steps and annotations make an answer many times as large. */
export const asksForDetails = ({ steps, annotations }: RouteOptions): boolean =>
  steps === true || annotationNames(annotations).length > 0

/** How many routes to look for besides the best. */
const alternativesIn = ({ alternatives = 0 }: RouteOptions) =>
  alternatives === true ? 1 : alternatives === false ? 0 : alternatives

/** The best way, as a path for each leg, and others. */
const waysOf = (router: Router, profile: Profile, stops: Stop[], options: RouteOptions): Path[][] => {
  const { continue_straight: straight = 'default' } = options
  const best = pathsThrough(router, stops, straight === 'default' ? GOES_STRAIGHT[profile] : straight === 'true')
  if (!best) throw new Refusal('NoRoute', 'Impossible route between points')
  const count = stops.length === 2 ? alternativesIn(options) : 0
  const others = count > 0 ? router.alternatives(best[0]!, count) : []
  return [best, ...others.map((path) => [path])]
}

/** Paths from each stop to the next, as the protocol tells them. */
export const routeOf = (
  graph: RoadGraph,
  profile: Profile,
  stops: Stop[],
  paths: Path[],
  options: RouteOptions,
): Route => {
  const { overview = 'simplified', geometries = 'polyline' } = options
  const ends = options.waypoints ?? stops.map((_, i) => i)
  const drawn = ends.slice(1).map((end, i) => legOf(graph, paths.slice(ends[i]!, end)))
  const legs = drawn.map((leg, i) => routeLegOf(graph, profile, leg, stops[ends[i]!]!, stops[ends[i + 1]!]!, options))
  const line = overview === 'false' ? undefined : overview === 'full' ? fullOverview(drawn) : simpleOverview(drawn)
  const total = (pick: (leg: Leg) => number) => round1(drawn.reduce((sum, leg) => sum + pick(leg), 0))
  return {
    ...(line && { geometry: shapeOf(line, geometries) }),
    legs,
    weight_name: WEIGHT_NAMES[profile],
    weight: total(({ weight }) => weight),
    duration: total(({ durationSeconds }) => durationSeconds),
    distance: total(({ distanceMeters }) => distanceMeters),
  }
}

const routeLegOf = (
  graph: RoadGraph,
  profile: Profile,
  leg: Leg,
  from: Stop,
  to: Stop,
  { steps: withSteps, geometries = 'polyline', annotations }: RouteOptions,
): RouteLeg => {
  const steps = withSteps ? stepsOf(graph, leg, { profile, geometries, from: from.input, to: to.input }) : []
  const annotated = annotationNames(annotations)
  return {
    steps,
    summary: summaryOf(steps),
    weight: round1(leg.weight),
    duration: round1(leg.durationSeconds),
    distance: round1(leg.distanceMeters),
    ...(annotated.length > 0 && { annotation: annotationOf(graph, leg, annotated) }),
  }
}

const SUMMARY_NAMES = 2

/** The streets along which most of the leg is driven, in the order of the drive. */
const summaryOf = (steps: readonly RouteStep[]): string => {
  const meters = new Map<string, number>()
  for (const { name, ref, distance } of steps) {
    const shown = name || ref
    if (shown) meters.set(shown, (meters.get(shown) ?? 0) + distance)
  }
  const longest = [...meters.entries()].sort((a, b) => b[1] - a[1]).slice(0, SUMMARY_NAMES)
  return [...meters.keys()].filter((name) => longest.some(([one]) => one === name)).join(', ')
}
