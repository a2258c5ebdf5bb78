/** Real extracts and what OSRM answered for them, in the folder that ROADS_DATA_DIR names. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { importRoads, readPbf } from '#modules/routing/graph/import/index'
import type { RoadGraph } from '#modules/routing/graph/road-graph'
import { goteborgGraph } from './road-city.ts'

const extractsDir = (): string => {
  const dir = process.env.ROADS_DATA_DIR
  if (!dir) throw new Error('ROADS_DATA_DIR is not set: the folder with baltimore.osm.pbf and reference-*.json')
  if (!existsSync(dir)) throw new Error(`ROADS_DATA_DIR names ${dir}, which does not exist`)
  return dir
}

const fileOf = (name: string) => {
  const path = join(extractsDir(), name)
  if (!existsSync(path)) throw new Error(`${path} does not exist`)
  return Bun.file(path)
}

/** For cars. Göteborg comes from its npm package. */
export const extractGraph = async (city: string): Promise<RoadGraph> =>
  city === 'goteborg' ? goteborgGraph() : importRoads(readPbf(await fileOf(`${city}.osm.pbf`).bytes()), 'car').graph

type ReferencePlace = { lat: number; lon: number }
export type ReferencePair = { from: ReferencePlace; to: ReferencePlace; duration_s: number; distance_m: number }

export const referencePairs = async (city: string): Promise<ReferencePair[]> =>
  (await fileOf(`reference-${city}.json`).json()).pairs
