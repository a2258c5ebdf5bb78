import { distanceMeters, type LatLng } from '#core/geo'

/** How to get from one place to another. `approximate`: not along roads. */
export type Leg = { distanceMeters: number; durationSeconds: number; approximate: boolean }

/** Great-circle distance at a constant speed: the last resort when there are no roads. Pure. */
export const greatCircleLeg = (from: LatLng, to: LatLng, speedMps: number): Leg => {
  const meters = distanceMeters(from, to)
  return { distanceMeters: Math.round(meters), durationSeconds: Math.round(meters / speedMps), approximate: true }
}
