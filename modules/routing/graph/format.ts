import Flatbush from 'flatbush'
import type { Box } from '#core/geo'
import type { ArcCosts, Metric } from './customise'
import type { Hierarchy, UpwardArcs } from './elimination'
import type { PreparedProfile } from './prepare'
import { type Points, PROFILES, type Profile, type RoadGraph, type Texts } from './road-graph'

/**
 * A roads file: what `bun run roads:import` writes and the routing module maps into memory.
 *
 *     0   8 bytes  RNDROADS
 *     8   u32      version
 *     12  u32      length of the description in bytes
 *     16  u64      checksum of all that follows: xxHash64 of each MiB, seeded with the one before, the first with that length
 *     24  JSON     the description: bounds, source, profiles, and where each array lies
 *     ..  arrays, each at a multiple of 8 bytes, little-endian
 */
export const FORMAT_VERSION = 2
const MAGIC = new TextEncoder().encode('RNDROADS')
export const HEAD_BYTES = 24
export const PIECE_BYTES = 1024 * 1024
const ALIGNMENT = 8

/** A city, by profile. Points and texts are the same in each. */
export type City = {
  /** What it was made from, for people. */
  source: string
  /** Places outside are none of this city's. */
  bounds: Box
  profiles: Partial<Record<Profile, PreparedProfile>>
  /** Of the file that it was read from: the same one, the same roads with the same numbers. */
  checksum?: string
}

/** Why a file is no roads file that this program can use. */
export class RoadsFormatError extends Error {}

const ARRAYS = { i32: Int32Array, f64: Float64Array, u16: Uint16Array, u8: Uint8Array } as const
type ArrayKind = keyof typeof ARRAYS
type AnyArray = Int32Array | Float64Array | Uint16Array | Uint8Array

/** Without an offset: nothing but zeros, which take no room (there are sources without ids of points). */
type Section = { kind: ArrayKind; offset?: number; length: number }
type Description = {
  source: string
  bounds: Box
  profiles: Profile[]
  sections: Record<string, Section>
}

export const encodeCity = (city: City): Uint8Array => {
  const arrays = arraysOf(city)
  const sections: Record<string, Section> = {}
  let offset = 0
  for (const [name, array] of Object.entries(arrays)) {
    sections[name] = { kind: kindOf(array), length: array.length }
    if (!array.some((value) => value !== 0)) continue
    sections[name].offset = offset
    offset = aligned(offset + array.byteLength)
  }
  const profiles = PROFILES.filter((profile) => city.profiles[profile])
  const description: Description = { source: city.source, bounds: city.bounds, profiles, sections }
  const json = new TextEncoder().encode(JSON.stringify(description))
  const start = aligned(HEAD_BYTES + json.length)
  const bytes = new Uint8Array(start + offset)
  const view = new DataView(bytes.buffer)
  bytes.set(MAGIC)
  view.setUint32(8, FORMAT_VERSION, true)
  view.setUint32(12, json.length, true)
  bytes.set(json, HEAD_BYTES)
  for (const [name, array] of Object.entries(arrays)) {
    const { offset: at } = sections[name]!
    if (at !== undefined) bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), start + at)
  }
  view.setBigUint64(16, checksum(bytes, piecesOf(bytes)), true)
  return bytes
}

/**
 * Reads a city out of a file's bytes without copying them. `pieces` are what follows the head once more, for the checksum: of
 * bytes that are mapped, they come by another way, or all of them would be in memory at once. Throws RoadsFormatError.
 */
export const decodeCity = (bytes: Uint8Array<ArrayBuffer>, pieces: Iterable<Uint8Array> = piecesOf(bytes)): City => {
  const { description, start, checksum } = readHead(bytes, pieces)
  const { profiles, sections, source, bounds } = description
  const read = <A extends AnyArray>(name: string): A => {
    const section = sections[name]
    if (!section) throw new RoadsFormatError(`its part ${name} is missing`)
    const { kind, offset, length } = section
    if (offset === undefined) return new ARRAYS[kind](length) as A
    if (start + offset + length * ARRAYS[kind].BYTES_PER_ELEMENT > bytes.length)
      throw new RoadsFormatError(`its part ${name} is cut off`)
    return new ARRAYS[kind](bytes.buffer, bytes.byteOffset + start + offset, length) as A
  }
  const points: Points = { lat: read('points.lat'), lng: read('points.lng'), osmId: read('points.osmId') }
  const texts: Texts = { first: read('texts.first'), bytes: read('texts.bytes') }
  const city: City = { source, bounds, profiles: {}, checksum }
  for (const profile of profiles) city.profiles[profile] = readProfile(profile, read, points, texts)
  return city
}

const readHead = (bytes: Uint8Array<ArrayBuffer>, pieces: Iterable<Uint8Array>) => {
  if (bytes.length < HEAD_BYTES || MAGIC.some((byte, i) => bytes[i] !== byte))
    throw new RoadsFormatError('it is no roads file; `bun run roads:import` makes them')
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const version = view.getUint32(8, true)
  if (version !== FORMAT_VERSION)
    throw new RoadsFormatError(
      `it has version ${version} of the format, this program reads ${FORMAT_VERSION}: import it again`,
    )
  const sum = view.getBigUint64(16, true)
  if (sum !== checksum(bytes, pieces))
    throw new RoadsFormatError('it is damaged or not whole: its checksum does not fit')
  const jsonLength = view.getUint32(12, true)
  const json = new TextDecoder().decode(bytes.subarray(HEAD_BYTES, HEAD_BYTES + jsonLength))
  return {
    description: JSON.parse(json) as Description,
    start: aligned(HEAD_BYTES + jsonLength),
    checksum: sum.toString(16),
  }
}

const checksum = (bytes: Uint8Array<ArrayBuffer>, pieces: Iterable<Uint8Array>): bigint => {
  let sum = BigInt(new DataView(bytes.buffer, bytes.byteOffset).getUint32(12, true))
  for (const piece of pieces) sum = Bun.hash.xxHash64(piece, sum) as bigint
  return sum
}

const piecesOf = function* (bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = HEAD_BYTES; at < bytes.length; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES)
}

const aligned = (offset: number): number => Math.ceil(offset / ALIGNMENT) * ALIGNMENT

const kindOf = (array: AnyArray): ArrayKind =>
  (Object.keys(ARRAYS) as ArrayKind[]).find((kind) => array instanceof ARRAYS[kind])!

/** What a search reads comes first, side by side: pages of the file are kept in memory by what is read of them. */
const SEARCH_ARRAYS = ['sideEdge', 'edgeSide', 'edgeNextCopy', 'edgeDuration', 'edgeWeight', 'roadLength'] as const
const OTHER_ARRAYS = [
  'turnFirst',
  'turnTo',
  'turnCost',
  'roadFirst',
  'geometry',
  'roadFlags',
  'roadName',
  'roadRef',
  'roadFrom',
  'roadTo',
  'nodePoint',
  'nodeSideFirst',
  'nodeSide',
] as const
const GRAPH_ARRAYS = [...SEARCH_ARRAYS, ...OTHER_ARRAYS] as const satisfies (keyof RoadGraph)[]
const UPWARD_ARRAYS = ['first', 'members', 'next'] as const satisfies (keyof UpwardArcs)[]
const COST_ARRAYS = ['cost', 'via'] as const satisfies (keyof ArcCosts)[]

const arraysOf = ({ profiles }: City): Record<string, AnyArray> => {
  const arrays: Record<string, AnyArray> = {}
  for (const profile of PROFILES) {
    const prepared = profiles[profile]
    if (!prepared) continue
    const { graph, hierarchy, metric, index } = prepared
    for (const way of ['out', 'in'] as const) {
      for (const name of UPWARD_ARRAYS) arrays[`${profile}.hierarchy.${way}.${name}`] = hierarchy[way][name]
      for (const name of COST_ARRAYS) arrays[`${profile}.metric.${way}.${name}`] = metric[way][name]
    }
    for (const name of GRAPH_ARRAYS) arrays[`${profile}.${name}`] = graph[name]
    arrays[`${profile}.index.roads`] = index.roads
    arrays[`${profile}.index.tree`] = bytesOf(index.tree)
  }
  const { graph } = Object.values(profiles)[0] ?? {}
  if (!graph) return arrays
  arrays['points.lat'] = graph.points.lat
  arrays['points.lng'] = graph.points.lng
  arrays['points.osmId'] = graph.points.osmId
  arrays['texts.first'] = graph.texts.first
  arrays['texts.bytes'] = graph.texts.bytes
  return arrays
}

const TREE_HEAD_BYTES = 8

/** Its own bytes: a tree that was read from a file lies in the middle of those of the whole file. */
const bytesOf = ({ data, byteOffset, _boxes, _indices }: Flatbush): Uint8Array =>
  new Uint8Array(data, byteOffset, TREE_HEAD_BYTES + _boxes.byteLength + _indices.byteLength)

const readProfile = (
  profile: Profile,
  read: <A extends AnyArray>(name: string) => A,
  points: Points,
  texts: Texts,
): PreparedProfile => {
  const readAll = (prefix: string, names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, read(`${prefix}.${name}`)]))
  const graph = { points, texts, ...readAll(profile, GRAPH_ARRAYS) } as RoadGraph
  const bothWays = (part: string, names: readonly string[]) => ({
    out: readAll(`${profile}.${part}.out`, names),
    in: readAll(`${profile}.${part}.in`, names),
  })
  const tree = read<Uint8Array<ArrayBuffer>>(`${profile}.index.tree`)
  return {
    graph,
    hierarchy: { vertexCount: graph.edgeSide.length, ...bothWays('hierarchy', UPWARD_ARRAYS) } as Hierarchy,
    metric: bothWays('metric', COST_ARRAYS) as Metric,
    index: { roads: read(`${profile}.index.roads`), tree: Flatbush.from(tree.buffer, tree.byteOffset) },
  }
}
