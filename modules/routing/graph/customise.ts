import { type Hierarchy, indexOf, type Lists, transposed, type UpwardArcs } from './elimination'

/**
 * Weights for a hierarchy (Dibbelt, Strasser, Wagner, JEA 2016, section 7): each arc gets the cost of the best way
 * below it, then those are closed that a way above undercuts ("perfect customisation"). What stays open is a contraction
 * hierarchy that is exact for these costs. Sums of costs must be exact in a double (cost.ts), costs positive.
 */

/** What each arc of one direction costs, Infinity where it is of no use, and how it came about. */
export type ArcCosts = {
  cost: Float64Array
  /** The vertex that an arc goes by, lower than its ends; -1 where it is a turn itself. */
  via: Int32Array
}

export type Metric = { out: ArcCosts; in: ArcCosts }

/** What queries run on: a hierarchy with costs. */
export type CostedArcs = UpwardArcs & ArcCosts
export type SearchGraph = { vertexCount: number; out: CostedArcs; in: CostedArcs }

export const searchGraph = ({ vertexCount, out, in: into }: Hierarchy, metric: Metric): SearchGraph => ({
  vertexCount,
  out: { ...out, ...metric.out },
  in: { ...into, ...metric.in },
})

/** `arcCost[i]` is what the arc from `from[i]` to `to[i]` costs; Infinity closes it. Each must be among those it was made of. */
export const customise = (hierarchy: Hierarchy, from: Int32Array, to: Int32Array, arcCost: Float64Array): Metric => {
  const up = unpriced(hierarchy.out)
  const down = unpriced(hierarchy.in)
  for (let i = 0; i < from.length; i++) {
    const [u, v] = [from[i]!, to[i]!]
    if (u === v) continue
    const arc = u < v ? indexOf(hierarchy.out, u, v) : indexOf(hierarchy.in, v, u)
    const { cost } = u < v ? up : down
    if (arcCost[i]! < cost[arc]!) cost[arc] = arcCost[i]!
  }
  priceFromBelow(hierarchy, up, down)
  closeUndercut(hierarchy, up, down)
  return { out: up, in: down }
}

const unpriced = ({ members }: Lists): ArcCosts => ({
  cost: new Float64Array(members.length).fill(Number.POSITIVE_INFINITY),
  via: new Int32Array(members.length).fill(-1),
})

/** Lower triangles, from the lowest vertex up: x to y by a v below both. */
const priceFromBelow = (hierarchy: Hierarchy, up: ArcCosts, down: ArcCosts) => {
  const { vertexCount, out, in: into } = hierarchy
  const belowOut = transposed(vertexCount, out)
  const belowIn = transposed(vertexCount, into)
  const position = new Int32Array(vertexCount)
  for (let x = 0; x < vertexCount; x++) {
    // From x down to v, and on from v up to y: an arc out of x.
    relaxOver(x, out, up, belowIn, down.cost, out, up.cost, position)
    // From y down to v, and on from v up to x: an arc into x.
    relaxOver(x, into, down, belowOut, up.cost, into, down.cost, position)
  }
}

/** Arcs `over` of x get the cost of the way by each v in `below`: that between x and v, and v's `beside` arc onward. */
const relaxOver = (
  x: number,
  over: Lists,
  overCosts: ArcCosts,
  below: ReturnType<typeof transposed>,
  belowCost: Float64Array,
  beside: Lists,
  besideCost: Float64Array,
  position: Int32Array,
) => {
  const { first, members } = over
  const end = first[x + 1]!
  if (first[x] === end) return
  for (let i = first[x]!; i < end; i++) position[members[i]!] = i
  const { cost, via } = overCosts
  for (let i = below.first[x]!; i < below.first[x + 1]!; i++) {
    const toV = belowCost[below.at[i]!]!
    if (toV === Number.POSITIVE_INFINITY) continue
    const v = below.owner[i]!
    for (let b = beside.first[v + 1]! - 1; b >= beside.first[v]!; b--) {
      const y = beside.members[b]!
      if (y <= x) break
      const byV = toV + besideCost[b]!
      const arc = position[y]!
      if (byV < cost[arc]!) {
        cost[arc] = byV
        via[arc] = v
      }
    }
  }
}

/** Upper and middle triangles, from the highest vertex down: which arcs are the cheapest way between their ends. */
const closeUndercut = (hierarchy: Hierarchy, up: ArcCosts, down: ArcCosts) => {
  const { vertexCount, out, in: into } = hierarchy
  const exactUp = up.cost.slice()
  const exactDown = down.cost.slice()
  const position = new Int32Array(vertexCount).fill(-1)
  for (let x = vertexCount - 1; x >= 0; x--) {
    // Out of x: first up to z, then from z up or down to y.
    undercut(x, out, up.cost, exactUp, out, exactUp, into, exactDown, position)
    undercut(x, into, down.cost, exactDown, into, exactDown, out, exactUp, position)
  }
  close(up, exactUp)
  close(down, exactDown)
}

/** An arc that costs more than the best way between its ends is on no best way. */
const close = ({ cost }: ArcCosts, exact: Float64Array) => {
  for (let arc = 0; arc < cost.length; arc++) if (exact[arc]! < cost[arc]!) cost[arc] = Number.POSITIVE_INFINITY
}

const undercut = (
  x: number,
  lists: Lists,
  cost: Float64Array,
  exact: Float64Array,
  along: Lists,
  alongCost: Float64Array,
  against: Lists,
  againstCost: Float64Array,
  position: Int32Array,
) => {
  const { first, members } = lists
  const [low, high] = [first[x]!, first[x + 1]!]
  for (let i = low; i < high; i++) position[members[i]!] = i
  for (let i = low; i < high; i++) {
    const z = members[i]!
    const toZ = cost[i]!
    for (let b = along.first[z]!; b < along.first[z + 1]!; b++) {
      const arc = position[along.members[b]!]!
      if (arc !== -1 && toZ + alongCost[b]! < exact[arc]!) exact[arc] = toZ + alongCost[b]!
    }
    // Down from a higher one, in the list of the lower.
    for (let b = against.first[z]!; b < against.first[z + 1]!; b++) {
      const by = position[against.members[b]!]!
      if (by !== -1 && cost[by]! + againstCost[b]! < exact[i]!) exact[i] = cost[by]! + againstCost[b]!
    }
  }
  for (let i = low; i < high; i++) position[members[i]!] = -1
}
