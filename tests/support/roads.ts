/** A road file for tests that start a server: a small town of our own drawing in which the answers are obvious. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Feature } from '#demo/network'
import { makeRoadsOf } from '#demo/roads'

const folder = resolve('.data')

/**
 * One street from the kitchens of tests (given.KITCHEN) eastward and one, from its middle, northward to their doors
 * (given.DOOR): 298 m and 556 m, all at 30 km/h. Each file is made in a few milliseconds.
 */
const TOWN: Feature[] = [
  street('Köksgatan', [
    [11.965, 57.7],
    [11.97, 57.7],
    [11.975, 57.7],
    [11.98, 57.7],
  ]),
  street('Dörrgatan', [
    [11.975, 57.7],
    [11.975, 57.705],
    [11.975, 57.71],
  ]),
]
/** From kitchen to door along these streets. */
export const TOWN_METERS = 853

function street(name: string, coordinates: number[][]): Feature {
  return {
    type: 'Feature',
    properties: { highway: 'residential', name, maxspeed: '30' },
    geometry: { type: 'LineString', coordinates },
  }
}

/** The path of a road file of that town, which goes when the test's process does. */
export const townRoads = (): string => {
  mkdirSync(folder, { recursive: true })
  const own = mkdtempSync(join(folder, 'test-town-'))
  process.on('exit', () => rmSync(own, { recursive: true, force: true }))
  const path = join(own, 'town.bin')
  makeRoadsOf({ type: 'FeatureCollection', features: TOWN }, 'a town of the tests', path)
  return path
}
