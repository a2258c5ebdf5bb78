/** `bun run test:roads`: 10,000 random pairs in Baltimore, with its signals and restrictions, against plain Dijkstra. */
import { expect, test } from 'bun:test'
import { createRouter } from '#modules/routing/graph/create-router'
import { prepare } from '#modules/routing/graph/prepare'
import { chanceFrom } from '#support/road-city'
import { compareWithDijkstra, reachByDijkstra } from '#support/road-exactness'
import { extractGraph } from '#support/road-extracts'
import { drawSnaps } from '#support/road-proofs'

const PLACES = 100

test.each(['baltimore', 'andorra', 'monaco'])('%s: routes, tables and times to everywhere', async (city) => {
  const router = createRouter(prepare(await extractGraph(city)))
  const snaps = drawSnaps(router.graph, chanceFrom(51), 2 * PLACES)
  const found = compareWithDijkstra(router, snaps.slice(0, PLACES), snaps.slice(PLACES))
  expect(found.faults).toEqual([])
  expect(found.pairCount).toBe(10_000)
  expect(found.routeCount).toBeGreaterThan(9_000)
  for (const snap of snaps.slice(0, 10)) expect(router.reach(snap)).toEqual(reachByDijkstra(router, snap))
})
