import { renameSync } from 'node:fs'
import { buildCity } from '#modules/routing/graph/build-city'
import { readGeoJson } from '#modules/routing/graph/import/index'
import { writeRoads } from '#modules/routing/roads-file'
import { type FeatureCollection, readNetwork } from './network.ts'

/** Writes the road file of the demo city, whole or not at all. */
export const makeDemoRoads = async (path: string): Promise<void> =>
  makeRoadsOf(await readNetwork(), 'Göteborg, © OpenStreetMap contributors, ODbL 1.0', path)

/** Writes the road file of any street network of this shape: tests draw small ones. */
export const makeRoadsOf = (network: FeatureCollection, source: string, path: string): void => {
  // Two that make the same file at once each write one of their own.
  const own = `${path}.${process.pid}`
  writeRoads(own, buildCity(readGeoJson(network), { source }))
  renameSync(own, path)
}
