import { expect, test } from 'bun:test'
import { isInside, type LatLng } from '#core/geo'
import { sketch } from '#support/street-sketch'
import { type Isochrone, isochronesOf } from './isochrone.ts'

/** At 10 m/s: a kilometre from a to b, and a cross street. */
const { router, at } = sketch(
  '          c\n\n\n\n\n\n\na         b         d',
  [{ nodes: 'ab' }, { nodes: 'bd' }, { nodes: 'bc' }],
  { gridMeters: 100 },
)

const between = (from: string, to: string, share: number): LatLng => ({
  lat: at(from).lat + (at(to).lat - at(from).lat) * share,
  lng: at(from).lng + (at(to).lng - at(from).lng) * share,
})

const holds = ({ geometry }: Isochrone, place: LatLng): boolean =>
  geometry.coordinates.some((rings) =>
    rings.every(
      (ring, i) =>
        isInside(
          place,
          ring.map(([lng, lat]) => ({ lat, lng })),
        ) ===
        (i === 0),
    ),
  )

test('a road is cut where the time ends', () => {
  const [one, two] = isochronesOf(router, at('a'), [2, 1])!
  expect([one!.properties.minutes, two!.properties.minutes]).toEqual([1, 2])
  // After a minute: 600 m from a. A cell of the grid is 15 m.
  expect(holds(one!, between('a', 'b', 0.57))).toBe(true)
  expect(holds(one!, between('a', 'b', 0.63))).toBe(false)
  // After two: 200 m beyond b, into both streets.
  expect(holds(two!, between('b', 'd', 0.17))).toBe(true)
  expect(holds(two!, between('b', 'd', 0.23))).toBe(false)
  expect(holds(two!, between('b', 'c', 0.17 / 0.7))).toBe(true)
  expect(holds(two!, between('b', 'c', 0.23 / 0.7))).toBe(false)
})

test('who starts in the middle of a road gets as far on both sides', () => {
  const [half] = isochronesOf(router, between('a', 'b', 0.5), [0.5])!
  expect(holds(half!, between('a', 'b', 0.23))).toBe(true)
  expect(holds(half!, between('a', 'b', 0.77))).toBe(true)
  expect(holds(half!, between('a', 'b', 0.17))).toBe(false)
  expect(holds(half!, between('a', 'b', 0.83))).toBe(false)
})

test('what lies far from roads is in nobody’s reach, and a block may be a hole', () => {
  const { router: block, at: corner } = sketch('a          b\n\n\n\n\n\n\n\n\n\nd          c', [{ nodes: 'abcda' }], {
    gridMeters: 100,
  })
  const [all] = isochronesOf(block, corner('a'), [10])!
  const middle = { lat: (corner('a').lat + corner('c').lat) / 2, lng: (corner('a').lng + corner('c').lng) / 2 }
  expect(holds(all!, corner('c'))).toBe(true)
  expect(holds(all!, middle)).toBe(false)
  expect(all!.geometry.coordinates.map((rings) => rings.length)).toEqual([2])
})

test('rings are closed, and run the way GeoJSON wants', () => {
  const [one] = isochronesOf(router, at('b'), [1])!
  for (const [outer] of one!.geometry.coordinates) {
    expect(outer!.at(-1)).toEqual(outer![0]!)
    const doubled = outer!.slice(1).reduce((sum, [lng, lat], i) => sum + outer![i]![0] * lat - lng * outer![i]![1], 0)
    expect(doubled).toBeGreaterThan(0)
  }
})

test('where no road is near there is nothing', () => {
  expect(isochronesOf(router, { lat: 0, lng: 0 }, [5])).toBeUndefined()
})
