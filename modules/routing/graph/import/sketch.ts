/** Small maps drawn by hand, and trips on them: for tests. */
import { type ShortestPaths, shortestFrom } from '#modules/routing/graph/dijkstra'
import { DEGREE, headOf, type Profile, type RoadGraph, tailOf } from '#modules/routing/graph/road-graph'
import { type ImportOptions, importRoads } from './import-roads'
import { OsmBuilder, type RawRestriction } from './osm-builder'
import type { OsmData } from './osm-data'

type TagObject = Readonly<Record<string, string>>

export type Sketch = {
  /** Metres to the east and to the north. */
  points: Readonly<Record<string, readonly [east: number, north: number]>>
  /** By name: points in order with blanks between, then tags. */
  ways: Readonly<Record<string, readonly [path: string, tags: TagObject]>>
  tags?: Readonly<Record<string, TagObject>>
  /** `via` is a point or ways. */
  restrictions?: readonly { kind: string; from: string; via: string; to: string; mode?: string; except?: string[] }[]
}

const CORNER = { lat: 57.7, lng: 11.97 }
const METERS_PER_DEGREE = 111_195

/** A point's place in a sketch, as degrees times DEGREE. */
const placeOf = ([east, north]: readonly [number, number]) => ({
  lat: Math.round((CORNER.lat + north / METERS_PER_DEGREE) * DEGREE),
  lng: Math.round((CORNER.lng + east / METERS_PER_DEGREE / Math.cos((CORNER.lat * Math.PI) / 180)) * DEGREE),
})

export const pointId = (sketch: Sketch, name: string): number => {
  const index = Object.keys(sketch.points).indexOf(name)
  if (index < 0) throw new Error(`the sketch has no point ${name}`)
  return index + 1
}

const wayId = (sketch: Sketch, name: string): number => {
  const index = Object.keys(sketch.ways).indexOf(name)
  if (index < 0) throw new Error(`the sketch has no way ${name}`)
  return index + 100
}

export const osmOf = (sketch: Sketch): OsmData => {
  const builder = new OsmBuilder()
  for (const [name, [path, tags]] of Object.entries(sketch.ways)) {
    const ids = path.split(' ').map((point) => pointId(sketch, point))
    builder.addWay(wayId(sketch, name), ids, Object.entries(tags))
  }
  for (const one of sketch.restrictions ?? []) builder.addRestriction(restrictionOf(sketch, one))
  builder.seal()
  for (const [name, place] of Object.entries(sketch.points)) {
    const index = builder.find(pointId(sketch, name))
    if (index < 0) continue
    const { lat, lng } = placeOf(place)
    builder.setNode(index, lat, lng)
    builder.tagNode(index, new Map(Object.entries(sketch.tags?.[name] ?? {})))
  }
  return builder.finish(true)
}

const restrictionOf = (
  sketch: Sketch,
  { kind, from, via, to, mode = '', except = [] }: NonNullable<Sketch['restrictions']>[number],
): RawRestriction => {
  const isPoint = via in sketch.points
  return {
    isOnly: kind.startsWith('only_'),
    from: [wayId(sketch, from)],
    to: [wayId(sketch, to)],
    viaNode: isPoint ? pointId(sketch, via) : 0,
    viaWays: isPoint ? [] : via.split(' ').map((name) => wayId(sketch, name)),
    mode,
    except,
  }
}

export type Drawn = { sketch: Sketch; graph: RoadGraph }

export const draw = (sketch: Sketch, profile: Profile = 'car', options?: ImportOptions): Drawn => ({
  sketch,
  graph: importRoads(osmOf(sketch), profile, options).graph,
})

/** The node at a point, or -1. */
export const nodeAt = ({ sketch, graph }: Drawn, name: string): number =>
  graph.nodePoint.findIndex((point) => graph.points.osmId[point] === pointId(sketch, name))

const nameOf = ({ sketch, graph }: Drawn, node: number): string =>
  Object.keys(sketch.points)[graph.points.osmId[graph.nodePoint[node]!]! - 1]!

export type Trip = { seconds: number /** Nodes passed, with blanks between. */; path: string }

/** The best way from one node to another, or undefined. Begins and ends as trips may. */
export const trip = (drawn: Drawn, from: string, to: string): Trip | undefined => {
  const { graph } = drawn
  const [start, end] = [nodeAt(drawn, from), nodeAt(drawn, to)]
  const starts = [...graph.sideEdge]
    .filter((edge) => edge >= 0 && tailOf(graph, graph.edgeSide[edge]!) === start)
    .map((edge) => ({ edge, weight: graph.edgeWeight[edge]!, duration: graph.edgeDuration[edge]! }))
  const paths = shortestFrom(graph, starts)
  const ends = [...graph.edgeSide.keys()].filter((edge) => headOf(graph, graph.edgeSide[edge]!) === end)
  const best = ends.reduce((one, other) => (paths.weight[other]! < (paths.weight[one] ?? Infinity) ? other : one), -1)
  if (best < 0) return
  return { seconds: paths.duration[best]! / 100, path: `${from} ${passed(drawn, paths, best)}` }
}

const passed = (drawn: Drawn, paths: ShortestPaths, last: number): string => {
  const names: string[] = []
  for (let edge = last; edge >= 0; edge = paths.parent[edge]!) {
    names.push(nameOf(drawn, headOf(drawn.graph, drawn.graph.edgeSide[edge]!)))
  }
  return names.reverse().join(' ')
}

/** Just where it leads. */
export const pathBetween = (drawn: Drawn, from: string, to: string): string => trip(drawn, from, to)?.path ?? 'none'
