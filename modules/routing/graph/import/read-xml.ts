import { SaxesParser } from 'saxes'
import { MapFileError } from './file-error'
import { isRoadLike, OsmBuilder, toFixed7 } from './osm-builder'
import type { OsmData } from './osm-data'
import type { OnProgress } from './read-pbf'
import { isRestriction, restrictionsOf } from './relation'

/** A node, way or relation with what is inside it. */
type Element = {
  kind: string
  attributes: Record<string, string>
  tags: Map<string, string>
  nodeIds: number[]
  members: { id: number; role: string; type: string }[]
}

const CHUNK_BYTES = 1 << 20

/** Reads an OpenStreetMap XML file (`.osm`), decompressed. Throws a MapFileError. */
export const readXml = (bytes: Uint8Array, onProgress: OnProgress = () => {}): OsmData => {
  const builder = new OsmBuilder()
  eachElement(
    bytes,
    (share) => onProgress(share / 2),
    (element) => {
      if (element.kind === 'way' && isRoadLike(element.tags)) {
        builder.addWay(Number(element.attributes.id), element.nodeIds, element.tags)
      } else if (element.kind === 'relation' && isRestriction(element.tags)) {
        for (const one of restrictionsOf(element.tags, element.members)) builder.addRestriction(one)
      }
    },
  )
  builder.seal()
  eachElement(
    bytes,
    (share) => onProgress(0.5 + share / 2),
    ({ kind, attributes, tags }) => {
      const index = kind === 'node' ? builder.find(Number(attributes.id)) : -1
      if (index < 0) return
      builder.setNode(index, toFixed7(Number(attributes.lat)), toFixed7(Number(attributes.lon)))
      builder.tagNode(index, tags)
    },
  )
  return builder.finish(true)
}

const eachElement = (bytes: Uint8Array, onProgress: OnProgress, visit: (element: Element) => void) => {
  const parser = new SaxesParser()
  let root: string | undefined
  let element: Element | undefined
  parser.on('opentag', ({ name, attributes }) => {
    root ??= name
    if (root !== 'osm') throw new MapFileError('This is XML, but not of OpenStreetMap.')
    if (name === 'node' || name === 'way' || name === 'relation') {
      element = { kind: name, attributes, tags: new Map(), nodeIds: [], members: [] }
    } else if (name === 'tag') element?.tags.set(attributes.k ?? '', attributes.v ?? '')
    else if (name === 'nd') element?.nodeIds.push(Number(attributes.ref))
    else if (name === 'member') {
      element?.members.push({ id: Number(attributes.ref), role: attributes.role ?? '', type: attributes.type ?? '' })
    }
  })
  parser.on('closetag', ({ name }) => {
    if (name !== element?.kind) return
    visit(element)
    element = undefined
  })
  parser.on('error', (error) => {
    throw new MapFileError(`This is not well-formed XML, or it is cut off: ${error.message}`)
  })
  const decoder = new TextDecoder()
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    parser.write(decoder.decode(bytes.subarray(at, at + CHUNK_BYTES), { stream: true }))
    onProgress(Math.min(1, (at + CHUNK_BYTES) / bytes.length))
  }
  parser.close()
}
