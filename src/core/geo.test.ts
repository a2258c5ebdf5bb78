import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { boxAround, coarsen, distanceMeters, EARTH_RADIUS_METERS, isInside, type LatLng } from '#core/geo'

const place = (latMax: number): fc.Arbitrary<LatLng> =>
  fc.record({
    lat: fc.double({ min: -latMax, max: latMax, noNaN: true }),
    lng: fc.double({ min: -170, max: 170, noNaN: true }),
  })

const radians = (degrees: number) => (degrees * Math.PI) / 180

/** The point so many metres away in a direction, by the sine and cosine rules of the sphere. */
const towards = (from: LatLng, bearing: number, meters: number): LatLng => {
  const angle = meters / EARTH_RADIUS_METERS
  const lat = Math.asin(
    Math.sin(radians(from.lat)) * Math.cos(angle) +
      Math.cos(radians(from.lat)) * Math.sin(angle) * Math.cos(radians(bearing)),
  )
  const east = Math.atan2(
    Math.sin(radians(bearing)) * Math.sin(angle) * Math.cos(radians(from.lat)),
    Math.cos(angle) - Math.sin(radians(from.lat)) * Math.sin(lat),
  )
  return { lat: (lat * 180) / Math.PI, lng: from.lng + (east * 180) / Math.PI }
}

test.each<[string, LatLng, LatLng, number]>([
  ['Göteborg to Stockholm', { lat: 57.7089, lng: 11.9746 }, { lat: 59.3293, lng: 18.0686 }, 396_893],
  ['pole to pole', { lat: 90, lng: 0 }, { lat: -90, lng: 0 }, Math.PI * EARTH_RADIUS_METERS],
  ['a degree of the equator', { lat: 0, lng: 0 }, { lat: 0, lng: 1 }, 111_195],
  ['over the date line', { lat: 0, lng: 179.5 }, { lat: 0, lng: -179.5 }, 111_195],
  ['nowhere', { lat: 57.7, lng: 11.97 }, { lat: 57.7, lng: 11.97 }, 0],
])('%s', (_, from, to, meters) => {
  expect(Math.abs(distanceMeters(from, to) - meters)).toBeLessThan(meters * 0.001 + 0.001)
})

test('distance is the same both ways, and the one that was walked', () => {
  fc.assert(
    fc.property(place(80), fc.integer({ min: 0, max: 359 }), fc.integer({ min: 1, max: 100_000 }), (a, bearing, m) => {
      const b = towards(a, bearing, m)
      expect(distanceMeters(a, b)).toBeCloseTo(distanceMeters(b, a), 6)
      expect(Math.abs(distanceMeters(a, b) - m)).toBeLessThan(0.01)
    }),
  )
})

// A hair for the last digit of a double: a tenth of a millimetre.
const HAIR = 1e-9

/** Where a circle reaches farthest east: not due east, but where a meridian touches it. */
const eastmost = ({ lat }: LatLng, meters: number) =>
  (Math.acos(Math.tan(meters / EARTH_RADIUS_METERS) * Math.tan(radians(lat))) * 180) / Math.PI

test('the box around a circle holds all of it, and touches it on every side', () => {
  const round = Array.from({ length: 72 }, (_, i) => i * 5)
  fc.assert(
    fc.property(place(75), fc.integer({ min: 1, max: 60_000 }), (center, radius) => {
      const box = boxAround(center, radius)
      const east = eastmost(center, radius)
      const rim = [...round, east, -east].map((bearing) => towards(center, bearing, radius))
      for (const { lat, lng } of rim) {
        expect(lat).toBeWithin(box.south - HAIR, box.north + HAIR)
        expect(lng).toBeWithin(box.west - HAIR, box.east + HAIR)
      }
      expect(Math.max(...rim.map(({ lng }) => lng))).toBeCloseTo(box.east, 8)
      expect(Math.min(...rim.map(({ lng }) => lng))).toBeCloseTo(box.west, 8)
      expect(Math.max(...rim.map(({ lat }) => lat))).toBeCloseTo(box.north, 8)
      expect(Math.min(...rim.map(({ lat }) => lat))).toBeCloseTo(box.south, 8)
    }),
    { numRuns: 200 },
  )
})

test('a box ends at the poles and at the date line', () => {
  expect(boxAround({ lat: 89.9, lng: 0 }, 50_000)).toMatchObject({ north: 90, west: -180, east: 180 })
  expect(boxAround({ lat: -89.9, lng: 0 }, 50_000)).toMatchObject({ south: -90 })
  expect(boxAround({ lat: 0, lng: 179.9 }, 50_000).east).toBe(180)
  expect(boxAround({ lat: 0, lng: -179.9 }, 50_000).west).toBe(-180)
})

const square = [
  { lat: 0, lng: 0 },
  { lat: 0, lng: 10 },
  { lat: 10, lng: 10 },
  { lat: 10, lng: 0 },
]
/** The square with a bite out of its east side. */
const bitten = [...square.slice(0, 2), { lat: 4, lng: 10 }, { lat: 5, lng: 3 }, { lat: 6, lng: 10 }, ...square.slice(2)]

test.each<[string, LatLng, boolean, boolean]>([
  ['in the middle', { lat: 5, lng: 2 }, true, true],
  ['in the bite', { lat: 5, lng: 6 }, true, false],
  ['beside the bite', { lat: 2, lng: 9 }, true, true],
  ['to the north', { lat: 10.1, lng: 5 }, false, false],
  ['to the west', { lat: 5, lng: -0.1 }, false, false],
  ['level with the tip of the bite, outside', { lat: 5, lng: 11 }, false, false],
])('a point %s', (_, point, inSquare, inBitten) => {
  expect(isInside(point, square)).toBe(inSquare)
  expect(isInside(point, bitten)).toBe(inBitten)
})

test('being inside does not depend on where the polygon begins, nor on its direction', () => {
  const coordinate = fc.double({ min: -1, max: 11, noNaN: true })
  fc.assert(
    fc.property(coordinate, coordinate, fc.nat(6), (lat, lng, start) => {
      const turned = [...bitten.slice(start), ...bitten.slice(0, start)]
      expect(isInside({ lat, lng }, turned)).toBe(isInside({ lat, lng }, bitten))
      expect(isInside({ lat, lng }, bitten.toReversed())).toBe(isInside({ lat, lng }, bitten))
    }),
  )
})

test('what is coarse is within a cell of what it was, the same for the whole cell, and stays as it is', () => {
  fc.assert(
    fc.property(place(85), (point) => {
      const coarse = coarsen(point)
      expect(Math.abs(coarse.lat - point.lat)).toBeLessThanOrEqual(0.001 + HAIR)
      expect(Math.abs(coarse.lng - point.lng)).toBeLessThanOrEqual(0.001 + HAIR)
      expect(coarsen(coarse)).toEqual(coarse)
      expect(coarsen({ lat: coarse.lat + 0.0009, lng: coarse.lng - 0.0009 })).toEqual(coarse)
    }),
  )
})

test('a home in Göteborg is known to about 200 m', () => {
  expect(coarsen({ lat: 57.695_12, lng: 11.952_18 })).toEqual({ lat: 57.695, lng: 11.953 })
  const cell = distanceMeters({ lat: 57.694, lng: 11.952 }, { lat: 57.696, lng: 11.954 })
  expect(cell).toBeWithin(200, 300)
})
