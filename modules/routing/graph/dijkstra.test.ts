import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { edgesTo, shortestFrom } from './dijkstra'
import type { RoadGraph } from './road-graph'

type Turn = [from: number, to: number, cost: number]

/** Only what a search looks at. */
const graphOf = (edges: [weight: number, duration: number][], turns: Turn[]): RoadGraph => {
  const rows = edges.map((_, edge) => turns.filter(([from]) => from === edge))
  return {
    edgeSide: new Int32Array(edges.length),
    edgeWeight: Int32Array.from(edges, ([weight]) => weight),
    edgeDuration: Int32Array.from(edges, ([, duration]) => duration),
    turnFirst: Int32Array.from([0, ...rows.map((_, i) => rows.slice(0, i + 1).flat().length)]),
    turnTo: Int32Array.from(rows.flat(), ([, to]) => to),
    turnCost: Int32Array.from(rows.flat(), ([, , cost]) => cost),
  } as RoadGraph
}

test('the least weight wins, and of equals the least duration', () => {
  const edges: [number, number][] = [
    [10, 10],
    [20, 20],
    [20, 5],
    [10, 10],
  ]
  const turns: Turn[] = [
    [0, 1, 3],
    [0, 2, 3],
    [1, 3, 0],
    [2, 3, 0],
  ]
  const paths = shortestFrom(graphOf(edges, turns), [{ edge: 0, weight: 10, duration: 10 }])
  expect([...paths.weight]).toEqual([10, 33, 33, 43])
  expect([...paths.duration]).toEqual([10, 33, 18, 28])
  expect(edgesTo(paths, 3)).toEqual([0, 2, 3])
})

test('where there is no way it says so', () => {
  const paths = shortestFrom(
    graphOf(
      [
        [1, 1],
        [1, 1],
      ],
      [],
    ),
    [{ edge: 0, weight: 1, duration: 1 }],
  )
  expect(paths.weight[1]).toBe(Infinity)
  expect(paths.parent[1]).toBe(-1)
})

/** Bellman and Ford: nothing to get wrong. */
const byRelaxing = (graph: RoadGraph, start: number) => {
  const cost = Array.from(graph.edgeSide, () => [Infinity, Infinity] as [number, number])
  cost[start] = [0, 0]
  for (const _ of cost) {
    for (let edge = 0; edge < cost.length; edge++) {
      for (let turn = graph.turnFirst[edge]!; turn < graph.turnFirst[edge + 1]!; turn++) {
        const to = graph.turnTo[turn]!
        const weight = cost[edge]![0] + graph.turnCost[turn]! + graph.edgeWeight[to]!
        const duration = cost[edge]![1] + graph.turnCost[turn]! + graph.edgeDuration[to]!
        if (weight < cost[to]![0] || (weight === cost[to]![0] && duration < cost[to]![1])) cost[to] = [weight, duration]
      }
    }
  }
  return cost
}

test('on any graph it finds what trying everything finds', () => {
  const edge = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))
  fc.assert(
    fc.property(
      fc.array(edge, { minLength: 1, maxLength: 12 }).chain((edges) => {
        const index = fc.nat(edges.length - 1)
        return fc.tuple(fc.constant(edges), fc.array(fc.tuple(index, index, fc.nat(5)), { maxLength: 40 }), index)
      }),
      ([edges, turns, start]) => {
        const graph = graphOf(edges, turns)
        const paths = shortestFrom(graph, [{ edge: start, weight: 0, duration: 0 }])
        const found = Array.from(paths.weight, (weight, one) => [weight, paths.duration[one]!])
        expect(found).toEqual(byRelaxing(graph, start))
        const until = shortestFrom(graph, [{ edge: start, weight: 0, duration: 0 }], new Set([0]))
        expect([until.weight[0], until.duration[0]]).toEqual(found[0]!)
      },
    ),
  )
})
