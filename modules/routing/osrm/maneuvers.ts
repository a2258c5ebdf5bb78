import type { Profile, RoadGraph } from '../graph/road-graph.ts'
import { type Junction, junctionBefore } from './junction.ts'
import type { Leg } from './leg.ts'
import { nameOf } from './names.ts'
import { isRoundabout } from './road-kind.ts'
import { bearingAfter, bearingBefore, turnBetween } from './road-line.ts'
import { roundaboutStay } from './roundabout.ts'
import { type ManeuverType, type Modifier, modifierOf, type TurnKind, turnKindAt } from './turn-kind.ts'

/** Something that is told on the way, at the beginning of a piece. */
export type Maneuver = {
  type: ManeuverType
  modifier?: Modifier
  piece: number
  /** The piece whose name the step has: another than `piece` where several turns are told as one. */
  namedBy: number
  /** Where the driver heads before and after. */
  bearingBefore: number
  bearingAfter: number
  exit?: number
  rotaryName?: string
}

/** Whoever is told of a turn this soon after setting out, or before arriving, is only confused. */
const END_METERS = 1
/** Turns that are nearer to each other than this may be one to the driver. */
const COLLAPSE_METERS = 30

/** Everything to tell between departure and arrival, with the junctions of the leg: `junctions[i]` is before piece i. */
export const maneuversOf = (graph: RoadGraph, leg: Leg, profile: Profile) => {
  const { pieces } = leg
  const junctions: (Junction | undefined)[] = [undefined]
  for (let i = 1; i < pieces.length; i++) junctions.push(junctionBefore(graph, leg, i))
  const [first, last] = toldPieces(leg)
  const told: Maneuver[] = []
  for (let i = first + 1; i <= last; ) {
    const onto = isRoundabout(graph, pieces[i]!.side >> 1)
    if (onto && !isRoundabout(graph, pieces[i - 1]!.side >> 1)) i = addStay(graph, leg, junctions, told, i)
    else {
      const kind = kindAt(graph, junctions[i], pieces[i - 1]!.side, profile)
      if (kind) told.push(maneuverAt(leg, junctions[i], i, kind))
      i++
    }
  }
  return { junctions, maneuvers: collapse(graph, leg, told) }
}

/** The first and the last piece that are long enough to be told of. */
export const toldPieces = ({ pieces }: Leg): [first: number, last: number] => {
  let first = 0
  let last = pieces.length - 1
  while (first < last && pieces[first]!.distanceMeters < END_METERS) first++
  while (last > first && pieces[last]!.distanceMeters < END_METERS) last--
  return [first, last]
}

const kindAt = (graph: RoadGraph, junction: Junction | undefined, before: number, profile: Profile) => {
  if (!junction) return { type: 'continue', modifier: 'uturn' } as const
  if (!isRoundabout(graph, before >> 1)) return turnKindAt(graph, junction, profile)
  // Whoever sets out on a roundabout is told only where to leave it.
  if (isRoundabout(graph, junction.out.road)) return undefined
  return { type: 'exit roundabout', modifier: modifierOf(junction.out.turn) } as const
}

const maneuverAt = (leg: Leg, junction: Junction | undefined, piece: number, kind: TurnKind): Maneuver => {
  const at = leg.pieces[piece]!.lineAt
  return {
    ...kind,
    piece,
    namedBy: piece,
    bearingBefore: junction ? (junction.in.bearing + 180) % 360 : bearingBefore(leg.line, at),
    bearingAfter: junction ? junction.out.bearing : bearingAfter(leg.line, at),
  }
}

const addStay = (graph: RoadGraph, leg: Leg, junctions: (Junction | undefined)[], told: Maneuver[], first: number) => {
  const { entering, leaving, exit, rotaryName, nextPiece } = roundaboutStay(graph, leg, first)
  const enters = maneuverAt(leg, junctions[first], first, entering)
  // Entering is named after the road by which it is left: "take the second exit onto ...".
  told.push({ ...enters, namedBy: Math.min(nextPiece, leg.pieces.length - 1), exit, rotaryName })
  if (leaving) told.push(maneuverAt(leg, junctions[nextPiece], nextPiece, leaving))
  return leaving || entering.type === 'roundabout turn' ? nextPiece + 1 : nextPiece
}

/** Two maneuvers close by each other that are one to the driver become one, or none. */
const collapse = (graph: RoadGraph, leg: Leg, told: readonly Maneuver[]): Maneuver[] => {
  const kept: Maneuver[] = []
  for (const next of told) {
    const before = kept.at(-1)
    const both = before && isNear(leg, before, next) ? together(graph, leg, before, next) : undefined
    if (both === undefined) {
      kept.push(next)
      continue
    }
    kept.pop()
    if (both !== 'nothing') kept.push(both)
  }
  return kept
}

const COLLAPSIBLE = ['turn', 'continue', 'new name', 'end of road', 'fork']

const isNear = ({ pieces }: Leg, a: Maneuver, b: Maneuver): boolean => {
  if (!COLLAPSIBLE.includes(a.type) || !(COLLAPSIBLE.includes(b.type) || isEntry(b))) return false
  if (a.modifier === 'uturn' || b.modifier === 'uturn') return false
  let meters = 0
  for (let i = a.piece; i < b.piece; i++) meters += pieces[i]!.distanceMeters
  return meters <= COLLAPSE_METERS
}

const isEntry = ({ type }: Maneuver) => type === 'roundabout' || type === 'rotary' || type === 'roundabout turn'

/** What two maneuvers are together; undefined when they are to be told one after the other. */
const together = (graph: RoadGraph, { pieces }: Leg, a: Maneuver, b: Maneuver): Maneuver | 'nothing' | undefined => {
  const name = (piece: number) => nameOf(graph, pieces[piece]!.side >> 1)
  const before = name(a.piece - 1)
  const between = name(a.piece)
  const after = name(b.piece)
  const isSameRoad = before === after && before !== ''
  // In front of a roundabout the lanes part, and may have another name: there is nothing to choose yet.
  if (isEntry(b)) return a.type === 'fork' || a.type === 'new name' ? b : undefined
  // A new name that lasts for a few metres is not told.
  if (a.type === 'new name') return isSameRoad && b.type === 'new name' ? 'nothing' : b
  if (b.type === 'new name') return { ...a, namedBy: b.piece, bearingAfter: b.bearingAfter }
  const turnA = turnBetween(a.bearingBefore, a.bearingAfter)
  const turnB = turnBetween(b.bearingBefore, b.bearingAfter)
  // A few steps to the side, and on along the same road.
  if (turnA > 0 !== turnB > 0) return isSameRoad ? 'nothing' : undefined
  const turn = turnBetween(a.bearingBefore, b.bearingAfter)
  const isReversal = isSameRoad && Math.abs(turn) > REVERSAL_DEGREES
  // Over a short link, or across one carriageway into the other, whatever the piece between them is called.
  if (!isReversal && between !== '' && between !== before && between !== after) return undefined
  return {
    ...a,
    type: isSameRoad ? 'continue' : a.type === 'end of road' ? a.type : 'turn',
    modifier: isReversal ? 'uturn' : modifierOf(Math.abs(turn) > 179 ? Math.sign(turnA) * 179 : turn),
    namedBy: b.piece,
    bearingAfter: b.bearingAfter,
  }
}

const REVERSAL_DEGREES = 150
