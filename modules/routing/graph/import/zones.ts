import { largestOf, type Rows } from './components'
import type { Edges } from './edges'
import type { RoadNetwork } from './road-network'
import { useOf } from './sides'

/** Where an edge lies: left out; with through traffic; without. */
export const LEFT_OUT = 0
export const OPEN = 1
export const SECLUDED = 2
/** Secluded, and only where trips begin: it cannot be driven into. */
export const SECLUDED_START = 3

/**
 * What is kept of the edges: the largest part in which one can drive from everywhere to everywhere. Its open core is
 * where through traffic may go. The rest of it is secluded: roads that are restricted, and roads that are only reached
 * through restricted ones.
 *
 * Kept as well, to end or to begin at: sides of roads that can be come to on one side and left on one. They are the last
 * roads before the edge of an extract, where the way to turn around lies outside.
 */
export const zonesOf = (network: RoadNetwork, edges: Edges): Uint8Array => {
  const rows = { first: edges.turnFirst, to: edges.turnTo }
  const kept = largestOf(rows, new Uint8Array(edges.side.length).fill(1))
  const isOpen = (edge: number) => !useOf(network, edges.side[edge]!)!.isRestricted
  const core = largestOf(
    rows,
    kept.map((isKept, edge) => (isKept && isOpen(edge) ? 1 : 0)),
  )
  // Copies of a side share its fate; and where a trip may end it may begin, though nothing else may lead to that copy.
  const sideIsKept = new Uint8Array(network.roadFrom.length * 2)
  const sideIsOpen = new Uint8Array(network.roadFrom.length * 2)
  edges.side.forEach((side, edge) => {
    if (kept[edge]) sideIsKept[side] = 1
    if (core[edge]) sideIsOpen[side] = 1
  })
  const fringe = fringeOf(rows, kept, edges, sideIsKept)
  const ends = spread(rows, kept, fringe)
  const starts = spread(reversed(rows), kept, fringe)
  return Uint8Array.from(edges.side, (side, edge) => {
    if (sideIsOpen[side]) return kept[edge] || edges.isPlain[edge] ? OPEN : LEFT_OUT
    if (kept[edge] || ends[edge]) return SECLUDED
    return starts[edge] || (edges.isPlain[edge] && sideIsKept[side]) ? SECLUDED_START : LEFT_OUT
  })
}

/** 1 for each edge that is not kept, on a road that one can come to and get away from. */
const fringeOf = (rows: Rows, kept: Uint8Array, edges: Edges, sideIsKept: Uint8Array): Uint8Array => {
  const others = kept.map((isKept) => 1 - isKept)
  const canCome = sideIsKept.slice()
  const canLeave = sideIsKept.slice()
  const mark = (reached: Uint8Array, sides: Uint8Array) => {
    edges.side.forEach((side, edge) => {
      if (reached[edge]) sides[side] = 1
    })
  }
  mark(spread(rows, kept, others), canCome)
  mark(spread(reversed(rows), kept, others), canLeave)
  return kept.map((isKept, edge) => {
    const side = edges.side[edge]!
    const isThereAndBack = (canCome[side] && canLeave[side ^ 1]) || (canLeave[side] && canCome[side ^ 1])
    return !isKept && isThereAndBack ? 1 : 0
  })
}

/** Vertices among `within` that can be reached from `from` through others of them. */
const spread = (rows: Rows, from: Uint8Array, within: Uint8Array): Uint8Array => {
  const isReached = new Uint8Array(from.length)
  const queue: number[] = []
  const visit = (vertex: number) => {
    for (let at = rows.first[vertex]!; at < rows.first[vertex + 1]!; at++) {
      const to = rows.to[at]!
      if (!within[to] || isReached[to]) continue
      isReached[to] = 1
      queue.push(to)
    }
  }
  from.forEach((isFrom, vertex) => {
    if (isFrom) visit(vertex)
  })
  for (const vertex of queue) visit(vertex)
  return isReached
}

const reversed = ({ first, to }: Rows): Rows => {
  const count = first.length - 1
  const back = new Int32Array(count + 1)
  for (const vertex of to) back[vertex + 1]!++
  for (let vertex = 0; vertex < count; vertex++) back[vertex + 1]! += back[vertex]!
  const next = back.slice()
  const from = new Int32Array(to.length)
  for (let vertex = 0; vertex < count; vertex++) {
    for (let at = first[vertex]!; at < first[vertex + 1]!; at++) from[next[to[at]!]!++] = vertex
  }
  return { first: back, to: from }
}
