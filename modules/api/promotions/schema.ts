import { z } from 'zod'
import { Id } from '#core/ids'
import { PageQuery } from '#core/pagination'
import { Cents, CentsOut, Instant, InstantInput } from '#core/schema'

const REDEMPTIONS_MAX = 1_000_000_000

/** As it is kept and printed; customers may type it in any case. */
const Code = z
  .string()
  .regex(/^[A-Z0-9]+(-[A-Z0-9]+)*$/, 'must be upper case letters, digits and single dashes')
  .max(40)

const RedemptionCountMax = z.int().min(0).max(REDEMPTIONS_MAX).nullable()

/** Shares are in basis points (1/100 %) of the food. Null: no cap, no maximum. Without a beginning it begins now. */
export const NewPromotion = z
  .strictObject({
    code: Code,
    discountBps: z.int().min(1).max(10_000),
    discountCentsMax: Cents.min(1).nullable().default(null),
    subtotalCentsMin: Cents.default(0),
    startsAt: InstantInput.optional(),
    endsAt: InstantInput,
    redemptionCountMax: RedemptionCountMax.default(null),
  })
  .meta({
    examples: [{ code: 'WELCOME-20', discountBps: 2_000, discountCentsMax: 1_500, endsAt: '2027-01-01T00:00:00Z' }],
  })
export type NewPromotion = z.output<typeof NewPromotion>

export const PromotionChange = z
  .strictObject({ endsAt: InstantInput, redemptionCountMax: RedemptionCountMax })
  .partial()
  .meta({ examples: [{ endsAt: '2026-12-01T00:00:00Z' }] })
export type PromotionChange = z.output<typeof PromotionChange>

export const Promotion = z
  .object({
    id: Id,
    code: z.string(),
    discountBps: z.int(),
    discountCentsMax: CentsOut.nullable(),
    subtotalCentsMin: CentsOut,
    startsAt: Instant,
    endsAt: Instant,
    redemptionCount: z.int(),
    redemptionCountMax: z.int().nullable(),
    createdAt: Instant,
  })
  .meta({
    examples: [
      {
        id: '01937f5a-7b1c-7c3e-9d2a-5f0e8b6a4c32',
        code: 'WELCOME-20',
        discountBps: 2_000,
        discountCentsMax: 1_500,
        subtotalCentsMin: 0,
        startsAt: '2026-11-23T11:00:00.000Z',
        endsAt: '2027-01-01T00:00:00.000Z',
        redemptionCount: 0,
        redemptionCountMax: null,
        createdAt: '2026-11-23T11:00:00.000Z',
      },
    ],
  })
export type Promotion = z.output<typeof Promotion>

export const PromotionList = z.object(PageQuery)
export type PromotionList = z.output<typeof PromotionList>
