import { expect, test } from 'bun:test'
import type { Feature, FeatureCollection, Position } from './network'
import { streetsWithHomes } from './streets'

const A: Position = [11.96, 57.7]
const B: Position = [11.97, 57.7]
const C: Position = [11.97, 57.71]
const D: Position = [11.98, 57.71]
const FAR: Position[] = [
  [12, 57.7],
  [12.01, 57.7],
]

const way = (name: string, coordinates: Position[], tags: Record<string, string> = {}): Feature => ({
  type: 'Feature',
  properties: { highway: 'residential', name, ...tags },
  geometry: { type: 'LineString', coordinates },
})

const namesIn = (...features: Feature[]): string[] => {
  const network: FeatureCollection = { type: 'FeatureCollection', features }
  return [...new Set(streetsWithHomes(network).map(({ name }) => name))]
}

test('a street apart from the rest is left out, wherever it stands in the file', () => {
  const island = way('Ögatan', FAR)
  const town = [way('Långgatan', [A, B, C]), way('Tvärgatan', [C, D])]
  expect(namesIn(island, ...town)).toEqual(['Långgatan', 'Tvärgatan'])
  expect(namesIn(...town, island)).toEqual(['Långgatan', 'Tvärgatan'])
})

test('a one-way street that cannot be driven out of is left out, one that leads round is not', () => {
  const town = way('Långgatan', [A, B, C])
  expect(namesIn(town, way('Säckgatan', [C, D], { oneway: 'yes' }))).toEqual(['Långgatan'])
  expect(namesIn(town, way('Säckgatan', [C, D], { oneway: '-1' }))).toEqual(['Långgatan'])
  expect(namesIn(town, way('Rundgatan', [C, D, A], { oneway: 'yes' }))).toEqual(['Långgatan', 'Rundgatan'])
})

test('a service road connects nothing, a main road connects and has no homes', () => {
  const [one, other] = [way('Långgatan', [A, B]), way('Tvärgatan', [C, D, [11.99, 57.71]])]
  expect(namesIn(one, other, way('Infarten', [B, C], { highway: 'service' }))).toEqual(['Tvärgatan'])
  expect(namesIn(one, other, way('Storvägen', [B, C], { highway: 'primary' }))).toEqual(['Långgatan', 'Tvärgatan'])
})

test('bridges, junctions and closed streets have no homes', () => {
  const town = way('Långgatan', [A, B, C])
  expect(namesIn(town, way('Broliden', [C, D], { bridge: 'yes' }))).toEqual(['Långgatan'])
  expect(namesIn(town, way('Gamla motet', [C, D]))).toEqual(['Långgatan'])
  expect(namesIn(town, way('Stängda gatan', [C, D], { access: 'private' }))).toEqual(['Långgatan'])
})
