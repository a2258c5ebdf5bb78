/** The inner layer of the PBF format: nodes, ways and relations of one block. Field numbers as in osmformat.proto. */
import { PbfReader } from 'pbf'

export type PrimitiveBlock = {
  strings: string[]
  groups: Uint8Array[]
  /** Degrees of a stored value: `(offset + granularity * value) / 1e9`. */
  granularity: number
  latOffset: number
  lngOffset: number
}

export type NodeVisitor = {
  /** Degrees times 1e9. */
  node(id: number, lat: number, lng: number, tags: () => Map<string, string>): void
}

export type PbfWay = { id: number; tags: Map<string, string>; nodeIds: number[] }
export type Member = { id: number; role: string; type: 'node' | 'way' | 'relation' }
export type PbfRelation = { id: number; tags: Map<string, string>; members: Member[] }

const MEMBER_TYPES = ['node', 'way', 'relation'] as const

const fieldsOf = (bytes: Uint8Array, read: (field: number, reader: PbfReader) => boolean) => {
  const reader = new PbfReader(bytes)
  for (let field = reader.nextField(); field; field = reader.nextField()) {
    if (!read(field, reader)) reader.skip(reader.type)
  }
}

export const decodeBlock = (bytes: Uint8Array): PrimitiveBlock => {
  const block: PrimitiveBlock = { strings: [], groups: [], granularity: 100, latOffset: 0, lngOffset: 0 }
  fieldsOf(bytes, (field, reader) => {
    if (field === 1) block.strings = decodeStrings(reader.readBytes())
    else if (field === 2) block.groups.push(reader.readBytes())
    else if (field === 17) block.granularity = reader.readVarint()
    else if (field === 19) block.latOffset = reader.readVarint(true)
    else if (field === 20) block.lngOffset = reader.readVarint(true)
    else return false
    return true
  })
  return block
}

const decodeStrings = (bytes: Uint8Array): string[] => {
  const strings: string[] = []
  fieldsOf(bytes, (field, reader) => {
    if (field !== 1) return false
    strings.push(reader.readString())
    return true
  })
  return strings
}

/** Whether a block has any nodes, so that a second reading can leave others out. */
export const hasNodes = (block: PrimitiveBlock): boolean =>
  block.groups.some((group) => {
    const reader = new PbfReader(group)
    const field = reader.nextField()
    return field === 1 || field === 2
  })

export const eachNode = (block: PrimitiveBlock, visitor: NodeVisitor): void => {
  for (const group of block.groups) {
    fieldsOf(group, (field, reader) => {
      if (field === 1) decodeNode(block, reader.readBytes(), visitor)
      else if (field === 2) decodeDense(block, reader.readBytes(), visitor)
      else return false
      return true
    })
  }
}

const textAt = (block: PrimitiveBlock, index: number): string => {
  const text = block.strings[index]
  if (text === undefined) throw new Error('a text that is not in the table')
  return text
}

const tagsOf = (block: PrimitiveBlock, keys: number[], values: number[]) => {
  if (keys.length !== values.length) throw new Error('keys and values that do not pair')
  const tags = new Map<string, string>()
  for (let i = 0; i < keys.length; i++) tags.set(textAt(block, keys[i]!), textAt(block, values[i]!))
  return tags
}

const decodeNode = (block: PrimitiveBlock, bytes: Uint8Array, visitor: NodeVisitor) => {
  const keys: number[] = []
  const values: number[] = []
  let id = 0
  let lat = 0
  let lng = 0
  fieldsOf(bytes, (field, reader) => {
    if (field === 1) id = reader.readSVarint()
    else if (field === 2) reader.readPackedVarint(keys)
    else if (field === 3) reader.readPackedVarint(values)
    else if (field === 8) lat = reader.readSVarint()
    else if (field === 9) lng = reader.readSVarint()
    else return false
    return true
  })
  visitor.node(id, block.latOffset + block.granularity * lat, block.lngOffset + block.granularity * lng, () =>
    tagsOf(block, keys, values),
  )
}

const decodeDense = (block: PrimitiveBlock, bytes: Uint8Array, visitor: NodeVisitor) => {
  const ids: number[] = []
  const lats: number[] = []
  const lngs: number[] = []
  const keyValues: number[] = []
  fieldsOf(bytes, (field, reader) => {
    if (field === 1) reader.readPackedSVarint(ids)
    else if (field === 8) reader.readPackedSVarint(lats)
    else if (field === 9) reader.readPackedSVarint(lngs)
    else if (field === 10) reader.readPackedVarint(keyValues)
    else return false
    return true
  })
  if (ids.length !== lats.length || ids.length !== lngs.length) throw new Error('nodes without a place')
  let id = 0
  let lat = 0
  let lng = 0
  let tagsAt = 0
  for (let i = 0; i < ids.length; i++) {
    id += ids[i]!
    lat += lats[i]!
    lng += lngs[i]!
    const first = tagsAt
    while (keyValues[tagsAt]) tagsAt += 2
    const end = tagsAt++
    visitor.node(id, block.latOffset + block.granularity * lat, block.lngOffset + block.granularity * lng, () => {
      const tags = new Map<string, string>()
      for (let at = first; at < end; at += 2) {
        tags.set(textAt(block, keyValues[at]!), textAt(block, keyValues[at + 1]!))
      }
      return tags
    })
  }
}

/** Ways whose tags pass; the points of others are not decoded. */
export const eachWay = (
  block: PrimitiveBlock,
  passes: (tags: Map<string, string>) => boolean,
  visit: (way: PbfWay) => void,
): void => {
  for (const group of block.groups) {
    fieldsOf(group, (field, reader) => {
      if (field !== 3) return false
      const way = decodeWay(block, reader.readBytes(), passes)
      if (way) visit(way)
      return true
    })
  }
}

const decodeWay = (block: PrimitiveBlock, bytes: Uint8Array, passes: (tags: Map<string, string>) => boolean) => {
  const keys: number[] = []
  const values: number[] = []
  let id = 0
  let refs: PbfReader | undefined
  fieldsOf(bytes, (field, reader) => {
    if (field === 1) id = reader.readVarint()
    else if (field === 2) reader.readPackedVarint(keys)
    else if (field === 3) reader.readPackedVarint(values)
    else if (field === 8) refs = new PbfReader(reader.readBytes())
    else return false
    return true
  })
  const tags = tagsOf(block, keys, values)
  if (!refs || !passes(tags)) return
  const nodeIds: number[] = []
  let nodeId = 0
  while (refs.pos < refs.length) {
    nodeId += refs.readSVarint()
    nodeIds.push(nodeId)
  }
  return { id, tags, nodeIds }
}

/** Relations whose tags pass. */
export const eachRelation = (
  block: PrimitiveBlock,
  passes: (tags: Map<string, string>) => boolean,
  visit: (relation: PbfRelation) => void,
): void => {
  for (const group of block.groups) {
    fieldsOf(group, (field, reader) => {
      if (field !== 4) return false
      const relation = decodeRelation(block, reader.readBytes(), passes)
      if (relation) visit(relation)
      return true
    })
  }
}

const decodeRelation = (block: PrimitiveBlock, bytes: Uint8Array, passes: (tags: Map<string, string>) => boolean) => {
  const keys: number[] = []
  const values: number[] = []
  const roles: number[] = []
  const ids: number[] = []
  const types: number[] = []
  let id = 0
  fieldsOf(bytes, (field, reader) => {
    if (field === 1) id = reader.readVarint()
    else if (field === 2) reader.readPackedVarint(keys)
    else if (field === 3) reader.readPackedVarint(values)
    else if (field === 8) reader.readPackedVarint(roles)
    else if (field === 9) reader.readPackedSVarint(ids)
    else if (field === 10) reader.readPackedVarint(types)
    else return false
    return true
  })
  const tags = tagsOf(block, keys, values)
  if (!passes(tags)) return
  let memberId = 0
  const members = ids.map((delta, i): Member => {
    const type = MEMBER_TYPES[types[i]!]
    if (!type) throw new Error('a member of no kind')
    memberId += delta
    return { id: memberId, role: textAt(block, roles[i]!), type }
  })
  return { id, tags, members }
}
