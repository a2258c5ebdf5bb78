/** A directed graph in rows: arcs of `i` lead to `to[first[i]]` up to `first[i + 1]`. */
export type Rows = { first: Int32Array; to: Int32Array }

/**
 * Strongly connected components (Tarjan, 1972), without recursion. Vertices where `isIn` is 0 are left out.
 * Returns each vertex's component, -1 for those left out, and the components' sizes.
 */
export const componentsOf = (rows: Rows, isIn: Uint8Array): { component: Int32Array; sizes: number[] } => {
  const count = rows.first.length - 1
  const component = new Int32Array(count).fill(-1)
  const sizes: number[] = []
  const index = new Int32Array(count)
  const low = new Int32Array(count)
  const nextArc = new Int32Array(count)
  const stack = new Int32Array(count)
  const path = new Int32Array(count)
  let stackSize = 0
  let indexed = 0
  for (let root = 0; root < count; root++) {
    if (!isIn[root] || index[root] !== 0) continue
    let depth = 0
    const enter = (vertex: number) => {
      index[vertex] = low[vertex] = ++indexed
      nextArc[vertex] = rows.first[vertex]!
      stack[stackSize++] = vertex
      path[depth++] = vertex
    }
    enter(root)
    while (depth > 0) {
      const vertex = path[depth - 1]!
      if (nextArc[vertex]! < rows.first[vertex + 1]!) {
        const to = rows.to[nextArc[vertex]!++]!
        if (!isIn[to]) continue
        if (index[to] === 0) enter(to)
        else if (component[to] === -1) low[vertex] = Math.min(low[vertex]!, index[to]!)
        continue
      }
      depth--
      if (depth > 0) low[path[depth - 1]!] = Math.min(low[path[depth - 1]!]!, low[vertex]!)
      if (low[vertex] !== index[vertex]) continue
      let size = 0
      for (let one = -1; one !== vertex; size++) {
        one = stack[--stackSize]!
        component[one] = sizes.length
      }
      sizes.push(size)
    }
  }
  return { component, sizes }
}

/** 1 for each vertex of the largest component. */
export const largestOf = (rows: Rows, isIn: Uint8Array): Uint8Array => {
  const { component, sizes } = componentsOf(rows, isIn)
  const largest = sizes.reduce((best, size, one) => (size > (sizes[best] ?? 0) ? one : best), 0)
  return Uint8Array.from(component, (one) => (one === largest ? 1 : 0))
}
