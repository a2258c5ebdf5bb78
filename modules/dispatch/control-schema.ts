import { z } from 'zod'
import { Id } from '#core/ids'
import { Instant, Text } from '#core/schema'
import { BUNDLE_ORDERS_MAX } from './holdings.ts'

/** The words of manual control. */

const ORDER = '01937f5a-7b1c-7c3e-9d2a-5f0e8b6a4c27'
const DRIVER = '01937f5a-7b1c-7c3e-9d2a-5f0e8b6a4c28'

const Reason = Text(300)

export const OrderAndReason = z
  .strictObject({ orderId: Id, reason: Reason })
  .meta({ examples: [{ orderId: ORDER, reason: 'The kitchen has trouble.' }] })
export type OrderAndReason = z.output<typeof OrderAndReason>

export const OrderOnly = z.strictObject({ orderId: Id }).meta({ examples: [{ orderId: ORDER }] })

export const PairAndReason = z
  .strictObject({ orderId: Id, driverId: Id, reason: Reason })
  .meta({ examples: [{ orderId: ORDER, driverId: DRIVER, reason: 'The customer asked for another.' }] })
export type PairAndReason = z.output<typeof PairAndReason>

export const Pair = z
  .strictObject({ orderId: Id, driverId: Id })
  .meta({ examples: [{ orderId: ORDER, driverId: DRIVER }] })
export type Pair = z.output<typeof Pair>

/** How a delivery stands after an operator has had his hand in it. */
export const Handled = z
  .object({ orderId: Id, deliveryStatus: z.string(), isHeld: z.boolean(), driverId: Id.nullable() })
  .meta({ examples: [{ orderId: ORDER, deliveryStatus: 'unassigned', isHeld: false, driverId: null }] })
export type Handled = z.output<typeof Handled>

const STOPS_MAX = 2 * BUNDLE_ORDERS_MAX

/** Every stop that is left, in the new order. */
export const RouteChange = z
  .strictObject({
    stops: z.array(z.strictObject({ type: z.enum(['pickup', 'dropoff']), orderId: Id })).max(STOPS_MAX),
  })
  .meta({
    examples: [
      {
        stops: [
          { type: 'pickup', orderId: ORDER },
          { type: 'dropoff', orderId: ORDER },
        ],
      },
    ],
  })
export type RouteChange = z.output<typeof RouteChange>

export const DriverSettingsChange = z
  .strictObject({ isEmployed: z.boolean().optional(), capacity: z.int().min(1).max(BUNDLE_ORDERS_MAX).optional() })
  .meta({ examples: [{ isEmployed: true, capacity: 2 }] })
export type DriverSettingsChange = z.output<typeof DriverSettingsChange>

/** What dispatch knows of a driver; `acceptanceShare` is of the offers he answered or let run out, 0 to 1. */
export const DriverSettings = z
  .object({
    driverId: Id,
    isEmployed: z.boolean(),
    capacity: z.int(),
    acceptanceShare: z.number(),
    silentSince: Instant.nullable(),
  })
  .meta({ examples: [{ driverId: DRIVER, isEmployed: false, capacity: 4, acceptanceShare: 0.84, silentSince: null }] })
export type DriverSettings = z.output<typeof DriverSettings>
