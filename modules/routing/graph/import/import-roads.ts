import type { Profile, RoadGraph } from '#modules/routing/graph/road-graph'
import { assemble } from './assemble'
import { type Edges, edgesOf } from './edges'
import { obstaclesOf } from './obstacles'
import type { OsmData } from './osm-data'
import { rulesOf } from './profiles'
import { restrictionAutomaton } from './restriction-automaton'
import { patternsOf, pointsOfRestrictions, restrictionsFor } from './restriction-patterns'
import { type RoadNetwork, roadNetwork } from './road-network'
import { useOf } from './sides'
import { turnsOf } from './turns'
import { kindsOfWays } from './way-kinds'
import { LEFT_OUT, OPEN, zonesOf } from './zones'

export type ImportOptions = {
  /** Traffic keeps to the left. Default: to the right. */
  isLeftHand?: boolean
}

/** What came of an import, for whoever started it. */
export type ImportReport = {
  profile: Profile
  nodeCount: number
  roadCount: number
  edgeCount: number
  turnCount: number
  /** Sides that may be driven, all together. */
  kilometers: number
  /** Of them without through traffic. */
  secludedKilometers: number
  /** Sides that were left out because one cannot get there and back. */
  droppedSideCount: number
  droppedKilometers: number
  /** Turn restrictions for this profile, and those of them that do not fit the roads. */
  restrictionCount: number
  unusedRestrictionCount: number
}

/** The road graph of a profile. Graphs of the same data share their points and texts. */
export const importRoads = (
  data: OsmData,
  profile: Profile,
  options: ImportOptions = {},
): { graph: RoadGraph; report: ImportReport } => {
  const rules = rulesOf[profile]
  const obstacles = obstaclesOf(data, rules)
  const restrictions = restrictionsFor(data, rules.turns.restrictionModes)
  const restricted = pointsOfRestrictions(data, restrictions)
  const network = roadNetwork(data, kindsOfWays(data, rules), (point) => obstacles.has(point) || restricted.has(point))
  const isDriven = (side: number) => useOf(network, side) !== undefined
  const { patterns, unusedCount } = patternsOf(data, network, isDriven, restrictions)
  const automaton = restrictionAutomaton(patterns)
  const eachTurn = turnsOf(network, {
    points: data.points,
    rules: rules.turns,
    obstacles,
    automaton,
    isLeftHand: options.isLeftHand ?? false,
  })
  const edges = edgesOf(network, automaton, eachTurn)
  const zones = zonesOf(network, edges)
  const graph = assemble(data, network, edges, zones)
  const report = {
    profile,
    nodeCount: graph.nodePoint.length,
    roadCount: graph.roadFrom.length,
    edgeCount: graph.edgeSide.length,
    turnCount: graph.turnTo.length,
    ...lengths(network, edges, zones),
    restrictionCount: restrictions.length,
    unusedRestrictionCount: unusedCount,
  }
  return { graph, report }
}

const METERS = 1000

const lengths = (network: RoadNetwork, edges: Edges, zones: Uint8Array) => {
  const sums = { kilometers: 0, secludedKilometers: 0, droppedSideCount: 0, droppedKilometers: 0 }
  edges.side.forEach((side, edge) => {
    if (!edges.isPlain[edge]) return
    const kilometers = network.roadMeters[side >> 1]! / METERS
    if (zones[edge] === LEFT_OUT) {
      sums.droppedSideCount++
      sums.droppedKilometers += kilometers
    } else {
      sums.kilometers += kilometers
      if (zones[edge] !== OPEN) sums.secludedKilometers += kilometers
    }
  })
  return sums
}
