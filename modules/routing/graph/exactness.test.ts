/** The fast search against plain Dijkstra: 10,000 random pairs on each of two cities, and again with other speeds. */
import { beforeAll, describe, expect, test } from 'bun:test'
import { chanceFrom, drawnCity, goteborgGraph } from '#support/road-city'
import { compareWithDijkstra, reachByDijkstra } from '#support/road-exactness'
import { drawSnaps } from '#support/road-proofs'
import { createRouter } from './create-router.ts'
import { metricOf, type PreparedProfile, prepare } from './prepare.ts'
import type { RoadGraph } from './road-graph.ts'

const PLACES = 100
/** In eleven hours nobody comes by: closed, as far as routes are concerned. */
const CLOSED_CENTISECONDS = 2 ** 22

/** Each road driven at 0.3 to 3 times its speed, one in twenty closed. */
const withOtherSpeeds = (profile: PreparedProfile, chance: () => number): PreparedProfile => {
  const { graph } = profile
  const factors = Float64Array.from(graph.roadFrom, () => (chance() < 0.05 ? Infinity : 0.3 + chance() * 2.7))
  const scaled = (centiseconds: number, edge: number) =>
    Math.min(CLOSED_CENTISECONDS, Math.round(centiseconds * factors[graph.edgeSide[edge]! >> 1]!) + 1)
  const changed: RoadGraph = {
    ...graph,
    edgeDuration: graph.edgeDuration.map(scaled),
    edgeWeight: graph.edgeWeight.map(scaled),
  }
  return { ...profile, graph: changed, metric: metricOf(changed, profile.hierarchy) }
}

const cities: [string, () => RoadGraph | Promise<RoadGraph>, edgesMin: number][] = [
  ['Göteborg', goteborgGraph, 25_000],
  ['a drawn city', () => drawnCity(4, 38, 38), 4_500],
]

describe.each(cities)('%s', (_, load, edgesMin) => {
  let profile: PreparedProfile
  beforeAll(async () => {
    profile = prepare(await load())
  })

  test('routes and tables are what Dijkstra finds', () => {
    const router = createRouter(profile)
    const snaps = drawSnaps(router.graph, chanceFrom(1), 2 * PLACES)
    const found = compareWithDijkstra(router, snaps.slice(0, PLACES), snaps.slice(PLACES))
    expect(found.faults).toEqual([])
    expect(found.pairCount).toBe(10_000)
    expect(found.routeCount).toBeGreaterThan(9_000)
    expect(router.graph.edgeSide.length).toBeGreaterThan(edgesMin)
  })

  test('with other speeds on the same hierarchy, too', () => {
    const router = createRouter(withOtherSpeeds(profile, chanceFrom(2)))
    const snaps = drawSnaps(router.graph, chanceFrom(3), 2 * PLACES)
    const found = compareWithDijkstra(router, snaps.slice(0, PLACES), snaps.slice(PLACES))
    expect(found.faults).toEqual([])
    expect(found.routeCount).toBeGreaterThan(9_000)
  })

  test('routes on the same road and the next ones', () => {
    const router = createRouter(profile)
    const chance = chanceFrom(5)
    for (let i = 0; i < 15; i++) {
      const [one] = drawSnaps(router.graph, chance, 1)
      const near = [one!, ...[0, 0.25, 0.5, 0.75, 1].map((fraction) => ({ ...one!, fraction }))]
      expect(compareWithDijkstra(router, near, near).faults).toEqual([])
    }
  })

  test('times to everywhere are what Dijkstra finds', () => {
    const router = createRouter(profile)
    for (const snap of drawSnaps(router.graph, chanceFrom(6), 20)) {
      expect(router.reach(snap)).toEqual(reachByDijkstra(router, snap))
    }
  })
})
