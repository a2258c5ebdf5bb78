import type { LatLng } from '#core/geo'
import type { Profile, RoadGraph } from '../graph/road-graph.ts'
import { drivingSideOf } from './driving-side.ts'
import type { Junction } from './junction.ts'
import type { Leg } from './leg.ts'
import { type Maneuver, maneuversOf, toldPieces } from './maneuvers.ts'
import { nameOf, refOf } from './names.ts'
import { locationOf, round1, wholeBearing } from './numbers.ts'
import { classNamesOf, type Mode, modeOf } from './road-kind.ts'
import { bearingAfter, bearingBefore, metersBetween, turnTowards } from './road-line.ts'
import { type Geometries, type Shape, shapeOf } from './shapes.ts'
import type { ManeuverType, Modifier } from './turn-kind.ts'

export type Intersection = {
  location: [number, number]
  bearings: number[]
  entry: boolean[]
  in?: number
  out?: number
  classes?: string[]
}

export type StepManeuver = {
  type: ManeuverType
  modifier?: Modifier
  location: [number, number]
  bearing_before: number
  bearing_after: number
  exit?: number
}

export type RouteStep = {
  distance: number
  duration: number
  weight: number
  geometry: Shape
  name: string
  ref?: string
  rotary_name?: string
  mode: Mode
  driving_side: 'right' | 'left'
  maneuver: StepManeuver
  intersections: Intersection[]
}

export type StepsOptions = {
  profile: Profile
  geometries: Geometries
  /** The places asked for, which may lie beside the road. */
  from: LatLng
  to: LatLng
}

/** The steps of a leg: each a maneuver and what is driven until the next; the last is the arrival. */
export const stepsOf = (graph: RoadGraph, leg: Leg, options: StepsOptions): RouteStep[] => {
  const { junctions, maneuvers } = maneuversOf(graph, leg, options.profile)
  const starts = [departure(leg, options.from), ...maneuvers]
  const steps = starts.map((maneuver, i) => {
    const end = starts[i + 1]?.piece ?? leg.pieces.length
    return stepOf(graph, leg, junctions, maneuver, i === 0 ? 0 : maneuver.piece, end, options)
  })
  return [...steps, arrivalStep(graph, leg, options)]
}

const departure = (leg: Leg, from: LatLng): Maneuver => {
  const [first] = toldPieces(leg)
  const bearing = bearingAfter(leg.line, leg.pieces[first]!.lineAt)
  const modifier = besideOf(leg, 0, from, bearing)
  return {
    type: 'depart',
    ...(modifier && { modifier }),
    piece: first,
    namedBy: first,
    bearingBefore: 0,
    bearingAfter: bearing,
  }
}

/** Nearer, or much farther, it makes no sense to say on which side a place lies. */
const BESIDE_METERS_MIN = 5
const BESIDE_METERS_MAX = 300
const AHEAD_DEGREES = 45

/** On which hand a place lies that was asked for, beside the end of the line that stands for it. */
const besideOf = ({ line: { lat, lng } }: Leg, at: number, place: LatLng, bearing: number): Modifier | undefined => {
  const end = { lat: lat[at]! / 1e7, lng: lng[at]! / 1e7 }
  const meters = metersBetween(lat[at]!, lng[at]!, place.lat * 1e7, place.lng * 1e7)
  if (meters < BESIDE_METERS_MIN || meters > BESIDE_METERS_MAX) return undefined
  const turn = turnTowards(place, end, bearing)
  return Math.abs(turn) < AHEAD_DEGREES ? 'straight' : turn > 0 ? 'right' : 'left'
}

const stepOf = (
  graph: RoadGraph,
  leg: Leg,
  junctions: readonly (Junction | undefined)[],
  maneuver: Maneuver,
  first: number,
  end: number,
  { profile, geometries }: StepsOptions,
): RouteStep => {
  const { pieces, line } = leg
  const lineFirst = pieces[first]!.lineAt
  const lineLast = end < pieces.length ? pieces[end]!.lineAt : line.lat.length - 1
  let [distance, duration, weight] = [0, 0, 0]
  const intersections = [firstIntersection(graph, leg, junctions[maneuver.piece], maneuver)]
  for (let i = first; i < end; i++) {
    const piece = pieces[i]!
    distance += piece.distanceMeters
    duration += piece.turnSeconds + piece.durationSeconds
    weight += piece.turnSeconds + piece.weight
    const junction = i > maneuver.piece ? junctions[i] : undefined
    if (junction && junction.arms.length > 2) intersections.push(intersectionOf(graph, leg, junction, i))
  }
  const { type, modifier, exit, rotaryName, namedBy } = maneuver
  const road = pieces[namedBy]!.side >> 1
  const ref = refOf(graph, road)
  return {
    distance: round1(distance),
    duration: round1(duration),
    weight: round1(weight),
    geometry: shapeOf(line, geometries, lineFirst, Math.max(lineLast, lineFirst)),
    name: nameOf(graph, road),
    ...(ref && { ref }),
    ...(rotaryName && { rotary_name: rotaryName }),
    mode: modeOf(graph, pieces[maneuver.piece]!.side >> 1, profile),
    driving_side: drivingSideOf(graph),
    maneuver: {
      type,
      ...(modifier && { modifier }),
      location: locationOf(line.lat[lineFirst]!, line.lng[lineFirst]!),
      bearing_before: wholeBearing(maneuver.bearingBefore),
      bearing_after: wholeBearing(maneuver.bearingAfter),
      ...(exit !== undefined && { exit }),
    },
    intersections,
  }
}

const firstIntersection = (graph: RoadGraph, leg: Leg, junction: Junction | undefined, maneuver: Maneuver) => {
  if (maneuver.type !== 'depart' && junction) return intersectionOf(graph, leg, junction, maneuver.piece)
  const at = maneuver.type === 'depart' ? 0 : leg.pieces[maneuver.piece]!.lineAt
  const isDeparture = maneuver.type === 'depart'
  return {
    location: locationOf(leg.line.lat[at]!, leg.line.lng[at]!),
    bearings: [wholeBearing(maneuver.bearingAfter)],
    entry: [true],
    ...(!isDeparture && { in: 0 }),
    out: 0,
  }
}

const intersectionOf = (graph: RoadGraph, leg: Leg, junction: Junction, piece: number): Intersection => {
  const { arms } = junction
  const at = leg.pieces[piece]!.lineAt
  const classes = classNamesOf(graph, junction.out.road)
  return {
    location: locationOf(leg.line.lat[at]!, leg.line.lng[at]!),
    bearings: arms.map(({ bearing }) => wholeBearing(bearing)),
    entry: arms.map(({ canEnter }) => canEnter),
    in: arms.indexOf(junction.in),
    out: arms.indexOf(junction.out),
    ...(classes.length > 0 && { classes }),
  }
}

const arrivalStep = (graph: RoadGraph, leg: Leg, { profile, geometries, to }: StepsOptions): RouteStep => {
  const { pieces, line } = leg
  const [, last] = toldPieces(leg)
  const end = line.lat.length - 1
  const lineEnd = last === pieces.length - 1 ? end : pieces[last + 1]!.lineAt
  const bearing = bearingBefore(line, lineEnd)
  const modifier = besideOf(leg, end, to, bearing)
  const road = pieces[last]!.side >> 1
  const ref = refOf(graph, road)
  const location = locationOf(line.lat[end]!, line.lng[end]!)
  return {
    distance: 0,
    duration: 0,
    weight: 0,
    geometry: shapeOf({ lat: [line.lat[end]!, line.lat[end]!], lng: [line.lng[end]!, line.lng[end]!] }, geometries),
    name: nameOf(graph, road),
    ...(ref && { ref }),
    mode: modeOf(graph, road, profile),
    driving_side: drivingSideOf(graph),
    maneuver: {
      type: 'arrive',
      ...(modifier && { modifier }),
      location,
      bearing_before: wholeBearing(bearing),
      bearing_after: 0,
    },
    intersections: [{ location, bearings: [wholeBearing(bearing + 180)], entry: [true], in: 0 }],
  }
}
