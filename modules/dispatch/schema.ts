import { z } from 'zod'
import { Id } from '#core/ids'
import { CentsOut, Instant, Position, Text } from '#core/schema'

const place = z.object({ name: z.string(), location: Position })

const offerExample = {
  id: '01937f5a-7b1c-7c3e-9d2a-5f0e8b6a4c30',
  orderIds: ['01937f5a-7b1c-7c3e-9d2a-5f0e8b6a4c27'],
  status: 'open' as const,
  payCents: 700,
  currency: 'USD',
  pickupSeconds: 240,
  stops: [
    {
      orderId: '01937f5a-7b1c-7c3e-9d2a-5f0e8b6a4c27',
      pickup: { name: "Mai's Kitchen", location: { lat: 57.695, lng: 11.953 } },
      dropoff: { name: 'Göteborg', location: { lat: 57.699, lng: 11.969 } },
      readyAt: '2026-11-23T11:22:00.000Z',
    },
  ],
  createdAt: '2026-11-23T11:02:00.000Z',
  expiresAt: '2026-11-23T11:02:30.000Z',
}

/** A delivery proposed to one driver. Places are coarse until he has accepted. */
export const Offer = z
  .object({
    id: Id,
    orderIds: z.array(Id),
    status: z.enum(['open', 'accepted', 'declined', 'expired', 'withdrawn']),
    payCents: CentsOut,
    currency: z.string(),
    pickupSeconds: z.int(),
    stops: z.array(z.object({ orderId: Id, pickup: place, dropoff: place, readyAt: Instant.nullable() })),
    createdAt: Instant,
    expiresAt: Instant,
  })
  .meta({ examples: [offerExample] })
export type Offer = z.output<typeof Offer>

export const OfferList = z.object({ data: z.array(Offer) }).meta({ examples: [{ data: [offerExample] }] })

export const DeclineRequest = z
  .strictObject({ reason: Text(300).optional() })
  .optional()
  .meta({ examples: [{ reason: 'Too far' }] })

const routeExample = {
  driverId: '01937f5a-7b1c-7c3e-9d2a-5f0e8b6a4c28',
  stops: [
    {
      type: 'pickup' as const,
      orderId: offerExample.orderIds[0]!,
      location: { lat: 57.69512, lng: 11.95218 },
      address: 'Linnégatan 12, 413 04 Göteborg',
      plannedAt: '2026-11-23T11:22:00.000Z',
    },
  ],
}

/** The ordered stops of a driver with their planned times. */
export const Route = z
  .object({
    driverId: Id.nullable(),
    stops: z.array(
      z.object({
        type: z.enum(['pickup', 'dropoff']),
        orderId: Id,
        location: Position,
        address: z.string(),
        plannedAt: Instant,
      }),
    ),
  })
  .meta({ examples: [routeExample] })
export type Route = z.output<typeof Route>

/** `mayBundle`: also a driver who has something to bring, as long as he takes one more. */
export const AssignRequest = z
  .strictObject({ orderId: Id, driverId: Id.optional(), mayBundle: z.boolean().optional() })
  .meta({ examples: [{ orderId: offerExample.orderIds[0]! }] })

export type AssignRequest = z.output<typeof AssignRequest>

export const Assignment = z
  .object({ orderId: Id, driverId: Id, status: z.literal('assigned'), pickupSeconds: z.int() })
  .meta({
    examples: [
      { orderId: offerExample.orderIds[0]!, driverId: routeExample.driverId, status: 'assigned', pickupSeconds: 240 },
    ],
  })
export type Assignment = z.output<typeof Assignment>

const SEARCH_RADIUS_KM_MAX = 100

export const NearbyQuery = z.object({
  lat: z.coerce.number().min(-90).max(90),
  lng: z.coerce.number().min(-180).max(180),
  radiusKm: z.coerce.number().positive().max(SEARCH_RADIUS_KM_MAX).default(10),
})
export type NearbyQuery = z.output<typeof NearbyQuery>

export const NearbyDrivers = z
  .object({
    data: z.array(
      z.object({
        driverId: Id,
        vehicleType: z.string(),
        position: Position.extend({ recordedAt: Instant }),
        distanceMeters: z.int(),
        durationSeconds: z.int(),
      }),
    ),
  })
  .meta({
    examples: [
      {
        data: [
          {
            driverId: routeExample.driverId,
            vehicleType: 'bike',
            position: { lat: 57.7, lng: 11.97, recordedAt: '2026-11-23T11:00:05.000Z' },
            distanceMeters: 640,
            durationSeconds: 91,
          },
        ],
      },
    ],
  })
