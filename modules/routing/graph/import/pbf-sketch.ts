/** Writes a small map as OpenStreetMap PBF, in the ways that real files differ: for tests. */
import { deflateSync } from 'node:zlib'
import { PbfWriter } from 'pbf'

export type PbfMap = {
  nodes: { id: number; lat: number; lng: number; tags?: Record<string, string> }[]
  ways: { id: number; nodeIds: number[]; tags: Record<string, string> }[]
  relations?: {
    id: number
    members: { id: number; role: string; type: 'node' | 'way' | 'relation' }[]
    tags: Record<string, string>
  }[]
}

export type PbfStyle = {
  isDense?: boolean
  /** `zlib`, as nearly all files are. */
  compression?: 'zlib' | 'none' | 'zstd' | 'lzma'
  granularity?: number
  latOffset?: number
  lngOffset?: number
  /** Relations, then ways, then nodes. */
  isBackward?: boolean
  features?: string[]
}

const MEMBER_TYPES = ['node', 'way', 'relation']

export const pbfOf = (map: PbfMap, style: PbfStyle = {}): Uint8Array => {
  const groups = [nodeGroup(map, style), wayGroup(map), relationGroup(map)]
  if (style.isBackward) groups.reverse()
  return Buffer.concat([
    block('OSMHeader', headerOf(style.features ?? ['OsmSchema-V0.6', 'DenseNodes']), style),
    ...groups.map((group) => block('OSMData', primitiveBlock(group, style), style)),
  ])
}

type Group = { strings: string[]; bytes: Uint8Array }

const block = (type: string, content: Uint8Array, { compression = 'zlib' }: PbfStyle): Uint8Array => {
  const blob = new PbfWriter()
  if (compression === 'none') blob.writeBytesField(1, content)
  else {
    blob.writeVarintField(2, content.length)
    if (compression === 'zlib') blob.writeBytesField(3, deflateSync(content))
    if (compression === 'zstd') blob.writeBytesField(7, Bun.zstdCompressSync(content))
    if (compression === 'lzma') blob.writeBytesField(4, content)
  }
  const body = blob.finish()
  const header = new PbfWriter()
  header.writeStringField(1, type)
  header.writeVarintField(3, body.length)
  const head = header.finish()
  const length = Buffer.alloc(4)
  length.writeUInt32BE(head.length)
  return Buffer.concat([length, head, body])
}

const headerOf = (features: string[]): Uint8Array => {
  const writer = new PbfWriter()
  for (const feature of features) writer.writeStringField(4, feature)
  writer.writeStringField(16, 'a sketch')
  return writer.finish()
}

const primitiveBlock = ({ strings, bytes }: Group, style: PbfStyle): Uint8Array => {
  const table = new PbfWriter()
  for (const text of strings) table.writeStringField(1, text)
  const writer = new PbfWriter()
  writer.writeBytesField(1, table.finish())
  writer.writeBytesField(2, bytes)
  if (style.granularity) writer.writeVarintField(17, style.granularity)
  if (style.latOffset) writer.writeVarintField(19, style.latOffset)
  if (style.lngOffset) writer.writeVarintField(20, style.lngOffset)
  return writer.finish()
}

const texts = () => {
  const strings = ['']
  const indexOf = (text: string) => (strings.includes(text) ? strings.indexOf(text) : strings.push(text) - 1)
  return { strings, indexOf }
}

const deltas = (values: number[]) => values.map((value, i) => value - (values[i - 1] ?? 0))

const nodeGroup = ({ nodes }: PbfMap, style: PbfStyle): Group => {
  const { strings, indexOf } = texts()
  const stored = (degrees: number, offset = 0) => Math.round((degrees * 1e9 - offset) / (style.granularity ?? 100))
  const pairs = (tags: Record<string, string> = {}) => Object.entries(tags).flat().map(indexOf)
  const lats = nodes.map(({ lat }) => stored(lat, style.latOffset))
  const lngs = nodes.map(({ lng }) => stored(lng, style.lngOffset))
  const group = new PbfWriter()
  if (style.isDense ?? true) {
    const dense = new PbfWriter()
    dense.writePackedSVarint(1, deltas(nodes.map(({ id }) => id)))
    dense.writePackedSVarint(8, deltas(lats))
    dense.writePackedSVarint(9, deltas(lngs))
    // A file without any tags on nodes leaves the list out.
    if (nodes.some(({ tags }) => tags))
      dense.writePackedVarint(
        10,
        nodes.flatMap(({ tags }) => [...pairs(tags), 0]),
      )
    group.writeBytesField(2, dense.finish())
  } else {
    nodes.forEach(({ id, tags }, i) => {
      const node = new PbfWriter()
      const keyValues = pairs(tags)
      node.writeSVarintField(1, id)
      node.writePackedVarint(
        2,
        keyValues.filter((_, at) => at % 2 === 0),
      )
      node.writePackedVarint(
        3,
        keyValues.filter((_, at) => at % 2 === 1),
      )
      node.writeSVarintField(8, lats[i]!)
      node.writeSVarintField(9, lngs[i]!)
      group.writeBytesField(1, node.finish())
    })
  }
  return { strings, bytes: group.finish() }
}

const wayGroup = ({ ways }: PbfMap): Group => {
  const { strings, indexOf } = texts()
  const group = new PbfWriter()
  for (const { id, nodeIds, tags } of ways) {
    const way = new PbfWriter()
    way.writeVarintField(1, id)
    way.writePackedVarint(2, Object.keys(tags).map(indexOf))
    way.writePackedVarint(3, Object.values(tags).map(indexOf))
    way.writePackedSVarint(8, deltas(nodeIds))
    group.writeBytesField(3, way.finish())
  }
  return { strings, bytes: group.finish() }
}

const relationGroup = ({ relations = [] }: PbfMap): Group => {
  const { strings, indexOf } = texts()
  const group = new PbfWriter()
  for (const { id, members, tags } of relations) {
    const relation = new PbfWriter()
    relation.writeVarintField(1, id)
    relation.writePackedVarint(2, Object.keys(tags).map(indexOf))
    relation.writePackedVarint(3, Object.values(tags).map(indexOf))
    relation.writePackedVarint(
      8,
      members.map(({ role }) => indexOf(role)),
    )
    relation.writePackedSVarint(9, deltas(members.map((member) => member.id)))
    relation.writePackedVarint(
      10,
      members.map(({ type }) => MEMBER_TYPES.indexOf(type)),
    )
    group.writeBytesField(4, relation.finish())
  }
  return { strings, bytes: group.finish() }
}
