import type { CostedArcs, SearchGraph } from './customise'
import { indexOf } from './elimination'

/**
 * Where a search begins or ends: vertices and what each costs besides. At the beginning that is what is left of the
 * edge, at the end minus what is not driven of it, so that may be negative.
 */
export type Labels = { vertex: number[]; cost: number[] }

const UNREACHED = Number.POSITIVE_INFINITY

/** One direction of a search upward. Everything is as it was found, once `clear` has been called. */
export const createClimb = ({ first, members, cost, next }: CostedArcs, vertexCount: number) => {
  const reached = new Float64Array(vertexCount).fill(UNREACHED)
  /** By vertex: the arc that it was reached by, and where that comes from. Holds only where a search improved it. */
  const byArc = new Int32Array(vertexCount)
  const byVertex = new Int32Array(vertexCount)
  /** The vertices passed, lowest first. */
  const passed = new Int32Array(vertexCount)
  let passedCount = 0
  let pointers = new Int32Array(8)

  const relax = (v: number) => {
    passed[passedCount++] = v
    const base = reached[v]!
    if (base === UNREACHED) return
    const end = first[v + 1]!
    for (let arc = first[v]!; arc < end; arc++) {
      const u = members[arc]!
      const found = base + cost[arc]!
      if (found < reached[u]!) {
        reached[u] = found
        byArc[u] = arc
        byVertex[u] = v
      }
    }
  }

  /** Several chains are followed side by side, always the lowest vertex, until they have become one. */
  const follow = (count: number) => {
    while (count > 1) {
      let v = pointers[0]!
      for (let i = 1; i < count; i++) if (pointers[i]! < v) v = pointers[i]!
      relax(v)
      let kept = 0
      let moved = false
      for (let i = 0; i < count; i++) {
        if (pointers[i] !== v) pointers[kept++] = pointers[i]!
        else if (!moved) {
          moved = true
          if (next[v] !== -1) pointers[kept++] = next[v]!
        }
      }
      count = kept
    }
    for (let v = count === 1 ? pointers[0]! : -1; v !== -1; v = next[v]!) relax(v)
  }

  return {
    reached,
    byArc,
    byVertex,
    passed,
    passedCount: () => passedCount,
    climb: ({ vertex, cost: startCost }: Labels) => {
      const count = vertex.length
      if (count > pointers.length) pointers = new Int32Array(count * 2)
      for (let i = 0; i < count; i++) {
        const v = vertex[i]!
        if (startCost[i]! < reached[v]!) {
          reached[v] = startCost[i]!
          byArc[v] = -1
        }
        pointers[i] = v
      }
      follow(count)
    },
    clear: () => {
      for (let i = 0; i < passedCount; i++) reached[passed[i]!] = UNREACHED
      passedCount = 0
    },
  }
}

export type Found = { cost: number; meeting: number }

/** From one place to another. */
export const createSearch = ({ vertexCount, out, in: into }: SearchGraph) => {
  const forward = createClimb(out, vertexCount)
  const backward = createClimb(into, vertexCount)
  const path = createUnpacking(out, into)

  const meet = (): Found => {
    let cost = UNREACHED
    let meeting = -1
    const { passed, reached } = backward
    const count = backward.passedCount()
    for (let i = 0; i < count; i++) {
      const v = passed[i]!
      const sum = reached[v]! + forward.reached[v]!
      if (sum < cost) {
        cost = sum
        meeting = v
      }
    }
    return { cost, meeting }
  }

  return {
    /** The least cost, Infinity where there is no way. */
    cost: (from: Labels, to: Labels): number => {
      forward.climb(from)
      backward.climb(to)
      const found = meet()
      forward.clear()
      backward.clear()
      return found.cost
    },
    /** The vertices of the cheapest way from one of `from` to one of `to`, both counted, or undefined. */
    path: (from: Labels, to: Labels): { cost: number; vertices: Int32Array } | undefined => {
      forward.climb(from)
      backward.climb(to)
      const { cost, meeting } = meet()
      const vertices = meeting === -1 ? undefined : path(forward, backward, meeting)
      forward.clear()
      backward.clear()
      return vertices && { cost, vertices }
    },
    /** Ways by other vertices where both searches met, cheapest first, none dearer than `costMax`, until `take` has enough. */
    others: (
      from: Labels,
      to: Labels,
      costMax: number,
      take: (cost: number, vertices: Int32Array, by: number) => boolean,
    ) => {
      forward.climb(from)
      backward.climb(to)
      const found: { cost: number; meeting: number }[] = []
      for (let i = 0; i < backward.passedCount(); i++) {
        const meeting = backward.passed[i]!
        const cost = backward.reached[meeting]! + forward.reached[meeting]!
        if (cost <= costMax) found.push({ cost, meeting })
      }
      found.sort((a, b) => a.cost - b.cost || a.meeting - b.meeting)
      for (const { cost, meeting } of found) if (take(cost, path(forward, backward, meeting), meeting)) break
      forward.clear()
      backward.clear()
    },
  }
}

export type Climb = ReturnType<typeof createClimb>

/** Shortcuts are taken apart at the vertex that they go by, until turns are left. */
const createUnpacking = (out: CostedArcs, into: CostedArcs) => {
  let vertices = new Int32Array(1024)
  let count = 0
  const add = (vertex: number) => {
    if (count === vertices.length) {
      const larger = new Int32Array(count * 2)
      larger.set(vertices)
      vertices = larger
    }
    vertices[count++] = vertex
  }

  /** Adds what lies between `tail` and `head`, and `head`. */
  const unpack = (tail: number, head: number, via: number) => {
    if (via === -1) return add(head)
    unpack(tail, via, into.via[indexOf(into, via, tail)]!)
    unpack(via, head, out.via[indexOf(out, via, head)]!)
  }

  return (forward: Climb, backward: Climb, meeting: number): Int32Array => {
    count = 0
    const upward: number[] = [meeting]
    for (let v = meeting; forward.byArc[v] !== -1; ) {
      v = forward.byVertex[v]!
      upward.push(v)
    }
    add(upward[upward.length - 1]!)
    for (let i = upward.length - 2; i >= 0; i--) {
      const head = upward[i]!
      unpack(upward[i + 1]!, head, out.via[forward.byArc[head]!]!)
    }
    for (let v = meeting; backward.byArc[v] !== -1; ) {
      const head = backward.byVertex[v]!
      unpack(v, head, into.via[backward.byArc[v]!]!)
      v = head
    }
    return vertices.slice(0, count)
  }
}
