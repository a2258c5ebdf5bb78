import { expect, test } from 'bun:test'
import { madeGraph } from '#support/road-graphs'
import { snapOn } from '#support/road-proofs'
import { cost } from './cost.ts'
import { arrivals, departures, departuresTo, labelAt, passedShare } from './labels.ts'

/** Road 0 from node 0 to 1, 100 m in 10 s and 4 s more in weight; road 1 on to 2; road 2 one way back to 0. */
const graph = madeGraph({
  nodes: [
    [0, 0],
    [100, 0],
    [100, 100],
  ],
  roads: [
    { from: 0, to: 1, seconds: 10, extraWeightSeconds: 4 },
    { from: 1, to: 2, seconds: 20 },
    { from: 2, to: 0, seconds: 30, driven: 'forward' },
  ],
  turnSeconds: () => 3,
})
const [there, back] = [graph.sideEdge[0]!, graph.sideEdge[1]!]
const meters = (one: number[]) => one.map((centimeters) => Math.round(centimeters / 100))

test('a snap is passed after its share of the road one way, and the rest of it the other', () => {
  expect(passedShare(snapOn(graph, 0, 0.25), 0)).toBe(0.25)
  expect(passedShare(snapOn(graph, 0, 0.25), 1)).toBe(0.75)
})

test('a trip begins on either side, at the cost of what is left of it', () => {
  const labels = departures(graph, snapOn(graph, 0, 0.25), 0b11)
  expect(labels.vertex).toEqual([there, back])
  expect(labels.cost).toEqual([cost(1050, 750), cost(350, 250)])
  expect(meters(labels.length)).toEqual([75, 25])
})

test('and ends on either side, less the cost of what is left of it', () => {
  const labels = arrivals(graph, snapOn(graph, 0, 0.25), 0b11)
  expect(labels.vertex).toEqual([there, back])
  expect(labels.cost).toEqual([-cost(1050, 750), -cost(350, 250)])
  expect(meters(labels.length)).toEqual([-75, -25])
})

test('only on the sides that the snap has and that are asked for', () => {
  const oneWay = snapOn(graph, 2, 0.5)
  expect(oneWay.sides).toBe(0b01)
  expect(departures(graph, oneWay, 0b11).vertex).toEqual([graph.sideEdge[4]!])
  expect(departures(graph, oneWay, 0b10).vertex).toEqual([])
  expect(arrivals(graph, snapOn(graph, 0, 0.5), 0b10).vertex).toEqual([back])
})

test('without through traffic a trip begins on the way out and ends on the way out or in', () => {
  const secluded = madeGraph({
    nodes: [
      [0, 0],
      [100, 0],
    ],
    roads: [{ from: 0, to: 1, isRestricted: true, driven: 'forward' }],
  })
  const snap = snapOn(secluded, 0, 0.5)
  expect(departures(secluded, snap, 0b11).vertex).toEqual([0])
  expect(arrivals(secluded, snap, 0b11).vertex).toEqual([0, 1])
})

test('an end ahead on the same edge leaves the departures as they are', () => {
  const departed = departures(graph, snapOn(graph, 0, 0.25), 0b01)
  expect(departuresTo(graph, departed, arrivals(graph, snapOn(graph, 0, 0.5), 0b01))).toBe(departed)
  // Nothing to drive is not behind.
  expect(departuresTo(graph, departed, arrivals(graph, snapOn(graph, 0, 0.25), 0b01))).toBe(departed)
  expect(departuresTo(graph, departed, arrivals(graph, snapOn(graph, 1, 0.5), 0b11))).toBe(departed)
})

test('an edge with the end behind gives way to what may follow it', () => {
  const departed = departures(graph, snapOn(graph, 0, 0.5), 0b01)
  const labels = departuresTo(graph, departed, arrivals(graph, snapOn(graph, 0, 0.25), 0b11))
  expect(labels.vertex).toEqual([graph.sideEdge[2]!])
  expect(labels.cost).toEqual([cost(700 + 300 + 2000, 500 + 300 + 2000)])
  expect(labels.before).toEqual([there])
  expect(meters(labels.length)).toEqual([150])
})

test('of the labels of one vertex the cheapest counts', () => {
  const labels = { vertex: [5, 6, 5], cost: [3, 1, 2] }
  expect([5, 6, 7].map((vertex) => labelAt(labels, vertex))).toEqual([2, 1, -1])
})
