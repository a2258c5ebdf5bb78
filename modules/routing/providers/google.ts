import { z } from 'zod'
import type { LatLng } from '#core/geo'
import type { Profile } from '../graph/road-graph.ts'
import { pointsOf } from './osrm-answers.ts'
import { type Cells, faulty, noCells, type Provider, type Question } from './provider.ts'
import { ask, keyRefused } from './request.ts'

/** Elements of one matrix, by its documentation; its origins and destinations as points are not limited otherwise. */
const MATRIX_ELEMENTS_MAX = 625

const MODES: Record<Profile, string> = { car: 'DRIVE', scooter: 'DRIVE', bike: 'BICYCLE', foot: 'WALK' }

export type GoogleSettings = { url: string; key: string; withTraffic: boolean }

/** Protobuf's JSON leaves out what is nought. */
const Meters = z.int().nonnegative().default(0)
const Duration = z
  .string()
  .regex(/^\d+(\.\d+)?s$/)
  .transform((text) => Number(text.slice(0, -1)))
const Index = z.int().nonnegative().default(0)

const Routes = z.object({
  routes: z
    .array(
      z.object({
        duration: Duration,
        distanceMeters: Meters,
        polyline: z.object({ encodedPolyline: z.string() }).optional(),
      }),
    )
    .default([]),
})

const Element = z.object({
  originIndex: Index,
  destinationIndex: Index,
  /** Empty where it went well. */
  status: z.object({ code: z.int().optional() }).optional(),
  condition: z.string().optional(),
  duration: Duration.optional(),
  distanceMeters: Meters,
})

const ApiError = z.object({
  error: z.object({ details: z.array(z.object({ reason: z.string().optional() })).default([]) }),
})

/**
 * Google's Routes API version 2. The key and the list of wanted fields stand in headers. Its terms let nobody keep
 * durations, so they are not cached.
 */
export const googleProvider = ({ url, key, withTraffic }: GoogleSettings): Provider => {
  const post = <S extends z.ZodType>(path: string, fields: string, body: object, answer: S, signal: AbortSignal) =>
    ask({
      name: 'google',
      url: `${url}/${path}`,
      init: {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-goog-api-key': key, 'x-goog-fieldmask': fields },
        body: JSON.stringify(body),
      },
      signal,
      answer,
      meaning: meaningOf,
    })
  const modeOf = (profile: Profile) => ({
    travelMode: MODES[profile],
    // Of the ways to travel that are ours, only driving knows of traffic; others may not even say that they do not.
    ...(MODES[profile] === 'DRIVE' && { routingPreference: withTraffic ? 'TRAFFIC_AWARE' : 'TRAFFIC_UNAWARE' }),
  })
  return {
    name: 'google',
    serves: () => true,
    limits: () => ({ placesMax: MATRIX_ELEMENTS_MAX, cellsMax: MATRIX_ELEMENTS_MAX }),
    mayKeep: false,
    table: async (question, signal) => {
      const { origins, destinations, profile } = question
      const body = {
        origins: origins.map((place) => ({ waypoint: waypointOf(place) })),
        destinations: destinations.map((place) => ({ waypoint: waypointOf(place) })),
        ...modeOf(profile),
      }
      const fields = 'originIndex,destinationIndex,status,condition,duration,distanceMeters'
      const path = 'distanceMatrix/v2:computeRouteMatrix'
      return cellsOf(question, await post(path, fields, body, z.array(Element), signal))
    },
    route: async ({ from, to, profile, withGeometry }, signal) => {
      const body = {
        origin: waypointOf(from),
        destination: waypointOf(to),
        ...modeOf(profile),
        ...modifiersOf(profile),
        ...(withGeometry && { polylineQuality: 'HIGH_QUALITY' }),
      }
      const fields = `routes.duration,routes.distanceMeters${withGeometry ? ',routes.polyline.encodedPolyline' : ''}`
      const { routes } = await post('directions/v2:computeRoutes', fields, body, Routes, signal)
      const [best] = routes
      if (!best) return undefined
      const way = { durationSeconds: best.duration, distanceMeters: best.distanceMeters }
      return withGeometry ? { ...way, geometry: pointsOf('google', best.polyline?.encodedPolyline, 5) } : way
    },
  }
}

const waypointOf = ({ lat, lng }: LatLng) => ({ location: { latLng: { latitude: lat, longitude: lng } } })

/** A moped is a slow car: Google has two-wheelers in some countries only. Its matrix cannot avoid anything. */
const modifiersOf = (profile: Profile) => (profile === 'scooter' ? { routeModifiers: { avoidHighways: true } } : {})

/** A key that it does not know is a 400. */
const meaningOf = (_status: number, body: unknown) => {
  // An error of the matrix, which is a stream, is the first of its elements.
  const parsed = ApiError.safeParse(Array.isArray(body) ? body[0] : body)
  const reasons = parsed.data?.error.details.map(({ reason }) => reason) ?? []
  return reasons.some((reason) => reason?.startsWith('API_KEY_')) ? keyRefused('google') : undefined
}

/** Each element says where it belongs; they come in any order. */
const cellsOf = (question: Question, elements: readonly z.output<typeof Element>[]): Cells => {
  const { origins, destinations } = question
  const cells = noCells(question)
  for (const { originIndex, destinationIndex, status, condition, duration, distanceMeters } of elements) {
    if (originIndex >= origins.length || destinationIndex >= destinations.length) {
      throw faulty('google', 'an element is of no place that was asked for')
    }
    if (status?.code || condition !== 'ROUTE_EXISTS') continue
    if (duration === undefined) throw faulty('google', 'an element has no duration')
    const cell = originIndex * destinations.length + destinationIndex
    cells.durations[cell] = duration
    cells.distances![cell] = distanceMeters
  }
  return cells
}
