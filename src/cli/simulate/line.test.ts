import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { distanceMeters, type LatLng } from '#core/geo'
import { heading, type Line, lineAlong, placeAt, secondsOf, straightLine } from './line'

const HERE = { lat: 57.7, lng: 11.97 }
/** So many metres north and east of HERE. */
const at = (north: number, east: number): LatLng => ({
  lat: HERE.lat + north / 111_195,
  lng: HERE.lng + east / (111_195 * Math.cos((HERE.lat * Math.PI) / 180)),
})

/** 100 m north in 10 s, 5 s at the corner, 100 m east in 20 s. */
const corner: Line = { points: [at(0, 0), at(100, 0), at(100, 0), at(100, 100)], seconds: [0, 10, 15, 35] }

const near = (place: LatLng, other: LatLng) => expect(distanceMeters(place, other)).toBeLessThan(0.05)

test.each([
  ['before setting out', -1, at(0, 0), 0, undefined],
  ['at once', 0, at(0, 0), 10, 0],
  ['half way north', 5, at(50, 0), 10, 0],
  ['at the corner, waiting', 12, at(100, 0), 0, undefined],
  ['round the corner', 15, at(100, 0), 5, 90],
  ['half way east', 25, at(100, 50), 5, 90],
  ['there', 35, at(100, 100), 0, undefined],
  ['long after', 1_000, at(100, 100), 0, undefined],
])('a line has a place for each second: %s', (_, seconds, place, speedMps, headingDegrees) => {
  const moving = placeAt(corner, seconds)
  near(moving, place)
  expect(moving.speedMps).toBeCloseTo(speedMps, 1)
  expect(moving.headingDegrees).toBe(headingDegrees)
})

test('who stays where he is has arrived', () => {
  const standing = straightLine(HERE, HERE, 0)
  expect(placeAt(standing, 0)).toEqual({ ...HERE, speedMps: 0 })
  expect(secondsOf(standing)).toBe(0)
})

test('a heading is told from north, clockwise, and never 360', () => {
  expect([at(10, 0), at(0, 10), at(-10, 0), at(0, -10)].map((to) => heading(HERE, to))).toEqual([0, 90, 180, 270])
  expect(heading(HERE, at(100_000, -1))).toBe(0)
})

const manner = { pace: 1, offStreetMps: 5 }

test('the time of turns is waited for at the bend, so that the street itself is driven as fast as the route says', () => {
  const drive = { points: [at(0, 0), at(100, 0), at(100, 100)], pieceSeconds: [10, 20], durationSeconds: 37 }
  const line = lineAlong(drive, at(0, 0), at(100, 100), manner)
  expect(secondsOf(line)).toBeCloseTo(37)
  expect(placeAt(line, 5).speedMps).toBeCloseTo(10, 1)
  near(placeAt(line, 13), at(100, 0))
  expect(placeAt(line, 13).speedMps).toBe(0)
  expect(placeAt(line, 20).speedMps).toBeCloseTo(5, 1)
})

test('from the door to the street and from the street to the door is driven too', () => {
  const drive = { points: [at(0, 0), at(100, 0)], pieceSeconds: [10], durationSeconds: 10 }
  const line = lineAlong(drive, at(0, -20), at(100, 10), manner)
  expect(secondsOf(line)).toBeCloseTo(4 + 10 + 2, 1)
  near(placeAt(line, 0), at(0, -20))
  near(placeAt(line, 4), at(0, 0))
  near(placeAt(line, 100), at(100, 10))
})

test('a slow driver takes longer by his factor, at the lights as well', () => {
  const drive = { points: [at(0, 0), at(100, 0), at(100, 100)], pieceSeconds: [10, 20], durationSeconds: 40 }
  expect(secondsOf(lineAlong(drive, at(0, 0), at(100, 100), { ...manner, pace: 1.5 }))).toBeCloseTo(60)
})

const Route = fc
  .array(fc.record({ north: fc.integer({ min: -500, max: 500 }), east: fc.integer({ min: -500, max: 500 }) }), {
    minLength: 2,
    maxLength: 12,
  })
  .chain((places) =>
    fc.record({
      points: fc.constant(places.map(({ north, east }) => at(north, east))),
      pieceSeconds: fc.array(fc.double({ min: 0, max: 60, noNaN: true }), {
        minLength: places.length - 1,
        maxLength: places.length - 1,
      }),
      durationSeconds: fc.double({ min: 0.1, max: 600, noNaN: true }),
    }),
  )

test('any route takes as long as it says, and is never behind itself', () => {
  fc.assert(
    fc.property(Route, (drive) => {
      const line = lineAlong(drive, drive.points[0]!, drive.points.at(-1)!, manner)
      expect(line.points).toHaveLength(line.seconds.length)
      for (let i = 1; i < line.seconds.length; i++)
        expect(line.seconds[i]!).toBeGreaterThanOrEqual(line.seconds[i - 1]!)
      const isAllOnePoint = new Set(drive.points.map(({ lat, lng }) => `${lat} ${lng}`)).size === 1
      if (!isAllOnePoint) expect(secondsOf(line)).toBeCloseTo(drive.durationSeconds, 6)
      for (let second = 0; second <= secondsOf(line); second += secondsOf(line) / 20) {
        const { lat, lng, speedMps } = placeAt(line, second)
        expect([lat, lng, speedMps].every(Number.isFinite)).toBe(true)
      }
      near(placeAt(line, secondsOf(line)), drive.points.at(-1)!)
    }),
  )
})
