import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { type DrawnArcs, drawnArcs, leastCosts } from '#support/drawn-arcs'
import { customise, type SearchGraph, searchGraph } from './customise.ts'
import { eliminate } from './elimination.ts'
import { createReach } from './reach.ts'
import { createSearch, type Labels } from './search.ts'
import { createTables } from './table.ts'

const costed = (arcs: DrawnArcs): SearchGraph => {
  const hierarchy = eliminate(arcs.vertexCount, arcs.from, arcs.to)
  return searchGraph(hierarchy, customise(hierarchy, arcs.from, arcs.to, arcs.cost))
}
const at = (vertex: number, cost = 0): Labels => ({ vertex: [vertex], cost: [cost] })
const all = ({ vertexCount }: DrawnArcs) => Array.from({ length: vertexCount }, (_, v) => v)
const arcCost = ({ from, to, cost }: DrawnArcs, u: number, v: number) =>
  Math.min(...[...from.keys()].filter((i) => from[i] === u && to[i] === v).map((i) => cost[i]!))

/** Places that are on several vertices at once; ends cost less the less of them is used. */
const labels = (vertexCount: number, min: number, max: number) =>
  fc
    .array(fc.tuple(fc.nat(vertexCount - 1), fc.integer({ min, max })), { minLength: 1, maxLength: 5 })
    .map((pairs): Labels => ({ vertex: pairs.map(([vertex]) => vertex), cost: pairs.map(([, cost]) => cost) }))

test('every pair costs the least, by a chain of arcs that costs as much', () => {
  fc.assert(
    fc.property(drawnArcs, (arcs) => {
      const search = createSearch(costed(arcs))
      const least = leastCosts(arcs)
      for (const u of all(arcs)) {
        for (const v of all(arcs)) {
          expect(search.cost(at(u), at(v))).toBe(least[u]![v]!)
          const path = search.path(at(u), at(v))
          expect(path?.cost ?? Infinity).toBe(least[u]![v]!)
          if (!path) continue
          expect([path.vertices[0], path.vertices.at(-1)]).toEqual([u, v])
          let sum = 0
          for (let i = 1; i < path.vertices.length; i++) sum += arcCost(arcs, path.vertices[i - 1]!, path.vertices[i]!)
          expect(sum).toBe(path.cost)
        }
      }
    }),
    { numRuns: 200 },
  )
})

const withLabels = drawnArcs.chain((arcs) =>
  fc.tuple(
    fc.constant(arcs),
    fc.array(labels(arcs.vertexCount, 0, 9), { minLength: 1, maxLength: 4 }),
    fc.array(labels(arcs.vertexCount, -3, 9), { minLength: 1, maxLength: 4 }),
  ),
)

test('between places on several vertices: the cheapest combination, one by one and in a table', () => {
  fc.assert(
    fc.property(withLabels, ([arcs, sources, targets]) => {
      const graph = costed(arcs)
      const search = createSearch(graph)
      const least = leastCosts(arcs)
      const withLengths = (one: Labels) => ({ ...one, snap: [], before: [], length: one.vertex.map(() => 0) })
      const makeTable = createTables(graph, new Int32Array(arcs.vertexCount))
      const { costs } = makeTable(sources.map(withLengths), targets.map(withLengths))
      sources.forEach((source, row) => {
        targets.forEach((target, column) => {
          const sums = source.vertex.flatMap((u, i) =>
            target.vertex.map((v, j) => source.cost[i]! + least[u]![v]! + target.cost[j]!),
          )
          expect(search.cost(source, target)).toBe(Math.min(...sums))
          expect(costs[row * targets.length + column]).toBe(Math.min(...sums))
        })
      })
    }),
    { numRuns: 300 },
  )
})

test('from places on several vertices to all vertices', () => {
  fc.assert(
    fc.property(withLabels, ([arcs, sources]) => {
      const reach = createReach(costed(arcs))
      const least = leastCosts(arcs)
      for (const source of sources) {
        const expected = all(arcs).map((v) => Math.min(...source.vertex.map((u, i) => source.cost[i]! + least[u]![v]!)))
        expect([...reach(source)]).toEqual(expected)
      }
    }),
  )
})

test('no labels: no way; a question leaves nothing behind for the next', () => {
  const arcs = { vertexCount: 2, from: Int32Array.of(0), to: Int32Array.of(1), cost: Float64Array.of(7) }
  const search = createSearch(costed(arcs))
  const nowhere: Labels = { vertex: [], cost: [] }
  expect(search.cost(nowhere, at(1))).toBe(Infinity)
  expect(search.path(at(0), nowhere)).toBeUndefined()
  expect(search.cost(at(0), at(1))).toBe(7)
  expect(search.cost(at(1), at(0))).toBe(Infinity)
  expect(search.path(at(1), at(0))).toBeUndefined()
  expect(search.cost(at(0, 3), at(1, -2))).toBe(8)
  expect(search.cost(at(0), at(1))).toBe(7)
})

test('a way of more vertices than there was room for', () => {
  const count = 3_000
  const from = Int32Array.from({ length: count - 1 }, (_, i) => i)
  const arcs = { vertexCount: count, from, to: from.map((v) => v + 1), cost: new Float64Array(count - 1).fill(2) }
  const path = createSearch(costed(arcs)).path(at(0), at(count - 1))
  expect(path?.cost).toBe(2 * (count - 1))
  expect(path?.vertices).toEqual(Int32Array.from({ length: count }, (_, i) => i))
})
