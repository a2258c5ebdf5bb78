import { beforeAll, expect, test } from 'bun:test'
import { driveAlong, metersBySide, moved, normal, placeAt } from '#support/drives'
import { chanceFrom, goteborgGraph } from '#support/road-city'
import { createRouter } from '../graph/create-router'
import { prepare } from '../graph/prepare'
import type { Path, Router } from '../graph/router'
import { type Observations, observationsOf } from './observations'
import { sideKeys } from './side-keys'
import type { TimedFix } from './trips'

let router: Router
let keys: Float64Array
beforeAll(async () => {
  router = createRouter(prepare(await goteborgGraph()))
  keys = sideKeys(router.graph)
})

/** Fixes of a drive along a path, as drivers' telephones make them. */
const fixesOf = (path: Path, slowness: (side: number) => number, everySeconds: number, chance: () => number) => {
  const drive = driveAlong(router.graph, path, slowness)
  const fixes: TimedFix[] = []
  for (let t = 0; t <= drive.seconds; t += everySeconds)
    fixes.push({
      ...moved(placeAt(drive, t), normal(chance) * 5, normal(chance) * 5),
      atMs: 1_000_000 + t * 1_000,
      accuracyMeters: 8,
    })
  return { drive, fixes }
}

const paths = (count: number, chance: () => number): Path[] => {
  const somewhere = () => router.snap({ lat: 57.66 + chance() * 0.08, lng: 11.9 + chance() * 0.15 })[0]
  const found: Path[] = []
  while (found.length < count) {
    const [from, to] = [somewhere(), somewhere()]
    const path = from && to && router.path(from, to)
    if (path && path.distanceMeters > 2_000) found.push(path)
  }
  return found
}

const factorOf = ({ meters, seconds, side }: Observations): number => {
  const expected = new Map<number, number>()
  router.graph.edgeSide.forEach((one, edge) => {
    expected.set(keys[one]!, router.graph.roadLength[one >> 1]! / router.graph.edgeDuration[edge]!)
  })
  let [mapped, seen] = [0, 0]
  side.forEach((key, i) => {
    mapped += meters[i]! / expected.get(key)!
    seen += seconds[i]!
  })
  return seen / mapped
}

test.each([
  [1, 5],
  [1, 15],
  [2, 5],
  [2, 30],
])('drives that take %d times as long as the map says are seen so, with a fix every %i s', (slowness, everySeconds) => {
  const chance = chanceFrom(9)
  const drives = paths(20, chance).map((path) => fixesOf(path, () => slowness, everySeconds, chance))
  const seen = observationsOf(
    router,
    keys,
    drives.map(({ fixes }) => fixes),
  )
  const share = factorOf(seen)
  expect(share).toBeWithin(slowness * 0.94, slowness * 1.06)
  const driven = drives.reduce((sum, { drive }) => sum + drive.parts.length, 0)
  const ended = seen.trips.reduce((sum, trips) => sum + trips, 0)
  expect(ended).toBeWithin(driven * 0.85, driven * 1.05)
  expect(seen.matchedCount).toBeGreaterThan(seen.fixCount * 0.95)
})

test('a street that is slow is told from those before and after it', () => {
  const chance = chanceFrom(5)
  const path = paths(1, chance)[0]!
  const long = [...path.edges]
    .slice(1, -1)
    .map((edge) => router.graph.edgeSide[edge]!)
    .sort((a, b) => router.graph.roadLength[b >> 1]! - router.graph.roadLength[a >> 1]!)[0]!
  const trips = Array.from({ length: 6 }, () => fixesOf(path, (side) => (side === long ? 5 : 1), 5, chance).fixes)
  const seen = observationsOf(router, keys, trips)
  const at = seen.side.indexOf(keys[long]!)
  const mapMps = router.graph.roadLength[long >> 1]! / router.graph.edgeDuration[router.graph.sideEdge[long]!]!
  expect(seen.trips[at]).toBe(6)
  expect(seen.meters[at]! / seen.seconds[at]! / mapMps).toBeWithin(0.17, 0.24)
  const others = { ...seen, side: seen.side.filter((_, i) => i !== at) }
  others.meters = seen.meters.filter((_, i) => i !== at)
  others.seconds = seen.seconds.filter((_, i) => i !== at)
  expect(factorOf(others)).toBeWithin(0.9, 1.15)
})

test('metres are those that were driven, and no key stands twice', () => {
  const chance = chanceFrom(3)
  const { drive, fixes } = fixesOf(paths(1, chance)[0]!, () => 1, 5, chance)
  const seen = observationsOf(router, keys, [fixes, fixes])
  expect(new Set(seen.side).size).toBe(seen.side.length)
  const meters = [...metersBySide(drive).values()].reduce((sum, one) => sum + one, 0)
  expect(seen.meters.reduce((sum, one) => sum + one, 0)).toBeWithin(meters * 1.9, meters * 2.02)
})

test('a day that runs ten times as fast as ours tells nothing', () => {
  const chance = chanceFrom(8)
  const trips = paths(10, chance).map((path) =>
    fixesOf(path, () => 1, 20, chance).fixes.map((fix) => ({ ...fix, atMs: fix.atMs / 10 })),
  )
  const seen = observationsOf(router, keys, trips)
  expect(seen.matchedCount).toBeGreaterThan(0)
  expect(seen.side).toHaveLength(0)
})

test('fixes that jump about tell nothing', () => {
  const chance = chanceFrom(6)
  const wild = Array.from({ length: 40 }, (_, i) => ({
    lat: 57.66 + chance() * 0.08,
    lng: 11.9 + chance() * 0.15,
    atMs: i * 5_000,
  }))
  const seen = observationsOf(router, keys, [wild])
  expect(seen.meters.reduce((sum, one) => sum + one, 0)).toBeLessThan(1_500)
})
