import { DEGREE, type Texts } from '#modules/routing/graph/road-graph'
import { GrowingDoubles, GrowingInts } from './growing'
import { POINT_KEYS, POINT_KEYS_NEEDED, WAY_KEYS } from './keys'
import { type OsmData, type Restriction, wayTags } from './osm-data'

type TagList = Iterable<readonly [string, string]>

/** A restriction with its via node still by its id. */
export type RawRestriction = Omit<Restriction, 'viaPoint'> & { viaNode: number }

const NO_COORDINATE = 0x7fffffff

/** Ways of a kind that some profile may use. */
export const isRoadLike = (tags: { get(key: string): string | undefined }): boolean =>
  tags.get('highway') !== undefined ||
  tags.get('route') === 'ferry' ||
  tags.get('route') === 'shuttle_train' ||
  tags.get('man_made') === 'pier' ||
  tags.get('railway') === 'platform' ||
  tags.get('public_transport') === 'platform'

const stringTable = () => {
  const strings: string[] = []
  const known = new Map<string, number>()
  const indexOf = (text: string): number => {
    const at = known.get(text)
    if (at !== undefined) return at
    known.set(text, strings.length)
    return strings.push(text) - 1
  }
  return { strings, indexOf }
}

/**
 * Gathers OsmData. Ways and restrictions first, then `seal`, then the nodes, of which only those on ways are kept: a
 * file is read twice, and whatever its order, no more than the roads is held.
 */
export class OsmBuilder {
  private readonly table = stringTable()
  private readonly wayId = new GrowingDoubles()
  private readonly wayFirst = new GrowingInts()
  private readonly wayTag = new GrowingInts()
  private readonly tag = new GrowingInts()
  private readonly refs = new GrowingDoubles()
  private readonly raw: RawRestriction[] = []
  private ids = new Float64Array(0)
  private lat = new Int32Array(0)
  private lng = new Int32Array(0)
  private readonly tagged = new Map<number, [number, number][]>()
  private lastFound = -1

  addWay(id: number, nodeIds: ArrayLike<number>, tags: TagList): void {
    this.wayId.push(id)
    this.wayFirst.push(this.refs.length)
    this.wayTag.push(this.tag.length)
    for (let i = 0; i < nodeIds.length; i++) this.refs.push(nodeIds[i]!)
    for (const [key, value] of tags) {
      if (!WAY_KEYS.has(key)) continue
      this.tag.push(this.table.indexOf(key))
      this.tag.push(this.table.indexOf(value))
    }
  }

  addRestriction(restriction: RawRestriction): void {
    this.raw.push(restriction)
  }

  get wayCount(): number {
    return this.wayId.length
  }

  /** No more ways. */
  seal(): void {
    const sorted = this.refs.taken().sort()
    let count = 0
    for (let i = 0; i < sorted.length; i++) if (i === 0 || sorted[i] !== sorted[i - 1]) sorted[count++] = sorted[i]!
    this.ids = sorted.slice(0, count)
    this.lat = new Int32Array(count).fill(NO_COORDINATE)
    this.lng = new Int32Array(count)
  }

  /** The index of a node on ways, or -1. Fastest when asked in ascending order, which is that of most files. */
  find(id: number): number {
    const next = this.lastFound + 1
    if (this.ids[next] === id) {
      this.lastFound = next
      return next
    }
    let low = 0
    let high = this.ids.length - 1
    while (low <= high) {
      const middle = (low + high) >> 1
      if (this.ids[middle]! < id) low = middle + 1
      else if (this.ids[middle]! > id) high = middle - 1
      else {
        this.lastFound = middle
        return middle
      }
    }
    return -1
  }

  /** Degrees times DEGREE. */
  setNode(index: number, lat: number, lng: number): void {
    this.lat[index] = lat
    this.lng[index] = lng
  }

  tagNode(index: number, tags: { get(key: string): string | undefined }): void {
    if (!POINT_KEYS_NEEDED.some((key) => tags.get(key) !== undefined)) return
    const pairs: [number, number][] = []
    for (const key of POINT_KEYS) {
      const value = tags.get(key)
      if (value !== undefined) pairs.push([this.table.indexOf(key), this.table.indexOf(value)])
    }
    this.tagged.set(index, pairs)
  }

  /** `hasIds`: node ids are OpenStreetMap's and not made up by the reader. */
  finish(hasIds: boolean): OsmData {
    const ways = this.cutWays()
    const points = this.tagsOfPoints()
    let missingPointCount = 0
    for (const lat of this.lat) if (lat === NO_COORDINATE) missingPointCount++
    const data = {
      points: { lat: this.lat, lng: this.lng, osmId: hasIds ? this.ids : new Float64Array(this.ids.length) },
      ...ways,
      ...points,
      tag: this.tag.taken(),
      strings: this.table.strings,
      restrictions: this.raw.map(({ viaNode, ...rest }) => ({ ...rest, viaPoint: viaNode ? this.find(viaNode) : -1 })),
      missingPointCount,
    }
    return { ...data, ...namesOf(data) }
  }

  /** Ways by point index; where points are missing, a way is cut in pieces with the same id and tags. */
  private cutWays() {
    const wayId = new GrowingDoubles()
    const wayFirst = new GrowingInts()
    const wayTag = new GrowingInts()
    const wayPoint = new GrowingInts()
    for (let way = 0; way < this.wayCount; way++) {
      const end = way + 1 < this.wayCount ? this.wayFirst.at(way + 1) : this.refs.length
      const tagFirst = this.wayTag.at(way)
      const tagEnd = way + 1 < this.wayCount ? this.wayTag.at(way + 1) : this.tag.length
      let piece: number[] = []
      const close = () => {
        if (piece.length > 1) {
          wayId.push(this.wayId.at(way))
          wayFirst.push(wayPoint.length)
          wayTag.push(tagFirst)
          wayTag.push(tagEnd)
          for (const point of piece) wayPoint.push(point)
        }
        piece = []
      }
      for (let at = this.wayFirst.at(way); at < end; at++) {
        const point = this.find(this.refs.at(at))
        if (this.lat[point] === NO_COORDINATE) close()
        else if (piece.at(-1) !== point) piece.push(point)
      }
      close()
    }
    wayFirst.push(wayPoint.length)
    return { wayId: wayId.taken(), wayFirst: wayFirst.taken(), wayPoint: wayPoint.taken(), wayTag: wayTag.taken() }
  }

  private tagsOfPoints() {
    const taggedPoint = Int32Array.from(this.tagged.keys()).sort()
    const pointTagFirst = new Int32Array(taggedPoint.length + 1)
    const pointTag = new GrowingInts()
    taggedPoint.forEach((point, index) => {
      for (const [key, value] of this.tagged.get(point)!) {
        pointTag.push(key)
        pointTag.push(value)
      }
      pointTagFirst[index + 1] = pointTag.length
    })
    return { taggedPoint, pointTagFirst, pointTag: pointTag.taken() }
  }
}

/** Names and refs of ways, each text once. */
const namesOf = (data: Parameters<typeof wayTags>[0] & { wayId: Float64Array }) => {
  const table = stringTable()
  table.indexOf('')
  const wayName = new Int32Array(data.wayId.length)
  const wayRef = new Int32Array(data.wayId.length)
  for (let way = 0; way < data.wayId.length; way++) {
    const tags = wayTags(data, way)
    wayName[way] = table.indexOf(tags.get('name') ?? '')
    wayRef[way] = table.indexOf(tags.get('ref') ?? '')
  }
  return { texts: textsOf(table.strings), wayName, wayRef }
}

const textsOf = (strings: readonly string[]): Texts => {
  const encoder = new TextEncoder()
  const parts = strings.map((text) => encoder.encode(text))
  const first = new Int32Array(strings.length + 1)
  parts.forEach((part, i) => {
    first[i + 1] = first[i]! + part.length
  })
  const bytes = new Uint8Array(first.at(-1)!)
  parts.forEach((part, i) => {
    bytes.set(part, first[i])
  })
  return { first, bytes }
}

/** Degrees as they are kept. */
export const toFixed7 = (degrees: number): number => Math.round(degrees * DEGREE)
