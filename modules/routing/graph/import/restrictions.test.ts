import { describe, expect, test } from 'bun:test'
import { draw, pathBetween, type Sketch } from './sketch'

const STREET = { highway: 'residential' }
/** Of another name than its neighbours, so that there is a node between. */
const street = (name: string) => ({ ...STREET, name })

/**
 * A block of streets; the way around takes longer than the turn at the middle.
 *
 *     d --- e --- f
 *     |     |     |
 *     a --- b --- c
 *           |
 *           s
 */
const block: Sketch = {
  points: { a: [0, 100], b: [100, 100], c: [200, 100], d: [0, 200], e: [100, 200], f: [200, 200], s: [100, 0] },
  ways: {
    south: ['s b', street('south')],
    west: ['b a', street('west')],
    east: ['b c', street('east')],
    north: ['b e', street('north')],
    ad: ['a d', street('ad')],
    de: ['d e', street('de')],
    ef: ['e f', street('ef')],
    fc: ['f c', street('fc')],
  },
}
const restricted = (...restrictions: NonNullable<Sketch['restrictions']>): Sketch => ({ ...block, restrictions })

describe('turn restrictions at a point', () => {
  test('without any, every turn is taken', () => {
    const roads = draw(block)
    expect(pathBetween(roads, 's', 'a')).toBe('s b a')
    expect(pathBetween(roads, 's', 'c')).toBe('s b c')
  })

  test('no_left_turn forbids that turn and no other', () => {
    const roads = draw(restricted({ kind: 'no_left_turn', from: 'south', via: 'b', to: 'west' }))
    expect(pathBetween(roads, 's', 'a')).toBe('s b e d a')
    expect(pathBetween(roads, 's', 'c')).toBe('s b c')
    expect(pathBetween(roads, 'c', 'a')).toBe('c b a')
    expect(pathBetween(roads, 'a', 's')).toBe('a b s')
  })

  test('only_straight_on forbids all the others', () => {
    const roads = draw(restricted({ kind: 'only_straight_on', from: 'south', via: 'b', to: 'north' }))
    expect(pathBetween(roads, 's', 'a')).toBe('s b e d a')
    expect(pathBetween(roads, 's', 'c')).toBe('s b e f c')
    expect(pathBetween(roads, 'a', 'c')).toBe('a b c')
  })

  test.each([
    ['car', 'motorcar', [], 's b e d a'],
    ['bike', 'motorcar', [], 's b a'],
    ['car', '', ['motorcar'], 's b a'],
    ['bike', '', ['bicycle'], 's b a'],
    ['bike', '', ['motorcar'], 's b e d a'],
    ['scooter', 'motor_vehicle', [], 's b e d a'],
    ['car', 'hgv', [], 's b a'],
    ['foot', '', [], 's b a'],
  ] as const)('%s, restriction for %p except %p', (profile, mode, except, path) => {
    const one = { kind: 'no_left_turn', from: 'south', via: 'b', to: 'west', mode, except: [...except] }
    expect(pathBetween(draw(restricted(one), profile), 's', 'a')).toBe(path)
  })

  test('a way that goes through the point says not which end is meant', () => {
    const through = { ...block.ways, west: ['a b c', STREET], east: ['e f', STREET] } as const
    const one = { kind: 'no_left_turn', from: 'south', via: 'b', to: 'west' }
    const roads = draw({ ...block, ways: through, restrictions: [one] })
    expect(pathBetween(roads, 's', 'a')).toBe('s b a')
    expect(pathBetween(roads, 's', 'c')).toBe('s b c')
  })
})

/**
 * Two carriageways with a link between: the turn back over the link is what via ways forbid.
 *
 *     p <-- q <-- r        north, to the west
 *           |
 *     u --> v --> w        south, to the east
 */
const carriageways: Sketch = {
  points: {
    p: [0, 20],
    q: [100, 20],
    r: [200, 20],
    u: [0, 0],
    v: [100, 0],
    w: [200, 0],
    x: [100, -100],
    y: [300, 10],
    z: [-100, 10],
  },
  ways: {
    northEast: ['r q', { highway: 'primary', oneway: 'yes' }],
    northWest: ['q p', { highway: 'primary', oneway: 'yes' }],
    southWest: ['u v', { highway: 'primary', oneway: 'yes' }],
    southEast: ['v w', { highway: 'primary', oneway: 'yes' }],
    link: ['v q', { highway: 'primary_link' }],
    side: ['v x', STREET],
    east: ['w y r', { highway: 'tertiary', oneway: 'yes' }],
    west: ['p z u', { highway: 'tertiary', oneway: 'yes' }],
  },
}

describe('turn restrictions along a way', () => {
  const noUTurn = { kind: 'no_u_turn', from: 'southWest', via: 'link', to: 'northWest' }

  test('without any, one turns back over the link', () => {
    expect(pathBetween(draw(carriageways), 'u', 'p')).toBe('u v q p')
  })

  test('what is forbidden is the whole row, not its parts', () => {
    const roads = draw({ ...carriageways, restrictions: [noUTurn] })
    expect(pathBetween(roads, 'u', 'p')).toBe('u v w r q p')
    expect(pathBetween(roads, 'x', 'p')).toBe('x v q p')
    expect(pathBetween(roads, 'u', 'x')).toBe('u v x')
  })

  test('a trip may begin on the link, and end on it', () => {
    const roads = draw({ ...carriageways, restrictions: [noUTurn] })
    expect(pathBetween(roads, 'v', 'p')).toBe('v q p')
    expect(pathBetween(roads, 'u', 'q')).toBe('u v q')
  })

  test('only_ along a way leaves that one end', () => {
    const ways = { ...carriageways.ways, lane: ['q n', STREET] } as const
    const points = { ...carriageways.points, n: [100, 120] } as const
    const one = { kind: 'only_left_turn', from: 'side', via: 'link', to: 'northWest' }
    const roads = draw({ points, ways, restrictions: [one] })
    expect(pathBetween(roads, 'u', 'n')).toBe('u v q n')
    expect(pathBetween(roads, 'x', 'n')).not.toBe('x v q n')
    expect(pathBetween(roads, 'x', 'p')).toBe('x v q p')
  })

  test('several ways in a row, in pieces, against the order of their members', () => {
    const points = { ...carriageways.points, m: [100, 10], o: [120, 10] } as const
    const ways = {
      ...carriageways.ways,
      link: ['v m', { highway: 'primary_link' }],
      link2: ['m q', { highway: 'primary_link', name: 'Bro' }],
      stub: ['m o', STREET],
    } as const
    const one = { kind: 'no_u_turn', from: 'southWest', via: 'link2 link', to: 'northWest' }
    const roads = draw({ points, ways, restrictions: [one] })
    expect(pathBetween(roads, 'u', 'q')).toBe('u v m q')
    expect(pathBetween(roads, 'u', 'p')).not.toBe('u v m q p')
    expect(pathBetween(roads, 'o', 'p')).toBe('o m q p')
  })

  test('restrictions that overlap are all obeyed', () => {
    const second = { kind: 'no_left_turn', from: 'link', via: 'q', to: 'northWest' }
    const roads = draw({ ...carriageways, restrictions: [noUTurn, second] })
    expect(pathBetween(roads, 'x', 'p')).not.toBe('x v q p')
    expect(pathBetween(roads, 'u', 'p')).toBe('u v w r q p')
  })
})
