import {
  type Profile,
  ROAD_CLASS_MASK,
  ROAD_CLASSES,
  ROAD_LINK,
  ROAD_PUSHED,
  ROAD_RESTRICTED,
  ROAD_ROUNDABOUT,
  ROAD_TOLL,
  ROAD_TUNNEL,
  type RoadGraph,
} from '../graph/road-graph.ts'

/** What a road is to somebody who is told the way. */

const classIndex = (name: (typeof ROAD_CLASSES)[number]) => ROAD_CLASSES.indexOf(name)
const MOTORWAY = classIndex('motorway')
const TRUNK = classIndex('trunk')
const SERVICE = classIndex('service')
const FERRY = classIndex('ferry')

export const classOf = (graph: RoadGraph, road: number) => graph.roadFlags[road]! & ROAD_CLASS_MASK
export const isRoundabout = (graph: RoadGraph, road: number) => (graph.roadFlags[road]! & ROAD_ROUNDABOUT) !== 0
export const isLink = (graph: RoadGraph, road: number) => (graph.roadFlags[road]! & ROAD_LINK) !== 0

/** Motorways and trunk roads, which are entered and left by ramps. */
export const isMotorway = (graph: RoadGraph, road: number) => classOf(graph, road) <= TRUNK && !isLink(graph, road)
export const isRamp = (graph: RoadGraph, road: number) => classOf(graph, road) <= TRUNK && isLink(graph, road)

/** Driveways, tracks and paths: nobody takes them for the road that goes on. */
export const isMinor = (graph: RoadGraph, road: number) => {
  const index = classOf(graph, road)
  return index >= SERVICE && index !== FERRY
}

export type Mode = 'driving' | 'cycling' | 'walking' | 'pushing bike' | 'ferry'

const MODES: Record<Profile, Mode> = { car: 'driving', scooter: 'driving', bike: 'cycling', foot: 'walking' }

export const modeOf = (graph: RoadGraph, road: number, profile: Profile): Mode => {
  const flags = graph.roadFlags[road]!
  if ((flags & ROAD_CLASS_MASK) === FERRY) return 'ferry'
  return flags & ROAD_PUSHED && profile === 'bike' ? 'pushing bike' : MODES[profile]
}

/** The classes that OSRM's car profile tells of a road. */
export const classNamesOf = (graph: RoadGraph, road: number): string[] => {
  const flags = graph.roadFlags[road]!
  if ((flags & (ROAD_TOLL | ROAD_RESTRICTED | ROAD_TUNNEL)) === 0 && !isSpecial(flags & ROAD_CLASS_MASK)) return NONE
  return [
    ...(flags & ROAD_TOLL ? ['toll'] : []),
    ...((flags & ROAD_CLASS_MASK) === MOTORWAY ? ['motorway'] : []),
    ...((flags & ROAD_CLASS_MASK) === FERRY ? ['ferry'] : []),
    ...(flags & ROAD_RESTRICTED ? ['restricted'] : []),
    ...(flags & ROAD_TUNNEL ? ['tunnel'] : []),
  ]
}

const NONE: string[] = []
const isSpecial = (index: number) => index === MOTORWAY || index === FERRY
