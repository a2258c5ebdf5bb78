/**
 * The outer layer of OpenStreetMap's PBF format: blocks one after the other, each with a header and maybe compressed.
 * https://wiki.openstreetmap.org/wiki/PBF_Format
 */
import { inflateSync } from 'node:zlib'
import { PbfReader } from 'pbf'
import { MapFileError } from './file-error'

// The format's own limits: a file beyond them is damaged, or made to exhaust memory.
const HEADER_BYTES_MAX = 64 * 1024
const BLOB_BYTES_MAX = 32 * 1024 * 1024
const FEATURES = new Set(['OsmSchema-V0.6', 'DenseNodes'])

/** Where a block's blob lies in the file. */
export type Block = { type: string; offset: number; end: number }

/** All blocks of a file, in order, the header first; nothing is decompressed except the header. */
export const blocksOf = (bytes: Uint8Array): Block[] => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const blocks: Block[] = []
  let at = 0
  while (at < bytes.length) {
    const isFirst = blocks.length === 0
    if (at + 4 > bytes.length) throw isFirst ? notPbf() : truncated(at)
    const headerEnd = at + 4 + view.getUint32(at)
    if (headerEnd - at - 4 > HEADER_BYTES_MAX) throw isFirst ? notPbf() : damaged(at)
    if (headerEnd > bytes.length) throw isFirst ? notPbf() : truncated(at)
    const header = readBlockHeader(bytes.subarray(at + 4, headerEnd), at, isFirst)
    if (header.dataBytes > BLOB_BYTES_MAX) throw damaged(at)
    const end = headerEnd + header.dataBytes
    if (end > bytes.length) throw truncated(at)
    blocks.push({ type: header.type, offset: headerEnd, end })
    if (isFirst) checkHeaderBlock(bytes, blocks[0]!)
    at = end
  }
  if (blocks.length === 0) throw new MapFileError('The file is empty.')
  return blocks
}

/** The content of a block, decompressed. */
export const contentOf = (bytes: Uint8Array, block: Block): Uint8Array =>
  reading(block.offset, () => {
    const reader = new PbfReader(bytes.subarray(block.offset, block.end))
    let raw: Uint8Array | undefined
    let zlib: Uint8Array | undefined
    let zstd: Uint8Array | undefined
    let rawBytes = 0
    for (let field = reader.nextField(); field; field = reader.nextField()) {
      if (field === 1) raw = reader.readBytes()
      else if (field === 2) rawBytes = reader.readVarint()
      else if (field === 3) zlib = reader.readBytes()
      else if (field === 7) zstd = reader.readBytes()
      else if (field > 3) throw new MapFileError('The file uses a compression other than zlib or zstd.')
      else reader.skip(reader.type)
    }
    if (raw) return raw
    if (rawBytes > BLOB_BYTES_MAX) throw damaged(block.offset)
    const content = zlib
      ? inflateSync(zlib, { maxOutputLength: Math.max(rawBytes, 1) })
      : zstd && Bun.zstdDecompressSync(zstd)
    if (content?.length !== rawBytes) throw damaged(block.offset)
    return content
  })

/** Runs what decodes a part of the file; whatever it stumbles over is a damaged file. */
export const reading = <T>(offset: number, decode: () => T): T => {
  try {
    return decode()
  } catch (error) {
    if (error instanceof MapFileError) throw error
    throw new MapFileError(`The file is damaged in the block at byte ${offset}: ${(error as Error).message}`)
  }
}

const readBlockHeader = (bytes: Uint8Array, offset: number, isFirst: boolean) => {
  const header = { type: '', dataBytes: -1 }
  try {
    const reader = new PbfReader(bytes)
    for (let field = reader.nextField(); field; field = reader.nextField()) {
      if (field === 1) header.type = reader.readString()
      else if (field === 3) header.dataBytes = reader.readVarint()
      else reader.skip(reader.type)
    }
  } catch {
    throw isFirst ? notPbf() : damaged(offset)
  }
  if (isFirst && header.type !== 'OSMHeader') throw notPbf()
  if (header.dataBytes < 0) throw damaged(offset)
  return header
}

const checkHeaderBlock = (bytes: Uint8Array, block: Block) => {
  const reader = new PbfReader(contentOf(bytes, block))
  reading(block.offset, () => {
    for (let field = reader.nextField(); field; field = reader.nextField()) {
      if (field !== 4) {
        reader.skip(reader.type)
        continue
      }
      const feature = reader.readString()
      if (!FEATURES.has(feature)) throw new MapFileError(`The file needs a reader that knows ${feature}.`)
    }
  })
}

const notPbf = () => new MapFileError('This is not an OpenStreetMap PBF file.')
const truncated = (offset: number) => new MapFileError(`The file is cut off: its block at byte ${offset} is not whole.`)
const damaged = (offset: number) => new MapFileError(`The file is damaged in the block at byte ${offset}.`)
