import { largestOf } from './components'
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
 */
export const zonesOf = (network: RoadNetwork, edges: Edges): Uint8Array => {
  const rows = { first: edges.turnFirst, to: edges.turnTo }
  const kept = largestOf(rows, new Uint8Array(edges.side.length).fill(1))
  const core = largestOf(
    rows,
    kept.map((isKept, edge) => (isKept && !useOf(network, edges.side[edge]!)!.isRestricted ? 1 : 0)),
  )
  // Copies of a side share its fate; and where a trip may end it may begin, though nothing else may lead to that copy.
  const sideIsKept = new Uint8Array(network.roadFrom.length * 2)
  const sideIsOpen = new Uint8Array(network.roadFrom.length * 2)
  edges.side.forEach((side, edge) => {
    if (kept[edge]) sideIsKept[side] = 1
    if (core[edge]) sideIsOpen[side] = 1
  })
  return Uint8Array.from(edges.side, (side, edge) => {
    if (!kept[edge] && !(edges.isPlain[edge] && sideIsKept[side])) return LEFT_OUT
    if (sideIsOpen[side]) return OPEN
    return kept[edge] ? SECLUDED : SECLUDED_START
  })
}
