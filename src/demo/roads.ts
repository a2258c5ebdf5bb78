import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Box } from '#core/geo'
import { buildCity } from '#modules/routing/graph/build-city'
import { compactCity } from '#modules/routing/graph/compact-points'
import type { City } from '#modules/routing/graph/format'
import { readGeoJson } from '#modules/routing/graph/import/index'
import type { Profile } from '#modules/routing/graph/road-graph'
import { mapRoads, writeRoads } from '#modules/routing/roads-file'
import { type FeatureCollection, readNetwork } from './network.ts'

const SOURCE = 'Göteborg, © OpenStreetMap contributors, ODbL 1.0'
/** What makes them, as a program: `demo-roads.ts FILE [PROFILES]`. */
export const DEMO_ROADS_PROGRAM = join(import.meta.dir, '..', 'cli', 'demo-roads.ts')

/** Two halves that take about as long: somebody waits for his first `bun dev`. */
const HALVES: [Profile[], Profile[]] = [
  ['car', 'bike'],
  ['scooter', 'foot'],
]

/** Writes the road file of the demo city, whole or not at all, with the help of a second process. */
export const makeDemoRoads = async (path: string): Promise<void> => {
  const [ours, theirs] = HALVES
  const half = `${path}.${process.pid}.half`
  const helper = Bun.spawn([process.execPath, '--no-orphans', DEMO_ROADS_PROGRAM, half, theirs.join()], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  try {
    const own = await demoCity(ours)
    if ((await helper.exited) !== 0)
      throw new Error(`the other half was not made: ${helper.signalCode ?? helper.exitCode}`)
    writeWhole(path, compactCity(together(own, mapRoads(half))))
  } finally {
    helper.kill()
    rmSync(half, { force: true })
  }
}

/** Writes the roads of some profiles only. */
export const makeDemoRoadsOf = async (path: string, profiles: Profile[]): Promise<void> =>
  writeRoads(path, await demoCity(profiles))

const demoCity = async (profiles: Profile[]): Promise<City> =>
  buildCity(readGeoJson(await readNetwork()), { source: SOURCE, profiles })

/** Writes the road file of any street network of this shape: tests draw small ones. */
export const makeRoadsOf = (network: FeatureCollection, source: string, path: string): void =>
  writeWhole(path, compactCity(buildCity(readGeoJson(network), { source })))

/** Two that make the same file at once each write one of their own first. */
const writeWhole = (path: string, city: City) => {
  const own = `${path}.${process.pid}`
  writeRoads(own, city)
  renameSync(own, path)
}

/** Halves of one map have the same points and texts. */
const together = (one: City, other: City): City => ({
  source: one.source,
  bounds: around(one.bounds, other.bounds),
  profiles: { ...one.profiles, ...other.profiles },
})

const around = (one: Box, other: Box): Box => ({
  south: Math.min(one.south, other.south),
  west: Math.min(one.west, other.west),
  north: Math.max(one.north, other.north),
  east: Math.max(one.east, other.east),
})
