import { type Hierarchy, indexOf, type Lists, transposed } from './elimination'

/**
 * Weights for a hierarchy (Dibbelt, Strasser, Wagner, JEA 2016, section 7): each arc gets the cost of the best way
 * below it, then arcs are dropped that a way above undercuts ("perfect customisation"). What stays is a contraction
 * hierarchy that is exact for these costs and small. Sums of costs must be exact in a double (cost.ts), costs positive.
 */

/** Arcs of one direction with their costs. */
export type CostedLists = Lists & {
  /** By arc. */
  cost: Float64Array
  /** The vertex that an arc goes by, lower than its ends; -1 where it is a turn itself. */
  via: Int32Array
  /** Where a search goes on after a vertex: all that it can reach upward are along this chain. -1 at the end. */
  next: Int32Array
}

/** What queries run on. */
export type SearchGraph = { vertexCount: number; out: CostedLists; in: CostedLists }

type Costs = { cost: Float64Array; via: Int32Array }

/** `arcCost[i]` is what the arc from `from[i]` to `to[i]` costs; Infinity closes it. Each must be one of the hierarchy's. */
export const customise = (
  hierarchy: Hierarchy,
  from: Int32Array,
  to: Int32Array,
  arcCost: Float64Array,
): SearchGraph => {
  const up = unpriced(hierarchy.out)
  const down = unpriced(hierarchy.in)
  for (let i = 0; i < from.length; i++) {
    const [u, v] = [from[i]!, to[i]!]
    const arc = u < v ? indexOf(hierarchy.out, u, v) : indexOf(hierarchy.in, v, u)
    const { cost } = u < v ? up : down
    if (arcCost[i]! < cost[arc]!) cost[arc] = arcCost[i]!
  }
  priceFromBelow(hierarchy, up, down)
  const { keptUp, keptDown } = undercutFromAbove(hierarchy, up, down)
  return {
    vertexCount: hierarchy.vertexCount,
    out: searchable(hierarchy.vertexCount, hierarchy.out, up, keptUp),
    in: searchable(hierarchy.vertexCount, hierarchy.in, down, keptDown),
  }
}

const unpriced = ({ members }: Lists): Costs => ({
  cost: new Float64Array(members.length).fill(Number.POSITIVE_INFINITY),
  via: new Int32Array(members.length).fill(-1),
})

/** Lower triangles, from the lowest vertex up: x to y by a v below both. */
const priceFromBelow = (hierarchy: Hierarchy, up: Costs, down: Costs) => {
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
  overCosts: Costs,
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
const undercutFromAbove = (hierarchy: Hierarchy, up: Costs, down: Costs) => {
  const { vertexCount, out, in: into } = hierarchy
  const exactUp = up.cost.slice()
  const exactDown = down.cost.slice()
  const position = new Int32Array(vertexCount).fill(-1)
  for (let x = vertexCount - 1; x >= 0; x--) {
    // Out of x: first up to z, then from z up or down to y.
    undercut(x, out, up.cost, exactUp, out, exactUp, into, exactDown, position)
    undercut(x, into, down.cost, exactDown, into, exactDown, out, exactUp, position)
  }
  const keptUp = up.cost.map((value, arc) => (value < Number.POSITIVE_INFINITY && exactUp[arc] === value ? 1 : 0))
  const keptDown = down.cost.map((value, arc) => (value < Number.POSITIVE_INFINITY && exactDown[arc] === value ? 1 : 0))
  return { keptUp, keptDown }
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

const searchable = (vertexCount: number, { first, members }: Lists, costs: Costs, kept: Float64Array): CostedLists => {
  let count = 0
  for (let arc = 0; arc < kept.length; arc++) count += kept[arc]!
  const lists = {
    first: new Int32Array(vertexCount + 1),
    members: new Int32Array(count),
    cost: new Float64Array(count),
    via: new Int32Array(count),
  }
  count = 0
  for (let v = 0; v < vertexCount; v++) {
    for (let arc = first[v]!; arc < first[v + 1]!; arc++) {
      if (!kept[arc]) continue
      lists.members[count] = members[arc]!
      lists.cost[count] = costs.cost[arc]!
      lists.via[count++] = costs.via[arc]!
    }
    lists.first[v + 1] = count
  }
  return { ...lists, next: eliminationTree(vertexCount, lists) }
}

/** The parent of each vertex in the elimination tree (Liu, "A compact row storage scheme for Cholesky factors", 1986). */
const eliminationTree = (vertexCount: number, lists: Lists): Int32Array => {
  const below = transposed(vertexCount, lists)
  const parent = new Int32Array(vertexCount).fill(-1)
  const root = new Int32Array(vertexCount)
  for (let x = 0; x < vertexCount; x++) {
    root[x] = x
    for (let i = below.first[x]!; i < below.first[x + 1]!; i++) {
      let v = below.owner[i]!
      while (root[v] !== v && root[v] !== x) {
        const up = root[v]!
        root[v] = x
        v = up
      }
      if (root[v] === v && v !== x) {
        parent[v] = x
        root[v] = x
      }
    }
  }
  return parent
}
