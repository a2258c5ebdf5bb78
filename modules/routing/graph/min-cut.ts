/**
 * Small balanced cuts of a road network by inertial flow (Schild and Sommer, "On Balanced Separators in Road Networks",
 * SEA 2015): along several directions, the first quarter of the nodes is joined to a source and the last quarter to a
 * sink; the smallest cut between them, by unit flows over undirected roads, is a candidate.
 */

/** Share of the nodes that is sure to lie on each side of a cut. */
const SIDE_SHARE = 0.25
/** Directions tried, evenly turned over half a circle; small parts are cut well enough by fewer. */
const DIRECTION_COUNT = 8
const SMALL_PART_NODES = 32
const DIRECTION_COUNT_SMALL = 4

/** A part of the network with nodes numbered from 0: node `i` at `x[i]`, `y[i]`; roads join `from[r]` and `to[r]`. */
export type Part = {
  nodeCount: number
  roadCount: number
  x: Float64Array
  y: Float64Array
  from: Int32Array
  to: Int32Array
}

/** 1 for the nodes of one side, 0 for the others. Both sides have a node, when there are two at all. */
export type Cut = { side: Uint8Array; roadCount: number }

/** Finds cuts of parts no larger than it was made for. */
export const createCutter = (nodeCountMax: number, roadCountMax: number) => {
  const first = new Int32Array(nodeCountMax + 1)
  /** Roads at each node, as `road * 2 + (1 when it leads there)`. */
  const incident = new Int32Array(roadCountMax * 2)
  const flow = new Int8Array(roadCountMax)
  const cameBy = new Int32Array(nodeCountMax)
  const queue = new Int32Array(nodeCountMax)
  const order = new Int32Array(nodeCountMax)
  const terminal = new Int8Array(nodeCountMax)
  const key = new Float64Array(nodeCountMax)

  const linkIncident = ({ nodeCount, roadCount, from, to }: Part) => {
    first.fill(0, 0, nodeCount + 1)
    for (let road = 0; road < roadCount; road++) {
      first[from[road]!]!++
      first[to[road]!]!++
    }
    let sum = 0
    for (let node = 0; node <= nodeCount; node++) {
      sum += node < nodeCount ? first[node]! : 0
      first[node] = sum
    }
    for (let road = 0; road < roadCount; road++) {
      incident[--first[from[road]!]!] = road << 1
      incident[--first[to[road]!]!] = (road << 1) | 1
    }
  }

  /** Breadth first over what flow is left, from all nodes marked `start`; returns a node marked `end`, or -1. */
  const search = ({ from, to, nodeCount }: Part, start: number, end: number): number => {
    let tail = 0
    for (let node = 0; node < nodeCount; node++) {
      if (terminal[node] === start) {
        cameBy[node] = -2
        queue[tail++] = node
      } else cameBy[node] = -1
    }
    // Searched from the sink, a road is passed against its flow.
    const sign = start === 1 ? 1 : -1
    for (let at = 0; at < tail; at++) {
      const node = queue[at]!
      for (let i = first[node]!; i < first[node + 1]!; i++) {
        const step = incident[i]!
        const road = step >> 1
        const backward = step & 1
        if (flow[road]! * (backward ? -sign : sign) >= 1) continue
        const next = backward ? from[road]! : to[road]!
        if (cameBy[next] !== -1) continue
        cameBy[next] = step
        if (terminal[next] === end) return next
        queue[tail++] = next
      }
    }
    return -1
  }

  const augment = ({ from, to }: Part, end: number) => {
    let node = end
    while (cameBy[node] !== -2) {
      const step = cameBy[node]!
      const road = step >> 1
      if (step & 1) {
        flow[road]!--
        node = to[road]!
      } else {
        flow[road]!++
        node = from[road]!
      }
    }
  }

  const markReached = (nodeCount: number, side: Uint8Array, inside: 0 | 1): number => {
    let count = 0
    for (let node = 0; node < nodeCount; node++) {
      const reached = cameBy[node] !== -1
      side[node] = reached ? inside : 1 - inside
      if (reached) count++
    }
    return count
  }

  /** The smallest cut across one direction, or undefined once it is larger than `roadCountMax`. */
  const cutAcross = (part: Part, angle: number, cutMax: number): (Cut & { balance: number }) | undefined => {
    const { nodeCount, roadCount, x, y } = part
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
    for (let node = 0; node < nodeCount; node++) {
      key[node] = x[node]! * cos + y[node]! * sin
      order[node] = node
    }
    order.subarray(0, nodeCount).sort((a, b) => key[a]! - key[b]! || a - b)
    const share = Math.max(1, Math.floor(nodeCount * SIDE_SHARE))
    terminal.fill(0, 0, nodeCount)
    for (let i = 0; i < share; i++) {
      terminal[order[i]!] = 1
      terminal[order[nodeCount - 1 - i]!] = 2
    }
    flow.fill(0, 0, roadCount)
    let cut = 0
    for (let end = search(part, 1, 2); end !== -1; end = search(part, 1, 2)) {
      if (++cut > cutMax) return undefined
      augment(part, end)
    }
    const side = new Uint8Array(nodeCount)
    const near = markReached(nodeCount, side, 1)
    let balance = Math.min(near, nodeCount - near)
    // The cut nearest to the sink is as small; the more even of the two is the better.
    const other = new Uint8Array(nodeCount)
    search(part, 2, 1)
    const far = markReached(nodeCount, other, 0)
    if (Math.min(far, nodeCount - far) > balance) {
      balance = Math.min(far, nodeCount - far)
      side.set(other)
    }
    return { side, roadCount: cut, balance }
  }

  /** The best cut of a part of at least two nodes: fewest roads for the nodes that it parts. */
  return (part: Part): Cut => {
    linkIncident(part)
    const count = part.nodeCount <= SMALL_PART_NODES ? DIRECTION_COUNT_SMALL : DIRECTION_COUNT
    let best: (Cut & { balance: number }) | undefined
    for (let i = 0; i < count; i++) {
      // No cut of more roads can be better than the best by this measure, however even it is.
      const cutMax = best ? (best.roadCount * (part.nodeCount >> 1)) / best.balance : Number.POSITIVE_INFINITY
      const found = cutAcross(part, (Math.PI * i) / count, cutMax)
      if (found && (!best || found.roadCount * best.balance < best.roadCount * found.balance)) best = found
    }
    return best!
  }
}
