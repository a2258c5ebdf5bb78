import { config } from '#core/config'
import type { LatLng } from '#core/geo'
import { greatCircleLeg, type Leg } from './travel.ts'

export type { Leg } from './travel.ts'

/** The face of routing. Great-circle for now, and marked so in every answer. */
export const routing = {
  leg: async (from: LatLng, to: LatLng): Promise<Leg> => approximateLeg(from, to),
  /** Durations in seconds, `[origin][destination]`. */
  durations: async (origins: readonly LatLng[], destinations: readonly LatLng[]): Promise<number[][]> =>
    origins.map((from) => destinations.map((to) => approximateLeg(from, to).durationSeconds)),
}

/** Never waits and never fails: for estimates over many places at once. */
export const approximateLeg = (from: LatLng, to: LatLng): Leg => greatCircleLeg(from, to, config().TRAVEL_SPEED_MPS)
