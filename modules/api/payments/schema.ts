import { z } from 'zod'
import { Id } from '#core/ids'
import { SHOWN_STATUSES } from '#core/lifecycle/shown-states'
import { CentsOut } from '#core/schema'

const intentExample = {
  paymentIntentId: 'pi_sim_8K2M4P6R8T2V4X6Z8B2D4F6H',
  clientSecret: 'pi_sim_8K2M4P6R8T2V4X6Z8B2D4F6H_secret_7J3L5N7Q9S3U5W7Y9A3C5E7G',
  amountCents: 3_486,
  currency: 'USD',
  processor: 'simulated' as const,
}

export const PaymentIntent = z
  .object({
    paymentIntentId: z.string(),
    clientSecret: z.string(),
    amountCents: CentsOut,
    currency: z.string(),
    processor: z.enum(['stripe', 'simulated']),
  })
  .meta({ examples: [intentExample] })
export type PaymentIntent = z.output<typeof PaymentIntent>

export const PaymentIntentRef = z.object({ paymentIntentId: z.string().regex(/^pi_[\w-]{8,100}$/) })

export const Confirmation = z
  .object({
    paymentIntentId: z.string(),
    status: z.literal('succeeded'),
    orderId: Id,
    orderStatus: z.enum(SHOWN_STATUSES),
    amountCents: CentsOut,
    currency: z.string(),
    processor: z.enum(['stripe', 'simulated']),
  })
  .meta({
    examples: [
      {
        paymentIntentId: intentExample.paymentIntentId,
        status: 'succeeded',
        orderId: '01937f5a-7b1c-7c3e-9d2a-5f0e8b6a4c27',
        orderStatus: 'payment_confirmed',
        amountCents: 3_486,
        currency: 'USD',
        processor: 'simulated',
      },
    ],
  })
export type Confirmation = z.output<typeof Confirmation>
