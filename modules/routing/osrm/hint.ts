import { distanceMeters, type LatLng } from '#core/geo'
import { DEGREE, type RoadGraph } from '../graph/road-graph.ts'
import type { Sides, Snap } from '../graph/router.ts'
import { placeAt } from './road-line.ts'

/**
 * A hint carries what a place was snapped to, so that a client who asks again about the same place spares us the search.
 * Opaque to clients. 1 byte version, then little-endian: road (4), fraction (8), the snapped place and the place asked
 * for (4 each: latitude, longitude, latitude, longitude).
 */
const VERSION = 1
const BYTES = 29
/** Floating point and seven digits apart, a snapped place is on its road or the hint is of other roads. */
const OFF_METERS_MAX = 0.1

const bytes = Buffer.alloc(BYTES)

export const hintOf = (input: LatLng, snap: Snap): string => {
  bytes[0] = VERSION
  bytes.writeUInt32LE(snap.road, 1)
  bytes.writeDoubleLE(snap.fraction, 5)
  bytes.writeInt32LE(Math.round(snap.lat * DEGREE), 13)
  bytes.writeInt32LE(Math.round(snap.lng * DEGREE), 17)
  bytes.writeInt32LE(Math.round(input.lat * DEGREE), 21)
  bytes.writeInt32LE(Math.round(input.lng * DEGREE), 25)
  return bytes.toString('base64url')
}

/** What a hint says, if it is ours, about this place, and of these roads; otherwise the place is looked for as usual. */
export const snapOfHint = (hint: string, input: LatLng, graph: RoadGraph): Snap | undefined => {
  const given = Buffer.from(hint, 'base64url')
  if (given.length !== BYTES || given[0] !== VERSION) return undefined
  const isAbout =
    given.readInt32LE(21) === Math.round(input.lat * DEGREE) && given.readInt32LE(25) === Math.round(input.lng * DEGREE)
  const road = given.readUInt32LE(1)
  const fraction = given.readDoubleLE(5)
  if (!isAbout || road >= graph.roadFrom.length || !(fraction >= 0 && fraction <= 1)) return undefined
  const place = { lat: given.readInt32LE(13) / DEGREE, lng: given.readInt32LE(17) / DEGREE }
  const there = placeAt(graph, road, fraction)
  if (distanceMeters(place, there) > OFF_METERS_MAX) return undefined
  const sides = (graph.sideEdge[road * 2]! < 0 ? 0 : 0b01) | (graph.sideEdge[road * 2 + 1]! < 0 ? 0 : 0b10)
  if (sides === 0) return undefined
  return { ...place, road, fraction, distanceMeters: distanceMeters(input, place), sides: sides as Sides }
}
