import { z } from 'zod'
import { Id } from '#core/ids'
import { DELIVERY_STATUSES } from '#core/lifecycle/delivery-states'
import { SHOWN_STATUSES } from '#core/lifecycle/shown-states'
import { PageQuery } from '#core/pagination'
import { CENTS_MAX, CentsOut, Instant, Position, Text } from '#core/schema'
import { AddressInput } from '../addresses/schema.ts'
import { EtaRange, OrderLines, orderExample, PriceParts, PromoCode, priceExample, Tip } from '../quotes/schema.ts'

/** From a quote, or directly. With a quote, what is repeated must be what was quoted. */
export const NewOrder = z
  .strictObject({
    chefId: Id.optional(),
    items: OrderLines.optional(),
    deliveryAddress: AddressInput.optional(),
    deliveryInstructions: Text(500).optional(),
    tipCents: Tip.optional(),
    promoCode: PromoCode.optional(),
    quoteId: Id.optional(),
  })
  .superRefine((order, context) => {
    if (order.quoteId !== undefined) return
    for (const name of ['chefId', 'items', 'deliveryAddress'] as const) {
      if (order[name] === undefined) {
        context.addIssue({ code: 'custom', path: [name], message: 'is required without a quoteId' })
      }
    }
  })
  .meta({ examples: [orderExample] })
export type NewOrder = z.output<typeof NewOrder>

const Address = z.object({ street: z.string(), city: z.string(), postalCode: z.string(), coordinates: Position })

const orderId = '01937f5a-7b1c-7c3e-9d2a-5f0e8b6a4c27'

const orderOut = {
  id: orderId,
  orderNumber: 'RND-20261123-7K3P',
  status: 'accepted' as const,
  deliveryStatus: 'unassigned' as const,
  chefId: orderExample.chefId,
  chefName: "Mai's Kitchen",
  items: [
    {
      menuItemId: orderExample.items[0]!.menuItemId,
      name: 'Khao soi',
      unitPriceCents: 1_290,
      quantity: 2,
      notes: null,
      totalCents: 2_580,
    },
  ],
  ...priceExample,
  refundedCents: 0,
  createdAt: '2026-11-23T11:00:00.000Z',
  promise: { p50At: '2026-11-23T11:38:00.000Z', p90At: '2026-11-23T11:48:00.000Z' },
  eta: { p50At: '2026-11-23T11:36:00.000Z', p90At: '2026-11-23T11:44:00.000Z' },
  pickupEta: { p50At: '2026-11-23T11:24:00.000Z', p90At: '2026-11-23T11:29:00.000Z' },
  readyAt: '2026-11-23T11:22:00.000Z',
  deadlineAt: null,
  closedReason: null,
}

export const Order = z
  .object({
    id: Id,
    orderNumber: z.string(),
    status: z.enum(SHOWN_STATUSES),
    deliveryStatus: z.enum(DELIVERY_STATUSES),
    chefId: Id,
    chefName: z.string(),
    items: z.array(
      z.object({
        menuItemId: Id,
        name: z.string(),
        unitPriceCents: CentsOut,
        quantity: z.int(),
        notes: z.string().nullable(),
        totalCents: CentsOut,
      }),
    ),
    ...PriceParts,
    refundedCents: CentsOut,
    createdAt: Instant,
    promise: EtaRange,
    eta: EtaRange,
    /** When its driver will have it in his hands; null before the kitchen has accepted, and once he has. */
    pickupEta: EtaRange.nullable(),
    readyAt: Instant.nullable(),
    /** Until then it must be paid, or accepted. */
    deadlineAt: Instant.nullable(),
    closedReason: z.string().nullable(),
    /** Only for the customer, an admin, and the driver who has it. */
    deliveryAddress: Address.optional(),
    deliveryInstructions: z.string().nullable().optional(),
    /** Only for the driver who has it, its chef and admins. */
    pickupAddress: Address.optional(),
    /** Only for the customer: what the driver must be told at the door. */
    handoverCode: z.string().optional(),
    /** Only for the driver who has it and for admins: what bringing it pays. */
    driverPayCents: CentsOut.optional(),
    /** Only for its chef and for admins: what the platform keeps. */
    commissionCents: CentsOut.optional(),
  })
  .meta({ examples: [{ ...orderOut, deliveryAddress: orderExample.deliveryAddress, handoverCode: '4711' }] })
export type Order = z.output<typeof Order>

export const OrderList = {
  status: z.enum(SHOWN_STATUSES).optional(),
  ...PageQuery,
}
export const OrderListQuery = z.object(OrderList)
export type OrderListQuery = z.output<typeof OrderListQuery>

export const Tracking = z
  .object({
    orderId: Id,
    orderNumber: z.string(),
    status: z.enum(SHOWN_STATUSES),
    deliveryStatus: z.enum(DELIVERY_STATUSES),
    totalCents: CentsOut,
    currency: z.string(),
    eta: EtaRange,
    pickupEta: EtaRange.nullable(),
    promise: EtaRange,
    kitchen: z.object({ name: z.string(), location: Position }),
    destination: Position,
    driver: z
      .object({
        firstName: z.string(),
        vehicleType: z.string(),
        /** Exact while the food is with the driver, coarse before that. */
        position: z.object({ lat: z.number(), lng: z.number(), recordedAt: Instant, isCoarse: z.boolean() }).nullable(),
      })
      .nullable(),
    history: z.array(
      z.object({
        machine: z.enum(['order', 'delivery']),
        event: z.string(),
        status: z.string(),
        actor: z.string(),
        at: Instant,
      }),
    ),
  })
  .meta({
    examples: [
      {
        orderId,
        orderNumber: orderOut.orderNumber,
        status: 'in_transit',
        deliveryStatus: 'in_transit',
        totalCents: priceExample.totalCents,
        currency: 'USD',
        eta: orderOut.eta,
        pickupEta: null,
        promise: orderOut.promise,
        kitchen: { name: "Mai's Kitchen", location: { lat: 57.695, lng: 11.953 } },
        destination: orderExample.deliveryAddress.coordinates,
        driver: {
          firstName: 'Omar',
          vehicleType: 'bike',
          position: { lat: 57.697, lng: 11.96, recordedAt: '2026-11-23T11:30:00.000Z', isCoarse: false },
        },
        history: [
          { machine: 'order', event: 'place', status: 'pending', actor: 'customer', at: '2026-11-23T11:00:00.000Z' },
        ],
      },
    ],
  })
export type Tracking = z.output<typeof Tracking>

export const PREP_MINUTES_MAX = 480
const Reason = Text(300)

export const Acceptance = z
  .strictObject({ prepMinutes: z.int().min(0).max(PREP_MINUTES_MAX).optional() })
  .optional()
  .meta({ examples: [{ prepMinutes: 20 }] })
export const Refusal = z.strictObject({ reason: Reason }).meta({ examples: [{ reason: 'Out of rice' }] })
export const Nothing = z
  .strictObject({})
  .optional()
  .meta({ examples: [{}] })

/** The customer's code; or, for admins only, why it is settled without one. */
export const HandoverProof = z
  .strictObject({
    proof: z.union([
      z.strictObject({ code: z.string().regex(/^\d{4}$/, 'must be four digits') }),
      z.strictObject({ override: Reason }),
    ]),
  })
  .meta({ examples: [{ proof: { code: '4711' } }] })
export type Proof = z.output<typeof HandoverProof>['proof']

export const FOOD_OUTCOMES = ['returned', 'left_at_door', 'disposed'] as const
export const FailedDelivery = z
  .strictObject({ reason: Reason, food: z.enum(FOOD_OUTCOMES) })
  .meta({ examples: [{ reason: 'Nobody answers', food: 'returned' }] })

export const RefundRequest = z
  .strictObject({ amountCents: z.int().min(1).max(CENTS_MAX), reason: Reason })
  .meta({ examples: [{ amountCents: 500, reason: 'One dish was missing' }] })
