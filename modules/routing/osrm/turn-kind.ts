import type { Profile, RoadGraph } from '../graph/road-graph.ts'
import { type Arm, choicesAt, type Junction } from './junction.ts'
import { nameOf, refOf } from './names.ts'
import { classOf, isLink, isMinor, isMotorway, isRamp, modeOf } from './road-kind.ts'

/**
 * Which junctions of a way are worth telling of, and in which words. The words are OSRM's; the rules are the core of its
 * guidance (described in its documentation of `StepManeuver` and its test scenarios): what goes on by itself is not told.
 */
export const MODIFIERS = [
  'uturn',
  'sharp right',
  'right',
  'slight right',
  'straight',
  'slight left',
  'left',
  'sharp left',
] as const
export type Modifier = (typeof MODIFIERS)[number]

export const MANEUVER_TYPES = [
  'turn',
  'new name',
  'depart',
  'arrive',
  'merge',
  'on ramp',
  'off ramp',
  'fork',
  'end of road',
  'continue',
  'roundabout',
  'rotary',
  'roundabout turn',
  'notification',
  'exit roundabout',
  'exit rotary',
] as const
export type ManeuverType = (typeof MANEUVER_TYPES)[number]

export type TurnKind = { type: ManeuverType; modifier: Modifier }

const STRAIGHT_DEGREES = 20
const SLIGHT_DEGREES = 40
const SHARP_DEGREES = 120
/** Two ways that differ by less are hard to tell apart. */
const FUZZY_DEGREES = 25
/** A road that is clearly straighter than another turns at most half as much. */
const DISTINCTION_RATIO = 2
/** Beyond this it is a turn, even where there is nowhere else to go. */
const OBVIOUS_DEGREES_MAX = 80
const FORK_DEGREES_MAX = 60
/** How far the arms of a T may be from square. */
const END_OF_ROAD_DEGREES = 40

export const modifierOf = (turn: number): Modifier => {
  const size = Math.abs(turn)
  if (size <= STRAIGHT_DEGREES) return 'straight'
  if (size >= 179.5) return 'uturn'
  const hand = turn > 0 ? 'right' : 'left'
  if (size <= SLIGHT_DEGREES) return `slight ${hand}`
  return size <= SHARP_DEGREES ? hand : `sharp ${hand}`
}

/** What to say at a junction; undefined when nothing is. Roundabouts are another matter. */
export const turnKindAt = (graph: RoadGraph, junction: Junction, profile: Profile): TurnKind | undefined => {
  const { in: back, out, arms } = junction
  const modifier = modifierOf(out.turn)
  if (out === back) return { type: 'continue', modifier: 'uturn' }
  if (!isMotorish(graph, back.road) && isRamp(graph, out.road)) return { type: 'on ramp', modifier }
  const unannounced = quietKind(graph, junction, profile)
  if (arms.length === 2) return unannounced
  const choices = choicesAt(junction)
  if (isMotorway(graph, back.road) && isRamp(graph, out.road) && choices.length > 1) {
    return { type: 'off ramp', modifier: leaning(out, choices) }
  }
  const merged = mergeKind(graph, junction)
  if (merged) return merged
  if (isObvious(graph, junction, choices)) return unannounced
  if (isFork(graph, junction, choices)) return { type: 'fork', modifier: leaning(out, choices) }
  if (isEndOfRoad(junction)) return { type: 'end of road', modifier }
  return { type: isSameName(graph, back.road, out.road) ? 'continue' : 'turn', modifier }
}

const isMotorish = (graph: RoadGraph, road: number) => isMotorway(graph, road) || isRamp(graph, road)

/** Where the way goes on by itself: only a new name or another way of travelling is told. */
const quietKind = (graph: RoadGraph, { in: back, out }: Junction, profile: Profile): TurnKind | undefined => {
  const modifier = modifierOf(out.turn)
  if (modeOf(graph, back.road, profile) !== modeOf(graph, out.road, profile)) return { type: 'notification', modifier }
  return isNewName(graph, back.road, out.road) ? { type: 'new name', modifier } : undefined
}

const isSameName = (graph: RoadGraph, before: number, after: number) =>
  nameOf(graph, before) !== '' && nameOf(graph, before) === nameOf(graph, after)

/** A name that ends without another beginning is not told. */
export const isNewName = (graph: RoadGraph, before: number, after: number) => {
  const name = nameOf(graph, after)
  if (name !== nameOf(graph, before)) return name !== ''
  return name === '' && refOf(graph, after) !== '' && refOf(graph, after) !== refOf(graph, before)
}

/** From a ramp, or any other road, onto a motorway that comes from elsewhere: told is the side that it lies on. */
const mergeKind = (graph: RoadGraph, { in: back, out, arms }: Junction): TurnKind | undefined => {
  if (isMotorway(graph, back.road) || !isMotorway(graph, out.road)) return undefined
  if (Math.abs(out.turn) > FORK_DEGREES_MAX) return undefined
  const coming = arms.find((arm) => arm !== back && arm !== out && !arm.canEnter && isMotorway(graph, arm.road))
  if (!coming) return undefined
  return { type: 'merge', modifier: coming.turn < 0 ? 'slight left' : 'slight right' }
}

/** Left or right of the other ways that lie ahead. */
const leaning = (out: Arm, choices: readonly Arm[]): Modifier => {
  const others = choices.filter((arm) => arm !== out)
  const nearest = others.reduce((best, arm) => (Math.abs(arm.turn) < Math.abs(best.turn) ? arm : best), others[0]!)
  if (Math.abs(out.turn) > SLIGHT_DEGREES) return modifierOf(out.turn)
  return out.turn > nearest.turn ? 'slight right' : 'slight left'
}

/** Whether nobody would think of going any other way. */
const isObvious = (graph: RoadGraph, { in: back, out }: Junction, choices: readonly Arm[]): boolean => {
  if (Math.abs(out.turn) >= OBVIOUS_DEGREES_MAX) return false
  return choices.every((other) => other === out || isOutdone(graph, back, out, other))
}

/** Whether a way on is clearly the way on, and another is not. */
const isOutdone = (graph: RoadGraph, back: Arm, out: Arm, other: Arm): boolean => {
  const turn = Math.abs(out.turn)
  const otherTurn = Math.abs(other.turn)
  const keepsName = isSameName(graph, back.road, out.road)
  const otherKeepsName = isSameName(graph, back.road, other.road)
  if (isLesser(graph, other.road, out.road) && !otherKeepsName) {
    return turn <= SLIGHT_DEGREES || otherTurn > turn || (keepsName && otherTurn > STRAIGHT_DEGREES)
  }
  if (isLesser(graph, out.road, other.road) && otherTurn <= FORK_DEGREES_MAX) return false
  if (otherKeepsName && !keepsName && otherTurn <= FORK_DEGREES_MAX) return false
  if (keepsName && !otherKeepsName && turn <= SLIGHT_DEGREES && otherTurn > turn) return true
  if (turn <= STRAIGHT_DEGREES && otherTurn >= SLIGHT_DEGREES + STRAIGHT_DEGREES) return true
  return turn <= SLIGHT_DEGREES && otherTurn >= turn + FUZZY_DEGREES && otherTurn >= turn * DISTINCTION_RATIO
}

/** A slip road beside the road it belongs to, a class two steps below, a driveway beside a street. */
const CLASS_STEPS = 2
const isLesser = (graph: RoadGraph, road: number, than: number): boolean => {
  if (isMinor(graph, road) || isMinor(graph, than)) return isMinor(graph, road) && !isMinor(graph, than)
  const below = classOf(graph, road) - classOf(graph, than)
  if (isMotorway(graph, than) && isRamp(graph, road)) return true
  if (isLink(graph, road) !== isLink(graph, than)) return isLink(graph, road) ? below >= 0 : below >= CLASS_STEPS
  return below >= CLASS_STEPS
}

/** The road parts in two (or more) that are alike, none of them clearly the one that goes on. */
const isFork = (graph: RoadGraph, { out }: Junction, choices: readonly Arm[]): boolean => {
  if (Math.abs(out.turn) > SLIGHT_DEGREES) return false
  const ahead = choices.filter((arm) => Math.abs(arm.turn) <= FORK_DEGREES_MAX)
  const alike = ahead.filter((arm) => !isLesser(graph, arm.road, out.road) && !isLesser(graph, out.road, arm.road))
  return alike.length > 1 && alike.length === ahead.length
}

const isEndOfRoad = ({ arms, in: back }: Junction): boolean => {
  if (arms.length !== 3) return false
  const [a, b] = arms.filter((arm) => arm !== back) as [Arm, Arm]
  const isSquare = ({ turn }: Arm) => Math.abs(Math.abs(turn) - 90) < END_OF_ROAD_DEGREES
  return isSquare(a) && isSquare(b) && a.turn > 0 !== b.turn > 0
}
