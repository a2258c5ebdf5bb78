import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { drawnPlan } from '#support/drawn-roads'
import { madeGraph } from '#support/road-graphs'
import { edgesTo, shortestFrom } from './dijkstra.ts'

/** 0 to 1 to 3 in 20 s by a turn of 9 s, 0 to 2 to 3 in 24 s. */
const graph = madeGraph({
  nodes: [
    [0, 0],
    [100, 0],
    [0, 100],
    [100, 100],
    [200, 200],
  ],
  roads: [
    { from: 0, to: 1, seconds: 10, driven: 'forward' },
    { from: 1, to: 3, seconds: 10, driven: 'forward' },
    { from: 0, to: 2, seconds: 12, driven: 'forward' },
    { from: 2, to: 3, seconds: 12, driven: 'forward' },
    { from: 3, to: 4, seconds: 1, driven: 'forward' },
  ],
  turnSeconds: (from) => (from === 0 ? 9 : 0),
})
const startsAt = (edge: number) => ({ edge, weight: graph.edgeWeight[edge]!, duration: graph.edgeDuration[edge]! })

test('the least cost, turns counted, and the edges of the way', () => {
  const paths = shortestFrom(graph, [startsAt(0), startsAt(2)])
  expect([...paths.duration]).toEqual([1000, 2900, 1200, 2400, 2500])
  expect(edgesTo(paths, 4)).toEqual([2, 3, 4])
  expect(edgesTo(paths, 0)).toEqual([0])
})

test('where there is no way: Infinity', () => {
  const paths = shortestFrom(graph, [startsAt(4)])
  expect([...paths.weight]).toEqual([Infinity, Infinity, Infinity, Infinity, 100])
  expect(shortestFrom(graph, []).parent.every((edge) => edge === -1)).toBe(true)
})

test('of equal weights the shorter duration', () => {
  const ties = madeGraph({
    nodes: [
      [0, 0],
      [100, 0],
    ],
    roads: [
      { from: 0, to: 1, seconds: 5, extraWeightSeconds: 5, driven: 'forward' },
      { from: 0, to: 1, seconds: 9, extraWeightSeconds: 1, driven: 'forward' },
      { from: 1, to: 0, seconds: 1, driven: 'forward' },
    ],
  })
  const paths = shortestFrom(ties, [{ edge: 2, weight: 0, duration: 0 }])
  expect([...paths.weight]).toEqual([1000, 1000, 0])
  expect([...paths.duration]).toEqual([500, 900, 0])
  const round = shortestFrom(
    ties,
    [0, 1].map((edge) => ({ edge, weight: 1000, duration: [500, 900][edge]! })),
  )
  expect([round.weight[2], round.duration[2], round.parent[2]]).toEqual([1100, 600, 0])
})

test('it may stop once certain edges are settled, and those are right', () => {
  fc.assert(
    fc.property(drawnPlan, fc.nat(100), (plan, pick) => {
      const drawn = madeGraph(plan)
      const count = drawn.edgeSide.length
      const start = [{ edge: pick % count, weight: 0, duration: 0 }]
      const until = new Set([(pick * 7) % count, (pick * 5 + 1) % count])
      const [whole, early] = [shortestFrom(drawn, start), shortestFrom(drawn, start, until)]
      for (const edge of until) expect(early.weight[edge]).toBe(whole.weight[edge]!)
    }),
  )
})

test('no edge can be reached for less than it was: every turn is relaxed', () => {
  fc.assert(
    fc.property(drawnPlan, (plan) => {
      const drawn = madeGraph(plan)
      const { weight, parent } = shortestFrom(drawn, [{ edge: 0, weight: 7, duration: 7 }])
      for (let edge = 0; edge < drawn.edgeSide.length; edge++) {
        for (let turn = drawn.turnFirst[edge]!; turn < drawn.turnFirst[edge + 1]!; turn++) {
          const to = drawn.turnTo[turn]!
          const by = weight[edge]! + drawn.turnCost[turn]! + drawn.edgeWeight[to]!
          expect(weight[to]).toBeLessThanOrEqual(by)
        }
        if (weight[edge] !== Infinity && parent[edge] !== -1)
          expect(weight[edge]).toBeGreaterThan(weight[parent[edge]!]!)
      }
    }),
  )
})
