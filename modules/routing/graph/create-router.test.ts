import { expect, test } from 'bun:test'
import { type GraphPlan, madeGraph, placeAt } from '#support/road-graphs'
import { drive, snapOn } from '#support/road-proofs'
import { createRouter } from './create-router.ts'
import { prepare } from './prepare.ts'
import type { Router, Sides } from './router.ts'

const routerOf = (plan: GraphPlan): Router => createRouter(prepare(madeGraph(plan)))

/** A square of one-way roads, 100 s each, around it once: 0 to 1 to 2 to 3 to 0; and a dead end at 1. */
const ring: GraphPlan = {
  nodes: [
    [0, 0],
    [1000, 0],
    [1000, 1000],
    [0, 1000],
    [2000, 0],
  ],
  roads: [
    { from: 0, to: 1, driven: 'forward' },
    { from: 1, to: 2, driven: 'forward' },
    { from: 2, to: 3, driven: 'forward' },
    { from: 3, to: 0, driven: 'forward' },
    { from: 1, to: 4 },
  ],
  turnSeconds: (from, to) => (to === (from ^ 1) ? 20 : 5),
}

const sidesOf = ({ graph }: Router, edges: Int32Array) => [...edges].map((edge) => graph.edgeSide[edge]!)

test('ahead on the same edge: straight there', () => {
  const router = routerOf(ring)
  const path = router.path(snapOn(router.graph, 0, 0.2), snapOn(router.graph, 0, 0.7))!
  expect(path.edges.length).toBe(1)
  expect(path.durationSeconds).toBeCloseTo(50, 1)
  expect(path.distanceMeters).toBeCloseTo(500, 0)
})

test('behind on the same edge: once around', () => {
  const router = routerOf(ring)
  const path = router.path(snapOn(router.graph, 0, 0.7), snapOn(router.graph, 0, 0.2))!
  expect(sidesOf(router, path.edges)).toEqual([0, 2, 4, 6, 0])
  expect(path.durationSeconds).toBeCloseTo(350 + 4 * 5, 1)
  expect(path.distanceMeters).toBeCloseTo(3500, 0)
})

test('nowhere to go: no time, no distance', () => {
  const router = routerOf(ring)
  const here = snapOn(router.graph, 0, 0.4)
  const path = router.path(here, here)!
  expect([path.edges.length, path.durationSeconds, path.distanceMeters, path.weight]).toEqual([1, 0, 0, 0])
  const { durations, distances } = router.table([here], [here], true)
  expect([...durations, ...distances!]).toEqual([0, 0])
})

test('behind on a road of both directions: back on the other side', () => {
  const router = routerOf(ring)
  const path = router.path(snapOn(router.graph, 4, 0.7), snapOn(router.graph, 4, 0.2))!
  expect(sidesOf(router, path.edges)).toEqual([9])
  expect(path.durationSeconds).toBeCloseTo(50, 1)
})

test('into a dead end and out again, to a place that must be come to from there', () => {
  const router = routerOf(ring)
  const [from, to] = [snapOn(router.graph, 4, 0.7), snapOn(router.graph, 4, 0.2)]
  const path = router.path(from, to, 0b01)!
  expect(sidesOf(router, path.edges)).toEqual([8, 9])
  expect(path.durationSeconds).toBeCloseTo(30 + 20 + 80, 1)
  // To come from the other side as well: once around the ring.
  expect(sidesOf(router, router.path(from, to, 0b01, 0b01)!.edges)).toEqual([8, 9, 2, 4, 6, 0, 8])
})

test('sides that the snap does not have are no way', () => {
  const router = routerOf(ring)
  const [from, to] = [snapOn(router.graph, 0, 0.2), snapOn(router.graph, 2, 0.5)]
  expect(router.path(from, to, 0b10)).toBeUndefined()
  expect(router.path({ ...from, sides: 0 as Sides }, to)).toBeUndefined()
})

test('a road from a junction to itself is driven around, when one is behind', () => {
  const router = routerOf({
    nodes: [
      [0, 0],
      [300, 0],
    ],
    roads: [
      { from: 0, to: 0, seconds: 40, driven: 'forward', bends: [[0, 100]] },
      { from: 0, to: 1, seconds: 30 },
    ],
  })
  const [late, early] = [snapOn(router.graph, 0, 0.75), snapOn(router.graph, 0, 0.25)]
  const path = router.path(late, early)!
  expect(sidesOf(router, path.edges)).toEqual([0, 0])
  expect(path.durationSeconds).toBe(20)
  expect(router.table([late], [early], true).durations[0]).toBe(20)
  expect(router.table([late], [early], true).distances![0]).toBeCloseTo(path.distanceMeters, 6)
})

test('without through traffic: into it, out of it, about in it, never through', () => {
  // A shortcut of 10 s that is private, a way around of 100 s.
  const router = routerOf({
    nodes: [
      [0, 0],
      [100, 0],
      [50, 500],
      [-200, 0],
      [300, 0],
    ],
    roads: [
      { from: 0, to: 1, seconds: 10, isRestricted: true },
      { from: 0, to: 2, seconds: 50 },
      { from: 2, to: 1, seconds: 50 },
      { from: 3, to: 0, seconds: 20 },
      { from: 1, to: 4, seconds: 20 },
    ],
  })
  const at = (road: number, fraction: number) => snapOn(router.graph, road, fraction)
  const seconds = (from: [number, number], to: [number, number]) => router.path(at(...from), at(...to))!.durationSeconds
  expect(seconds([3, 0], [4, 1])).toBe(20 + 100 + 20)
  expect(seconds([3, 0], [0, 0.5])).toBe(20 + 5)
  expect(seconds([0, 0.5], [4, 1])).toBe(5 + 20)
  expect(seconds([0, 0.2], [0, 0.7])).toBe(5)
  expect(seconds([0, 0.7], [0, 0.2])).toBe(5)
})

test('parts that no road joins: no route, NaN in the table, Infinity in the reach', () => {
  const router = routerOf({
    nodes: [
      [0, 0],
      [100, 0],
      [5000, 0],
      [5100, 0],
    ],
    roads: [
      { from: 0, to: 1 },
      { from: 2, to: 3 },
    ],
  })
  const [one, other] = [snapOn(router.graph, 0, 0.5), snapOn(router.graph, 1, 0.5)]
  expect(router.path(one, other)).toBeUndefined()
  const { durations, distances } = router.table([one, other], [one, other], true)
  expect([...durations].map(Number.isNaN)).toEqual([false, true, true, false])
  expect([...distances!].map(Number.isNaN)).toEqual([false, true, true, false])
  const reached = router.reach(one)
  expect(router.graph.edgeSide.map((side, edge) => (reached[edge] === Infinity ? 1 : 0) - (side >> 1))).toEqual(
    new Int32Array(4),
  )
})

test('tables of nothing, of one row, larger and smaller than the one before, with distances and without', () => {
  const router = routerOf(ring)
  const snaps = [0, 1, 2, 3, 4].flatMap((road) => [0.1, 0.6].map((fraction) => snapOn(router.graph, road, fraction)))
  expect(router.table([], snaps).durations.length).toBe(0)
  expect(router.table(snaps, [], true).distances?.length).toBe(0)
  const whole = router.table(snaps, snaps, true)
  for (const targets of [snaps.slice(3, 4), snaps, snaps.slice(5)]) {
    for (const withDistances of [false, true]) {
      const part = router.table(snaps, targets, withDistances)
      expect(part.distances !== undefined).toBe(withDistances)
      snaps.forEach((_, row) => {
        targets.forEach((target, column) => {
          const cell = row * snaps.length + snaps.indexOf(target)
          expect(part.durations[row * targets.length + column]).toBe(whole.durations[cell]!)
          if (withDistances) expect(part.distances![row * targets.length + column]).toBe(whole.distances![cell]!)
        })
      })
    }
  }
})

test('a path says what it was chosen by as well as how long it takes', () => {
  const router = routerOf({
    nodes: [
      [0, 0],
      [100, 0],
      [100, 100],
    ],
    roads: [
      { from: 0, to: 1, seconds: 10, extraWeightSeconds: 50 },
      { from: 0, to: 2, seconds: 20 },
      { from: 2, to: 1, seconds: 20 },
      { from: 1, to: 1, seconds: 6, bends: [[150, 50]] },
    ],
    canTurnBack: true,
  })
  const path = router.path(snapOn(router.graph, 1, 0), snapOn(router.graph, 2, 1), 0b01)!
  expect([path.durationSeconds, path.weight]).toEqual([40, 40])
  expect(drive(router.graph, path)).toMatchObject({ weight: 4000, duration: 4000 })
  const forced = router.path(snapOn(router.graph, 0, 0), snapOn(router.graph, 0, 1), 0b01, 0b01)!
  expect([forced.durationSeconds, forced.weight]).toEqual([10, 60])
})

test('at a junction trips begin and end on whichever road suits, also in tables', () => {
  const router = routerOf(ring)
  const corner = (index: number) => router.snap(placeAt(ring.nodes[index]!))[0]!
  const [from, to] = [corner(1), corner(3)]
  expect([from.road, ...from.ties!.map(({ road }) => road)].sort()).toEqual([0, 1, 4])
  // Along roads 1 and 2, however the snap came to lie on road 0, which leads here and no farther.
  const path = router.path(from, to)!
  expect(path.durationSeconds).toBeCloseTo(205, 0)
  expect(router.table([from], [to], true)).toMatchObject({
    durations: Float64Array.of(path.durationSeconds),
    distances: Float64Array.of(path.distanceMeters),
  })
  const { ties: _, ...alone } = from
  expect(router.path(alone, to)!.durationSeconds).toBeGreaterThanOrEqual(path.durationSeconds)
  expect(router.snap(placeAt([500, 3]))[0]!.ties).toBeUndefined()
})
