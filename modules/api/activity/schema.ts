import { z } from 'zod'
import { Id } from '#core/ids'
import { PageQuery } from '#core/pagination'
import { CentsOut, Instant, InstantInput } from '#core/schema'

/** Absent: the last seven days until now. */
export const Period = z.object({ from: InstantInput.optional(), to: InstantInput.optional() })
export type Period = z.output<typeof Period>

export const ZonePeriod = Period.extend(PageQuery)
export type ZonePeriod = z.output<typeof ZonePeriod>

const Earnings = z.object({
  currency: z.string(),
  earnedCents: CentsOut,
  /** For an hour with an order; null: none. */
  perActiveHourCents: CentsOut.nullable(),
  /** For an hour on duty, idle or not. */
  perDutyHourCents: CentsOut.nullable(),
})

const figures = {
  onDutySeconds: z.int(),
  activeSeconds: z.int(),
  idleSeconds: z.int(),
  /** Idle of on duty, 0 to 1. */
  idleShare: z.number(),
  deliveryCount: z.int(),
  earnings: z.array(Earnings),
}

const figuresExample = {
  onDutySeconds: 14_400,
  activeSeconds: 10_800,
  idleSeconds: 3_600,
  idleShare: 0.25,
  deliveryCount: 8,
  earnings: [{ currency: 'USD', earnedCents: 5_400, perActiveHourCents: 1_800, perDutyHourCents: 1_350 }],
}
const periodExample = { from: '2026-11-16T11:00:00.000Z', to: '2026-11-23T11:00:00.000Z' }

/** What a driver did in a time and what it brought. */
export const Activity = z
  .object({ from: Instant, to: Instant, ...figures })
  .meta({ examples: [{ ...periodExample, ...figuresExample }] })
export type Activity = z.output<typeof Activity>

const driverExample = { driverId: '01937f5a-7b1c-7c3e-9d2a-5f0e8b6a4c28', firstName: 'Omar', vehicleType: 'bike' }

export const DriverActivityItem = z
  .object({ driverId: Id, firstName: z.string(), vehicleType: z.string(), ...figures })
  .meta({ examples: [{ ...driverExample, ...figuresExample }] })
export type DriverActivityItem = z.output<typeof DriverActivityItem>

export const ZoneActivity = z
  .object({ from: Instant, to: Instant, data: z.array(DriverActivityItem), nextCursor: z.string().nullable() })
  .meta({ examples: [{ ...periodExample, data: [{ ...driverExample, ...figuresExample }], nextCursor: null }] })
export type ZoneActivity = z.output<typeof ZoneActivity>
