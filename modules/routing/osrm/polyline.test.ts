import { expect, test } from 'bun:test'
import fc from 'fast-check'
import type { LatLng } from '#core/geo'
import { decodeLine, encodeLine } from './polyline.ts'

const lineOf = (points: LatLng[]) => ({
  lat: points.map(({ lat }) => Math.round(lat * 1e7)),
  lng: points.map(({ lng }) => Math.round(lng * 1e7)),
})
const at = (lat: number, lng: number): LatLng => ({ lat, lng })

/** The example in the description of the format. */
const DESCRIBED = [at(38.5, -120.2), at(40.7, -120.95), at(43.252, -126.453)]
const DESCRIBED_TEXT = '_p~iF~ps|U_ulLnnqC_mqNvxq`@'

test('the example in the description of the format is encoded and decoded', () => {
  expect(encodeLine(lineOf(DESCRIBED), 5)).toBe(DESCRIBED_TEXT)
  expect(decodeLine(DESCRIBED_TEXT, 5, 10)).toEqual(DESCRIBED)
})

test('polyline6 has a digit more', () => {
  expect(encodeLine(lineOf(DESCRIBED), 6)).toBe('_izlhA~rlgdF_{geC~ywl@_kwzCn`{nI')
  expect(decodeLine('_izlhA~rlgdF_{geC~ywl@_kwzCn`{nI', 6, 10)).toEqual(DESCRIBED)
})

test('a part of a line is a line', () => {
  expect(encodeLine(lineOf(DESCRIBED), 5, 1, 2)).toBe(encodeLine(lineOf(DESCRIBED.slice(1)), 5))
  expect(encodeLine(lineOf(DESCRIBED), 5, 2, 1)).toBe('')
})

test('the farthest jump there is comes back', () => {
  const far = [at(-90, -180), at(90, 180), at(-90, -180)]
  expect(decodeLine(encodeLine(lineOf(far), 6), 6, 10)).toEqual(far)
})

test('whatever is encoded is decoded to within half a unit, and what 7 digits round', () => {
  const place = fc.record({
    lat: fc.double({ min: -90, max: 90, noNaN: true }),
    lng: fc.double({ min: -180, max: 180, noNaN: true }),
  })
  fc.assert(
    fc.property(fc.array(place, { maxLength: 50 }), (points) => {
      for (const precision of [5, 6] as const) {
        const decoded = decodeLine(encodeLine(lineOf(points), precision), precision, 50)!
        expect(decoded.length).toBe(points.length)
        for (const [index, { lat, lng }] of decoded.entries()) {
          expect(Math.abs(lat - points[index]!.lat)).toBeLessThan(0.56 * 10 ** -precision)
          expect(Math.abs(lng - points[index]!.lng)).toBeLessThan(0.56 * 10 ** -precision)
        }
      }
    }),
  )
})

test('text that is no polyline, or too long a one, is refused', () => {
  const bad = ['_', '_p~iF', '_p~iF~ps|', 'a b', '_p~iF~ps|U!', '~~~~~~~~', 'ö?']
  for (const text of bad) expect(decodeLine(text, 5, 10)).toBeUndefined()
  expect(decodeLine(DESCRIBED_TEXT, 5, 2)).toBeUndefined()
  expect(decodeLine('', 5, 10)).toEqual([])
})
