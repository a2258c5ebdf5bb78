import { z } from 'zod'
import { config } from '#core/config'
import type { LatLng } from '#core/geo'
import { face, orWhenAway } from '#core/remote'
import { Position } from '#core/schema'
import { greatCircleLeg, type Leg } from './travel.ts'

export type { Leg } from './travel.ts'

/** A price waits for one leg, a round of dispatch for a whole table. */
const LEG_DEADLINE_MS = 300
const TABLE_DEADLINE_MS = 1_500
const PLACES_MAX = 5_000

const Places = z.array(Position).max(PLACES_MAX).readonly()
const LegAnswer = z.object({ distanceMeters: z.number(), durationSeconds: z.number(), approximate: z.boolean() })

/** What routing answers for others. Great-circle for now, and marked so in every answer. */
export const routingFace = face({
  module: 'routing',
  callers: ['api', 'dispatch'],
  methods: {
    leg: { kind: 'read', deadlineMs: LEG_DEADLINE_MS, input: z.tuple([Position, Position]), output: LegAnswer },
    durations: {
      kind: 'read',
      deadlineMs: TABLE_DEADLINE_MS,
      input: z.tuple([Places, Places]),
      output: z.array(z.array(z.number())),
    },
  },
  own: {
    leg: async (from, to) => approximateLeg(from, to),
    durations: async (origins, destinations) => approximateDurations(origins, destinations),
  },
})

/** The face of routing. When it runs apart and is away, the great-circle estimate answers, so that it never fails. */
export const routing = {
  leg: (from: LatLng, to: LatLng): Promise<Leg> =>
    orWhenAway(routingFace.calls.leg(placeOf(from), placeOf(to)), () => approximateLeg(from, to)),
  /** Durations in seconds, `[origin][destination]`. */
  durations: (origins: readonly LatLng[], destinations: readonly LatLng[]): Promise<number[][]> =>
    orWhenAway(routingFace.calls.durations(origins.map(placeOf), destinations.map(placeOf)), () =>
      approximateDurations(origins, destinations),
    ),
}

/** A place and nothing more: a fix also says when and how fast. */
const placeOf = ({ lat, lng }: LatLng): LatLng => ({ lat, lng })

/** Never waits and never fails: for estimates over many places at once. */
export const approximateLeg = (from: LatLng, to: LatLng): Leg => greatCircleLeg(from, to, config().TRAVEL_SPEED_MPS)

const approximateDurations = (origins: readonly LatLng[], destinations: readonly LatLng[]): number[][] =>
  origins.map((from) => destinations.map((to) => approximateLeg(from, to).durationSeconds))
