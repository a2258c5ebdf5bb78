import type { LatLng } from '#core/geo'
import { AwayError } from '#core/remote-policy'
import type { Profile } from '../graph/road-graph.ts'

/** Who can say how far and how long it is from place to place. */

export type ProviderName = 'embedded' | 'osrm' | 'mapbox' | 'google'

/** Seconds and metres, origin by origin: `[origin * destinations + destination]`; NaN where it knows no way. */
export type Cells = { durations: Float64Array; distances?: Float64Array }

export type Question = {
  origins: readonly LatLng[]
  destinations: readonly LatLng[]
  profile: Profile
  withDistances: boolean
}

export type Way = {
  durationSeconds: number
  distanceMeters: number
  /** Along the roads, first to last; only when asked for. */
  geometry?: LatLng[]
}

export type RouteQuestion = { from: LatLng; to: LatLng; profile: Profile; withGeometry: boolean }

/**
 * One of them that is asked over the network. No way, or no road near a place, is an answer: NaN, or no Way. What is no
 * answer is thrown: an AwayError, or a TooMuchError for a table that has to be asked for in parts.
 */
export type Provider = {
  name: Exclude<ProviderName, 'embedded'>
  serves: (profile: Profile) => boolean
  /** What one table may hold. */
  limits: (profile: Profile) => TableLimits
  /** Whether its terms let its answers be kept for a while. */
  mayKeep: boolean
  table: (question: Question, signal: AbortSignal) => Promise<Cells>
  route: (question: RouteQuestion, signal: AbortSignal) => Promise<Way | undefined>
}

export type TableLimits = { placesMax: number; cellsMax: number }

/** No answer to the whole of a table, but there may be to its parts: one of the places is far from any road, or they are too many. */
export class TooMuchError extends Error {}

/** It does not serve us now: too many questions, or a key that it does not take. Asked again after a rest. */
export class RestError extends Error {
  constructor(
    readonly outcome: 'limited' | 'refused',
    message: string,
    readonly restMs: number,
  ) {
    super(message)
  }
}

/** It understood and does not want this question. Nothing is wrong with it, nor will it say anything else next time. */
export class DeclinedError extends Error {
  readonly outcome = 'declined'
}

export const faulty = (name: string, what: string) => new AwayError('faulty', `${name}: ${what}`, false)

export const noCells = ({ origins, destinations }: Question): Cells => {
  const count = origins.length * destinations.length
  return { durations: new Float64Array(count).fill(NaN), distances: new Float64Array(count).fill(NaN) }
}
