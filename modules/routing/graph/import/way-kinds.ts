import {
  ROAD_BRIDGE,
  ROAD_CLASSES,
  ROAD_LINK,
  ROAD_PUSHED,
  ROAD_RESTRICTED,
  ROAD_ROUNDABOUT,
  ROAD_TOLL,
  ROAD_TUNNEL,
  type RoadClass,
} from '#modules/routing/graph/road-graph'
import { metersBetween } from './geometry'
import { type OsmData, type Tags, wayTags } from './osm-data'
import type { DirectionUse, ProfileRules, WayUse } from './profiles/rules'

/** What pieces of street must have in common to be one road. In the direction of travel along it. */
export type Kind = {
  /** Indexes of texts. */
  name: number
  ref: number
  flags: number
  forward: DirectionUse | undefined
  backward: DirectionUse | undefined
}

export type WayKinds = {
  kinds: Kind[]
  /** Index: way. The kind along the way and against it; -1 where the profile does not use the way. */
  along: Int32Array
  against: Int32Array
}

/** The kinds of all ways as a profile sees them. */
export const kindsOfWays = (data: OsmData, rules: ProfileRules): WayKinds => {
  const wayCount = data.wayId.length
  const kinds: Kind[] = []
  const known = new Map<string, number>()
  const along = new Int32Array(wayCount).fill(-1)
  const against = new Int32Array(wayCount).fill(-1)
  const kindOf = (kind: Kind): number => {
    const key = `${kind.name} ${kind.ref} ${kind.flags} ${useKey(kind.forward)} ${useKey(kind.backward)}`
    const index = known.get(key) ?? kinds.push(kind) - 1
    known.set(key, index)
    return index
  }
  for (let way = 0; way < wayCount; way++) {
    const tags = wayTags(data, way)
    const raw = rules.way(tags)
    if (!raw) continue
    const { forward, backward } = raw.durationSeconds > 0 ? timed(raw, wayMeters(data, way)) : raw
    const name = data.wayName[way]!
    const ref = data.wayRef[way]!
    const flags = flagsOf(tags, forward, backward)
    along[way] = kindOf({ name, ref, flags, forward, backward })
    against[way] = kindOf({ name, ref, flags, forward: backward, backward: forward })
  }
  return { kinds, along, against }
}

const useKey = (use: DirectionUse | undefined) =>
  use ? `${use.kmh}/${use.weightKmh}/${use.isRestricted ? 'r' : ''}${use.isPushed ? 'p' : ''}` : '-'

const wayMeters = (data: OsmData, way: number): number => {
  let meters = 0
  for (let at = data.wayFirst[way]! + 1; at < data.wayFirst[way + 1]!; at++) {
    meters += metersBetween(data.points, data.wayPoint[at - 1]!, data.wayPoint[at]!)
  }
  return meters
}

/** A timetable's duration as a speed. */
const timed = (use: WayUse, meters: number): Pick<WayUse, 'forward' | 'backward'> => {
  const kmh = (meters / use.durationSeconds) * 3.6
  const at = (one: DirectionUse | undefined) => one && { ...one, kmh, weightKmh: (kmh * one.weightKmh) / one.kmh }
  return { forward: at(use.forward), backward: at(use.backward) }
}

const OTHER_CLASSES: Readonly<Record<string, RoadClass>> = {
  road: 'unclassified',
  busway: 'service',
  bus_guideway: 'service',
  escape: 'service',
  bridleway: 'path',
  corridor: 'footway',
  platform: 'footway',
}

const classOf = (tags: Tags): RoadClass => {
  if (tags.get('route') === 'ferry') return 'ferry'
  const highway = tags.get('highway')?.replace(/_link$/, '') ?? ''
  return ROAD_CLASSES.find((one) => one === highway) ?? OTHER_CLASSES[highway] ?? (highway ? 'service' : 'footway')
}

const flagsOf = (tags: Tags, forward?: DirectionUse, backward?: DirectionUse): number => {
  const isOn = (key: string) => !['no', undefined].includes(tags.get(key))
  let flags = ROAD_CLASSES.indexOf(classOf(tags))
  if (tags.get('highway')?.endsWith('_link')) flags |= ROAD_LINK
  if (['roundabout', 'circular'].includes(tags.get('junction') ?? '')) flags |= ROAD_ROUNDABOUT
  if (isOn('bridge')) flags |= ROAD_BRIDGE
  if (isOn('tunnel')) flags |= ROAD_TUNNEL
  if (isOn('toll')) flags |= ROAD_TOLL
  if (forward?.isRestricted || backward?.isRestricted) flags |= ROAD_RESTRICTED
  if ((forward ?? backward)?.isPushed && (backward ?? forward)?.isPushed) flags |= ROAD_PUSHED
  return flags
}
