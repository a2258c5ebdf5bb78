import { arcLengths } from './arc-lengths'
import type { CostedArcs, SearchGraph } from './customise'
import { type EdgeLabels, labelAt } from './labels'
import { type Climb, createClimb } from './search'

/** Costs `[source * targets + target]`, Infinity where there is no way; centimetres likewise when asked for. */
export type CostTable = { costs: Float64Array; lengths?: Float64Array }

/** What searches from the targets left behind, by vertex: entries `first[vertex]` up to `first[vertex] + count[vertex]`. */
type Buckets = { target: Int32Array; cost: Float64Array; length?: Float64Array }

/**
 * Many places at once, by buckets (Knopp, Sanders, Schultes, Schulz, Wagner, "Computing Many-to-Many Shortest Paths Using
 * Highway Hierarchies", ALENEX 2007): each target's search leaves an entry at every vertex that it reaches, each
 * source's search reads them. Neither uses a vertex that it reaches by a detour.
 */
export const createTables = (graph: SearchGraph, edgeLength: Int32Array) => {
  const { vertexCount, out, in: into } = graph
  const forward = createClimb(out, vertexCount)
  const backward = createClimb(into, vertexCount)
  const first = new Int32Array(vertexCount)
  const count = new Int32Array(vertexCount)
  let lengths: ReturnType<typeof arcLengths> | undefined

  const fillBuckets = (targets: readonly EdgeLabels[]): Buckets & { vertices: Int32Array } => {
    const found = createEntries()
    targets.forEach((labels, target) => {
      backward.climb(labels)
      for (let i = 0; i < backward.passedCount(); i++) {
        const vertex = backward.passed[i]!
        if (isDetour(backward, out, vertex)) continue
        count[vertex]!++
        found.add(
          vertex,
          target,
          backward.reached[vertex]!,
          lengths ? climbedLength(backward, lengths.in, vertex, labels) : 0,
        )
      }
      backward.clear()
    })
    return { ...sorted(found, first, count, lengths !== undefined), vertices: found.vertices() }
  }

  const emptyBuckets = (vertices: Int32Array) => {
    for (const vertex of vertices) count[vertex] = 0
  }

  return (sources: readonly EdgeLabels[], targets: readonly EdgeLabels[], withLengths = false): CostTable => {
    lengths = withLengths ? (lengths ?? arcLengths(graph, edgeLength)) : undefined
    const buckets = fillBuckets(targets)
    const size = sources.length * targets.length
    const table: CostTable = { costs: new Float64Array(size).fill(Number.POSITIVE_INFINITY) }
    if (withLengths) table.lengths = new Float64Array(size)
    for (let source = 0; source < sources.length; source++) {
      const row = source * targets.length
      const cells = table.costs.subarray(row, row + targets.length)
      const labels = sources[source]!
      forward.climb(labels)
      for (let i = 0; i < forward.passedCount(); i++) {
        const vertex = forward.passed[i]!
        if (count[vertex] === 0 || isDetour(forward, into, vertex)) continue
        const [low, high] = [first[vertex]!, first[vertex]! + count[vertex]!]
        if (lengths) {
          const length = climbedLength(forward, lengths.out, vertex, labels)
          readWithLengths(buckets, low, high, forward.reached[vertex]!, length, table, row)
        } else read(buckets, low, high, forward.reached[vertex]!, cells)
      }
      forward.clear()
    }
    emptyBuckets(buckets.vertices)
    return table
  }
}

/** Whether a vertex was not reached, or is reached better from a higher one, down one of `downward`: never on a best way. */
const isDetour = ({ reached }: Climb, { first, members, cost }: CostedArcs, vertex: number): boolean => {
  const here = reached[vertex]!
  if (here === Number.POSITIVE_INFINITY) return true
  const end = first[vertex + 1]!
  for (let arc = first[vertex]!; arc < end; arc++) {
    if (reached[members[arc]!]! + cost[arc]! < here) return true
  }
  return false
}

/**
 * Four entries at a time: so written it is too long to be inlined, and stays in the tight form that it is compiled to by
 * itself. Inlined, a table of 1,000 by 1,000 took three times as long.
 */
const read = ({ target, cost }: Buckets, low: number, high: number, base: number, cells: Float64Array) => {
  let i = low
  for (; i + 3 < high; i += 4) {
    const a = target[i]!
    const b = target[i + 1]!
    const c = target[i + 2]!
    const d = target[i + 3]!
    const sumA = base + cost[i]!
    const sumB = base + cost[i + 1]!
    const sumC = base + cost[i + 2]!
    const sumD = base + cost[i + 3]!
    if (sumA < cells[a]!) cells[a] = sumA
    if (sumB < cells[b]!) cells[b] = sumB
    if (sumC < cells[c]!) cells[c] = sumC
    if (sumD < cells[d]!) cells[d] = sumD
  }
  for (; i < high; i++) {
    const sum = base + cost[i]!
    if (sum < cells[target[i]!]!) cells[target[i]!] = sum
  }
}

const readWithLengths = (
  { target, cost, length }: Buckets,
  low: number,
  high: number,
  base: number,
  baseLength: number,
  { costs, lengths }: CostTable,
  row: number,
) => {
  for (let i = low; i < high; i++) {
    const sum = base + cost[i]!
    const cell = row + target[i]!
    if (sum >= costs[cell]!) continue
    costs[cell] = sum
    lengths![cell] = baseLength + length![i]!
  }
}

/** Centimetres of the way that a vertex was reached by, with what is driven of the edge it begins (or ends) on. */
const climbedLength = ({ byArc, byVertex }: Climb, ofArc: Float64Array, vertex: number, labels: EdgeLabels): number => {
  let length = 0
  let v = vertex
  for (; byArc[v] !== -1; v = byVertex[v]!) length += ofArc[byArc[v]!]!
  return length + labels.length[labelAt(labels, v)]!
}

const ENTRIES_AT_FIRST = 4096

/** Entries in the order they were found. */
const createEntries = () => {
  let size = ENTRIES_AT_FIRST
  let vertex = new Int32Array(size)
  let target = new Int32Array(size)
  let cost = new Float64Array(size)
  let length = new Float64Array(size)
  let entryCount = 0
  const grow = () => {
    size *= 2
    const larger = <A extends Int32Array | Float64Array>(next: A, from: A): A => {
      next.set(from)
      return next
    }
    vertex = larger(new Int32Array(size), vertex)
    target = larger(new Int32Array(size), target)
    cost = larger(new Float64Array(size), cost)
    length = larger(new Float64Array(size), length)
  }
  return {
    add: (atVertex: number, ofTarget: number, atCost: number, atLength: number) => {
      if (entryCount === size) grow()
      vertex[entryCount] = atVertex
      target[entryCount] = ofTarget
      length[entryCount] = atLength
      cost[entryCount++] = atCost
    },
    vertices: () => vertex.subarray(0, entryCount),
    all: () => ({ vertex, target, cost, length, count: entryCount }),
  }
}

/** By vertex, and by target within one. `first` is filled for the vertices that `count` counts. */
const sorted = (
  found: ReturnType<typeof createEntries>,
  first: Int32Array,
  count: Int32Array,
  withLengths: boolean,
): Buckets => {
  const all = found.all()
  const target = new Int32Array(all.count)
  const cost = new Float64Array(all.count)
  const length = withLengths ? new Float64Array(all.count) : undefined
  let end = 0
  for (let i = 0; i < all.count; i++) first[all.vertex[i]!] = -1
  for (let i = 0; i < all.count; i++) {
    const vertex = all.vertex[i]!
    if (first[vertex] !== -1) continue
    first[vertex] = end
    end += count[vertex]!
    count[vertex] = 0
  }
  for (let i = 0; i < all.count; i++) {
    const vertex = all.vertex[i]!
    const slot = first[vertex]! + count[vertex]!++
    target[slot] = all.target[i]!
    cost[slot] = all.cost[i]!
    if (length) length[slot] = all.length[i]!
  }
  return { target, cost, length }
}
