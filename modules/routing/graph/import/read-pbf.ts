import { isRoadLike, OsmBuilder } from './osm-builder'
import type { OsmData } from './osm-data'
import { decodeBlock, eachNode, eachRelation, eachWay, hasNodes } from './pbf-block'
import { type Block, blocksOf, contentOf, reading } from './pbf-file'
import { isRestriction, restrictionsOf } from './relation'

/** Called again and again while a file is read: `share` of the work, 0 to 1. */
export type OnProgress = (share: number) => void

/** Stored values are degrees times 1e9; ours times 1e7. */
const NANODEGREES = 100

/** Reads an `.osm.pbf` file. Its blocks may come in any order. Throws a MapFileError. */
export const readPbf = (bytes: Uint8Array, onProgress: OnProgress = () => {}): OsmData => {
  const blocks = blocksOf(bytes).filter((block) => block.type === 'OSMData')
  const builder = new OsmBuilder()
  const withNodes: Block[] = []
  blocks.forEach((block, i) => {
    if (readRoads(bytes, block, builder)) withNodes.push(block)
    onProgress((0.5 * (i + 1)) / blocks.length)
  })
  builder.seal()
  withNodes.forEach((block, i) => {
    readNodes(bytes, block, builder)
    onProgress(0.5 + (0.5 * (i + 1)) / withNodes.length)
  })
  return builder.finish(true)
}

/** Whether the block has nodes as well. */
const readRoads = (bytes: Uint8Array, block: Block, builder: OsmBuilder) =>
  reading(block.offset, () => {
    const decoded = decodeBlock(contentOf(bytes, block))
    eachWay(decoded, isRoadLike, (way) => builder.addWay(way.id, way.nodeIds, way.tags))
    eachRelation(decoded, isRestriction, (relation) => {
      for (const one of restrictionsOf(relation.tags, relation.members)) builder.addRestriction(one)
    })
    return hasNodes(decoded)
  })

const readNodes = (bytes: Uint8Array, block: Block, builder: OsmBuilder) =>
  reading(block.offset, () => {
    eachNode(decodeBlock(contentOf(bytes, block)), {
      node: (id, lat, lng, tags) => {
        const index = builder.find(id)
        if (index < 0) return
        builder.setNode(index, Math.round(lat / NANODEGREES), Math.round(lng / NANODEGREES))
        builder.tagNode(index, tags())
      },
    })
  })
