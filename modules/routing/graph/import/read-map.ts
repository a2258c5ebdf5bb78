import { gunzipSync } from 'node:zlib'
import { MapFileError } from './file-error'
import type { OsmData } from './osm-data'
import { readGeoJson } from './read-geojson'
import { type OnProgress, readPbf } from './read-pbf'
import { readXml } from './read-xml'

const GZIP = [0x1f, 0x8b]
/** Enough for blanks and a byte-order mark before the first character that tells. */
const HEAD_BYTES = 64

/** Reads a map file of any format we know; what it is shows in how it begins, not in its name. Throws a MapFileError. */
export const readMap = (bytes: Uint8Array, onProgress?: OnProgress): OsmData => {
  if (bytes.length === 0) throw new MapFileError('The file is empty.')
  if (GZIP.every((byte, i) => bytes[i] === byte)) return readMap(decompress(bytes), onProgress)
  const head = new TextDecoder().decode(bytes.subarray(0, HEAD_BYTES)).trimStart()
  if (head.startsWith('<')) return readXml(bytes, onProgress)
  if (head.startsWith('{')) return readGeoJson(parseJson(bytes))
  return readPbf(bytes, onProgress)
}

const decompress = (bytes: Uint8Array): Uint8Array => {
  try {
    return gunzipSync(bytes)
  } catch (error) {
    throw new MapFileError(`The file cannot be decompressed, it may be cut off: ${(error as Error).message}`)
  }
}

const parseJson = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch (error) {
    throw new MapFileError(`This is not well-formed JSON, or it is cut off: ${(error as Error).message}`)
  }
}
