import type { LatLng } from '#core/geo'
import type { Feature, FeatureCollection, Position } from './network'

/** A straight piece of a named street. */
export type StreetPiece = { name: string; from: LatLng; to: LatLng }

/**
 * What both a car and a bike may use: no motorways, and no service roads, which a road graph may leave out. So whatever
 * is connected here is connected in any graph made from the same file.
 */
const SHARED_ROADS = new Set([
  ...['primary', 'secondary', 'tertiary'].flatMap((road) => [road, `${road}_link`]),
  'unclassified',
  'residential',
  'living_street',
])
const HOME_ROADS = new Set(['residential', 'living_street', 'tertiary'])
const NOT_A_STREET = /(mot|motet|leden|bron|tunneln|rondellen)$/i
const CLOSED = new Set(['no', 'private'])

/** The pieces of every named street with homes, as far as they can be driven to from, and back to, all the others. */
export const streetsWithHomes = (network: FeatureCollection): StreetPiece[] => {
  const roads = network.features.filter(isSharedRoad)
  const connected = largestConnectedPart(roads)
  return roads.filter(hasHomes).flatMap((road) => piecesOf(road, connected))
}

const isSharedRoad = ({ properties, geometry }: Feature): boolean =>
  geometry.type === 'LineString' &&
  SHARED_ROADS.has(properties.highway ?? '') &&
  ![properties.access, properties.vehicle, properties.motor_vehicle, properties.bicycle].some(isClosed)

const isClosed = (access: string | undefined) => access !== undefined && CLOSED.has(access)

const hasHomes = ({ properties }: Feature): boolean =>
  HOME_ROADS.has(properties.highway ?? '') &&
  !!properties.name &&
  !NOT_A_STREET.test(properties.name) &&
  properties.bridge === undefined &&
  properties.tunnel === undefined &&
  properties.junction === undefined

const piecesOf = (road: Feature, connected: Set<string>): StreetPiece[] =>
  stepsOf(road)
    .filter(([from, to]) => connected.has(keyOf(from)) && connected.has(keyOf(to)))
    .map(([from, to]) => ({ name: road.properties.name!, from: latLng(from), to: latLng(to) }))

type Links = Map<string, string[]>

/**
 * The corners of the largest set in which each can be reached from each other, one-way streets minded: what a corner
 * reaches, as far as it also reaches the corner. Tries a corner of every such set until no larger one can be left.
 */
const largestConnectedPart = (roads: Feature[]): Set<string> => {
  const { onward, backward } = linksOf(roads)
  const untried = new Set(onward.keys())
  let largest = new Set<string>()
  for (const corner of untried) {
    if (largest.size >= untried.size) break
    const part = reachable(onward, corner).intersection(reachable(backward, corner))
    for (const member of part) untried.delete(member)
    if (part.size > largest.size) largest = part
  }
  return largest
}

const reachable = (links: Links, start: string): Set<string> => {
  const found = new Set([start])
  for (const corner of found) {
    for (const next of links.get(corner) ?? []) found.add(next)
  }
  return found
}

const linksOf = (roads: Feature[]): { onward: Links; backward: Links } => {
  const onward: Links = new Map()
  const backward: Links = new Map()
  const link = (from: string, to: string) => {
    onward.set(from, [...(onward.get(from) ?? []), to])
    backward.set(to, [...(backward.get(to) ?? []), from])
  }
  for (const road of roads) {
    const { alongWay, againstWay } = directionsOf(road)
    for (const [from, to] of stepsOf(road)) {
      if (alongWay) link(keyOf(from), keyOf(to))
      if (againstWay) link(keyOf(to), keyOf(from))
    }
  }
  return { onward, backward }
}

const directionsOf = ({ properties }: Feature): { alongWay: boolean; againstWay: boolean } => {
  const oneway = properties.oneway ?? (properties.junction === 'roundabout' ? 'yes' : 'no')
  return { alongWay: oneway !== '-1', againstWay: oneway === '-1' || oneway === 'no' }
}

const stepsOf = ({ geometry }: Feature): [Position, Position][] => {
  if (geometry.type !== 'LineString') return []
  const { coordinates } = geometry
  return coordinates.slice(1).map((to, index) => [coordinates[index]!, to])
}

const keyOf = (position: Position): string => `${position[0]},${position[1]}`

const latLng = (position: Position): LatLng => ({ lat: position[1]!, lng: position[0]! })
