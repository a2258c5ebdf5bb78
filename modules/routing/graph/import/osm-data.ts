import type { Points, Texts } from '#modules/routing/graph/road-graph'

/** The tags of one way or node. */
export type Tags = { get(key: string): string | undefined }

/** A turn that is forbidden (`no_*`) or the only one allowed (`only_*`). */
export type Restriction = {
  isOnly: boolean
  /** OpenStreetMap ids of ways. More than one `from` for no_entry, more than one `to` for no_exit. */
  from: number[]
  to: number[]
  /** A point of OsmData, or -1 when `viaWays` has them. */
  viaPoint: number
  viaWays: number[]
  /** The vehicle it is for (`restriction:motorcar`), or '' when for all. */
  mode: string
  /** Vehicles it is not for. */
  except: string[]
}

/** What matters of OpenStreetMap for roads, whatever file it came from, in typed arrays: a city has millions of points. */
export type OsmData = {
  /** Points on ways. */
  points: Points
  texts: Texts
  wayId: Float64Array
  /** Indexes of `texts`. */
  wayName: Int32Array
  wayRef: Int32Array
  /** Points of a way: `wayPoint[wayFirst[way]]` up to `wayFirst[way + 1]`. A way that leaves the extract is several. */
  wayFirst: Int32Array
  wayPoint: Int32Array
  /** Tags of a way: pairs of key and value, indexes of `strings`, from `tag[wayTag[way * 2]]` up to `wayTag[way * 2 + 1]`. */
  wayTag: Int32Array
  tag: Int32Array
  strings: string[]
  /** Points with tags (signals, barriers), ascending, and their tags likewise. */
  taggedPoint: Int32Array
  pointTagFirst: Int32Array
  pointTag: Int32Array
  restrictions: Restriction[]
  /** Points that ways speak of and the file does not have, as at the edge of an extract. */
  missingPointCount: number
}

const tagsFrom = (strings: readonly string[], tag: Int32Array, first: number, end: number): Tags => {
  const tags = new Map<string, string>()
  for (let at = first; at < end; at += 2) tags.set(strings[tag[at]!]!, strings[tag[at + 1]!]!)
  return tags
}

export const wayTags = (data: Pick<OsmData, 'strings' | 'tag' | 'wayTag'>, way: number): Tags =>
  tagsFrom(data.strings, data.tag, data.wayTag[way * 2]!, data.wayTag[way * 2 + 1]!)

/** Tags of the n-th tagged point. */
export const pointTags = (data: OsmData, index: number): Tags =>
  tagsFrom(data.strings, data.pointTag, data.pointTagFirst[index]!, data.pointTagFirst[index + 1]!)
