import type { DriverFix } from '#core/positions'
import type { TimedFix } from './trips'

/**
 * The newest fixes of all drivers, in memory only: they are never written anywhere. Every process hears all of them, so
 * whichever does the reading has what it needs, and one that starts has it a few minutes later.
 */
const KEPT_MS = 15 * 60_000
const FIXES_PER_DRIVER_MAX = 600
const DRIVERS_MAX = 5_000

export type GatheredFixes = ReturnType<typeof gatherFixes>

export const gatherFixes = () => {
  const byDriver = new Map<string, TimedFix[]>()
  return {
    hear: ({ driverId, lat, lng, recordedAt, accuracyMeters, speedMps, headingDegrees }: DriverFix) => {
      const fixes = byDriver.get(driverId) ?? []
      if (fixes.length === 0 && byDriver.size >= DRIVERS_MAX) return
      byDriver.set(driverId, fixes)
      fixes.push({ lat, lng, atMs: Date.parse(recordedAt), accuracyMeters, speedMps, headingDegrees })
      if (fixes.length > FIXES_PER_DRIVER_MAX) fixes.shift()
    },
    /** Forgets what is old; what is left, oldest first, by driver. */
    since: (nowMs: number): ReadonlyMap<string, readonly TimedFix[]> => {
      for (const [driverId, fixes] of byDriver) {
        const kept = fixes.filter(({ atMs }) => atMs > nowMs - KEPT_MS)
        if (kept.length === 0) byDriver.delete(driverId)
        else if (kept.length < fixes.length) byDriver.set(driverId, kept)
      }
      return byDriver
    },
  }
}
