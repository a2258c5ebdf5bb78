import { createCutter, type Part } from './min-cut'
import { DEGREE, type RoadGraph } from './road-graph'

/**
 * The order in which edges are contracted, by nested dissection: the roads of a small cut through the city come last,
 * before them those of the cuts through its two halves, and so on. It depends on the roads alone, not on speeds.
 * (Dibbelt, Strasser, Wagner, "Customizable Contraction Hierarchies", JEA 2016; with cut edges of the junction graph
 * as separators of the edge-based one: Buchhold, Wagner, Zeitz, Zuendorf, "Customizable Contraction Hierarchies with
 * Turn Costs", ATMOS 2020.)
 *
 * Returns the edges, first to be contracted first.
 */
export const contractionOrder = (graph: RoadGraph): Int32Array => {
  const copies = copiesOf(graph)
  const ordered = new Int32Array(graph.edgeSide.length)
  let count = 0
  for (const road of dissectedRoads(graph)) {
    for (const side of [road * 2, road * 2 + 1]) {
      for (const edge of copies.get(side) ?? []) ordered[count++] = edge
    }
  }
  return ordered
}

const copiesOf = ({ edgeSide }: RoadGraph): Map<number, number[]> => {
  const copies = new Map<number, number[]>()
  edgeSide.forEach((side, edge) => {
    const known = copies.get(side)
    if (known) known.push(edge)
    else copies.set(side, [edge])
  })
  return copies
}

/** Nodes `[nodeLow, nodeHigh)` of `nodes` with the roads among them, `[roadLow, roadHigh)` of `roads`. */
type Cell = { nodeLow: number; nodeHigh: number; roadLow: number; roadHigh: number }

/**
 * All roads, those of small cells first. A cell's roads are sorted in place, into those of the one half, of the other,
 * and of the cut between.
 */
const dissectedRoads = (graph: RoadGraph): Int32Array => {
  const { roadFrom, roadTo } = graph
  const roads = Int32Array.from(roadFrom.keys())
  const nodes = Int32Array.from(graph.nodePoint.keys())
  const cut = createCutter(nodes.length, roads.length)
  const partOf = partReader(graph, nodes, roads)
  const inside = new Uint8Array(nodes.length)
  const cells: Cell[] = [{ nodeLow: 0, nodeHigh: nodes.length, roadLow: 0, roadHigh: roads.length }]
  for (let cell = cells.pop(); cell; cell = cells.pop()) {
    const { nodeLow, nodeHigh, roadLow, roadHigh } = cell
    if (nodeHigh - nodeLow < 2 || roadHigh - roadLow < 2) continue
    const { side } = cut(partOf(cell))
    for (let i = nodeLow; i < nodeHigh; i++) inside[nodes[i]!] = side[i - nodeLow]!
    const nodeMiddle = partition(nodes, nodeLow, nodeHigh, (node) => inside[node] === 1)
    const cutLow = partition(roads, roadLow, roadHigh, (road) => inside[roadFrom[road]!] === inside[roadTo[road]!])
    const roadMiddle = partition(roads, roadLow, cutLow, (road) => inside[roadFrom[road]!] === 1)
    cells.push(
      { nodeLow, nodeHigh: nodeMiddle, roadLow, roadHigh: roadMiddle },
      { nodeLow: nodeMiddle, nodeHigh, roadLow: roadMiddle, roadHigh: cutLow },
    )
  }
  return roads
}

/** Makes the members that pass come first, both groups in their order; returns where the second begins. */
const partition = (members: Int32Array, low: number, high: number, passes: (member: number) => boolean): number => {
  const others: number[] = []
  let at = low
  for (let i = low; i < high; i++) {
    const member = members[i]!
    if (passes(member)) members[at++] = member
    else others.push(member)
  }
  members.set(others, at)
  return at
}

/** Cells as parts with numbers of their own. The arrays are used again for the next one. */
const partReader = (graph: RoadGraph, nodes: Int32Array, roads: Int32Array) => {
  const { points, nodePoint, roadFrom, roadTo } = graph
  const localOf = new Int32Array(nodes.length)
  const x = new Float64Array(nodes.length)
  const y = new Float64Array(nodes.length)
  const from = new Int32Array(roads.length)
  const to = new Int32Array(roads.length)
  const middleLat = nodes.length > 0 ? points.lat[nodePoint[nodes[0]!]!]! / DEGREE : 0
  const shrink = Math.cos((middleLat * Math.PI) / 180)
  return ({ nodeLow, nodeHigh, roadLow, roadHigh }: Cell): Part => {
    for (let i = nodeLow; i < nodeHigh; i++) {
      const node = nodes[i]!
      const point = nodePoint[node]!
      localOf[node] = i - nodeLow
      x[i - nodeLow] = points.lng[point]! * shrink
      y[i - nodeLow] = points.lat[point]!
    }
    for (let i = roadLow; i < roadHigh; i++) {
      from[i - roadLow] = localOf[roadFrom[roads[i]!]!]!
      to[i - roadLow] = localOf[roadTo[roads[i]!]!]!
    }
    return { nodeCount: nodeHigh - nodeLow, roadCount: roadHigh - roadLow, x, y, from, to }
  }
}
