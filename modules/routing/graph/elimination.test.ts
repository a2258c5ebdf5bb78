import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { type DrawnArcs, drawnArcs } from '#support/drawn-arcs'
import { eliminate, indexOf, transposed, type UpwardArcs } from './elimination.ts'

const pairsOf = (arcs: UpwardArcs, isOut: boolean): string[] => {
  const pairs: string[] = []
  for (let v = 0; v + 1 < arcs.first.length; v++) {
    for (const u of arcs.members.subarray(arcs.first[v]!, arcs.first[v + 1]!))
      pairs.push(isOut ? `${v}>${u}` : `${u}>${v}`)
  }
  return pairs
}

/** Vertices are taken out one by one, and whoever came to one is joined to wherever it led. */
const contracted = ({ vertexCount, from, to }: DrawnArcs): Set<string> => {
  const out = Array.from({ length: vertexCount }, () => new Set<number>())
  const into = Array.from({ length: vertexCount }, () => new Set<number>())
  const join = (u: number, v: number) => {
    if (u === v) return
    out[u]!.add(v)
    into[v]!.add(u)
  }
  from.forEach((u, i) => {
    join(u, to[i]!)
  })
  for (let v = 0; v < vertexCount; v++) {
    for (const u of into[v]!) for (const w of out[v]!) if (u > v && w > v) join(u, w)
  }
  return new Set(out.flatMap((heads, u) => [...heads].map((v) => `${u}>${v}`)))
}

test('the arcs are those that taking out one vertex after the other leaves', () => {
  fc.assert(
    fc.property(drawnArcs, (arcs) => {
      const { out, in: into } = eliminate(arcs.vertexCount, arcs.from, arcs.to)
      const pairs = [...pairsOf(out, true), ...pairsOf(into, false)]
      expect(pairs.length).toBe(new Set(pairs).size)
      expect(new Set(pairs)).toEqual(contracted(arcs))
    }),
    { numRuns: 500 },
  )
})

test('lists are ascending and lead upward', () => {
  fc.assert(
    fc.property(drawnArcs, (arcs) => {
      const { out, in: into } = eliminate(arcs.vertexCount, arcs.from, arcs.to)
      for (const { first, members } of [out, into]) {
        for (let v = 0; v < arcs.vertexCount; v++) {
          const list = [...members.subarray(first[v]!, first[v + 1]!)]
          expect(list).toEqual(list.toSorted((a, b) => a - b))
          expect(list.every((u) => u > v)).toBe(true)
        }
      }
    }),
  )
})

test('all that can be reached upward lies along the chain of next', () => {
  fc.assert(
    fc.property(drawnArcs, (arcs) => {
      const { out, in: into } = eliminate(arcs.vertexCount, arcs.from, arcs.to)
      for (const { first, members, next } of [out, into]) {
        for (let v = 0; v < arcs.vertexCount; v++) {
          const chain = new Set<number>()
          for (let u = next[v]!; u !== -1; u = next[u]!) chain.add(u)
          for (const u of members.subarray(first[v]!, first[v + 1]!)) expect(chain.has(u)).toBe(true)
        }
      }
    }),
    { numRuns: 300 },
  )
})

test('a one-way ring: arcs one way only', () => {
  const from = Int32Array.of(0, 1, 2, 3)
  const to = Int32Array.of(1, 2, 3, 0)
  const { out, in: into } = eliminate(4, from, to)
  expect(pairsOf(out, true)).toEqual(['0>1', '1>2', '2>3'])
  expect(pairsOf(into, false)).toEqual(['3>0', '3>1', '3>2'])
})

test('nothing, and loops', () => {
  expect(eliminate(0, new Int32Array(), new Int32Array()).out.members.length).toBe(0)
  const { out, in: into } = eliminate(2, Int32Array.of(0, 1), Int32Array.of(0, 1))
  expect([...out.members, ...into.members]).toEqual([])
  expect([...out.next]).toEqual([-1, -1])
})

test('a place in a list is found, what is not in it is not', () => {
  const lists = { first: Int32Array.of(0, 3, 3, 4), members: Int32Array.of(2, 5, 9, 7) }
  expect([2, 5, 9].map((member) => indexOf(lists, 0, member))).toEqual([0, 1, 2])
  expect([0, 3, 7, 10].map((member) => indexOf(lists, 0, member))).toEqual([-1, -1, -1, -1])
  expect(indexOf(lists, 1, 2)).toBe(-1)
  expect(indexOf(lists, 2, 7)).toBe(3)
})

test('who holds a vertex, in the order of the holders', () => {
  const lists = { first: Int32Array.of(0, 2, 3, 3), members: Int32Array.of(1, 2, 2) }
  const { first, owner, at } = transposed(3, lists)
  expect([...first]).toEqual([0, 0, 1, 3])
  expect([...owner]).toEqual([0, 0, 1])
  expect([...at]).toEqual([0, 1, 2])
})
