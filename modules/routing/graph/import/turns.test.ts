import { describe, expect, test } from 'bun:test'
import { draw, pathBetween, type Sketch, trip } from './sketch'

const street = (name: string, more = {}) => ({ highway: 'residential', name, ...more })

/** A crossing: s below, n above, w and e to the sides, each a hundred metres off. */
const crossing: Sketch = {
  points: { o: [0, 0], n: [0, 100], s: [0, -100], w: [-100, 0], e: [100, 0] },
  ways: {
    north: ['o n', street('Norr')],
    south: ['s o', street('Syd')],
    west: ['w o', street('Väst')],
    east: ['o e', street('Öst')],
  },
}
const secondsBetween = (sketch: Sketch, from: string, to: string, isLeftHand = false) =>
  trip(draw(sketch, 'car', { isLeftHand }), from, to)!.seconds

/** Two hundred metres at 25 km/h. */
const STRAIGHT_SECONDS = 28.8

describe('what turns cost', () => {
  test('straight on next to nothing, right less than left', () => {
    const straight = secondsBetween(crossing, 's', 'n')
    expect(straight).toBeCloseTo(STRAIGHT_SECONDS, 0)
    expect(secondsBetween(crossing, 's', 'e') - straight).toBeCloseTo(2.1, 1)
    expect(secondsBetween(crossing, 's', 'w') - straight).toBeCloseTo(5.4, 1)
  })

  test('with traffic on the left the other way round', () => {
    const straight = secondsBetween(crossing, 's', 'n', true)
    expect(secondsBetween(crossing, 's', 'w', true) - straight).toBeCloseTo(2.1, 1)
    expect(secondsBetween(crossing, 's', 'e', true) - straight).toBeCloseTo(5.4, 1)
  })

  test('a bend where only two roads meet costs nothing', () => {
    const bend = { points: crossing.points, ways: { south: crossing.ways.south!, west: crossing.ways.west! } }
    expect(secondsBetween(bend, 's', 'w')).toBeCloseTo(STRAIGHT_SECONDS, 0)
  })

  test('one turns back at the end of a street, for 27 s, and not at a crossing', () => {
    const roads = draw(crossing)
    const { graph } = roads
    const backs: number[] = []
    graph.edgeSide.forEach((side, edge) => {
      for (let turn = graph.turnFirst[edge]!; turn < graph.turnFirst[edge + 1]!; turn++) {
        if (graph.edgeSide[graph.turnTo[turn]!] === (side ^ 1)) backs.push(graph.turnCost[turn]!)
      }
    })
    expect(backs.length).toBe(4)
    for (const cost of backs) expect(cost / 100).toBeCloseTo(27.45, 1)
  })
})

describe('signals and signs', () => {
  const withTags = (tags: Record<string, string>): Sketch => ({ ...crossing, tags: { o: tags } })
  const delay = (tags: Record<string, string>, from = 's', to = 'n') =>
    secondsBetween(withTags(tags), from, to) - secondsBetween(crossing, from, to)

  test.each([
    [{ highway: 'traffic_signals' }, 2],
    [{ highway: 'stop' }, 2],
    [{ highway: 'give_way' }, 1],
    [{ highway: 'crossing' }, 0],
  ])('%p delays by %d s', (tags, seconds) => {
    expect(delay(tags)).toBeCloseTo(seconds, 5)
  })

  test('a signal for one direction is for those who come along the way', () => {
    // The way `south` runs from s to o; `north` from o to n.
    const tags = { highway: 'traffic_signals', 'traffic_signals:direction': 'forward' }
    expect(delay(tags, 's', 'n')).toBeCloseTo(2, 5)
    expect(delay(tags, 'n', 's')).toBeCloseTo(0, 5)
    const backward = { highway: 'traffic_signals', direction: 'backward' }
    expect(delay(backward, 's', 'n')).toBeCloseTo(0, 5)
    expect(delay(backward, 'n', 's')).toBeCloseTo(2, 5)
  })

  test('a minor stop is for the slower road', () => {
    const ways = {
      ...crossing.ways,
      west: ['w o', { highway: 'primary' }],
      east: ['o e', { highway: 'primary' }],
    } as const
    const tags = { o: { highway: 'stop', stop: 'minor' } }
    const without = { ...crossing, ways }
    const delayed = { ...without, tags }
    expect(secondsBetween(delayed, 's', 'n') - secondsBetween(without, 's', 'n')).toBeCloseTo(2, 5)
    expect(secondsBetween(delayed, 'w', 'e') - secondsBetween(without, 'w', 'e')).toBeCloseTo(0, 5)
  })

  test('in the middle of a street, too', () => {
    const points = { s: [0, -100], m: [0, 0], n: [0, 100] } as const
    const ways = { street: ['s m n', street('Gata')] } as const
    const plain = secondsBetween({ points, ways }, 's', 'n')
    const tags = { m: { highway: 'traffic_signals' } }
    expect(secondsBetween({ points, ways, tags }, 's', 'n') - plain).toBeCloseTo(2, 1)
  })
})

describe('barriers', () => {
  const points = { s: [0, -100], m: [0, 0], n: [0, 100], w: [-300, 0], x: [-300, -100], y: [-300, 100] } as const
  const ways = {
    street: ['s m n', street('Gata')],
    around: ['s x w y n', street('Omväg')],
  } as const
  const pathPast = (tags: Record<string, string>, profile: 'car' | 'bike' | 'foot' | 'scooter' = 'car') =>
    pathBetween(draw({ points, ways, tags: { m: tags } }, profile), 's', 'n')

  test.each([
    ['car', { barrier: 'bollard' }, 's n'],
    ['car', { barrier: 'bollard', bollard: 'rising' }, 's m n'],
    ['car', { barrier: 'bollard', access: 'yes' }, 's m n'],
    ['car', { barrier: 'bollard', motorcar: 'no', access: 'yes' }, 's n'],
    ['car', { barrier: 'gate' }, 's m n'],
    ['car', { barrier: 'gate', access: 'no' }, 's n'],
    ['car', { barrier: 'gate', access: 'private' }, 's m n'],
    ['car', { barrier: 'lift_gate' }, 's m n'],
    ['car', { barrier: 'kerb', kerb: 'lowered' }, 's m n'],
    ['car', { barrier: 'height_restrictor', maxheight: '1.8' }, 's n'],
    ['car', { barrier: 'height_restrictor', maxheight: '2.5' }, 's m n'],
    ['scooter', { barrier: 'block' }, 's n'],
    ['bike', { barrier: 'bollard' }, 's m n'],
    ['bike', { barrier: 'wall' }, 's n'],
    ['bike', { barrier: 'gate', bicycle: 'no' }, 's n'],
    ['foot', { barrier: 'bollard' }, 's m n'],
    ['foot', { barrier: 'fence' }, 's n'],
    ['foot', { barrier: 'fence', foot: 'yes' }, 's m n'],
  ] as const)('%s past %p: %s', (profile, tags, path) => {
    // Where it may pass there is nothing to stop for, so the street is one road and m no node.
    expect(pathPast({ ...tags }, profile).replace(' m ', ' ')).toBe('s n')
    const seconds = trip(draw({ points, ways, tags: { m: { ...tags } } }, profile), 's', 'n')!.seconds
    const open = trip(draw({ points, ways }, profile), 's', 'n')!.seconds
    if (path === 's m n') expect(seconds).toBeCloseTo(open, 5)
    else expect(seconds).toBeGreaterThan(open * 2)
  })
})

describe('roundabouts', () => {
  const ring = { highway: 'residential', junction: 'roundabout' }
  const sketch: Sketch = {
    points: { s: [0, -50], a: [0, -10], b: [10, 0], c: [0, 10], d: [-10, 0], n: [0, 50], w: [-50, 0] },
    ways: {
      // Against the clock, as where traffic keeps to the right.
      ring: ['a b c d a', ring],
      south: ['s a', street('Syd')],
      north: ['c n', street('Norr')],
      west: ['d w', street('Väst')],
    },
  }

  test('are driven in one direction, without a tag that says so', () => {
    expect(pathBetween(draw(sketch), 's', 'n')).toBe('s a c n')
    expect(pathBetween(draw(sketch), 'n', 's')).toBe('n c d a s')
    expect(pathBetween(draw(sketch), 's', 'w')).toBe('s a c d w')
  })

  test('a walker goes around them either way', () => {
    expect(pathBetween(draw(sketch, 'foot'), 's', 'w')).toBe('s a d w')
  })
})
