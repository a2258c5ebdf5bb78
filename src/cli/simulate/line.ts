import { distanceMeters, type LatLng } from '#core/geo'

/** A way through a town with the seconds at which each place of it is reached. Pure. */
export type Line = {
  /** Places in order; twice in a row where one waits there. */
  points: readonly LatLng[]
  /** Since setting out, never falling, the first is 0. One for each point. */
  seconds: readonly number[]
}

export type Moving = LatLng & { speedMps: number; headingDegrees?: number }

export const secondsOf = ({ seconds }: Line): number => seconds.at(-1)!

export const lastOf = ({ points }: Line): LatLng => points.at(-1)!

/** From one place to another as the crow flies. */
export const straightLine = (from: LatLng, to: LatLng, seconds: number): Line => ({
  points: [from, to],
  seconds: [0, Math.max(0, seconds)],
})

/** Short pieces of a route take a tenth of a second or none: that is rounding, and no speed that a phone would tell. */
const SPEED_MPS_MAX = 60

/** Where one is so many seconds after setting out; before that at the start, after the end at the end. */
export const placeAt = (line: Line, seconds: number): Moving => {
  const { points } = line
  if (seconds < 0) return { ...points[0]!, speedMps: 0 }
  if (seconds >= secondsOf(line)) return { ...lastOf(line), speedMps: 0 }
  const next = firstAfter(line.seconds, seconds)
  const from = points[next - 1]!
  const to = points[next]!
  const leftAt = line.seconds[next - 1]!
  const takes = line.seconds[next]! - leftAt
  const meters = distanceMeters(from, to)
  const share = (seconds - leftAt) / takes
  return {
    lat: from.lat + (to.lat - from.lat) * share,
    lng: from.lng + (to.lng - from.lng) * share,
    speedMps: Math.min(meters / takes, SPEED_MPS_MAX),
    // Who waits looks nowhere in particular.
    ...(meters > 0 ? { headingDegrees: heading(from, to) } : {}),
  }
}

/** The first index whose value is above a value; there must be one. */
const firstAfter = (ascending: readonly number[], value: number): number => {
  let low = 0
  let high = ascending.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (ascending[middle]! > value) high = middle
    else low = middle + 1
  }
  return low
}

/** Degrees from north, clockwise, below 360; good enough within a town. */
export const heading = (from: LatLng, to: LatLng): number => {
  const east = (to.lng - from.lng) * Math.cos((from.lat * Math.PI) / 180)
  const degrees = (Math.atan2(east, to.lat - from.lat) * 180) / Math.PI
  return Math.round(degrees + 360) % 360
}

/** As the route of a server says it: its geometry, and the seconds of each piece between two of its points. */
export type Drive = { points: readonly LatLng[]; pieceSeconds: readonly number[]; durationSeconds: number }

type Manner = {
  /** Times the route's duration: below 1 is a fast driver. */
  pace: number
  /** Between where one stands and the street. */
  offStreetMps: number
}

/**
 * Along a route from door to door. The pieces of a route do not count its turns and signals: that rest is waited at its
 * bends, so that on the pieces themselves one is as fast as the route says.
 */
export const lineAlong = (drive: Drive, from: LatLng, to: LatLng, { pace, offStreetMps }: Manner): Line => {
  const { points, pieceSeconds, durationSeconds } = withoutRepeats(drive)
  const onPieces = pieceSeconds.reduce((sum, one) => sum + one, 0)
  const shrink = onPieces > durationSeconds ? durationSeconds / onPieces : 1
  const waits = waitsAtBends(points, Math.max(0, durationSeconds - onPieces))
  const line: { points: LatLng[]; seconds: number[] } = { points: [from], seconds: [0] }
  const add = (point: LatLng, takes: number) => {
    line.points.push(point)
    line.seconds.push(line.seconds.at(-1)! + takes)
  }
  add(points[0]!, distanceMeters(from, points[0]!) / offStreetMps)
  for (let i = 1; i < points.length; i++) {
    add(points[i]!, pieceSeconds[i - 1]! * shrink * pace)
    if (waits[i]! > 0) add(points[i]!, waits[i]! * pace)
  }
  add(to, distanceMeters(points.at(-1)!, to) / offStreetMps)
  return line
}

/** Each point once in a row, so that each piece has a direction; the seconds between two that are one go to the next piece. */
const withoutRepeats = ({ points, pieceSeconds, durationSeconds }: Drive): Drive => {
  const kept: { points: LatLng[]; pieceSeconds: number[] } = { points: [points[0]!], pieceSeconds: [] }
  let carried = 0
  for (let i = 1; i < points.length; i++) {
    const before = kept.points.at(-1)!
    carried += pieceSeconds[i - 1]!
    if (points[i]!.lat === before.lat && points[i]!.lng === before.lng) continue
    kept.points.push(points[i]!)
    kept.pieceSeconds.push(carried)
    carried = 0
  }
  return { ...kept, durationSeconds }
}

/** Below this a street bends, above one turns into another. */
const TURN_DEGREES_MIN = 30

/** Seconds by point: the sharper the turn, the longer. Where nothing turns, half of the way is where one waits. */
const waitsAtBends = (points: readonly LatLng[], seconds: number): number[] => {
  const sharpness = points.map((point, i) => {
    const before = points[i - 1]
    const after = points[i + 1]
    return before && after ? Math.max(0, bendDegrees(before, point, after) - TURN_DEGREES_MIN) : 0
  })
  const total = sharpness.reduce((sum, one) => sum + one, 0)
  const middle = points.length >> 1
  if (total === 0) return points.map((_, i) => (i === middle && i > 0 ? seconds : 0))
  return sharpness.map((one) => (seconds * one) / total)
}

const bendDegrees = (before: LatLng, at: LatLng, after: LatLng): number => {
  const turned = Math.abs(heading(at, after) - heading(before, at))
  return Math.min(turned, 360 - turned)
}
