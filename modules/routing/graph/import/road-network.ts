import { metersBetween } from './geometry'
import { GrowingInts } from './growing'
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
  const nodeOf = new Int32Array(segments.degree.length).fill(-1)
  const nodePoint = new GrowingInts()
  const roadFrom = new GrowingInts()
  const roadTo = new GrowingInts()
  const roadFirst = new GrowingInts()
  const geometry = new GrowingInts()
  const roadKind = new GrowingInts()
  const sideWay = new GrowingInts()
  const sideIsAlong = new GrowingInts()
  const meters: number[] = []
  const isDone = new Uint8Array(segments.count)
  const nodeAt = (point: number): number => {
    if (nodeOf[point]! < 0) nodeOf[point] = nodePoint.push(point)
    return nodeOf[point]!
  }
  const walk = (first: number, start: number) => {
    roadFrom.push(nodeAt(start))
    roadFirst.push(geometry.push(start))
    roadKind.push(kindOutOf(first, start))
    let length = 0
    let segment = first
    let at = start
    for (;;) {
      isDone[segment] = 1
      const next = segments.from[segment] === at ? segments.to[segment]! : segments.from[segment]!
      length += metersBetween(data.points, at, next)
      geometry.push(next)
      at = next
      if (nodeOf[at]! >= 0 || isNode(at)) break
      segment = segments.one[at] === segment ? segments.other[at]! : segments.one[at]!
    }
    roadTo.push(nodeAt(at))
    meters.push(length)
    sideWay.push(segments.way[first]!)
    sideWay.push(segments.way[segment]!)
    sideIsAlong.push(segments.from[first] === start ? 1 : 0)
    sideIsAlong.push(segments.from[segment] === at ? 1 : 0)
  }
  // From nodes first; what is left over are closed lines without a node, which get one where they begin.
  for (let segment = 0; segment < segments.count; segment++) {
    if (isDone[segment]) continue
    const from = segments.from[segment]!
    const to = segments.to[segment]!
    if (isNode(from)) walk(segment, from)
    else if (isNode(to)) walk(segment, to)
  }
  for (let segment = 0; segment < segments.count; segment++)
    if (!isDone[segment]) walk(segment, segments.from[segment]!)
  roadFirst.push(geometry.length)
  return {
    nodePoint: nodePoint.taken(),
    roadFrom: roadFrom.taken(),
    roadTo: roadTo.taken(),
    roadFirst: roadFirst.taken(),
    geometry: geometry.taken(),
    roadMeters: Float64Array.from(meters),
    roadKind: roadKind.taken(),
    sideWay: sideWay.taken(),
    sideIsAlong: Uint8Array.from(sideIsAlong.taken()),
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
