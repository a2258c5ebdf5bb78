import { distanceMeters, type LatLng } from '#core/geo'
import type { VirtualClock } from './clock.ts'
import type { VehicleType } from './world.ts'

/** Where a driver is: on a straight line between two places, as far along as the time says. */
export type Motion = ReturnType<typeof createMotion>

/** Averages in a town, stops at lights included. */
const SPEED_MPS: Record<VehicleType, number> = { car: 7.5, motorcycle: 8, scooter: 6.5, bike: 4.5 }
/** Streets are longer than the line between two of their ends. */
const DETOUR = 1.3

type Leg = { from: LatLng; to: LatLng; leftAt: number; arrivesAt: number }

export const createMotion = (clock: Pick<VirtualClock, 'now' | 'until'>, vehicle: VehicleType, start: LatLng) => {
  let leg: Leg = { from: start, to: start, leftAt: 0, arrivesAt: 0 }

  const place = (): LatLng => {
    const at = clock.now()
    if (at >= leg.arrivesAt) return leg.to
    const share = Math.max(0, (at - leg.leftAt) / (leg.arrivesAt - leg.leftAt))
    return { lat: between(leg.from.lat, leg.to.lat, share), lng: between(leg.from.lng, leg.to.lng, share) }
  }

  return {
    place,
    get isMoving() {
      return clock.now() < leg.arrivesAt
    },
    /** As a phone would send it. */
    fix: () => {
      const { lat, lng } = place()
      const isMoving = clock.now() < leg.arrivesAt
      return {
        lat: Number(lat.toFixed(6)),
        lng: Number(lng.toFixed(6)),
        accuracyMeters: 8,
        speedMps: isMoving ? SPEED_MPS[vehicle] : 0,
        ...(isMoving ? { headingDegrees: heading(leg.from, leg.to) } : {}),
      }
    },
    secondsTo: (to: LatLng) => (distanceMeters(place(), to) * DETOUR) / SPEED_MPS[vehicle],
    /** Sets out now; resolves on arrival, or when the reason to go is gone: then he stays where he is. */
    driveTo: async (to: LatLng, callOff: Promise<unknown>) => {
      const leftAt = clock.now()
      const from = place()
      leg = { from, to, leftAt, arrivesAt: leftAt + (distanceMeters(from, to) * DETOUR) / SPEED_MPS[vehicle] }
      const arrived = await Promise.race([clock.until(leg.arrivesAt).then(() => true), callOff.then(() => false)])
      if (!arrived) leg = { from: place(), to: place(), leftAt: 0, arrivesAt: 0 }
      return arrived
    },
  }
}

const between = (a: number, b: number, share: number) => a + (b - a) * share

/** Degrees from north, clockwise; good enough within a town. */
export const heading = (from: LatLng, to: LatLng): number => {
  const east = (to.lng - from.lng) * Math.cos((from.lat * Math.PI) / 180)
  const degrees = (Math.atan2(east, to.lat - from.lat) * 180) / Math.PI
  return Math.round((degrees + 360) % 360)
}
