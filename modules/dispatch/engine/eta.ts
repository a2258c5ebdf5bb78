/** When an order will be at the door, as a range. Pure. First cut: fixed margins; they are to be learned. */

export type Eta = { p50At: Date; p90At: Date }

export type EtaInput = {
  now: Date
  /** When the food is, or is expected to be, ready. */
  readyAt: Date
  /** Driver to kitchen; a guess while there is no driver. */
  toPickupSeconds: number
  toDropoffSeconds: number
  pickedUp: boolean
}

/** Handing over at the kitchen, and finding the door. */
const SERVICE_SECONDS = 120
const DOOR_SECONDS = 120
/** How much later than expected the slowest tenth is. */
const LATE_SHARE = 0.25
const LATE_SECONDS = 240

export const estimateEta = (input: EtaInput): Eta => {
  const now = input.now.getTime()
  const atKitchen = now + input.toPickupSeconds * 1000
  const leavesAt = input.pickedUp ? now : Math.max(atKitchen, input.readyAt.getTime()) + SERVICE_SECONDS * 1000
  const p50 = leavesAt + (input.toDropoffSeconds + DOOR_SECONDS) * 1000
  const lateMs = Math.max(p50 - now, 0) * LATE_SHARE + LATE_SECONDS * 1000
  return { p50At: new Date(p50), p90At: new Date(p50 + lateMs) }
}
