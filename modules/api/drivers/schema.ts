import { z } from 'zod'
import { Id } from '#core/ids'
import { Instant, InstantInput, PositionInput, Text } from '#core/schema'
import { VERIFICATION_STATUSES } from '../chefs/schema.ts'

export const VEHICLE_TYPES = ['car', 'bike', 'scooter', 'motorcycle'] as const

const vehicle = { vehicleType: z.enum(VEHICLE_TYPES), licensePlate: Text(20).nullable() }

export const NewDriver = z
  .strictObject({ ...vehicle, licensePlate: vehicle.licensePlate.default(null) })
  .meta({ examples: [{ vehicleType: 'bike' }] })
export type NewDriver = z.output<typeof NewDriver>

export const DriverChange = z
  .strictObject(vehicle)
  .partial()
  .meta({ examples: [{ vehicleType: 'scooter' }] })
export type DriverChange = z.output<typeof DriverChange>

const driverExample = {
  id: '01937f5a-7b1c-7c3e-9d2a-5f0e8b6a4c28',
  userId: '01937f5a-7b1c-7c3e-9d2a-5f0e8b6a4c29',
  firstName: 'Omar',
  vehicleType: 'bike' as const,
  licensePlate: null,
  verificationStatus: 'approved' as const,
  isAvailable: true,
  availableSince: '2026-11-23T11:00:00.000Z',
  availableUntil: '2026-11-23T15:00:00.000Z',
  position: { lat: 57.7, lng: 11.97, recordedAt: '2026-11-23T11:00:05.000Z' },
  activeOrderIds: [],
  createdAt: '2026-11-01T09:00:00.000Z',
}

export const Driver = z
  .object({
    id: Id,
    userId: Id,
    firstName: z.string(),
    vehicleType: z.enum(VEHICLE_TYPES),
    licensePlate: z.string().nullable(),
    verificationStatus: z.enum(VERIFICATION_STATUSES),
    isAvailable: z.boolean(),
    availableSince: Instant.nullable(),
    availableUntil: Instant.nullable(),
    position: z.object({ lat: z.number(), lng: z.number(), recordedAt: Instant }).nullable(),
    activeOrderIds: z.array(Id),
    createdAt: Instant,
  })
  .meta({ examples: [driverExample] })
export type Driver = z.output<typeof Driver>

/** `until`: when he goes home; he is asked for nothing that he would collect later. Absent: he says so when he does. */
export const Availability = z
  .strictObject({ isAvailable: z.boolean(), until: InstantInput.optional() })
  .meta({ examples: [{ isAvailable: true, until: '2026-11-23T15:00:00.000Z' }, { isAvailable: true }] })
export type Availability = z.output<typeof Availability>

export const FixInput = z
  .strictObject({
    ...PositionInput.shape,
    accuracyMeters: z.number().min(0).max(100_000).optional(),
    speedMps: z.number().min(0).max(200).optional(),
    headingDegrees: z.number().min(0).max(360).optional(),
    recordedAt: InstantInput.optional(),
  })
  .meta({ examples: [{ lat: 57.7, lng: 11.97, accuracyMeters: 8, speedMps: 5.2, headingDegrees: 270 }] })
export type FixInput = z.output<typeof FixInput>

export const FixReceipt = z
  .object({ recordedAt: Instant, isNewest: z.boolean() })
  .meta({ examples: [{ recordedAt: '2026-11-23T11:00:05.000Z', isNewest: true }] })

/** Where an idle driver had better wait: advice, which ends by itself. The place is coarse, as the kitchen is nobody's business yet. */
export const Suggestion = z
  .object({
    suggestion: z
      .object({
        kitchen: z.string(),
        location: z.object({ lat: z.number(), lng: z.number() }),
        reason: z.string(),
        expiresAt: Instant,
      })
      .nullable(),
  })
  .meta({
    examples: [
      {
        suggestion: {
          kitchen: "Mai's Kitchen",
          location: { lat: 57.695, lng: 11.953 },
          reason: 'expected orders would be 84 s sooner',
          expiresAt: '2026-11-23T11:10:00.000Z',
        },
      },
      { suggestion: null },
    ],
  })
export type Suggestion = z.output<typeof Suggestion>
