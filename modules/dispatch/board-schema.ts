import { z } from 'zod'
import { Id } from '#core/ids'
import { CentsOut, Instant, Position } from '#core/schema'

/** The words of the board. */

const place = z.object({ name: z.string(), location: Position })

const example = {
  orderId: '01937f5a-7b1c-7c3e-9d2a-5f0e8b6a4c27',
  payCents: 700,
  currency: 'USD',
  pickup: { name: "Mai's Kitchen", location: { lat: 57.695, lng: 11.953 } },
  dropoff: { name: 'Göteborg', location: { lat: 57.699, lng: 11.969 } },
  readyAt: '2026-11-23T11:22:00.000Z',
  postedAt: '2026-11-23T11:25:00.000Z',
  distanceMeters: 1_240,
}

/** Orders that nobody who was asked wanted. Places are coarse until one is taken; the distance is to the kitchen. */
export const Board = z
  .object({
    data: z.array(
      z.object({
        orderId: Id,
        payCents: CentsOut,
        currency: z.string(),
        pickup: place,
        dropoff: place,
        readyAt: Instant.nullable(),
        postedAt: Instant,
        distanceMeters: z.int().nullable(),
      }),
    ),
  })
  .meta({ examples: [{ data: [example] }] })
export type Board = z.output<typeof Board>

export const Claim = z
  .object({ orderId: Id, driverId: Id, status: z.literal('assigned'), payCents: CentsOut, currency: z.string() })
  .meta({
    examples: [
      {
        orderId: example.orderId,
        driverId: '01937f5a-7b1c-7c3e-9d2a-5f0e8b6a4c28',
        status: 'assigned',
        payCents: 700,
        currency: 'USD',
      },
    ],
  })
export type Claim = z.output<typeof Claim>
