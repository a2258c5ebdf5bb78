import { turnClock } from '#core/clock'
import { isApart, sql } from './market'

/**
 * Lets time pass. Together the clock is turned. Apart nobody can turn the clocks of four processes: all that waits for a
 * time is moved into the past by as much instead.
 */
export const passTime = async (seconds: number) => {
  if (!isApart) return turnClock(seconds * 1000)
  const by = `${seconds} seconds`
  await sql().begin(async (tx) => {
    await tx`
      update offers set created_at = created_at - ${by}::interval, expires_at = expires_at - ${by}::interval,
        closed_at = closed_at - ${by}::interval`
    await tx`update orders set ready_at = ready_at - ${by}::interval, deadline_at = deadline_at - ${by}::interval`
    await tx`update driver_suggestions set created_at = created_at - ${by}::interval, expires_at = expires_at - ${by}::interval`
    await tx`update realtime_tickets set expires_at = expires_at - ${by}::interval`
  })
}
