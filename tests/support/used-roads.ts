import { afterAll, beforeAll } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { networkPath } from '#demo/network'
import { buildCity } from '#modules/routing/graph/build-city'
import type { City } from '#modules/routing/graph/format'
import { readGeoJson } from '#modules/routing/graph/import/index'
import { prepare } from '#modules/routing/graph/prepare'
import { openRoads } from '#modules/routing/roads'
import { writeRoads } from '#modules/routing/roads-file'
import { sketch } from './street-sketch'

/** Roads for the routing of this process, through a file as in earnest; none again when the test file is done. */
export const useRoads = (cityOf: () => City) => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'roads-'))
    writeRoads(join(folder, 'city.bin'), cityOf())
    openRoads([join(folder, 'city.bin')])
  })
  afterAll(() => {
    openRoads([])
    rmSync(folder, { recursive: true })
  })
}

/** Göteborg as it really is, for cars. */
export const goteborg = (): City =>
  buildCity(readGeoJson(JSON.parse(readFileSync(networkPath(), 'utf8'))), { source: 'tests', profiles: ['car'] })

const VILLAGE = sketch('    c\n\na   b   d\n\n    e', [
  { nodes: 'abd', name: 'Storgatan' },
  { nodes: 'cbe', name: 'Lillgatan', ref: '40', class: 'tertiary' },
])

export const villagePlace = VILLAGE.at

/** Two streets that cross: answers in a moment. */
export const village = (): City => ({
  source: 'tests',
  bounds: { south: 57.6, west: 11.9, north: 57.8, east: 12.1 },
  profiles: { car: prepare(VILLAGE.graph) },
})
