import { z } from 'zod'
import { Id } from '#core/ids'
import { Cents, CentsOut, Instant, Text } from '#core/schema'
import { AddressInput } from '../addresses/schema.ts'

export const LINES_PER_ORDER_MAX = 50
export const QUANTITY_MAX = 99
const TIP_CENTS_MAX = 100_000

export const OrderLines = z
  .array(
    z.strictObject({
      menuItemId: Id,
      quantity: z.int().min(1).max(QUANTITY_MAX),
      notes: Text(300).optional(),
    }),
  )
  .min(1)
  .max(LINES_PER_ORDER_MAX)
export type OrderLines = z.output<typeof OrderLines>

export const Tip = Cents.max(TIP_CENTS_MAX)
export const PromoCode = z.string().trim().toUpperCase().min(1).max(40)

const addressExample = {
  street: 'Vasagatan 3',
  city: 'Göteborg',
  postalCode: '411 24',
  coordinates: { lat: 57.6989, lng: 11.9697 },
}

export const orderExample = {
  chefId: '01937f5a-7b1c-7c3e-9d2a-5f0e8b6a4c21',
  items: [{ menuItemId: '01937f5a-7b1c-7c3e-9d2a-5f0e8b6a4c24', quantity: 2 }],
  deliveryAddress: addressExample,
  tipCents: 200,
}

export const QuoteRequest = z
  .strictObject({
    chefId: Id,
    items: OrderLines,
    deliveryAddress: AddressInput,
    tipCents: Tip.default(0),
    promoCode: PromoCode.optional(),
  })
  .meta({ examples: [orderExample] })
export type QuoteRequest = z.output<typeof QuoteRequest>

export const EtaRange = z.object({ p50At: Instant, p90At: Instant })

export const priceExample = {
  subtotalCents: 2_580,
  discountCents: 0,
  taxCents: 206,
  deliveryFeeCents: 500,
  serviceFeeCents: 0,
  tipCents: 200,
  totalCents: 3_486,
  currency: 'USD',
}

export const PriceParts = {
  subtotalCents: CentsOut,
  discountCents: CentsOut,
  taxCents: CentsOut,
  deliveryFeeCents: CentsOut,
  serviceFeeCents: CentsOut,
  tipCents: CentsOut,
  totalCents: CentsOut,
  currency: z.string(),
}

export const Quote = z
  .object({
    id: Id,
    ...PriceParts,
    /** How the delivery fee was raised by demand; 1 when it was not. */
    deliveryFeeMultiplier: z.number(),
    distanceMeters: z.int(),
    distanceIsApproximate: z.boolean(),
    eta: EtaRange,
    /** When a driver will have it in his hands. */
    pickupEta: EtaRange.nullable(),
    expiresAt: Instant,
  })
  .meta({
    examples: [
      {
        id: '01937f5a-7b1c-7c3e-9d2a-5f0e8b6a4c26',
        ...priceExample,
        deliveryFeeMultiplier: 1,
        distanceMeters: 1_240,
        distanceIsApproximate: true,
        eta: { p50At: '2026-11-23T11:38:00.000Z', p90At: '2026-11-23T11:48:00.000Z' },
        pickupEta: { p50At: '2026-11-23T11:24:00.000Z', p90At: '2026-11-23T11:33:00.000Z' },
        expiresAt: '2026-11-23T11:10:00.000Z',
      },
    ],
  })
export type Quote = z.output<typeof Quote>
