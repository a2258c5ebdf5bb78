import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { type DrawnArcs, drawnArcs, leastCosts } from '#support/drawn-arcs'
import { drawnCity } from '#support/road-city'
import { customise, searchGraph } from './customise.ts'
import { eliminate, indexOf } from './elimination.ts'
import { prepare } from './prepare.ts'

const costed = (arcs: DrawnArcs) => {
  const hierarchy = eliminate(arcs.vertexCount, arcs.from, arcs.to)
  return searchGraph(hierarchy, customise(hierarchy, arcs.from, arcs.to, arcs.cost))
}

test('an arc costs the best way below it, or is closed where a way above is better', () => {
  fc.assert(
    fc.property(drawnArcs, (arcs) => {
      const graph = costed(arcs)
      const least = leastCosts(arcs)
      const below = Array.from({ length: arcs.vertexCount }, (_, v) => leastCosts(arcs, v))
      const expectCost = (u: number, v: number, cost: number) => {
        const fromBelow = below[Math.min(u, v)]![u]![v]!
        if (cost !== Infinity) return expect(cost).toBe(fromBelow)
        expect(fromBelow === Infinity || fromBelow > least[u]![v]!).toBe(true)
      }
      for (let v = 0; v < arcs.vertexCount; v++) {
        const { out, in: into } = graph
        for (let arc = out.first[v]!; arc < out.first[v + 1]!; arc++) expectCost(v, out.members[arc]!, out.cost[arc]!)
        for (let arc = into.first[v]!; arc < into.first[v + 1]!; arc++)
          expectCost(into.members[arc]!, v, into.cost[arc]!)
      }
    }),
    { numRuns: 500 },
  )
})

test('an open arc costs what the two that it goes by do, or is an arc itself', () => {
  fc.assert(
    fc.property(drawnArcs, (arcs) => {
      const { out, in: into } = costed(arcs)
      const original = (u: number, v: number) =>
        Math.min(
          ...[...arcs.from.keys()].filter((i) => arcs.from[i] === u && arcs.to[i] === v).map((i) => arcs.cost[i]!),
        )
      const expectMadeOf = (u: number, v: number, cost: number, via: number) => {
        if (cost === Infinity) return
        if (via === -1) return expect(cost).toBe(original(u, v))
        expect(via).toBeLessThan(Math.min(u, v))
        expect(cost).toBe(into.cost[indexOf(into, via, u)]! + out.cost[indexOf(out, via, v)]!)
      }
      for (let v = 0; v < arcs.vertexCount; v++) {
        for (let arc = out.first[v]!; arc < out.first[v + 1]!; arc++)
          expectMadeOf(v, out.members[arc]!, out.cost[arc]!, out.via[arc]!)
        for (let arc = into.first[v]!; arc < into.first[v + 1]!; arc++)
          expectMadeOf(into.members[arc]!, v, into.cost[arc]!, into.via[arc]!)
      }
    }),
    { numRuns: 300 },
  )
})

test('a city has arcs that are closed, and more that are not', () => {
  const { out } = prepare(drawnCity(71, 15, 15)).metric
  const closedCount = out.cost.filter((cost) => cost === Infinity).length
  expect(closedCount).toBeGreaterThan(out.cost.length * 0.02)
  expect(closedCount).toBeLessThan(out.cost.length * 0.5)
})

test('the same hierarchy takes other costs; what is infinite is closed', () => {
  const from = Int32Array.of(0, 1, 0)
  const to = Int32Array.of(1, 2, 2)
  const hierarchy = eliminate(3, from, to)
  const costs = (...cost: number[]) => [...customise(hierarchy, from, to, Float64Array.from(cost)).out.cost]
  // Arcs out of 0 to 1 and 2, out of 1 to 2.
  expect(costs(1, 1, 5)).toEqual([1, Infinity, 1])
  expect(costs(1, 5, 5)).toEqual([1, 5, 5])
  expect(costs(1, Infinity, 5)).toEqual([1, 5, Infinity])
  expect(costs(Infinity, Infinity, Infinity)).toEqual([Infinity, Infinity, Infinity])
})
