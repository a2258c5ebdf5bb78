import { expect, test } from 'bun:test'
import { cityOf } from './city'
import { type ImportReport, MapFileError, readGeoJson } from './import/index'
import { PROFILES } from './road-graph'

const street = (highway: string, coordinates: number[][]) => ({
  type: 'Feature',
  properties: { highway },
  geometry: { type: 'LineString', coordinates },
})
const network = (...features: object[]) => readGeoJson({ type: 'FeatureCollection', features })
const SQUARE = [
  [11.97, 57.7],
  [11.98, 57.7],
  [11.98, 57.71],
  [11.97, 57.7],
]

test('a city has roads for each profile, and all within its bounds', () => {
  const reports: ImportReport[] = []
  const city = cityOf(network(street('residential', SQUARE)), 'a square', { onProfile: (one) => reports.push(one) })
  expect(Object.keys(city.profiles)).toEqual([...PROFILES])
  expect(reports.map(({ profile }) => profile)).toEqual([...PROFILES])
  expect(city.source).toBe('a square')
  const { south, north, west, east } = city.bounds
  expect([south < 57.7, north > 57.71, west < 11.97, east > 11.98]).toEqual([true, true, true, true])
  expect(north - south).toBeLessThan(0.05)
})

test('a map without a road is refused', () => {
  expect(() => cityOf(network(), 'nothing')).toThrow(MapFileError)
})
