import type { LatLng } from '#core/geo'

/** Encoded polylines (Google's "Encoded Polyline Algorithm Format"), with 5 digits or, as polyline6, with 6. */
export type Precision = 5 | 6

/** Encodes the points `first` up to and with `last` of a line in degrees times 10^7. */
export const encodeLine = (
  { lat, lng }: { lat: ArrayLike<number>; lng: ArrayLike<number> },
  precision: Precision,
  first = 0,
  last = lat.length - 1,
): string => {
  const unit = precision === 5 ? 100 : 10
  const bytes = bytesFor((last - first + 1) * BYTES_PER_POINT_MAX)
  let count = 0
  let latBefore = 0
  let lngBefore = 0
  for (let i = first; i <= last; i++) {
    const latNow = Math.round(lat[i]! / unit)
    const lngNow = Math.round(lng[i]! / unit)
    count = writeValue(bytes, count, latNow - latBefore)
    count = writeValue(bytes, count, lngNow - lngBefore)
    latBefore = latNow
    lngBefore = lngNow
  }
  return bytes.toString('latin1', 0, count)
}

/** A difference of up to 360 * 10^6 has 30 bits with its sign: six characters of five bits each. */
const BYTES_PER_POINT_MAX = 12

let scratch = Buffer.alloc(16_384)
const bytesFor = (size: number) => {
  if (scratch.length < size) scratch = Buffer.alloc(size * 2)
  return scratch
}

/** Five bits a character, lowest first; the sign is the lowest bit, and 32 says that more follow. */
const writeValue = (bytes: Uint8Array, at: number, value: number): number => {
  let rest = value < 0 ? ~(value << 1) : value << 1
  let next = at
  while (rest >= 0x20) {
    bytes[next++] = (0x20 | (rest & 0x1f)) + 63
    rest >>>= 5
  }
  bytes[next++] = rest + 63
  return next
}

/** The points of an encoded polyline; undefined when the text is none, or more than `pointsMax` long. */
export const decodeLine = (text: string, precision: Precision, pointsMax: number): LatLng[] | undefined => {
  const factor = 10 ** precision
  const points: LatLng[] = []
  const sums: [number, number] = [0, 0]
  let at = 0
  while (at < text.length) {
    if (points.length >= pointsMax) return undefined
    for (const axis of [0, 1] as const) {
      const value = readValue(text, at)
      if (!value) return undefined
      sums[axis] += value.difference
      at = value.next
    }
    points.push({ lat: sums[0] / factor, lng: sums[1] / factor })
  }
  return points
}

const CHARACTERS_PER_VALUE_MAX = 6

const readValue = (text: string, at: number): { difference: number; next: number } | undefined => {
  let bits = 0
  for (let i = 0; i < CHARACTERS_PER_VALUE_MAX; i++) {
    const five = text.charCodeAt(at + i) - 63
    if (!(five >= 0 && five < 64)) return undefined
    bits |= (five & 0x1f) << (5 * i)
    if (five < 0x20) return { difference: bits & 1 ? ~(bits >> 1) : bits >> 1, next: at + i + 1 }
  }
  return undefined
}
