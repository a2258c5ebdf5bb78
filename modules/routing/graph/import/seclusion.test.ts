import { describe, expect, test } from 'bun:test'
import { importRoads } from './import-roads'
import { draw, nodeAt, osmOf, pathBetween, type Sketch } from './sketch'

const named = (name: string, more = {}) => ({ highway: 'residential', name, ...more })

/**
 * A short cut over a private road, with a yard on it, and a long way around.
 *
 *     k - a         d - m  a-b-c-d the long way
 *         |  \ p /  |      a-p-d   private; p-y its yard, without a tag of its own
 *         b ------- c
 */
const withShortCut = (access: Record<string, string>): Sketch => ({
  points: {
    a: [0, 300],
    b: [0, 0],
    c: [400, 0],
    d: [400, 300],
    p: [200, 290],
    y: [200, 200],
    q: [200, 150],
    k: [-50, 300],
    m: [450, 300],
  },
  ways: {
    home: ['k a', named('Hem')],
    away: ['d m', named('Bort')],
    west: ['a b', named('Väst')],
    south: ['b c', named('Syd')],
    east: ['c d', named('Öst')],
    in: ['a p', { highway: 'service', ...access }],
    out: ['p d', { highway: 'service', ...access }],
    yard: ['p y', { highway: 'service', name: 'Gård' }],
    pen: ['y q', { highway: 'service', ...access }],
  },
})

describe('roads without through traffic', () => {
  const open = draw(withShortCut({}))
  const closed = draw(withShortCut({ access: 'private' }))

  test('an open short cut is taken', () => {
    expect(pathBetween(open, 'k', 'm')).toBe('k a p d m')
  })

  test.each(['private', 'destination', 'customers', 'delivery'])('access=%s: not through', (access) => {
    expect(pathBetween(draw(withShortCut({ access })), 'k', 'm')).toBe('k a b c d m')
    expect(pathBetween(draw(withShortCut({ access })), 'm', 'k')).toBe('m d c b a k')
  })

  test('trips end and begin there', () => {
    expect(pathBetween(closed, 'a', 'p')).toBe('a p')
    expect(pathBetween(closed, 'b', 'p')).toBe('b a p')
    expect(pathBetween(closed, 'p', 'd')).toBe('p d')
    expect(pathBetween(closed, 'p', 'c')).toBe('p d c')
  })

  test('what lies behind it can be come to and left, and is no way through either', () => {
    expect(pathBetween(closed, 'b', 'y')).toBe('b a p y')
    expect(pathBetween(closed, 'y', 'c')).toBe('y p d c')
    expect(pathBetween(closed, 'y', 'q')).toBe('y q')
    expect(pathBetween(closed, 'c', 'q')).toBe('c d p y q')
  })

  test('each of its sides has two edges, an open one has one', () => {
    const { graph } = closed
    const copies = (edge: number): number => (edge < 0 ? 0 : 1 + copies(graph.edgeNextCopy[edge]!))
    const counts = [...graph.sideEdge].map(copies).sort()
    expect(counts).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2])
  })

  test('no copies of turns lead back out of what was driven into', () => {
    const { graph } = closed
    const reached = new Set<number>()
    const visit = (edge: number) => {
      if (reached.has(edge)) return
      reached.add(edge)
      for (let turn = graph.turnFirst[edge]!; turn < graph.turnFirst[edge + 1]!; turn++) visit(graph.turnTo[turn]!)
    }
    const last = [...graph.edgeNextCopy.keys()].filter((edge) => [...graph.edgeNextCopy].includes(edge))
    expect(last.length).toBe(8)
    for (const edge of last) visit(edge)
    expect(reached.size).toBe(8)
  })

  test('one turns around where a street ends before a private drive', () => {
    const points = { a: [0, 0], b: [100, 0], c: [200, 0], d: [300, 0], e: [100, 100] } as const
    const ways = {
      ab: ['a b', named('Ett')],
      bc: ['b c', named('Två')],
      be: ['b e', named('Tre')],
      drive: ['c d', { highway: 'service', access: 'private' }],
    } as const
    const { report } = importRoads(osmOf({ points, ways }), 'car')
    expect(report.secludedKilometers).toBeCloseTo(0.2, 2)
  })

  test('a bicycle and a walker do as the car does', () => {
    expect(pathBetween(draw(withShortCut({ access: 'private' }), 'bike'), 'k', 'm')).toBe('k a b c d m')
    expect(pathBetween(draw(withShortCut({ access: 'private' }), 'foot'), 'k', 'm')).toBe('k a b c d m')
    expect(pathBetween(draw(withShortCut({ motor_vehicle: 'private' }), 'foot'), 'k', 'm')).toBe('k a p d m')
  })
})

describe('what is not connected', () => {
  // With somewhere to turn around: on a mere ring one would drive for ever in one direction.
  const ring: Sketch['ways'] = {
    one: ['a b', named('Ett')],
    two: ['b c', named('Två')],
    three: ['c a', named('Tre')],
    end: ['a z', named('Vändplan')],
  }
  const points = {
    z: [-50, 0],
    a: [0, 0],
    b: [500, 0],
    c: [250, 400],
    i: [2000, 0],
    j: [2100, 0],
    k: [900, 0],
    l: [1200, 0],
  } as const

  test('an island is left out and counted', () => {
    const { graph, report } = importRoads(osmOf({ points, ways: { ...ring, island: ['i j', named('Ö')] } }), 'car')
    expect(report.nodeCount).toBe(4)
    expect(graph.roadFrom.length).toBe(4)
    expect(report.droppedSideCount).toBe(2)
    expect(report.droppedKilometers).toBeCloseTo(0.2, 2)
  })

  test('a one-way out of the map that nothing comes back from is left out', () => {
    const sketch = { points, ways: { ...ring, away: ['b k', named('Bort', { oneway: 'yes' })] } } as const
    expect(importRoads(osmOf(sketch), 'car').report.droppedSideCount).toBe(1)
  })

  test('a road that is left and come to by one-ways outside of the map is kept to its end', () => {
    // At k the road parts into two carriageways, both cut off by the edge of the map.
    const edge = {
      ...ring,
      road: ['b k', named('Väg')],
      out: ['k l', named('Ut', { oneway: 'yes' })],
      in: ['i k', named('In', { oneway: 'yes' })],
    } as const
    const roads = draw({ points, ways: edge })
    expect(pathBetween(roads, 'a', 'k')).toBe('a b k')
    expect(pathBetween(roads, 'k', 'a')).toBe('k b a')
    expect(nodeAt(roads, 'l')).toBe(-1)
  })

  test('a map without roads for the profile gives an empty graph', () => {
    const { graph, report } = importRoads(osmOf({ points, ways: { path: ['a b', { highway: 'footway' }] } }), 'car')
    expect(report.edgeCount).toBe(0)
    expect(graph.turnFirst.length).toBe(1)
    expect(graph.roadFirst.length).toBe(1)
  })
})
