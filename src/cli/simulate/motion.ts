import { distanceMeters, type LatLng } from '#core/geo'
import type { VirtualClock } from './clock.ts'
import { type Line, lastOf, placeAt, secondsOf, straightLine } from './line.ts'
import type { Random } from './random.ts'
import type { VehicleType } from './world.ts'

/** Where a driver is: on a line between two places, as far along as the time says. */
export type Motion = ReturnType<typeof createMotion>

/** How to get from one place to another; along streets where somebody knows them. */
export type WayTo = (from: LatLng, to: LatLng) => Promise<Line>

/** Averages in a town, stops at lights included. */
export const SPEED_MPS: Record<VehicleType, number> = { car: 7.5, motorcycle: 8, scooter: 6.5, bike: 4.5 }
/** Streets are longer than the line between two of their ends. */
const DETOUR = 1.3

/** What a phone says of itself, and how far off it is along each axis in two of three fixes. */
const ACCURACY_METERS = 8
const NOISE_METERS = 3
/** How much of the last fix's error is still in the next: a phone is wrong in one direction for a while. */
const NOISE_KEPT = 0.8
const METERS_PER_DEGREE = 111_195

/** Seconds for the line between two places, by somebody who does not know the streets. */
export const secondsStraight = (from: LatLng, to: LatLng, vehicle: VehicleType): number =>
  (distanceMeters(from, to) * DETOUR) / SPEED_MPS[vehicle]

type Needs = {
  clock: Pick<VirtualClock, 'now' | 'until'>
  vehicle: VehicleType
  start: LatLng
  wayTo: WayTo
  /** For the errors of fixes only. */
  random: Random
}

export const createMotion = ({ clock, vehicle, start, wayTo, random }: Needs) => {
  const stand = (at: LatLng) => ({ line: straightLine(at, at, 0), leftAt: 0 })
  let trip = stand(start)
  const errorMeters = { north: 0, east: 0 }

  const now = () => placeAt(trip.line, clock.now() - trip.leftAt)
  const isMoving = () => clock.now() < trip.leftAt + secondsOf(trip.line)
  const place = (): LatLng => {
    const { lat, lng } = now()
    return { lat, lng }
  }

  return {
    place,
    get isMoving() {
      return isMoving()
    },
    /** As a phone would send it: a few metres off. */
    fix: () => {
      const { lat, lng, speedMps, headingDegrees } = now()
      errorMeters.north = nextError(errorMeters.north, random)
      errorMeters.east = nextError(errorMeters.east, random)
      const degreesEast = METERS_PER_DEGREE * Math.cos((lat * Math.PI) / 180)
      return {
        lat: Number((lat + errorMeters.north / METERS_PER_DEGREE).toFixed(6)),
        lng: Number((lng + errorMeters.east / degreesEast).toFixed(6)),
        accuracyMeters: ACCURACY_METERS,
        speedMps: Number(speedMps.toFixed(1)),
        ...(headingDegrees === undefined ? {} : { headingDegrees }),
      }
    },
    secondsTo: (to: LatLng) => secondsStraight(place(), to, vehicle),
    /** Looks for a way and sets out; resolves on arrival, or when the reason to go is gone: then he stays where he is. */
    driveTo: async (to: LatLng, callOff: Promise<unknown>) => {
      const calledOff = callOff.then(() => false as const)
      const line = await Promise.race([wayTo(place(), to), calledOff])
      if (!line) return false
      trip = { line, leftAt: clock.now() }
      const arrived = await Promise.race([clock.until(trip.leftAt + secondsOf(line)).then(() => true), calledOff])
      trip = stand(arrived ? lastOf(line) : place())
      return arrived
    },
  }
}

/** A random walk that is drawn back to the truth; its spread stays NOISE_METERS. */
const nextError = (meters: number, random: Random): number =>
  NOISE_KEPT * meters + Math.sqrt(1 - NOISE_KEPT ** 2) * random.normal(NOISE_METERS)
