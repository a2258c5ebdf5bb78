import { expect, test } from 'bun:test'
import { buildCity } from './build-city'
import { readGeoJson } from './import/index'
import { PROFILES } from './road-graph'

const street = (highway: string, coordinates: number[][]) => ({
  type: 'Feature',
  properties: { highway },
  geometry: { type: 'LineString', coordinates },
})
const network = (...features: object[]) => readGeoJson({ type: 'FeatureCollection', features })
const CORNER = [
  [11.97, 57.7],
  [11.98, 57.7],
  [11.98, 57.71],
]

test('a city has roads for each profile, and all within its bounds', () => {
  const steps: string[] = []
  const city = buildCity(network(street('residential', CORNER)), {
    source: 'a corner',
    onStep: (profile, { edgeCount }, isPrepared) =>
      steps.push(`${profile} ${isPrepared ? 'prepared' : `${edgeCount} edges`}`),
  })
  expect(Object.keys(city.profiles)).toEqual([...PROFILES])
  expect(steps).toEqual(PROFILES.flatMap((profile) => [`${profile} 2 edges`, `${profile} prepared`]))
  expect(city.source).toBe('a corner')
  const { south, north, west, east } = city.bounds
  expect([south < 57.7, north > 57.71, west < 11.97, east > 11.98]).toEqual([true, true, true, true])
  expect(north - south).toBeLessThan(0.05)
})
