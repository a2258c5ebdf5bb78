/**
 * Contraction without weights (Dibbelt, Strasser, Wagner, JEA 2016, sections 4 and 5): which arcs a hierarchy has,
 * whatever the speeds. Vertices are numbered by rank, the one contracted first is 0.
 */

/** Lists of vertices, ascending: those of `v` are `members[first[v]]` up to `members[first[v + 1]]`. */
export type Lists = { first: Int32Array; members: Int32Array }

/** Arcs upward in rank of one direction. */
export type UpwardArcs = Lists & {
  /** Where a search goes on after a vertex: all that it can reach upward are along this chain. -1 at the end. */
  next: Int32Array
}

/** Arcs upward in rank: out of a vertex to `out.members`, and into it from `in.members`. */
export type Hierarchy = { vertexCount: number; out: UpwardArcs; in: UpwardArcs }

/** The arcs that contraction makes of the arcs `from[i]` to `to[i]`. Loops are left out: no best way has one. */
export const eliminate = (vertexCount: number, from: Int32Array, to: Int32Array): Hierarchy => {
  const fill = chordalFill(vertexCount, from, to)
  const { up, down } = closeDirections(vertexCount, fill, from, to)
  return { vertexCount, out: keep(vertexCount, fill, up), in: keep(vertexCount, fill, down) }
}

/** The higher neighbours of each vertex once every vertex's higher neighbours have been joined to each other. */
const chordalFill = (vertexCount: number, from: Int32Array, to: Int32Array): Lists => {
  const original = higherNeighbours(vertexCount, from, to)
  const first = new Int32Array(vertexCount + 1)
  let members = new Int32Array(Math.max(16, original.members.length * 4))
  const seenBy = new Int32Array(vertexCount).fill(-1)
  const childHead = new Int32Array(vertexCount).fill(-1)
  const sibling = new Int32Array(vertexCount)
  let count = 0
  for (let v = 0; v < vertexCount; v++) {
    const start = count
    if (count + vertexCount - v > members.length) members = grown(members, count, vertexCount - v)
    seenBy[v] = v
    for (let i = original.first[v]!; i < original.first[v + 1]!; i++) {
      const u = original.members[i]!
      if (seenBy[u] === v) continue
      seenBy[u] = v
      members[count++] = u
    }
    // What a vertex's lower neighbours were joined to reaches it by those whose lowest higher neighbour it is.
    for (let child = childHead[v]!; child !== -1; child = sibling[child]!) {
      for (let i = first[child]!; i < first[child + 1]!; i++) {
        const u = members[i]!
        if (seenBy[u] === v) continue
        seenBy[u] = v
        members[count++] = u
      }
    }
    members.subarray(start, count).sort()
    first[v + 1] = count
    if (count > start) {
      const parent = members[start]!
      sibling[v] = childHead[parent]!
      childHead[parent] = v
    }
  }
  return { first, members: members.slice(0, count) }
}

const grown = (members: Int32Array, count: number, more: number): Int32Array<ArrayBuffer> => {
  const larger = new Int32Array(Math.max(members.length * 2, count + more))
  larger.set(members.subarray(0, count))
  return larger
}

const higherNeighbours = (vertexCount: number, from: Int32Array, to: Int32Array): Lists => {
  const first = new Int32Array(vertexCount + 1)
  for (let i = 0; i < from.length; i++) first[Math.min(from[i]!, to[i]!) + 1]!++
  for (let v = 0; v < vertexCount; v++) first[v + 1]! += first[v]!
  const next = first.slice()
  const members = new Int32Array(from.length)
  for (let i = 0; i < from.length; i++) members[next[Math.min(from[i]!, to[i]!)]!++] = Math.max(from[i]!, to[i]!)
  return { first, members }
}

/** For each list, which lists hold a vertex, and where: `at` are indexes in `members`, in the order of their owners. */
export const transposed = (vertexCount: number, { first, members }: Lists) => {
  const start = new Int32Array(vertexCount + 1)
  for (let i = 0; i < members.length; i++) start[members[i]! + 1]!++
  for (let v = 0; v < vertexCount; v++) start[v + 1]! += start[v]!
  const next = start.slice()
  const owner = new Int32Array(members.length)
  const at = new Int32Array(members.length)
  for (let v = 0; v < vertexCount; v++) {
    for (let i = first[v]!; i < first[v + 1]!; i++) {
      const slot = next[members[i]!]!++
      owner[slot] = v
      at[slot] = i
    }
  }
  return { first: start, owner, at }
}

/**
 * Which members of `fill` can ever be used upward and downward: most roads of a cut lead one way, so that half of all
 * joins would be for nothing.
 */
const closeDirections = (vertexCount: number, fill: Lists, from: Int32Array, to: Int32Array) => {
  const { first, members } = fill
  const up = new Uint8Array(members.length)
  const down = new Uint8Array(members.length)
  for (let i = 0; i < from.length; i++) {
    const [u, v] = [from[i]!, to[i]!]
    if (u < v) up[indexOf(fill, u, v)] = 1
    else if (u > v) down[indexOf(fill, v, u)] = 1
  }
  const lower = transposed(vertexCount, fill)
  const position = new Int32Array(vertexCount)
  for (let x = 0; x < vertexCount; x++) {
    for (let i = first[x]!; i < first[x + 1]!; i++) position[members[i]!] = i
    for (let i = lower.first[x]!; i < lower.first[x + 1]!; i++) {
      const v = lower.owner[i]!
      const arc = lower.at[i]!
      for (let b = first[v + 1]! - 1; b > arc; b--) {
        const over = position[members[b]!]!
        if (down[arc] && up[b]) up[over] = 1
        if (up[arc] && down[b]) down[over] = 1
      }
    }
  }
  return { up, down }
}

/** Where `member` is in the list of `owner`, or -1. */
export const indexOf = ({ first, members }: Lists, owner: number, member: number): number => {
  let low = first[owner]!
  let high = first[owner + 1]! - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const found = members[middle]!
    if (found === member) return middle
    if (found < member) low = middle + 1
    else high = middle - 1
  }
  return -1
}

const keep = (vertexCount: number, { first, members }: Lists, kept: Uint8Array): UpwardArcs => {
  const keptFirst = new Int32Array(vertexCount + 1)
  let count = 0
  for (let i = 0; i < kept.length; i++) count += kept[i]!
  const keptMembers = new Int32Array(count)
  count = 0
  for (let v = 0; v < vertexCount; v++) {
    for (let i = first[v]!; i < first[v + 1]!; i++) if (kept[i]) keptMembers[count++] = members[i]!
    keptFirst[v + 1] = count
  }
  const lists = { first: keptFirst, members: keptMembers }
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
