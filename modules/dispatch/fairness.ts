import { addSeconds } from '#core/clock'
import type { Sql } from '#core/database'
import { idleShareOf, readActivity } from '#core/driver-activity'
import type { ZoneSettings } from '#core/zones'

/** A working day: who idled last week is not owed for it today. */
const WINDOW_SECONDS = 12 * 3_600

/**
 * What part of his recent time on duty each driver was idle, 0 to 1, for `Driver.idleShare` of a situation. Asked only where
 * the zone weighs fairness: empty, and nothing is read, where it does not.
 */
export const idleShares = async (
  sql: Sql,
  driverIds: readonly string[],
  { fairnessWeightSeconds }: ZoneSettings,
  now: Date,
): Promise<Map<string, number>> => {
  if (fairnessWeightSeconds === 0 || driverIds.length === 0) return new Map()
  const rows = await readActivity(sql, driverIds, addSeconds(now, -WINDOW_SECONDS), now)
  return new Map(rows.map((row) => [row.driverId, idleShareOf(row)]))
}
