import { beforeAll, describe, expect, test } from 'bun:test'
import { chanceFrom, drawnCity, goteborgGraph } from '#support/road-city'
import { madeGraph, type RoadPlan, type Spot } from '#support/road-graphs'
import { drawSnaps, drive, snapOn } from '#support/road-proofs'
import { stepCost, stretchAround } from './alternatives.ts'
import { cost } from './cost.ts'
import { createRouter } from './create-router.ts'
import { prepare } from './prepare.ts'
import type { RoadGraph } from './road-graph.ts'
import type { Path, Router } from './router.ts'

/** Centiseconds: what is compared was rounded to them. */
const ROUNDING = 0.011

const weightShared = ({ graph }: Router, one: Path, other: Path): number => {
  const known = new Set(other.edges)
  return [...one.edges].reduce((sum, edge) => sum + (known.has(edge) ? graph.edgeWeight[edge]! / 100 : 0), 0)
}

describe.each([
  ['Göteborg', goteborgGraph],
  ['a drawn city', () => drawnCity(7, 30, 30)],
] as [string, () => RoadGraph | Promise<RoadGraph>][])('%s', (_, load) => {
  let router: Router
  beforeAll(async () => {
    router = createRouter(prepare(await load()))
  })

  test('alternatives are ways of their own: drivable, not much longer, mostly elsewhere, no road twice', () => {
    const chance = chanceFrom(8)
    let count = 0
    for (let i = 0; i < 100; i++) {
      const [from, to] = drawSnaps(router.graph, chance, 2)
      const best = router.path(from!, to!)
      if (!best) continue
      const others = router.alternatives(best, 3)
      count += others.length
      expect(others.length).toBeLessThanOrEqual(3)
      others.forEach((other, place) => {
        const driven = drive(router.graph, other)
        expect(driven.weight).toBe(Math.round(other.weight * 100))
        expect(driven.duration).toBe(Math.round(other.durationSeconds * 100))
        expect(other.weight).toBeGreaterThanOrEqual(others[place - 1]?.weight ?? best.weight)
        expect(other.weight).toBeLessThanOrEqual(best.weight * 1.25 + ROUNDING)
        for (const shown of [best, ...others.slice(0, place)])
          expect(weightShared(router, other, shown)).toBeLessThanOrEqual(best.weight * 0.7 + ROUNDING)
        const roads = [...other.edges].map((edge) => router.graph.edgeSide[edge]! >> 1)
        expect(new Set(roads).size).toBe(roads.length)
      })
    }
    // Not all pairs have one, but a city has many.
    expect(count).toBeGreaterThan(50)
  })

  test('none are made when none are asked for', () => {
    const [from, to] = drawSnaps(router.graph, chanceFrom(9), 2)
    expect(router.alternatives(router.path(from!, to!)!, 0)).toEqual([])
  })
})

/** Three ways of ten roads each from one junction to another: of 100 s, of 110 s, and of `slowSeconds`. */
const threeWays = (slowSeconds: number) => {
  const nodes: Spot[] = [
    [-100, 0],
    [0, 0],
    [1000, 0],
    [1100, 0],
  ]
  const roads: RoadPlan[] = [
    { from: 0, to: 1, seconds: 1 },
    { from: 2, to: 3, seconds: 1 },
  ]
  ;[100, 110, slowSeconds].forEach((seconds, way) => {
    let from = 1
    for (let i = 1; i <= 10; i++) {
      const to = i === 10 ? 2 : nodes.push([i * 100, 200 * (way + 1)]) - 1
      roads.push({ from, to, seconds: seconds / 10 })
      from = to
    }
  })
  const router = createRouter(prepare(madeGraph({ nodes, roads })))
  const best = router.path(snapOn(router.graph, 0, 0), snapOn(router.graph, 1, 1))!
  return [best, ...router.alternatives(best, 3)].map(({ durationSeconds }) => durationSeconds)
}

test('of three ways all are shown that are not much longer than the best', () => {
  expect(threeWays(120)).toEqual([102, 112, 122])
  expect(threeWays(140)).toEqual([102, 112])
})

/** Eight roads of 10 s in a row, 2 s for each turn. */
const row = madeGraph({
  nodes: Array.from({ length: 9 }, (_, i): Spot => [i * 100, 0]),
  roads: Array.from({ length: 8 }, (_, i) => ({ from: i, to: i + 1, seconds: 10, driven: 'forward' })),
  turnSeconds: () => 2,
})
const along = Int32Array.from({ length: 8 }, (_, i) => row.sideEdge[i * 2]!)

test('the stretch around a place is a quarter of the best way to each side, as far as there is a way', () => {
  // A quarter of 80 s: after two roads to each side, 12 s each, it is passed.
  expect(stretchAround(row, along, along[4]!, cost(8000, 8000))).toEqual({
    from: along[2]!,
    to: along[6]!,
    cost: 4 * cost(1200, 1200),
  })
  expect(stretchAround(row, along, along[0]!, cost(8000, 8000))).toMatchObject({ from: along[0]!, to: along[2]! })
  expect(stretchAround(row, along, along[7]!, cost(8000, 8000))).toMatchObject({ from: along[5]!, to: along[7]! })
})

test('a step costs its turn and the road that it leads to, the cheapest where there are two; none is infinite', () => {
  expect(stepCost(row, along[0]!, along[1]!)).toBe(cost(1200, 1200))
  expect(stepCost(row, along[0]!, along[2]!)).toBe(Infinity)
})
