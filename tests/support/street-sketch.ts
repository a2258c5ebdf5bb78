import { EARTH_RADIUS_METERS } from '#core/geo'
import { createRouter } from '#modules/routing/graph/create-router'
import { prepare } from '#modules/routing/graph/prepare'
import {
  DEGREE,
  headOf,
  isForward,
  ROAD_CLASSES,
  type RoadClass,
  type RoadGraph,
  tailOf,
} from '#modules/routing/graph/road-graph'
import { metersBetween } from '#modules/routing/osrm/road-line'

/** A street through the letters of a map. */
export type SketchedWay = {
  nodes: string
  name?: string
  ref?: string
  class?: RoadClass
  /** More bits of `roadFlags`. */
  flags?: number
  oneway?: boolean
  speedKmh?: number
}

export type SketchOptions = {
  /** Distance from one character to the next; lines lie as far apart. */
  gridMeters?: number
  /** Turns that are forbidden: three letters, from the first by the second to the third. */
  forbidden?: string[]
  /** Where the upper left corner lies. */
  lat?: number
  lng?: number
}

/**
 * Small networks drawn by hand, for tests: each letter of the map is a point, ways join them, and where ways meet or end
 * there is a junction. Turns cost nothing, but for turning round at a dead end, the only place where that is possible.
 */
export const sketch = (map: string, ways: readonly SketchedWay[], options: SketchOptions = {}) => {
  const places = placesOf(map, options)
  const letters = [...places.keys()]
  const uses = new Map<string, number>()
  for (const { nodes } of ways) {
    for (const [i, letter] of [...nodes].entries()) {
      const isEnd = i === 0 || i === nodes.length - 1
      uses.set(letter, (uses.get(letter) ?? 0) + (isEnd ? 2 : 1))
    }
  }
  const roads = ways.flatMap((way) => splitAtJunctions(way, (letter) => uses.get(letter)! > 1))
  const nodes = [...new Set(roads.flatMap(({ letters }) => [letters[0]!, letters.at(-1)!]))]
  const router = createRouter(prepare(graphOf(letters, places, roads, nodes, options.forbidden ?? [])))
  return { router, graph: router.graph, at: (letter: string) => places.get(letter)! }
}

type Road = { way: SketchedWay; letters: string }

const splitAtJunctions = (way: SketchedWay, isJunction: (letter: string) => boolean): Road[] => {
  const roads: Road[] = []
  let letters = ''
  for (const [i, letter] of [...way.nodes].entries()) {
    letters += letter
    if (i === 0 || (!isJunction(letter) && i < way.nodes.length - 1)) continue
    roads.push({ way, letters })
    letters = letter
  }
  return roads
}

const placesOf = (map: string, { gridMeters = 50, lat = 57.7, lng = 11.97 }: SketchOptions) => {
  const metersPerDegree = (EARTH_RADIUS_METERS * Math.PI) / 180
  const places = new Map<string, { lat: number; lng: number }>()
  for (const [row, line] of map.split('\n').entries()) {
    for (const [column, letter] of [...line].entries()) {
      if (!/[A-Za-z0-9]/.test(letter)) continue
      const south = (row * gridMeters) / metersPerDegree
      const east = (column * gridMeters) / (metersPerDegree * Math.cos((lat * Math.PI) / 180))
      const round = (degrees: number) => Math.round(degrees * DEGREE) / DEGREE
      places.set(letter, { lat: round(lat - south), lng: round(lng + east) })
    }
  }
  return places
}

const graphOf = (
  letters: string[],
  places: Map<string, { lat: number; lng: number }>,
  roads: Road[],
  nodes: string[],
  forbidden: string[],
): RoadGraph => {
  const texts = ['', ...new Set(roads.flatMap(({ way }) => [way.name ?? '', way.ref ?? '']).filter(Boolean))]
  const encoded = texts.map((text) => new TextEncoder().encode(text))
  const sums = (lengths: number[]) =>
    Int32Array.from(
      [0, ...lengths].map(
        (
          (sum) => (n) =>
            (sum += n)
        )(0),
      ),
    )
  const degrees = (pick: 'lat' | 'lng') =>
    Int32Array.from(letters.map((letter) => Math.round(places.get(letter)![pick] * DEGREE)))
  const lat = degrees('lat')
  const lng = degrees('lng')
  const point = (letter: string) => letters.indexOf(letter)
  const lengthOf = ({ letters: along }: Road) =>
    [...along].slice(1).reduce((sum, letter, i) => {
      const [a, b] = [point(along[i]!), point(letter)]
      return sum + metersBetween(lat[a]!, lng[a]!, lat[b]!, lng[b]!)
    }, 0)
  const sides = roads.flatMap((_, road) => [road * 2, road * 2 + 1])
  const driven = sides.filter((side) => isForward(side) || !roads[side >> 1]!.way.oneway)
  const durationOf = (side: number) => {
    const road = roads[side >> 1]!
    return Math.max(1, Math.round((lengthOf(road) / ((road.way.speedKmh ?? 36) / 3.6)) * 100))
  }
  const graph: RoadGraph = {
    points: { lat, lng, osmId: Float64Array.from(letters, (letter) => letter.charCodeAt(0)) },
    texts: {
      first: sums(encoded.map(({ length }) => length)),
      bytes: Uint8Array.from(encoded.flatMap((one) => [...one])),
    },
    nodePoint: Int32Array.from(nodes, point),
    nodeSideFirst: new Int32Array(0),
    nodeSide: new Int32Array(0),
    roadFrom: Int32Array.from(roads, ({ letters: along }) => nodes.indexOf(along[0]!)),
    roadTo: Int32Array.from(roads, ({ letters: along }) => nodes.indexOf(along.at(-1)!)),
    roadFirst: sums(roads.map(({ letters: along }) => along.length)),
    geometry: Int32Array.from(roads.flatMap(({ letters: along }) => [...along].map(point))),
    roadLength: Int32Array.from(roads, (road) => Math.round(lengthOf(road) * 100)),
    roadName: Int32Array.from(roads, ({ way }) => texts.indexOf(way.name ?? '')),
    roadRef: Int32Array.from(roads, ({ way }) => texts.indexOf(way.ref ?? '')),
    roadFlags: Uint16Array.from(
      roads,
      ({ way }) => ROAD_CLASSES.indexOf(way.class ?? 'residential') | (way.flags ?? 0),
    ),
    sideEdge: Int32Array.from(sides, (side) => driven.indexOf(side)),
    edgeSide: Int32Array.from(driven),
    edgeNextCopy: new Int32Array(driven.length).fill(-1),
    edgeDuration: Int32Array.from(driven, durationOf),
    edgeWeight: Int32Array.from(driven, durationOf),
    turnFirst: new Int32Array(0),
    turnTo: new Int32Array(0),
    turnCost: new Int32Array(0),
  }
  return withTurns(
    withSides(graph, sides),
    driven,
    (before, via, after) => forbidden.includes(before + via + after),
    letters,
  )
}

const withSides = (graph: RoadGraph, sides: number[]): RoadGraph => {
  const leaving = [...graph.nodePoint].map((_, node) => sides.filter((side) => tailOf(graph, side) === node))
  return {
    ...graph,
    nodeSideFirst: Int32Array.from(
      [0, ...leaving].map(
        (
          (sum) => (one) =>
            (sum += typeof one === 'number' ? 0 : one.length)
        )(0),
      ),
    ),
    nodeSide: Int32Array.from(leaving.flat()),
  }
}

const DEAD_END_SECONDS = 20

const withTurns = (
  graph: RoadGraph,
  driven: number[],
  isForbidden: (before: string, via: string, after: string) => boolean,
  letters: string[],
): RoadGraph => {
  /** The letter next to a side's tail. */
  const neighbour = (side: number) => {
    const road = side >> 1
    const index = isForward(side) ? graph.roadFirst[road]! + 1 : graph.roadFirst[road + 1]! - 2
    return letters[graph.geometry[index]!]!
  }
  const turns = driven.map((side) => {
    const node = headOf(graph, side)
    const leaving = [...graph.nodeSide.slice(graph.nodeSideFirst[node], graph.nodeSideFirst[node + 1])]
    const via = letters[graph.nodePoint[node]!]!
    const onward = leaving.filter((out) => out !== (side ^ 1) && driven.includes(out))
    const allowed = onward.filter((out) => !isForbidden(neighbour(side ^ 1), via, neighbour(out)))
    return allowed.length > 0 ? allowed : [side ^ 1].filter((out) => driven.includes(out))
  })
  return {
    ...graph,
    turnFirst: Int32Array.from(
      [0, ...turns].map(
        (
          (sum) => (one) =>
            (sum += typeof one === 'number' ? 0 : one.length)
        )(0),
      ),
    ),
    turnTo: Int32Array.from(turns.flat(), (side) => driven.indexOf(side)),
    turnCost: Int32Array.from(
      turns.flatMap((outs, edge) => outs.map((out) => (out === (driven[edge]! ^ 1) ? DEAD_END_SECONDS * 100 : 0))),
    ),
  }
}
