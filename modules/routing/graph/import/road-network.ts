import { metersBetween } from './geometry'
import { GrowingDoubles, GrowingInts } from './growing'
import type { OsmData } from './osm-data'
import type { Kind, WayKinds } from './way-kinds'

/** The streets a profile uses as roads between nodes: pieces of ways put together as far as nothing changes. */
export type RoadNetwork = {
  kinds: Kind[]
  nodePoint: Int32Array
  roadFrom: Int32Array
  roadTo: Int32Array
  roadFirst: Int32Array
  /** Points. */
  geometry: Int32Array
  roadMeters: Float64Array
  /** Index: road; the kind along the road. */
  roadKind: Int32Array
  /** Index: side. The way it begins on, and whether along that way. */
  sideWay: Int32Array
  sideIsAlong: Uint8Array
  /** Sides that leave a node, driven or not. */
  nodeSideFirst: Int32Array
  nodeSide: Int32Array
}

/** Pieces of ways between two neighbouring points. */
type Segments = {
  count: number
  way: Int32Array
  from: Int32Array
  to: Int32Array
  /** Index: point. How many segments end there, and two of them. */
  degree: Int32Array
  one: Int32Array
  other: Int32Array
}

/** `isFixed`: points where a road must end though nothing changes (signals, barriers, restrictions). */
export const roadNetwork = (data: OsmData, ways: WayKinds, isFixed: (point: number) => boolean): RoadNetwork => {
  const segments = segmentsOf(data, ways)
  const kindInto = (segment: number, point: number) =>
    (segments.to[segment] === point ? ways.along : ways.against)[segments.way[segment]!]!
  const kindOutOf = (segment: number, point: number) =>
    (segments.from[segment] === point ? ways.along : ways.against)[segments.way[segment]!]!
  const isNode = (point: number): boolean =>
    segments.degree[point] !== 2 ||
    isFixed(point) ||
    kindInto(segments.one[point]!, point) !== kindOutOf(segments.other[point]!, point)
  const roads = joinSegments(data, segments, isNode, kindOutOf)
  return { kinds: ways.kinds, ...roads, ...sidesByNode(roads.nodePoint.length, roads.roadFrom, roads.roadTo) }
}

const segmentsOf = (data: OsmData, ways: WayKinds): Segments => {
  const way = new GrowingInts()
  const from = new GrowingInts()
  const to = new GrowingInts()
  const pointCount = data.points.lat.length
  const degree = new Int32Array(pointCount)
  const one = new Int32Array(pointCount).fill(-1)
  const other = new Int32Array(pointCount).fill(-1)
  const touch = (point: number, segment: number) => {
    if (degree[point]!++ === 0) one[point] = segment
    else other[point] = segment
  }
  for (let i = 0; i < ways.along.length; i++) {
    if (ways.along[i]! < 0) continue
    for (let at = data.wayFirst[i]! + 1; at < data.wayFirst[i + 1]!; at++) {
      const a = data.wayPoint[at - 1]!
      const b = data.wayPoint[at]!
      way.push(i)
      from.push(a)
      const segment = to.push(b)
      touch(a, segment)
      touch(b, segment)
    }
  }
  return { count: way.length, way: way.taken(), from: from.taken(), to: to.taken(), degree, one, other }
}

const joinSegments = (
  data: OsmData,
  segments: Segments,
  isNode: (point: number) => boolean,
  kindOutOf: (segment: number, point: number) => number,
) => {
  const roads = growingRoads()
  const nodeOf = new Int32Array(segments.degree.length).fill(-1)
  const isDone = new Uint8Array(segments.count)
  const nodeAt = (point: number): number => {
    if (nodeOf[point]! < 0) nodeOf[point] = roads.nodePoint.push(point)
    return nodeOf[point]!
  }
  const walk = (first: number, start: number) => {
    roads.roadFrom.push(nodeAt(start))
    roads.roadFirst.push(roads.geometry.push(start))
    roads.roadKind.push(kindOutOf(first, start))
    let meters = 0
    let segment = first
    let at = start
    for (;;) {
      isDone[segment] = 1
      const next = segments.from[segment] === at ? segments.to[segment]! : segments.from[segment]!
      meters += metersBetween(data.points, at, next)
      roads.geometry.push(next)
      at = next
      if (nodeOf[at]! >= 0 || isNode(at)) break
      segment = segments.one[at] === segment ? segments.other[at]! : segments.one[at]!
    }
    roads.roadTo.push(nodeAt(at))
    roads.roadMeters.push(meters)
    roads.sideWay.push(segments.way[first]!)
    roads.sideWay.push(segments.way[segment]!)
    roads.sideIsAlong.push(segments.from[first] === start ? 1 : 0)
    roads.sideIsAlong.push(segments.from[segment] === at ? 1 : 0)
  }
  // From nodes first; what is left over are closed lines without a node, which get one where they begin.
  for (let segment = 0; segment < segments.count; segment++) {
    if (isDone[segment]) continue
    if (isNode(segments.from[segment]!)) walk(segment, segments.from[segment]!)
    else if (isNode(segments.to[segment]!)) walk(segment, segments.to[segment]!)
  }
  for (let segment = 0; segment < segments.count; segment++)
    if (!isDone[segment]) walk(segment, segments.from[segment]!)
  return takenRoads(roads)
}

const growingRoads = () => ({
  nodePoint: new GrowingInts(),
  roadFrom: new GrowingInts(),
  roadTo: new GrowingInts(),
  roadFirst: new GrowingInts(),
  geometry: new GrowingInts(),
  roadMeters: new GrowingDoubles(),
  roadKind: new GrowingInts(),
  sideWay: new GrowingInts(),
  sideIsAlong: new GrowingInts(),
})

const takenRoads = (roads: ReturnType<typeof growingRoads>) => {
  roads.roadFirst.push(roads.geometry.length)
  return {
    nodePoint: roads.nodePoint.taken(),
    roadFrom: roads.roadFrom.taken(),
    roadTo: roads.roadTo.taken(),
    roadFirst: roads.roadFirst.taken(),
    geometry: roads.geometry.taken(),
    roadMeters: roads.roadMeters.taken(),
    roadKind: roads.roadKind.taken(),
    sideWay: roads.sideWay.taken(),
    sideIsAlong: Uint8Array.from(roads.sideIsAlong.taken()),
  }
}

/** Sides by the node they leave. */
export const sidesByNode = (nodeCount: number, roadFrom: Int32Array, roadTo: Int32Array) => {
  const nodeSideFirst = new Int32Array(nodeCount + 1)
  const tailOf = (side: number) => ((side & 1) === 0 ? roadFrom : roadTo)[side >> 1]!
  const sideCount = roadFrom.length * 2
  for (let side = 0; side < sideCount; side++) nodeSideFirst[tailOf(side) + 1]!++
  for (let node = 0; node < nodeCount; node++) nodeSideFirst[node + 1]! += nodeSideFirst[node]!
  const next = nodeSideFirst.slice()
  const nodeSide = new Int32Array(sideCount)
  for (let side = 0; side < sideCount; side++) nodeSide[next[tailOf(side)]!++] = side
  return { nodeSideFirst, nodeSide }
}
