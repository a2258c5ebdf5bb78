import { ROAD_CLASS_MASK, ROAD_CLASSES, type RoadGraph } from '#modules/routing/graph/road-graph'
import type { Edges } from './edges'
import { GrowingInts } from './growing'
import type { OsmData } from './osm-data'
import { type RoadNetwork, sidesByNode } from './road-network'
import { useOf } from './sides'
import { LEFT_OUT, OPEN, SECLUDED } from './zones'

const CENTIMETERS = 100
const FERRY = ROAD_CLASSES.indexOf('ferry')

/** The graph of the edges that are kept, with a way out and a way in for each secluded one. */
export const assemble = (data: OsmData, network: RoadNetwork, edges: Edges, zones: Uint8Array): RoadGraph => {
  const roads = keptRoads(network, edges, zones)
  const copies = copiesOf(edges, zones)
  return {
    points: data.points,
    texts: data.texts,
    ...roads.parts,
    ...sidesByNode(roads.parts.nodePoint.length, roads.parts.roadFrom, roads.parts.roadTo),
    ...edgeParts(network, edges, zones, copies, roads.newRoad),
    ...turnParts(edges, zones, copies),
  }
}

/** Roads with an edge, numbered anew, and the nodes at their ends. */
const keptRoads = (network: RoadNetwork, edges: Edges, zones: Uint8Array) => {
  const newRoad = new Int32Array(network.roadFrom.length).fill(-1)
  edges.side.forEach((side, edge) => {
    if (zones[edge] !== LEFT_OUT) newRoad[side >> 1] = 0
  })
  const kept = new GrowingInts()
  newRoad.forEach((isKept, road) => {
    if (isKept === 0) newRoad[road] = kept.push(road)
  })
  const old = kept.taken()
  const newNode = new Int32Array(network.nodePoint.length).fill(-1)
  const nodePoint = new GrowingInts()
  const nodeOf = (node: number) => {
    if (newNode[node]! < 0) newNode[node] = nodePoint.push(network.nodePoint[node]!)
    return newNode[node]!
  }
  const roadFrom = old.map((road) => nodeOf(network.roadFrom[road]!))
  const roadTo = old.map((road) => nodeOf(network.roadTo[road]!))
  const roadFirst = new Int32Array(old.length + 1)
  const geometry = new GrowingInts()
  old.forEach((road, i) => {
    for (let at = network.roadFirst[road]!; at < network.roadFirst[road + 1]!; at++)
      geometry.push(network.geometry[at]!)
    roadFirst[i + 1] = geometry.length
  })
  const kind = (road: number) => network.kinds[network.roadKind[road]!]!
  const parts = {
    nodePoint: nodePoint.taken(),
    roadFrom,
    roadTo,
    roadFirst,
    geometry: geometry.taken(),
    roadLength: old.map((road) => Math.round(network.roadMeters[road]! * CENTIMETERS)),
    roadName: old.map((road) => kind(road).name),
    roadRef: old.map((road) => kind(road).ref),
    roadFlags: Uint16Array.from(old, (road) => kind(road).flags),
  }
  return { newRoad, parts }
}

/**
 * New edges by old ones: `out` is where trips begin (all edges have it), `into` where secluded ones are driven into. The
 * two are the same for open edges.
 */
const copiesOf = (edges: Edges, zones: Uint8Array) => {
  const out = new Int32Array(edges.side.length).fill(-1)
  const into = new Int32Array(edges.side.length).fill(-1)
  let count = 0
  zones.forEach((zone, edge) => {
    if (zone === LEFT_OUT) return
    out[edge] = count++
    if (zone === OPEN) into[edge] = out[edge]!
    if (zone === SECLUDED) into[edge] = count++
  })
  return { out, into, count }
}

type Copies = ReturnType<typeof copiesOf>

const edgeParts = (
  network: RoadNetwork,
  edges: Edges,
  zones: Uint8Array,
  { out, into, count }: Copies,
  newRoad: Int32Array,
) => {
  const sideCount = newRoad.reduce((most, road) => Math.max(most, road + 1), 0) * 2
  const sideEdge = new Int32Array(sideCount).fill(-1)
  const lastEdge = new Int32Array(sideCount).fill(-1)
  const edgeSide = new Int32Array(count)
  const edgeNextCopy = new Int32Array(count).fill(-1)
  const edgeDuration = new Int32Array(count)
  const edgeWeight = new Int32Array(count)
  const add = (edge: number, oldSide: number) => {
    const side = newRoad[oldSide >> 1]! * 2 + (oldSide & 1)
    const { kmh, weightKmh } = useOf(network, oldSide)!
    const meters = network.roadMeters[oldSide >> 1]!
    edgeSide[edge] = side
    edgeDuration[edge] = centiseconds(meters, kmh)
    edgeWeight[edge] = Math.max(centiseconds(meters, weightKmh), edgeDuration[edge]!)
    if (lastEdge[side]! >= 0) edgeNextCopy[lastEdge[side]!] = edge
    else if (!isFerry(network, oldSide)) sideEdge[side] = edge
    lastEdge[side] = edge
  }
  // Plain edges come first, and their ways out before their ways in: a trip begins on a side's first edge.
  edges.side.forEach((side, edge) => {
    if (zones[edge] === LEFT_OUT) return
    add(out[edge]!, side)
    if (into[edge]! >= 0 && into[edge] !== out[edge]) add(into[edge]!, side)
  })
  return { sideEdge, edgeSide, edgeNextCopy, edgeDuration, edgeWeight }
}

const centiseconds = (meters: number, kmh: number) => Math.max(1, Math.round((meters / kmh) * 3.6 * 100))

/** A trip may neither begin nor end at sea. */
const isFerry = (network: RoadNetwork, side: number) =>
  (network.kinds[network.roadKind[side >> 1]!]!.flags & ROAD_CLASS_MASK) === FERRY

const turnParts = (edges: Edges, zones: Uint8Array, { out, into, count }: Copies) => {
  const turnFirst = new Int32Array(count + 1)
  const turnTo = new GrowingInts()
  const turnCost = new GrowingInts()
  const add = (edge: number, from: number, isInside: boolean) => {
    for (let turn = edges.turnFirst[edge]!; turn < edges.turnFirst[edge + 1]!; turn++) {
      const next = edges.turnTo[turn]!
      const zone = zones[next]!
      if (zone === LEFT_OUT) continue
      // From the open into seclusion there is no way but in, and from there none back.
      const isOut = zones[edge] !== OPEN && !isInside
      const to = isInside || (!isOut && zone !== OPEN) ? (zone === OPEN ? -1 : into[next]!) : out[next]!
      if (to < 0) continue
      turnTo.push(to)
      turnCost.push(edges.turnCost[turn]!)
    }
    turnFirst[from + 1] = turnTo.length
  }
  for (let edge = 0; edge < edges.side.length; edge++) {
    if (zones[edge] === LEFT_OUT) continue
    add(edge, out[edge]!, false)
    if (zones[edge] === SECLUDED) add(edge, into[edge]!, true)
  }
  return { turnFirst, turnTo: turnTo.taken(), turnCost: turnCost.taken() }
}
