import { headOf, type RoadGraph } from '../graph/road-graph.ts'
import type { Leg } from './leg.ts'
import { wholeBearing } from './numbers.ts'
import { bearingOf, turnBetween } from './road-line.ts'

/** A way out of a junction, or one that only comes in. */
export type Arm = {
  side: number
  road: number
  /** Of the arm as it leaves the junction. */
  bearing: number
  /** How far to turn from the direction of arrival into this arm: right up to 180, left down to -180. */
  turn: number
  canEnter: boolean
}

/** A junction on the way, as seen by who arrives there. */
export type Junction = {
  /** By bearing, as it is told. */
  arms: Arm[]
  /** Where one comes from, and where one goes on; the same when one turns round. */
  in: Arm
  out: Arm
}

/** Between the piece before and piece `index` of a leg. Undefined where one turns round in the middle of a road. */
export const junctionBefore = (graph: RoadGraph, leg: Leg, index: number): Junction | undefined => {
  const before = leg.pieces[index - 1]!
  const after = leg.pieces[index]!
  if (before.end < 1 || after.start > 0) return undefined
  return junctionOf(graph, before.edge, before.side, after.side)
}

export const junctionOf = (graph: RoadGraph, edge: number, arriving: number, leaving: number): Junction => {
  const node = headOf(graph, arriving)
  const heading = bearingOf(graph, arriving ^ 1) + 180
  const arms: Arm[] = []
  let inArm: Arm | undefined
  let outArm: Arm | undefined
  for (let i = graph.nodeSideFirst[node]!; i < graph.nodeSideFirst[node + 1]!; i++) {
    const side = graph.nodeSide[i]!
    const bearing = bearingOf(graph, side)
    const isBack = side === (arriving ^ 1)
    const turn = isBack ? 180 : turnBetween(heading, bearing)
    const arm = { side, road: side >> 1, bearing, turn, canEnter: canTurn(graph, edge, side) }
    if (isBack) inArm = arm
    if (side === leaving) outArm = arm
    arms.push(arm)
  }
  if (!inArm || !outArm) throw new Error(`sides ${arriving} and ${leaving} do not meet at node ${node}`)
  arms.sort((a, b) => wholeBearing(a.bearing) - wholeBearing(b.bearing))
  return { arms, in: inArm, out: outArm }
}

const canTurn = ({ turnFirst, turnTo, edgeSide }: RoadGraph, edge: number, side: number): boolean => {
  for (let turn = turnFirst[edge]!; turn < turnFirst[edge + 1]!; turn++) {
    if (edgeSide[turnTo[turn]!] === side) return true
  }
  return false
}

/** Ways on that one could take here, other than turning round. */
export const choicesAt = ({ arms, in: back }: Junction): Arm[] => arms.filter((arm) => arm.canEnter && arm !== back)
