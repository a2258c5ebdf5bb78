import { headOf, type RoadGraph } from '../graph/road-graph.ts'
import { choicesAt, junctionBefore } from './junction.ts'
import type { Leg } from './leg.ts'
import { nameOf } from './names.ts'
import { isRoundabout } from './road-kind.ts'
import { bearingOf, turnBetween } from './road-line.ts'
import { modifierOf, type TurnKind } from './turn-kind.ts'

/** A stay on a roundabout. */
export type RoundaboutStay = {
  entering: TurnKind
  /** Which way out is taken, counted from 1; undefined when the leg ends there. */
  exit?: number
  rotaryName?: string
  /** Undefined when the leg ends there, and when entering says it all. */
  leaving?: TurnKind
  /** The first piece after it; the count of pieces when the leg ends there. */
  nextPiece: number
}

/** Larger ones with a name of their own are rotaries; smaller ones may be crossings with an island. */
const SMALL_RADIUS_METERS = 15
/** A small one is told like a crossing when it has at most this many arms, far enough apart. */
const CROSSING_ARMS_MAX = 4
const CROSSING_ARM_DEGREES_MIN = 45
/** No roundabout has as many junctions. */
const CIRCLE_SIDES_MAX = 40

/** The stay that begins with piece `first`, which is on a roundabout, while the one before is not. */
export const roundaboutStay = (graph: RoadGraph, leg: Leg, first: number): RoundaboutStay => {
  const { pieces } = leg
  let next = first
  while (next < pieces.length && isRoundabout(graph, pieces[next]!.side >> 1)) next++
  const circle = circleFrom(graph, pieces[first]!.side)
  const entry = junctionBefore(graph, leg, first)
  const enteringModifier = modifierOf(entry?.out.turn ?? 0)
  if (next === pieces.length) {
    return {
      entering: { type: kindOf(graph, circle, pieces[first]!.side), modifier: enteringModifier },
      nextPiece: next,
    }
  }
  const exit = exitCount(graph, leg, first, next)
  const heading = bearingOf(graph, pieces[first - 1]!.side ^ 1) + 180
  const turn = turnBetween(heading, bearingOf(graph, pieces[next]!.side))
  const isBack = pieces[next]!.side === (pieces[first - 1]!.side ^ 1)
  if (isCrossing(graph, circle)) {
    const modifier = isBack ? 'uturn' : modifierOf(turn)
    return { entering: { type: 'roundabout turn', modifier }, exit, nextPiece: next }
  }
  const type = kindOf(graph, circle, pieces[first]!.side)
  const out = junctionBefore(graph, leg, next)
  return {
    entering: { type, modifier: enteringModifier },
    exit,
    ...(type === 'rotary' && { rotaryName: nameOf(graph, pieces[first]!.side >> 1) }),
    leaving: { type: type === 'rotary' ? 'exit rotary' : 'exit roundabout', modifier: modifierOf(out?.out.turn ?? 0) },
    nextPiece: next,
  }
}

/** Ways out that are passed, and the one that is taken. */
const exitCount = (graph: RoadGraph, leg: Leg, first: number, next: number): number => {
  let passed = 0
  for (let i = first; i < next; i++) {
    const junction = junctionBefore(graph, leg, i)
    passed += junction ? choicesAt(junction).filter((arm) => !isRoundabout(graph, arm.road)).length : 0
  }
  return passed + 1
}

type Circle = { sides: number[]; radiusMeters: number; isClosed: boolean }

/** Follows a roundabout from one of its sides until it comes round. */
const circleFrom = (graph: RoadGraph, side: number): Circle => {
  const sides = [side]
  let lengthCentimeters = graph.roadLength[side >> 1]!
  for (let at = side; sides.length < CIRCLE_SIDES_MAX; ) {
    const next = onwardSide(graph, at)
    if (next === side) return { sides, radiusMeters: lengthCentimeters / 100 / (2 * Math.PI), isClosed: true }
    if (next === undefined) break
    sides.push(next)
    lengthCentimeters += graph.roadLength[next >> 1]!
    at = next
  }
  return { sides, radiusMeters: lengthCentimeters / 100 / (2 * Math.PI), isClosed: false }
}

const onwardSide = (graph: RoadGraph, side: number): number | undefined => {
  const node = headOf(graph, side)
  for (let i = graph.nodeSideFirst[node]!; i < graph.nodeSideFirst[node + 1]!; i++) {
    const out = graph.nodeSide[i]!
    if (isRoundabout(graph, out >> 1) && out !== (side ^ 1) && graph.sideEdge[out]! >= 0) return out
  }
  return undefined
}

const kindOf = (graph: RoadGraph, { radiusMeters }: Circle, side: number) =>
  radiusMeters > SMALL_RADIUS_METERS && nameOf(graph, side >> 1) !== '' && !isNameOfArm(graph, side)
    ? 'rotary'
    : 'roundabout'

/** A roundabout that only carries on a street's name has none of its own. */
const isNameOfArm = (graph: RoadGraph, side: number): boolean => {
  const node = headOf(graph, side)
  for (let i = graph.nodeSideFirst[node]!; i < graph.nodeSideFirst[node + 1]!; i++) {
    const road = graph.nodeSide[i]! >> 1
    if (!isRoundabout(graph, road) && nameOf(graph, road) === nameOf(graph, side >> 1)) return true
  }
  return false
}

const isCrossing = (graph: RoadGraph, { sides, radiusMeters, isClosed }: Circle): boolean => {
  if (!isClosed || radiusMeters > SMALL_RADIUS_METERS) return false
  const bearings: number[] = []
  for (const side of sides) {
    const arms = armsAt(graph, headOf(graph, side))
    // Where the way in and the way out lie apart, it is driven like a roundabout.
    if (arms.some((arm) => graph.sideEdge[arm]! < 0 || graph.sideEdge[arm ^ 1]! < 0)) return false
    bearings.push(...arms.map((arm) => bearingOf(graph, arm)))
  }
  if (bearings.length > CROSSING_ARMS_MAX) return false
  return bearings.every((bearing, i) =>
    bearings.every((other, k) => i === k || Math.abs(turnBetween(bearing, other)) >= CROSSING_ARM_DEGREES_MIN),
  )
}

const armsAt = (graph: RoadGraph, node: number): number[] =>
  [...graph.nodeSide.subarray(graph.nodeSideFirst[node]!, graph.nodeSideFirst[node + 1]!)].filter(
    (side) => !isRoundabout(graph, side >> 1),
  )
