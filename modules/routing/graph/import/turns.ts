import type { Points } from '#modules/routing/graph/road-graph'
import { ROAD_ROUNDABOUT } from '#modules/routing/graph/road-graph'
import { departureBearing, turnAngle } from './geometry'
import type { Obstacle } from './obstacles'
import type { TurnRules } from './profiles/rules'
import type { RestrictionAutomaton } from './restriction-automaton'
import type { RoadNetwork } from './road-network'
import { useOf } from './sides'

/** Visits the turns from a side in a state of the restrictions. Cost in centiseconds. */
export type EachTurn = (side: number, state: number, visit: (to: number, costCentiseconds: number) => void) => void

export type TurnOptions = {
  points: Points
  rules: TurnRules
  obstacles: ReadonlyMap<number, Obstacle>
  automaton: RestrictionAutomaton
  isLeftHand: boolean
}

const CENTISECONDS = 100
const STRAIGHT_STOP_METERS = 20
/** Small corners at the very junction say little of where a road leads, except on a roundabout, which bends all along. */
const LOOKAHEAD_METERS = 10
const LOOKAHEAD_ROUNDABOUT_METERS = 2

/**
 * Which turns there are and what they cost. As OSRM 6.0 has it: the angle counts where three or more roads meet; back
 * into the same road is possible at dead ends, before barriers, and where there is no other way out or no other way in;
 * and, other than there, where all other ways out are restricted.
 */
export const turnsOf = (network: RoadNetwork, options: TurnOptions): EachTurn => {
  const { rules, obstacles, automaton } = options
  const bearing = departureBearings(network, options.points)
  const costOf = turnCosts(network, options, bearing)
  return (side, state, visit) => {
    const node = headOf(network, side)
    const first = network.nodeSideFirst[node]!
    const end = network.nodeSideFirst[node + 1]!
    const obstacle = obstacles.get(network.nodePoint[node]!)
    let exitCount = 0
    let openExitCount = 0
    let entryCount = 0
    for (let at = first; at < end; at++) {
      const to = network.nodeSide[at]!
      const use = useOf(network, to)
      if (useOf(network, to ^ 1)) entryCount++
      if (!use || automaton.isForbidden(state, to)) continue
      exitCount++
      if (!use.isRestricted) openExitCount++
    }
    // Back included, one way out is none on; and where the open street ends before a private drive one turns as well.
    const isEnd = end - first === 1 || exitCount === 1 || entryCount <= 1
    const isOpenEnd = openExitCount === 1 && useOf(network, side ^ 1)?.isRestricted === false
    const mayTurnBack = obstacle?.isBarrier || isEnd || isOpenEnd
    const blocked = obstacle?.isBarrier ? undefined : acrossRoundabout(network, bearing, side, first, end)
    for (let at = first; at < end; at++) {
      const to = network.nodeSide[at]!
      if (!useOf(network, to) || automaton.isForbidden(state, to)) continue
      const isBack = (to ^ 1) === side
      if (isBack ? !mayTurnBack : obstacle?.isBarrier || blocked?.(to)) continue
      visit(to, costOf(side, to, end - first, obstacle) + (isBack ? rules.uTurnSeconds * CENTISECONDS : 0))
    }
  }
}

const headOf = (network: RoadNetwork, side: number) =>
  ((side & 1) === 0 ? network.roadTo : network.roadFrom)[side >> 1]!

const isRoundabout = (network: RoadNetwork, road: number) =>
  (network.kinds[network.roadKind[road]!]!.flags & ROAD_ROUNDABOUT) !== 0

const departureBearings = (network: RoadNetwork, points: Points): Float64Array => {
  const bearing = new Float64Array(network.roadFrom.length * 2)
  for (let road = 0; road < network.roadFrom.length; road++) {
    const first = network.roadFirst[road]!
    const last = network.roadFirst[road + 1]! - 1
    const count = last - first + 1
    const ahead = isRoundabout(network, road) ? LOOKAHEAD_ROUNDABOUT_METERS : LOOKAHEAD_METERS
    bearing[road * 2] = departureBearing(points, count, (i) => network.geometry[first + i]!, ahead)
    bearing[road * 2 + 1] = departureBearing(points, count, (i) => network.geometry[last - i]!, ahead)
  }
  return bearing
}

const turnCosts = (network: RoadNetwork, { rules, isLeftHand }: TurnOptions, bearing: Float64Array) => {
  const kmhOf = (side: number) => useOf(network, side)?.kmh ?? 0
  /** A lesser road at a junction: another one there is faster. */
  const isLesser = (side: number, to: number): boolean => {
    const node = headOf(network, side)
    let fastest = kmhOf(to)
    for (let at = network.nodeSideFirst[node]!; at < network.nodeSideFirst[node + 1]!; at++) {
      if (network.nodeSide[at] !== (side ^ 1)) fastest = Math.max(fastest, kmhOf(network.nodeSide[at]!))
    }
    return fastest > kmhOf(side)
  }
  const delay = (obstacle: Obstacle, side: number, to: number, roadCount: number): number => {
    // The end of `side` is where its opposite begins: along the way there means against it here.
    const arrives = network.sideIsAlong[side ^ 1] ? 'backward' : 'forward'
    if (obstacle.direction !== 'both' && obstacle.direction !== arrives) return 0
    if (obstacle.stop === 'minor' && !isLesser(side, to)) return 0
    const isPastJunction =
      roadCount === 2 &&
      network.roadMeters[side >> 1]! < STRAIGHT_STOP_METERS &&
      network.roadMeters[to >> 1]! > STRAIGHT_STOP_METERS
    return obstacle.stop === 'unclear' && isPastJunction ? 0 : obstacle.delaySeconds
  }
  return (side: number, to: number, roadCount: number, obstacle: Obstacle | undefined): number => {
    let seconds = obstacle ? delay(obstacle, side, to, roadCount) : 0
    const isBack = (to ^ 1) === side
    if (roadCount > 2 || isBack) {
      const angle = isBack ? 180 : turnAngle(bearing[side ^ 1]! + 180, bearing[to]!)
      seconds += rules.angleSeconds(angle, isLeftHand)
    }
    return Math.round(seconds * CENTISECONDS)
  }
}

/**
 * Where a road comes to a roundabout and another begins at the same point, the turn between them may lead across the
 * roundabout's island against its flow: then it is none.
 */
const acrossRoundabout = (
  network: RoadNetwork,
  bearing: Float64Array,
  side: number,
  first: number,
  end: number,
): ((to: number) => boolean) | undefined => {
  let ring = -1
  let ringOut = -1
  for (let at = first; at < end; at++) {
    const to = network.nodeSide[at]!
    if (!isRoundabout(network, to >> 1)) continue
    if (useOf(network, to)) ringOut = to
    else ring = to
  }
  if (ring < 0 || ringOut < 0 || end - first < 4) return
  const clockwise = (to: number) => (((bearing[to]! - bearing[ring]!) % 360) + 360) % 360
  const out = clockwise(ringOut)
  const from = clockwise(side ^ 1)
  return (to) => to !== ringOut && ((from < out && clockwise(to) < from) || (from > out && clockwise(to) > from))
}
