/** A town to be slow in: one street from west to east, another around it that is longer, and drivers who tell where they are. */
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { makeRoadsOf } from '#demo/roads'
import { createRouter } from '#modules/routing/graph/create-router'
import type { RoadGraph } from '#modules/routing/graph/road-graph'
import type { Router } from '#modules/routing/graph/router'
import { mapRoads } from '#modules/routing/roads-file'
import type { TimedFix } from '#modules/routing/speeds/trips'
import { driveAlong, moved, normal, placeAt } from './drives'
import { chanceFrom } from './road-city'
import { at, networkOf, type PlannedStreet } from './street-plan'

const street = (name: string, ...points: PlannedStreet['points']): PlannedStreet => ({
  points,
  tags: { name, highway: 'secondary', maxspeed: '50' },
})

const STREETS = [
  street('West', [0, -200], [0, 0]),
  street('Main', [0, 0], [0, 500], [0, 1_000]),
  street('Lane', [0, 500], [-100, 500]),
  street('Around', [0, 0], [150, 0], [150, 1_000], [0, 1_000]),
  street('East', [0, 1_000], [0, 1_200]),
]
export const WEST_END = at(0, -100)
export const EAST_END = at(0, 1_100)

/** The path of a road file of the town; whoever made it removes it. */
export const speedTownRoads = (): string => {
  const folder = resolve('.data')
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `speed-town-${process.pid}-${Bun.nanoseconds()}.bin`)
  makeRoadsOf(networkOf(STREETS), 'a town of the tests', path)
  return path
}

/** The town with a street more: the same file has other roads in it from now on. */
export const rebuildTown = (path: string) =>
  makeRoadsOf(networkOf([...STREETS, street('New', [0, 1_200], [300, 1_200])]), 'a town of the tests', path)

export const townRouter = (path: string): Router => createRouter(mapRoads(path).profiles.car!)

const FIX_SECONDS = 6
const NOISE_METERS = 4

/** The fixes of a car that crosses the town on Main, so many times as slow as the map says there. */
export const crossing = (router: Router, slowness: number, startMs: number, seed: number): TimedFix[] => {
  const chance = chanceFrom(seed)
  const [from, to] = [WEST_END, EAST_END].map((place) => router.snap(place)[0]!)
  const path = router.path(from!, to!)!
  const drive = driveAlong(router.graph, path, (side) => (isMain(router.graph, side) ? slowness : 1))
  const fixes: TimedFix[] = []
  for (let t = 0; t <= drive.seconds; t += FIX_SECONDS) {
    const place = moved(placeAt(drive, t), normal(chance) * NOISE_METERS, normal(chance) * NOISE_METERS)
    fixes.push({ ...place, atMs: startMs + t * 1_000, accuracyMeters: 8 })
  }
  return fixes
}

export const isMain = (graph: RoadGraph, side: number): boolean => {
  const text = graph.roadName[side >> 1]!
  const { first, bytes } = graph.texts
  return new TextDecoder().decode(bytes.subarray(first[text]!, first[text + 1]!)) === 'Main'
}
