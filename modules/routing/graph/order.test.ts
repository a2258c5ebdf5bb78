import { expect, test } from 'bun:test'
import { drawnCity, goteborgGraph } from '#support/road-city'
import { madeGraph, type RoadPlan, type Spot } from '#support/road-graphs'
import { contractionOrder } from './order.ts'
import type { RoadGraph } from './road-graph.ts'

const expectPermutation = (graph: RoadGraph, order: Int32Array) =>
  expect(order.toSorted()).toEqual(Int32Array.from(graph.edgeSide.keys()))

test('every edge comes once', async () => {
  for (const graph of [drawnCity(1, 9, 14), drawnCity(2, 3, 3), drawnCity(3, 20, 6), await goteborgGraph()]) {
    expectPermutation(graph, contractionOrder(graph))
  }
})

test('the roads of a cut come last', () => {
  // Two towns of four by four, and two bridges of which one is driven one way.
  const nodes: Spot[] = []
  const roads: RoadPlan[] = []
  for (const east of [0, 3_000]) {
    const first = nodes.length
    for (let i = 0; i < 16; i++) {
      nodes.push([east + 100 * (i % 4), 100 * Math.floor(i / 4)])
      if (i % 4 < 3) roads.push({ from: first + i, to: first + i + 1 })
      if (i < 12) roads.push({ from: first + i, to: first + i + 4 })
    }
  }
  const bridges = [
    roads.push({ from: 7, to: 20 }) - 1,
    roads.push({ from: 11, to: 24, driven: 'forward', isRestricted: true }) - 1,
  ]
  const graph = madeGraph({ nodes, roads })
  const order = contractionOrder(graph)
  expectPermutation(graph, order)
  // Two edges of the one, and two copies of the other's only side.
  const last = [...order.subarray(-4)].map((edge) => graph.edgeSide[edge]! >> 1)
  expect([...new Set(last)].sort()).toEqual(bridges)
  expect(last.length).toBe(4)
})

test('it depends on the roads alone, not on speeds', () => {
  const graph = drawnCity(5, 10, 10)
  const slower = { ...graph, edgeWeight: graph.edgeWeight.map((weight, edge) => weight * (1 + (edge % 7))) }
  expect(contractionOrder(slower)).toEqual(contractionOrder(graph))
})

test('no roads, one road, and roads that are not driven', () => {
  expect(contractionOrder(madeGraph({ nodes: [], roads: [] }))).toEqual(new Int32Array())
  const one = madeGraph({
    nodes: [
      [0, 0],
      [100, 0],
    ],
    roads: [{ from: 0, to: 1 }],
  })
  expectPermutation(one, contractionOrder(one))
  const loops = madeGraph({ nodes: [[0, 0]], roads: Array.from({ length: 5 }, () => ({ from: 0, to: 0 })) })
  expectPermutation(loops, contractionOrder(loops))
})
