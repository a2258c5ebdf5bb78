import { z } from 'zod'
import { Id } from '#core/ids'
import { PageQuery } from '#core/pagination'
import { CENTS_MAX, Instant, InstantInput, Position, Slug, Text, TimeZone } from '#core/schema'
import { AddressInput } from '../addresses/schema.ts'

export const VERIFICATION_STATUSES = ['pending', 'approved', 'rejected', 'suspended'] as const
export type VerificationStatus = (typeof VERIFICATION_STATUSES)[number]

const TimeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'must be HH:MM')

/** Monday is 1. Closing at or before opening means after midnight. */
export const OpeningHours = z
  .array(z.strictObject({ weekday: z.int().min(1).max(7), opens: TimeOfDay, closes: TimeOfDay }))
  .max(28)
export type OpeningHours = z.output<typeof OpeningHours>

const Vacation = z
  .strictObject({ from: InstantInput, until: InstantInput })
  .refine(({ from, until }) => Date.parse(from) < Date.parse(until), {
    message: 'must end after it begins',
    path: ['until'],
  })

const profile = {
  name: Text(80),
  description: Text(1_000, 0),
  cuisines: z.array(Slug).max(10),
  address: AddressInput,
  hours: OpeningHours.nullable(),
  timeZone: TimeZone,
  minimumOrderCents: z.int().min(0).max(CENTS_MAX),
  deliveryRadiusMeters: z.int().min(100).max(50_000),
}

const addressExample = {
  street: 'Linnégatan 12',
  city: 'Göteborg',
  postalCode: '413 04',
  coordinates: { lat: 57.6951, lng: 11.9521 },
}

export const NewChef = z
  .strictObject({
    ...profile,
    description: profile.description.default(''),
    cuisines: profile.cuisines.default([]),
    hours: profile.hours.default(null),
    timeZone: profile.timeZone.optional(),
    minimumOrderCents: profile.minimumOrderCents.default(0),
    deliveryRadiusMeters: profile.deliveryRadiusMeters.default(8_000),
  })
  .meta({ examples: [{ name: "Mai's Kitchen", cuisines: ['thai'], address: addressExample }] })
export type NewChef = z.output<typeof NewChef>

export const ChefChange = z
  .strictObject({ ...profile, vacation: Vacation.nullable() })
  .partial()
  .meta({ examples: [{ vacation: { from: '2026-12-23T00:00:00Z', until: '2027-01-02T00:00:00Z' } }] })
export type ChefChange = z.output<typeof ChefChange>

const chefExample = {
  id: '01937f5a-7b1c-7c3e-9d2a-5f0e8b6a4c21',
  name: "Mai's Kitchen",
  description: 'Northern Thai food as my mother cooked it.',
  cuisines: ['thai'],
  city: 'Göteborg',
  location: { lat: 57.695, lng: 11.953 },
  timeZone: 'Europe/Stockholm',
  hours: null,
  isOpen: true,
  minimumOrderCents: 1_000,
  deliveryRadiusMeters: 8_000,
  rating: null,
  ratingCount: 0,
  currency: 'USD',
}

/** What everyone may know of a kitchen: its place only to about 200 m, since it is somebody's home. */
export const Chef = z
  .object({
    id: Id,
    name: z.string(),
    description: z.string(),
    cuisines: z.array(z.string()),
    city: z.string(),
    location: Position,
    timeZone: z.string(),
    hours: OpeningHours.nullable(),
    isOpen: z.boolean(),
    minimumOrderCents: z.int(),
    deliveryRadiusMeters: z.int(),
    rating: z.number().nullable(),
    ratingCount: z.int(),
    currency: z.string(),
  })
  .meta({ examples: [chefExample] })
export type Chef = z.output<typeof Chef>

/** A kitchen in a search: with how far it is and how soon its food could be there. */
export const FoundChef = Chef.extend({
  distanceMeters: z.int(),
  etaMinutes: z.int(),
  deliversHere: z.boolean(),
}).meta({ examples: [{ ...chefExample, distanceMeters: 1_240, etaMinutes: 38, deliversHere: true }] })
export type FoundChef = z.output<typeof FoundChef>

/** What the chef and admins see. */
export const OwnChef = Chef.extend({
  userId: Id,
  zoneId: Id,
  address: z.object({ street: z.string(), city: z.string(), postalCode: z.string(), coordinates: Position }),
  vacation: z.object({ from: Instant, until: Instant }).nullable(),
  verificationStatus: z.enum(VERIFICATION_STATUSES),
  createdAt: Instant,
}).meta({
  examples: [
    {
      ...chefExample,
      userId: '01937f5a-7b1c-7c3e-9d2a-5f0e8b6a4c22',
      zoneId: '01937f5a-7b1c-7c3e-9d2a-5f0e8b6a4c23',
      address: addressExample,
      vacation: null,
      verificationStatus: 'pending',
      createdAt: '2026-11-23T11:00:00.000Z',
    },
  ],
})
export type OwnChef = z.output<typeof OwnChef>

export const SEARCH_RADIUS_KM_MAX = 50
export const CHEF_SORTS = ['distance', 'rating', 'eta'] as const

const QueryFlag = z.enum(['true', 'false']).transform((value) => value === 'true')

export const ChefSearch = z.object({
  lat: z.coerce.number().min(-90).max(90),
  lng: z.coerce.number().min(-180).max(180),
  radiusKm: z.coerce.number().positive().max(SEARCH_RADIUS_KM_MAX).default(10),
  q: z.string().trim().max(100).optional(),
  cuisine: Slug.optional(),
  dietary: Slug.optional(),
  minRating: z.coerce.number().min(0).max(5).optional(),
  openNow: QueryFlag.optional(),
  sort: z.enum(CHEF_SORTS).default('distance'),
  ...PageQuery,
})
export type ChefSearch = z.output<typeof ChefSearch>

/** For admins: who waits to be verified, or any other state. */
export const VerificationList = z.object({ status: z.enum(VERIFICATION_STATUSES).optional(), ...PageQuery })
export type VerificationList = z.output<typeof VerificationList>

/** `verified` is understood as `approved`. */
export const Verification = z
  .strictObject({ status: z.enum([...VERIFICATION_STATUSES, 'verified']) })
  .meta({ examples: [{ status: 'approved' }] })

export const verificationOf = ({ status }: z.output<typeof Verification>): VerificationStatus =>
  status === 'verified' ? 'approved' : status
