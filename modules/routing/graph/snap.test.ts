import { beforeAll, describe, expect, test } from 'bun:test'
import { distanceMeters, type LatLng } from '#core/geo'
import { chanceFrom, drawnCity, goteborgGraph } from '#support/road-city'
import { madeGraph, placeAt } from '#support/road-graphs'
import { DEGREE, type RoadGraph } from './road-graph.ts'
import { SNAP_RADIUS_METERS, type SnapOptions } from './router.ts'
import { createSnapper, indexRoads } from './snap.ts'

const snapperOf = (graph: RoadGraph) => createSnapper(graph, indexRoads(graph))

const pointOf = ({ points }: RoadGraph, index: number): LatLng => ({
  lat: points.lat[index]! / DEGREE,
  lng: points.lng[index]! / DEGREE,
})

/** Metres from a place to each road that may be driven, by looking at all their pieces. */
const metersToRoads = (graph: RoadGraph, place: LatLng): { road: number; meters: number }[] => {
  const shrink = Math.cos((place.lat * Math.PI) / 180)
  const flat = (index: number) => {
    const { lat, lng } = pointOf(graph, index)
    return { x: (lng - place.lng) * shrink, y: lat - place.lat }
  }
  const found: { road: number; meters: number }[] = []
  for (let road = 0; road < graph.roadFrom.length; road++) {
    if (graph.sideEdge[road * 2] === -1 && graph.sideEdge[road * 2 + 1] === -1) continue
    let least = Infinity
    for (let at = graph.roadFirst[road]!; at + 1 < graph.roadFirst[road + 1]!; at++) {
      const [a, b] = [flat(graph.geometry[at]!), flat(graph.geometry[at + 1]!)]
      const [dx, dy] = [b.x - a.x, b.y - a.y]
      const along = -(a.x * dx + a.y * dy) / (dx * dx + dy * dy || 1)
      const share = Math.min(1, Math.max(0, along))
      least = Math.min(least, Math.hypot(a.x + share * dx, a.y + share * dy))
    }
    found.push({ road, meters: least * 111_195.08 })
  }
  return found.sort((one, other) => one.meters - other.meters)
}

describe.each([
  ['Göteborg', goteborgGraph],
  ['a drawn city', () => drawnCity(21, 25, 25)],
] as [string, () => RoadGraph | Promise<RoadGraph>][])('%s', (_, load) => {
  let graph: RoadGraph
  let snap: ReturnType<typeof createSnapper>
  beforeAll(async () => {
    graph = await load()
    snap = snapperOf(graph)
  })

  const places = (count: number, seed: number): LatLng[] => {
    const chance = chanceFrom(seed)
    // Near roads, on them, and up to some kilometres off.
    return Array.from({ length: count }, (_, i) => {
      const { lat, lng } = pointOf(graph, graph.geometry[Math.floor(chance() * graph.geometry.length)]!)
      const spread = [0, 0.0002, 0.002, 0.03][i % 4]!
      return { lat: lat + (chance() - 0.5) * spread, lng: lng + (chance() - 0.5) * spread }
    })
  }

  test('the nearest roads are those that looking at all of them finds', () => {
    for (const place of places(60, 22)) {
      const all = metersToRoads(graph, place).filter(({ meters }) => meters < SNAP_RADIUS_METERS * 0.999)
      for (const count of [1, 2, 7, 40]) {
        const found = snap(place, count)
        expect(found.length).toBeGreaterThanOrEqual(Math.min(count, all.length))
        found.forEach(({ distanceMeters: meters }, i) => {
          // Where roads meet, several are as near.
          expect(Math.abs(meters - (all[i]?.meters ?? meters))).toBeLessThan(0.02 + meters * 1e-4)
        })
        expect(new Set(found.map(({ road }) => road)).size).toBe(found.length)
      }
    }
  })

  test('a snap lies on its road, where its share of the length says', () => {
    for (const place of places(60, 23)) {
      for (const { road, fraction, lat, lng, distanceMeters: meters } of snap(place, 3)) {
        const line = [...graph.geometry.subarray(graph.roadFirst[road]!, graph.roadFirst[road + 1]!)]
        let left = (fraction * graph.roadLength[road]!) / 100
        let onRoad = pointOf(graph, line.at(-1)!)
        for (let i = 0; i + 1 < line.length; i++) {
          const [a, b] = [pointOf(graph, line[i]!), pointOf(graph, line[i + 1]!)]
          const length = distanceMeters(a, b)
          if (left <= length && length > 0) {
            const share = left / length
            onRoad = { lat: a.lat + share * (b.lat - a.lat), lng: a.lng + share * (b.lng - a.lng) }
            break
          }
          left -= length
        }
        expect(distanceMeters(onRoad, { lat, lng })).toBeLessThan(0.5)
        expect(meters).toBeCloseTo(distanceMeters(place, { lat, lng }), 6)
      }
    }
  })

  test('within a radius: all of those nearer, none farther', () => {
    for (const place of places(20, 24)) {
      for (const radiusMeters of [0.5, 15, 120]) {
        const near = snap(place, 1_000, { radiusMeters })
        const all = metersToRoads(graph, place)
        expect(near.every(({ distanceMeters: meters }) => meters <= radiusMeters * 1.001)).toBe(true)
        const roads = near.map(({ road }) => road)
        expect(roads).toEqual(
          expect.arrayContaining(all.filter(({ meters }) => meters < radiusMeters * 0.999).map(({ road }) => road)),
        )
      }
    }
  })
})

/** A one-way road to the east, a road to the north from its end, one that nobody drives, and one of no length. */
const graph = madeGraph({
  nodes: [
    [0, 0],
    [200, 0],
    [200, 200],
    [0, 5],
    [200, 5],
    [400, 0],
  ],
  roads: [
    { from: 0, to: 1, driven: 'forward' },
    { from: 1, to: 2 },
    { from: 3, to: 4 },
    { from: 5, to: 5 },
  ],
})
for (const side of [4, 5]) graph.sideEdge[side] = -1
const snap = snapperOf(graph)
const near = (east: number, north: number, options?: SnapOptions, count = 1) =>
  snap(placeAt([east, north]), count, options)

test('the nearest point of the road, and its share of the length', () => {
  const [one] = near(50, -30)
  expect(one).toMatchObject({ road: 0, sides: 0b01 })
  expect(one!.fraction).toBeCloseTo(0.25, 4)
  expect(one!.distanceMeters).toBeCloseTo(30, 1)
  expect(distanceMeters(one!, placeAt([50, 0]))).toBeLessThan(0.1)
})

test('before its beginning and past its end it is the end that is nearest', () => {
  expect(near(-40, -30)[0]).toMatchObject({ road: 0, fraction: 0 })
  expect(near(-40, -30)[0]!.distanceMeters).toBeCloseTo(50, 1)
  expect(near(210, 260)[0]).toMatchObject({ road: 1, fraction: 1, sides: 0b11 })
})

test('roads that nobody drives are not found, however near', () => {
  expect(near(100, 5)[0]!.road).toBe(0)
  expect(near(100, 5, {}, 9).map(({ road }) => road)).toEqual([0, 1, 3])
})

test('a road of no length can be snapped to', () => {
  expect(near(401, 0)[0]).toMatchObject({ road: 3, fraction: 0 })
})

test('nothing is nearer than the limit: nothing is found', () => {
  expect(near(0, -SNAP_RADIUS_METERS - 5)).toEqual([])
  expect(near(0, -SNAP_RADIUS_METERS + 5).length).toBe(1)
  expect(near(50, -30, { radiusMeters: 29 })).toEqual([])
  expect(near(50, -30, { radiusMeters: 31 }).length).toBe(1)
  expect(near(50, 0, { radiusMeters: 0 })).toEqual([])
  expect(near(0, -SNAP_RADIUS_METERS - 5, { radiusMeters: 5_000 }).length).toBe(1)
  expect(snap({ lat: -57, lng: -170 })).toEqual([])
})

test('as many as are asked for, nearest first', () => {
  expect(near(50, -30, {}, 0)).toEqual([])
  expect(near(190, 100, {}, 2).map(({ road }) => road)).toEqual([1, 0])
  expect(near(190, 100, {}, 9).length).toBe(3)
})

test('a bearing leaves the sides that point there', () => {
  const bearing = (degrees: number, range: number) => ({ bearing: { degrees, range } })
  // North of the corner: the road to the north, from either side.
  expect(near(195, 100, bearing(0, 10))[0]).toMatchObject({ road: 1, sides: 0b01 })
  expect(near(195, 100, bearing(350, 15))[0]).toMatchObject({ road: 1, sides: 0b01 })
  expect(near(195, 100, bearing(180, 10))[0]).toMatchObject({ road: 1, sides: 0b10 })
  expect(near(195, 100, bearing(0, 180))[0]).toMatchObject({ road: 1, sides: 0b11 })
  // To the east only the one-way leads, to the west nothing.
  expect(near(195, 100, bearing(90, 20))[0]).toMatchObject({ road: 0, sides: 0b01 })
  expect(near(195, 100, bearing(270, 20))).toEqual([])
})

test('no roads at all', () => {
  const none = snapperOf(madeGraph({ nodes: [], roads: [] }))
  expect(none({ lat: 57.7, lng: 11.97 }, 3)).toEqual([])
  expect(none({ lat: 0, lng: 0 })).toEqual([])
})
