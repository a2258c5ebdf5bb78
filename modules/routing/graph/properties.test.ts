/** What holds for routes on any roads. */
import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { drawnPlan, symmetricPlan } from '#support/drawn-roads'
import { compareWithDijkstra, reachByDijkstra } from '#support/road-exactness'
import { type GraphPlan, madeGraph } from '#support/road-graphs'
import { snapOn } from '#support/road-proofs'
import { createRouter } from './create-router.ts'
import { prepare } from './prepare.ts'
import type { Path, Router, Sides, Snap } from './router.ts'

/** Quarters: with whole seconds to a road, no part of one is rounded. */
const FRACTIONS = [0, 0.25, 0.75, 1]

const routerOf = (plan: GraphPlan): Router => createRouter(prepare(madeGraph(plan)))

const snapsOn = ({ graph }: Router): Snap[] =>
  [...graph.roadFrom.keys()]
    .map((road) => snapOn(graph, road, FRACTIONS[road % FRACTIONS.length]!))
    .filter(({ sides }) => (sides as number) !== 0)

const routesOn = (router: Router): Path[] => {
  const snaps = snapsOn(router)
  return snaps.flatMap((from) => snaps.map((to) => router.path(from, to))).filter((path) => path !== undefined)
}

test('the best route costs what Dijkstra finds, can be driven, and is what the table says', () => {
  fc.assert(
    fc.property(drawnPlan, (plan) => {
      const router = routerOf(plan)
      const snaps = snapsOn(router)
      // Of several best ways, which may be of different lengths, table and route may find two.
      expect(compareWithDijkstra(router, snaps, snaps, { withTies: true }).faults).toEqual([])
      for (const snap of snaps) expect(router.reach(snap)).toEqual(reachByDijkstra(router, snap))
    }),
    { numRuns: 300 },
  )
})

test('no route has a forbidden turn, goes against a one-way, or through a road without through traffic', () => {
  fc.assert(
    fc.property(drawnPlan, (plan) => {
      const router = routerOf(plan)
      const has = (row: readonly number[], sides: readonly number[]) =>
        sides.some((_, i) => row.every((side, k) => sides[i + k] === side))
      for (const { edges } of routesOn(router)) {
        const sides = [...edges].map((edge) => router.graph.edgeSide[edge]!)
        for (const row of [...plan.forbidden!, ...plan.forbiddenVia!]) expect(has(row, sides)).toBe(false)
        for (const side of sides) expect(plan.roads[side >> 1]!.driven).not.toBe(side & 1 ? 'forward' : 'backward')
        const isOpen = sides.map((side) => !plan.roads[side >> 1]!.isRestricted)
        const inside = isOpen.slice(isOpen.indexOf(true), isOpen.lastIndexOf(true) + 1)
        expect(inside.every((open) => open)).toBe(true)
      }
    }),
    { numRuns: 300 },
  )
})

test('each edge of a route begins where the one before ends', () => {
  fc.assert(
    fc.property(drawnPlan, (plan) => {
      const router = routerOf(plan)
      const { edgeSide } = router.graph
      for (const { edges } of routesOn(router)) {
        for (let i = 1; i < edges.length; i++) {
          const [before, side] = [edgeSide[edges[i - 1]!]!, edgeSide[edges[i]!]!]
          const head = before & 1 ? plan.roads[before >> 1]!.from : plan.roads[before >> 1]!.to
          const tail = side & 1 ? plan.roads[side >> 1]!.to : plan.roads[side >> 1]!.from
          expect(head).toBe(tail)
        }
      }
    }),
  )
})

test('where all roads and turns are alike both ways, so are routes', () => {
  fc.assert(
    fc.property(symmetricPlan, (plan) => {
      const router = routerOf(plan)
      for (const from of snapsOn(router)) {
        for (const to of snapsOn(router)) {
          const [there, back] = [router.path(from, to), router.path(to, from)]
          expect(back?.weight).toBe(there?.weight)
          expect(back?.durationSeconds).toBe(there?.durationSeconds)
        }
      }
    }),
    { numRuns: 200 },
  )
})

test('no route is longer than one by a third place, passed in the same direction', () => {
  fc.assert(
    fc.property(drawnPlan, (plan) => {
      const router = routerOf(plan)
      const snaps = snapsOn(router)
      // One goes into a road without through traffic to stay, so nothing is passed there.
      const passed = snaps.filter(({ road }) => !plan.roads[road]!.isRestricted && !isVia(plan, road))
      const weight = (from: Snap, to: Snap, departing?: Sides, arriving?: Sides) =>
        router.path(from, to, departing, arriving)?.weight ?? Infinity
      for (const from of snaps.slice(0, 5)) {
        for (const to of snaps.slice(0, 5)) {
          const direct = weight(from, to)
          for (const third of passed) {
            for (const sides of [0b01, 0b10] as const) {
              const round = weight(from, third, 0b11, sides) + weight(third, to, sides, 0b11)
              expect(direct).toBeLessThanOrEqual(round + 1e-9)
            }
          }
        }
      }
    }),
  )
})

/** In the middle of a restriction, what may follow depends on where one came from. */
const isVia = ({ forbiddenVia = [] }: GraphPlan, road: number) =>
  forbiddenVia.some(([, middle]) => middle >> 1 === road)
