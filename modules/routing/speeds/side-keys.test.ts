import { expect, test } from 'bun:test'
import { type PlannedStreet, prepareStreets } from '#support/street-plan'
import { headOf, type RoadGraph, tailOf } from '../graph/road-graph'
import { sideKeys, tileOf, tileOfSide } from './side-keys'

/** A street of two roads, a curved one beside the first, and a ring from a junction to itself. */
const streets: PlannedStreet[] = [
  {
    points: [
      [0, 0],
      [0, 200],
      [0, 500],
    ],
    tags: { name: 'Straight' },
  },
  {
    points: [
      [0, 0],
      [60, 100],
      [0, 200],
    ],
    tags: { name: 'Curved' },
  },
  {
    points: [
      [0, 200],
      [-80, 260],
      [-80, 140],
      [0, 200],
    ],
    tags: { name: 'Ring' },
  },
]

/** A side by what it is on the ground: its name, its two ends and the first point it passes. */
const describedSides = (graph: RoadGraph): Map<string, number> => {
  const { points, geometry, roadFirst, roadName, texts, nodePoint } = graph
  const keys = sideKeys(graph)
  const place = (point: number) => `${points.lat[point]},${points.lng[point]}`
  const described = new Map<string, number>()
  keys.forEach((key, side) => {
    const road = side >> 1
    const inner = (side & 1) === 0 ? geometry[roadFirst[road]! + 1]! : geometry[roadFirst[road + 1]! - 2]!
    const name = texts.bytes.subarray(texts.first[roadName[road]!]!, texts.first[roadName[road]! + 1]!)
    const ends = [tailOf(graph, side), headOf(graph, side)].map((node) => place(nodePoint[node]!))
    described.set([new TextDecoder().decode(name), ...ends, place(inner)].join(' '), key)
  })
  return described
}

test('each side has a key of its own, also beside a parallel road and on a ring', () => {
  const keys = [...describedSides(prepareStreets(streets).graph).values()]
  expect(keys.length).toBeGreaterThanOrEqual(8)
  expect(new Set(keys).size).toBe(keys.length)
  for (const key of keys) expect(Number.isSafeInteger(key) && key >= 0 && key < 2 ** 52).toBe(true)
})

test('an import in another order, with more streets elsewhere, leaves the keys as they are', () => {
  const before = describedSides(prepareStreets(streets).graph)
  const elsewhere: PlannedStreet = {
    points: [
      [0, 500],
      [300, 500],
      [300, 900],
    ],
    tags: { name: 'New' },
  }
  const after = describedSides(prepareStreets([elsewhere, ...streets.toReversed()]).graph)
  expect(after.size).toBeGreaterThan(before.size)
  for (const [side, key] of before) expect([side, after.get(side)]).toEqual([side, key])
})

test('a junction in the middle of a road makes two new roads, with keys of their own', () => {
  const before = new Set(describedSides(prepareStreets(streets).graph).values())
  const lane: PlannedStreet = {
    points: [
      [0, 0],
      [0, -200],
    ],
    tags: { name: 'Lane' },
  }
  const cut: PlannedStreet = {
    points: [
      [0, 200],
      [0, 350],
      [0, 500],
    ],
    tags: { name: 'Straight' },
  }
  const first: PlannedStreet = {
    points: [
      [0, 0],
      [0, 200],
    ],
    tags: { name: 'Straight' },
  }
  const side: PlannedStreet = {
    points: [
      [0, 350],
      [90, 350],
    ],
    tags: { name: 'Side' },
  }
  const after = [...describedSides(prepareStreets([first, cut, lane, side, ...streets.slice(1)]).graph).values()]
  expect(new Set(after).size).toBe(after.length)
  const kept = after.filter((key) => before.has(key))
  // All but the two sides of the road that was cut.
  expect(kept.length).toBe(before.size - 2)
})

test('a tile is a square of a degree, south and west of zero too', () => {
  const graph = prepareStreets(streets).graph
  expect(tileOfSide(graph, 0)).toBe(tileOf(57.7, 11.97))
  expect(tileOf(57.7, 11.97)).toBe(tileOf(57.01, 11.01))
  const tiles = [
    [0.5, 0.5],
    [-0.5, 0.5],
    [0.5, -0.5],
    [-0.5, -0.5],
    [1.5, 0.5],
  ].map(([lat, lng]) => tileOf(lat!, lng!))
  expect(new Set(tiles).size).toBe(5)
})
