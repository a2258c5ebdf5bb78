import type { LatLng } from '#core/geo'

/** What the live runner, and later the simulator, ask of a way to dispatch. Pure: time and travel times are handed in. */

export type OpenDelivery = {
  orderId: string
  pickup: LatLng
  dropoff: LatLng
  placedAt: Date
  readyAt: Date
  payCents: number
  /** Drivers who are not to be asked: they declined it, dropped it, or let an offer of it run out just now. */
  excludedDriverIds: ReadonlySet<string>
}

export type FreeDriver = { driverId: string; position: LatLng }

export type Snapshot = {
  now: Date
  deliveries: readonly OpenDelivery[]
  drivers: readonly FreeDriver[]
  /** `[driver][delivery]`: from the driver to the kitchen. */
  pickupSeconds: readonly (readonly number[])[]
  /** A driver is looked for at most this long before the food is ready. */
  leadSeconds: number
  /** Some of the travel times are estimates. */
  isApproximate?: boolean
}

export type Candidate = { driverId: string; pickupSeconds: number; lost?: string }

export type Decision = {
  orderId: string
  driverId: string | null
  pickupSeconds: number
  /** The best few with what they would have cost, and why they lost. */
  candidates: Candidate[]
}

/** Decides for every delivery that is due: none twice, no driver twice. */
export type Policy = { name: string; plan: (snapshot: Snapshot) => Decision[] }
