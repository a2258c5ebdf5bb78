import { database } from '#core/database'
import type { ZoneSettings } from '#core/zones'
import { idleShares } from '../fairness'

/** A share of half a day moves slowly, and is a lot to add up. */
const KEPT_MS = 60_000

/** Of the drivers of one zone: added up once a minute, and for who comes on duty meanwhile with the next. */
export const createIdleShares = () => {
  let known = new Map<string, number>()
  let untilMs = 0
  return {
    of: async (driverIds: readonly string[], settings: ZoneSettings, now: Date): Promise<Map<string, number>> => {
      if (settings.fairnessWeightSeconds === 0) return new Map()
      if (performance.now() >= untilMs) {
        known = await idleShares(database.sql, driverIds, settings, now)
        untilMs = performance.now() + KEPT_MS
      }
      return known
    },
  }
}

export type IdleShares = ReturnType<typeof createIdleShares>
