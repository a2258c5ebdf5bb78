import { expect, test } from 'bun:test'
import { madeGraph, placeAt } from '#support/road-graphs'
import { compactCity, compactPoints } from './compact-points.ts'
import { createRouter } from './create-router.ts'
import { prepare } from './prepare.ts'
import type { RoadGraph } from './road-graph.ts'

const bent = madeGraph({
  nodes: [
    [0, 0],
    [100, 0],
  ],
  roads: [{ from: 0, to: 1, bends: [[50, 10]] }],
})

const lineOf = ({ geometry, points }: RoadGraph) => [...geometry].map((point) => [points.lat[point], points.lng[point]])

test('points on no road are left out, of all graphs alike, and every road runs as before', () => {
  const count = bent.points.lat.length
  const wider = {
    lat: Int32Array.from([7, ...bent.points.lat, 9]),
    lng: Int32Array.from([7, ...bent.points.lng, 9]),
    osmId: Float64Array.from([7, ...bent.points.osmId, 9]),
  }
  const shifted: RoadGraph = {
    ...bent,
    points: wider,
    geometry: bent.geometry.map((point) => point + 1),
    nodePoint: bent.nodePoint.map((point) => point + 1),
  }
  const straight: RoadGraph = { ...shifted, geometry: shifted.geometry.toReversed() }
  const [one, other] = compactPoints([shifted, straight])
  expect(one!.points.lat.length).toBe(count)
  expect(one!.points).toBe(other!.points)
  expect(lineOf(one!)).toEqual(lineOf(bent))
  expect(lineOf(other!)).toEqual(lineOf(bent).toReversed())
  expect([...one!.nodePoint].map((point) => one!.points.lat[point])).toEqual(
    [...bent.nodePoint].map((point) => bent.points.lat[point]),
  )
})

test('a city keeps its profiles, its search and its answers', () => {
  const bounds = { south: 57, west: 11, north: 58, east: 12 }
  const car = prepare(bent)
  const city = compactCity({ source: 'drawn', bounds, profiles: { car } })
  expect(city).toMatchObject({ source: 'drawn', bounds })
  expect(Object.keys(city.profiles)).toEqual(['car'])
  const place = placeAt([40, 3])
  expect(createRouter(city.profiles.car!).snap(place)).toEqual(createRouter(car).snap(place))
  expect(compactCity({ source: 'none', bounds, profiles: {} }).profiles).toEqual({})
})
