import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { createCutter, type Part } from './min-cut.ts'

type Spot = [x: number, y: number]

const partOf = (spots: readonly Spot[], roads: readonly (readonly [number, number])[]): Part => ({
  nodeCount: spots.length,
  roadCount: roads.length,
  x: Float64Array.from(spots, ([x]) => x),
  y: Float64Array.from(spots, ([, y]) => y),
  from: Int32Array.from(roads, ([from]) => from),
  to: Int32Array.from(roads, ([, to]) => to),
})

const cutOf = (part: Part) => createCutter(part.nodeCount, part.roadCount)(part)
const crossing = ({ from, to }: Part, side: Uint8Array) =>
  [...from.keys()].filter((road) => side[from[road]!] !== side[to[road]!])

/** Nodes `first` to `first + size * size`, in rows. */
const grid = (first: number, size: number, x: number, y: number) => {
  const spots: Spot[] = []
  const roads: [number, number][] = []
  for (let i = 0; i < size * size; i++) {
    const [row, column] = [Math.floor(i / size), i % size]
    spots.push([x + column, y + row])
    if (column + 1 < size) roads.push([first + i, first + i + 1])
    if (row + 1 < size) roads.push([first + i, first + i + size])
  }
  return { spots, roads }
}

test('two towns are cut at the two bridges between them, whichever way they lie', () => {
  for (const [x, y] of [
    [20, 0],
    [0, 20],
    [15, 15],
    [-15, 15],
  ] as const) {
    const one = grid(0, 6, 0, 0)
    const other = grid(36, 6, x, y)
    const bridges: [number, number][] = [
      [10, 40],
      [20, 50],
    ]
    const part = partOf([...one.spots, ...other.spots], [...one.roads, ...bridges, ...other.roads])
    const { side, roadCount } = cutOf(part)
    expect(roadCount).toBe(2)
    expect(crossing(part, side)).toEqual([60, 61])
    expect(new Set(side.subarray(0, 36)).size).toBe(1)
    expect(new Set(side.subarray(36)).size).toBe(1)
  }
})

test('a street is cut once, and not at its end', () => {
  const spots = Array.from({ length: 40 }, (_, i): Spot => [i, 0])
  const part = partOf(
    spots,
    spots.slice(1).map((_, i) => [i, i + 1] as const),
  )
  const { side, roadCount } = cutOf(part)
  expect(roadCount).toBe(1)
  const near = side.filter((one) => one === 1).length
  expect(Math.min(near, 40 - near)).toBeGreaterThanOrEqual(10)
})

test('parts that no road joins are parted for nothing', () => {
  const one = grid(0, 3, 0, 0)
  const other = grid(9, 3, 10, 0)
  const { side, roadCount } = cutOf(partOf([...one.spots, ...other.spots], [...one.roads, ...other.roads]))
  expect(roadCount).toBe(0)
  expect([...side.subarray(0, 9)]).toEqual(new Array(9).fill(side[0]))
  expect([...side.subarray(9)]).toEqual(new Array(9).fill(1 - side[0]!))
})

test('two nodes on the same spot are parted by all their roads', () => {
  const roads: [number, number][] = [
    [0, 1],
    [1, 0],
    [0, 1],
  ]
  const { side, roadCount } = cutOf(
    partOf(
      [
        [1, 1],
        [1, 1],
      ],
      roads,
    ),
  )
  expect(roadCount).toBe(3)
  expect([...side].sort()).toEqual([0, 1])
})

test('a road from a node to itself is never cut', () => {
  const roads: [number, number][] = [
    [0, 0],
    [0, 1],
    [1, 1],
  ]
  expect(
    cutOf(
      partOf(
        [
          [0, 0],
          [1, 0],
        ],
        roads,
      ),
    ).roadCount,
  ).toBe(1)
})

test('a cutter for something large cuts something small after it as a new one would', () => {
  const large = grid(0, 9, 0, 0)
  const small = grid(0, 4, 3, 5)
  const cut = createCutter(81, large.roads.length)
  cut(partOf(large.spots, large.roads))
  const part = partOf(small.spots, small.roads)
  expect(cut(part)).toEqual(cutOf(part))
})

test('both sides have a node, and as many roads lead from one to the other as it says', () => {
  const graphs = fc.integer({ min: 2, max: 40 }).chain((count) =>
    fc.tuple(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 })), {
        minLength: count,
        maxLength: count,
      }),
      fc.array(fc.tuple(fc.nat(count - 1), fc.nat(count - 1)), { maxLength: 90 }),
    ),
  )
  fc.assert(
    fc.property(graphs, ([spots, roads]) => {
      const part = partOf(spots, roads)
      const { side, roadCount } = cutOf(part)
      expect(new Set(side)).toEqual(new Set([0, 1]))
      expect(crossing(part, side).length).toBe(roadCount)
    }),
    { numRuns: 200 },
  )
})
