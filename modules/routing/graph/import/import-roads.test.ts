import { describe, expect, test } from 'bun:test'
import { readNetwork } from '#demo/city'
import { shortestFrom } from '#modules/routing/graph/dijkstra'
import {
  headOf,
  PROFILES,
  ROAD_CLASS_MASK,
  ROAD_CLASSES,
  type RoadGraph,
  roadOf,
  tailOf,
} from '#modules/routing/graph/road-graph'
import { importRoads } from './import-roads'
import { readGeoJson } from './read-geojson'
import { draw, nodeAt, osmOf, pathBetween, type Sketch, trip } from './sketch'

describe('streets become roads', () => {
  const street = { highway: 'residential', name: 'Gata' }
  const points = { a: [0, 0], b: [100, 0], c: [200, 0], d: [300, 0], e: [200, 100], f: [400, 0], g: [200, 50] } as const
  const roadsOf = (ways: Sketch['ways'], tags?: Sketch['tags']) => draw({ points, ways, tags }).graph.roadFrom.length

  test('pieces of the same kind are one road, whichever way they were drawn', () => {
    expect(roadsOf({ one: ['a b c', street], two: ['d c', street] })).toBe(1)
  })

  test('a junction, another name, speed, class or bridge, a signal or a barrier part them', () => {
    expect(roadsOf({ one: ['a b c d', street], two: ['c e', street] })).toBe(3)
    expect(roadsOf({ one: ['a b', street], two: ['b c', { ...street, name: 'Väg' }] })).toBe(2)
    expect(roadsOf({ one: ['a b', street], two: ['b c', { ...street, maxspeed: '30' }] })).toBe(2)
    expect(roadsOf({ one: ['a b', street], two: ['b c', { ...street, highway: 'tertiary' }] })).toBe(2)
    expect(roadsOf({ one: ['a b', street], two: ['b c', { ...street, bridge: 'yes' }] })).toBe(2)
    expect(roadsOf({ one: ['a b c', street] }, { b: { highway: 'traffic_signals' } })).toBe(2)
    const ring = { one: ['a b c', street], two: ['a g c', { ...street, name: 'Väg' }] } as const
    expect(roadsOf(ring)).toBe(2)
    expect(roadsOf(ring, { b: { barrier: 'bollard' } })).toBe(3)
    expect(roadsOf({ one: ['a b c', street] }, { b: { highway: 'crossing' } })).toBe(1)
  })

  test('tags that nobody drives by do not', () => {
    expect(roadsOf({ one: ['a b', street], two: ['b c', { ...street, sidewalk: 'both' }] })).toBe(1)
  })

  test('length, duration and geometry are those of all pieces', () => {
    const { graph } = draw({ points, ways: { one: ['a b c', street], two: ['d c', street] } })
    expect(graph.roadLength[0]! / 100).toBeCloseTo(300, 0)
    expect(graph.edgeDuration[0]! / 100).toBeCloseTo((300 / 25) * 3.6, 0)
    expect(graph.geometry.length).toBe(4)
  })

  test('a ring that hangs on one junction begins and ends there', () => {
    const ring = { one: ['a b c', street], ring: ['c e d c', { ...street, name: 'Ring' }] } as const
    const roads = draw({ points, ways: ring })
    const c = nodeAt(roads, 'c')
    expect([...roads.graph.roadFrom].filter((from, road) => from === c && roads.graph.roadTo[road] === c).length).toBe(
      1,
    )
    expect(pathBetween(roads, 'c', 'a')).toBe('c a')
  })

  test('a ferry is a road that no trip begins or ends on', () => {
    const ferry = { route: 'ferry', name: 'Färja', duration: '00:10' }
    const roads = draw({ points, ways: { one: ['a b', street], ferry: ['b c', ferry], two: ['c d', street] } })
    expect(trip(roads, 'a', 'd')!.seconds).toBeGreaterThan(600)
    const road = [...roads.graph.roadFlags].findIndex((flags) => ROAD_CLASSES[flags & ROAD_CLASS_MASK] === 'ferry')
    expect([roads.graph.sideEdge[road * 2], roads.graph.sideEdge[road * 2 + 1]]).toEqual([-1, -1])
  })

  test('profiles share points and texts', () => {
    const data = osmOf({ points, ways: { one: ['a b c', street] } })
    const car = importRoads(data, 'car').graph
    const foot = importRoads(data, 'foot').graph
    expect(car.points).toBe(foot.points)
    expect(car.texts).toBe(foot.texts)
  })
})

/** What every road graph keeps to; the faults found. */
const faultsOf = (graph: RoadGraph): string[] => {
  const faults: string[] = []
  const check = (isRight: boolean, fault: string) => {
    if (!isRight && !faults.includes(fault)) faults.push(fault)
  }
  const roadCount = graph.roadFrom.length
  check(graph.sideEdge.length === roadCount * 2, 'sideEdge has not two sides for each road')
  check(graph.nodeSide.length === roadCount * 2, 'nodeSide has not all sides')
  check(graph.turnFirst.length === graph.edgeSide.length + 1, 'turnFirst has not one more than edges')
  check(graph.turnFirst.at(-1) === graph.turnTo.length, 'turnFirst does not end at the last turn')
  graph.edgeSide.forEach((side, edge) => {
    check(graph.edgeDuration[edge]! >= 1, 'an edge lasts no time')
    check(graph.edgeWeight[edge]! >= graph.edgeDuration[edge]!, 'an edge weighs less than it lasts')
    for (let turn = graph.turnFirst[edge]!; turn < graph.turnFirst[edge + 1]!; turn++) {
      const to = graph.edgeSide[graph.turnTo[turn]!]!
      check(headOf(graph, side) === tailOf(graph, to), 'a turn leads to a road elsewhere')
      check(graph.turnCost[turn]! >= 0, 'a turn costs less than nothing')
    }
  })
  for (let road = 0; road < roadCount; road++) {
    const [first, last] = [graph.roadFirst[road]!, graph.roadFirst[road + 1]! - 1]
    check(graph.geometry[first] === graph.nodePoint[graph.roadFrom[road]!], 'a road begins beside its node')
    check(graph.geometry[last] === graph.nodePoint[graph.roadTo[road]!], 'a road ends beside its node')
    for (const side of [road * 2, road * 2 + 1]) {
      for (let edge = graph.sideEdge[side]!; edge >= 0; edge = graph.edgeNextCopy[edge]!) {
        check(graph.edgeSide[edge] === side, 'a copy is of another side')
      }
    }
  }
  graph.nodePoint.forEach((_, node) => {
    for (let at = graph.nodeSideFirst[node]!; at < graph.nodeSideFirst[node + 1]!; at++) {
      check(tailOf(graph, graph.nodeSide[at]!) === node, 'a side leaves another node')
    }
  })
  return faults
}

describe('Göteborg', async () => {
  const data = readGeoJson(await readNetwork())

  test.each(PROFILES.map((profile) => [profile]))('%s: a sound graph', (profile) => {
    const { graph, report } = importRoads(data, profile)
    expect(faultsOf(graph)).toEqual([])
    expect(report.edgeCount).toBe(graph.edgeSide.length)
    // The network was cut out of the city: some of it hangs on roads outside.
    expect(report.droppedKilometers / report.kilometers).toBeLessThan(0.05)
  })

  test('as many junctions and edges as others have counted', () => {
    const { report } = importRoads(data, 'car')
    expect(Math.abs(report.nodeCount / 13_926 - 1)).toBeLessThan(0.1)
    expect(Math.abs(report.edgeCount / 29_452 - 1)).toBeLessThan(0.1)
  })

  test('from any open road one comes to all others', () => {
    const { graph } = importRoads(data, 'car')
    for (let road = 0; road < graph.roadFrom.length; road += 2000) {
      const edge = graph.sideEdge[road * 2]!
      if (edge < 0) continue
      const { weight } = shortestFrom(graph, [{ edge, weight: 0, duration: 0 }])
      const missed = new Set<number>()
      graph.edgeSide.forEach((side, one) => {
        if (weight[one] === Infinity) missed.add(roadOf(side))
      })
      graph.edgeSide.forEach((side, one) => {
        if (weight[one] !== Infinity) missed.delete(roadOf(side))
      })
      expect([...missed]).toEqual([])
    }
  })
})
