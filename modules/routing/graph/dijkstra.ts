import type { RoadGraph } from './road-graph'

/** Where a search begins: an edge, and what it costs to have come to its end. Centiseconds. */
export type Start = { edge: number; weight: number; duration: number }

/** Costs from the starts to the end of each edge, in centiseconds; Infinity where there is no way. Index: edge. */
export type ShortestPaths = {
  weight: Float64Array
  duration: Float64Array
  /** The edge before, -1 at a start and where there is no way. */
  parent: Int32Array
}

/**
 * Plain Dijkstra (1959) on edges and turns: the least weight, and of those the least duration. Slow and simple; what the
 * fast search is held against. Stops early once all edges of `until` are settled: then only these are final.
 */
export const shortestFrom = (
  graph: RoadGraph,
  starts: readonly Start[],
  until?: ReadonlySet<number>,
): ShortestPaths => {
  const edgeCount = graph.edgeSide.length
  const weight = new Float64Array(edgeCount).fill(Infinity)
  const duration = new Float64Array(edgeCount).fill(Infinity)
  const parent = new Int32Array(edgeCount).fill(-1)
  const queue = edgeQueue(weight, duration)
  const relax = (edge: number, throughWeight: number, throughDuration: number, from: number) => {
    const known = weight[edge]!
    if (throughWeight > known || (throughWeight === known && throughDuration >= duration[edge]!)) return
    weight[edge] = throughWeight
    duration[edge] = throughDuration
    parent[edge] = from
    queue.improve(edge)
  }
  for (const start of starts) relax(start.edge, start.weight, start.duration, -1)
  let left = until?.size ?? -1
  for (let edge = queue.pop(); edge >= 0; edge = queue.pop()) {
    if (until?.has(edge) && --left === 0) break
    for (let turn = graph.turnFirst[edge]!; turn < graph.turnFirst[edge + 1]!; turn++) {
      const to = graph.turnTo[turn]!
      const cost = graph.turnCost[turn]!
      relax(to, weight[edge]! + cost + graph.edgeWeight[to]!, duration[edge]! + cost + graph.edgeDuration[to]!, edge)
    }
  }
  return { weight, duration, parent }
}

/** Edges from a start to `edge`, both counted. */
export const edgesTo = (paths: ShortestPaths, edge: number): number[] => {
  const edges: number[] = []
  for (let at = edge; at >= 0; at = paths.parent[at]!) edges.push(at)
  return edges.reverse()
}

/** A binary heap of edges by (weight, duration), with a place for each, so that a better cost moves it up. */
const edgeQueue = (weight: Float64Array, duration: Float64Array) => {
  const heap = new Int32Array(weight.length)
  const place = new Int32Array(weight.length).fill(-1)
  let size = 0
  const isBefore = (a: number, b: number) =>
    weight[a]! < weight[b]! || (weight[a] === weight[b] && duration[a]! < duration[b]!)
  const put = (edge: number, at: number) => {
    heap[at] = edge
    place[edge] = at
  }
  const up = (edge: number, from: number) => {
    let at = from
    while (at > 0) {
      const above = (at - 1) >> 1
      if (!isBefore(edge, heap[above]!)) break
      put(heap[above]!, at)
      at = above
    }
    put(edge, at)
  }
  const down = (edge: number) => {
    let at = 0
    for (;;) {
      let child = at * 2 + 1
      if (child >= size) break
      if (child + 1 < size && isBefore(heap[child + 1]!, heap[child]!)) child++
      if (!isBefore(heap[child]!, edge)) break
      put(heap[child]!, at)
      at = child
    }
    put(edge, at)
  }
  return {
    improve: (edge: number) => up(edge, place[edge]! >= 0 ? place[edge]! : size++),
    pop: () => {
      if (size === 0) return -1
      const top = heap[0]!
      const last = heap[--size]!
      place[top] = -1
      if (size > 0) down(last)
      return top
    },
  }
}
