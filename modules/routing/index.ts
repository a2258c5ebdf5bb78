import { z } from 'zod'
import type { LatLng } from '#core/geo'
import { face, orWhenAway } from '#core/remote'
import { Position } from '#core/schema'
import { geocoding } from './geocoding/configured.ts'
import type { Address } from './geocoding/geocoder.ts'
import { PROFILES, type Profile } from './graph/road-graph.ts'
import type { Route, Table } from './providers/chain.ts'
import { approximateLeg, travel } from './providers/configured.ts'
import type { Leg } from './travel.ts'

export type { Profile } from './graph/road-graph.ts'
export type { Route, Table } from './providers/chain.ts'
export { approximateLeg } from './providers/configured.ts'
export type { Leg } from './travel.ts'

/** A price waits for one leg, a round of dispatch for a whole table. */
const LEG_DEADLINE_MS = 300
const TABLE_DEADLINE_MS = 1_500
/** Of these, what the way to another process and back may take: providers have the rest, all of them together. */
const WIRE_MS = 50
const PLACES_MAX = 5_000

/** An address may have to wait for its turn. */
const ADDRESS_DEADLINE_MS = 4_000

/** Whose roads, where nobody says by what: those that a distance is priced by. */
export const DEFAULT_PROFILE: Profile = 'car'

const Places = z.array(Position).max(PLACES_MAX).readonly()
/** Not said by a version before this one. */
const ProfileInput = z.enum(PROFILES).optional()
const LegAnswer = z.object({ distanceMeters: z.number(), durationSeconds: z.number(), approximate: z.boolean() })

/** What routing answers for others. */
export const routingFace = face({
  module: 'routing',
  callers: ['api', 'dispatch'],
  methods: {
    leg: {
      kind: 'read',
      deadlineMs: LEG_DEADLINE_MS,
      input: z.tuple([Position, Position, ProfileInput]),
      output: LegAnswer,
    },
    route: {
      kind: 'read',
      deadlineMs: LEG_DEADLINE_MS,
      input: z.tuple([Position, Position, ProfileInput]),
      output: LegAnswer.extend({ geometry: z.array(Position) }),
    },
    findAddress: {
      kind: 'read',
      deadlineMs: ADDRESS_DEADLINE_MS,
      input: z.tuple([z.object({ street: z.string(), city: z.string(), postalCode: z.string() })]),
      output: z.object({ outcome: z.enum(['found', 'unknown', 'not-configured']), place: Position.optional() }),
    },
    table: {
      kind: 'read',
      deadlineMs: TABLE_DEADLINE_MS,
      input: z.tuple([Places, Places, ProfileInput]),
      output: z.object({ durations: z.array(z.array(z.number())), isApproximate: z.boolean() }),
    },
    // As a version before this one asks.
    durations: {
      kind: 'read',
      deadlineMs: TABLE_DEADLINE_MS,
      input: z.tuple([Places, Places, ProfileInput]),
      output: z.array(z.array(z.number())),
    },
  },
  own: {
    leg: (from, to, profile = DEFAULT_PROFILE) => travel().leg(from, to, profile, LEG_DEADLINE_MS - WIRE_MS),
    route: (from, to, profile = DEFAULT_PROFILE) => travel().route(from, to, profile, LEG_DEADLINE_MS - WIRE_MS),
    table: (origins, destinations, profile = DEFAULT_PROFILE) =>
      travel().table(origins, destinations, profile, TABLE_DEADLINE_MS - WIRE_MS),
    durations: (origins, destinations, profile = DEFAULT_PROFILE) =>
      travel().durations(origins, destinations, profile, TABLE_DEADLINE_MS - WIRE_MS),
    findAddress: async (address) => {
      const lookup = geocoding()
      if (!lookup) return { outcome: 'not-configured' as const }
      const place = await lookup.find(address)
      return place ? { outcome: 'found' as const, place } : { outcome: 'unknown' as const }
    },
  },
})

/** The face of routing. When it runs apart and is away, the great-circle estimate answers, so that it never fails. */
export const routing = {
  leg: (from: LatLng, to: LatLng, profile?: Profile): Promise<Leg> =>
    orWhenAway(routingFace.calls.leg(placeOf(from), placeOf(to), ...said(profile)), () => approximateLeg(from, to)),
  /** With its line. */
  route: (from: LatLng, to: LatLng, profile?: Profile): Promise<Route> =>
    orWhenAway(routingFace.calls.route(placeOf(from), placeOf(to), ...said(profile)), () => ({
      ...approximateLeg(from, to),
      geometry: [placeOf(from), placeOf(to)],
    })),
  /** Durations in seconds, `[origin][destination]`, and whether any of them is an estimate. */
  table: (origins: readonly LatLng[], destinations: readonly LatLng[], profile?: Profile): Promise<Table> =>
    orWhenAway(routingFace.calls.table(origins.map(placeOf), destinations.map(placeOf), ...said(profile)), () => ({
      durations: approximateDurations(origins, destinations),
      isApproximate: true,
    })),
  /** Where an address is. Throws the problem 503 `geocoder-unavailable` when nobody can be asked. */
  findAddress: (address: Address): Promise<Whereabouts> => routingFace.calls.findAddress(address),
}

/** `unknown`: nobody knows it, or not exactly. `not-configured`: there is no geocoder. */
export type Whereabouts = { outcome: 'found' | 'unknown' | 'not-configured'; place?: LatLng | undefined }

/** A place and nothing more: a fix also says when and how fast. */
const placeOf = ({ lat, lng }: LatLng): LatLng => ({ lat, lng })

/** What goes without saying is not said: a version before this one takes two arguments. */
const said = (profile: Profile | undefined): [Profile?] =>
  profile === undefined || profile === DEFAULT_PROFILE ? [] : [profile]

const approximateDurations = (origins: readonly LatLng[], destinations: readonly LatLng[]): number[][] =>
  origins.map((from) => destinations.map((to) => approximateLeg(from, to).durationSeconds))

const PROFILES_OF_VEHICLES: Record<string, Profile> = {
  car: 'car',
  motorcycle: 'car',
  scooter: 'scooter',
  bike: 'bike',
}

/** By which roads a driver goes. */
export const profileOfVehicle = (vehicleType: string): Profile => PROFILES_OF_VEHICLES[vehicleType] ?? DEFAULT_PROFILE
