import { z } from 'zod'
import type { LatLng } from '#core/geo'
import { decodeLine, type Precision } from '../osrm/polyline.ts'
import { type Cells, DeclinedError, faulty, noCells, type Question, TooMuchError, type Way } from './provider.ts'

/** The answers of OSRM's HTTP protocol, which Mapbox speaks too: `code` says what it is, whatever the status. */

const LINE_POINTS_MAX = 200_000

const Amount = z.number().nonnegative()
const Row = z.array(Amount.nullable())

const Ok = { code: z.literal('Ok') }
/** No way there, or no road near a place. */
const None = z.object({ code: z.enum(['NoRoute', 'NoTable', 'NoSegment']) })

export const RouteAnswer = z.union([
  z.object({
    ...Ok,
    routes: z.array(z.object({ duration: Amount, distance: Amount, geometry: z.string().optional() })).min(1),
  }),
  None,
])

export const TableAnswer = z.union([
  z.object({ ...Ok, durations: z.array(Row), distances: z.array(Row).optional() }),
  None,
])

const Code = z.object({ code: z.string().max(64) })

/** OSRM answers 400 where Mapbox answers 200: both mean by `code` what they say. */
export const meaningOf = (name: string) => (_status: number, body: unknown) => {
  const none = None.safeParse(body)
  if (none.success) return none.data
  const { data } = Code.safeParse(body)
  if (data?.code === 'TooBig') return new TooMuchError(`${name}: too big`)
  return data?.code === 'InvalidInput' ? new DeclinedError(`${name}: invalid input`) : undefined
}

export const wayOf = (name: string, answer: z.output<typeof RouteAnswer>, withGeometry: boolean): Way | undefined => {
  if (answer.code !== 'Ok') return undefined
  const { duration, distance, geometry } = answer.routes[0]!
  const way: Way = { durationSeconds: duration, distanceMeters: distance }
  if (withGeometry) way.geometry = pointsOf(name, geometry, 6)
  return way
}

export const pointsOf = (name: string, line: string | undefined, precision: Precision): LatLng[] => {
  if (line === undefined) throw faulty(name, 'the answer has no geometry')
  const points = decodeLine(line, precision, LINE_POINTS_MAX)
  if (!points) throw faulty(name, 'the geometry is no polyline, or too long')
  return points
}

/** One place that is far from any road takes the answer from all others: the table is then asked for in parts. */
export const cellsOf = (name: string, question: Question, answer: z.output<typeof TableAnswer>): Cells => {
  if (answer.code === 'NoSegment' && question.origins.length * question.destinations.length > 1) {
    throw new TooMuchError(`${name}: a place is far from any road`)
  }
  if (answer.code !== 'Ok') return noCells(question)
  const durations = flatten(name, question, answer.durations)
  if (!question.withDistances) return { durations }
  if (!answer.distances) throw faulty(name, 'the answer has no distances')
  return { durations, distances: flatten(name, question, answer.distances) }
}

const flatten = (name: string, { origins, destinations }: Question, rows: (number | null)[][]): Float64Array => {
  if (rows.length !== origins.length || rows.some((row) => row.length !== destinations.length)) {
    throw faulty(name, 'the answer is a table of another size')
  }
  return Float64Array.from(rows.flat(), (value) => value ?? NaN)
}

/** Coordinates as they stand in a path: longitude first, about a decimetre exact. */
export const pathOf = (places: readonly LatLng[]): string =>
  places.map(({ lat, lng }) => `${lng.toFixed(6)},${lat.toFixed(6)}`).join(';')

/** Which of the places are which: origins come first. */
export const indexesOf = ({ origins, destinations }: Question) => ({
  sources: origins.map((_, index) => index).join(';'),
  destinations: destinations.map((_, index) => origins.length + index).join(';'),
})
