/** What an order costs and who gets what of it. Pure: integer cents in, integer cents out. */

export type PricingRules = {
  taxBps: number
  commissionBps: number
  serviceFeeBps: number
  deliveryFeeCents: number
  deliveryFeeIncludedMeters: number
  deliveryFeePerStepCents: number
  deliveryFeeStepMeters: number
  demandMultiplierBpsMax: number
  demandThreshold: number
}

export type Discount = { bps: number; centsMax: number | null }

export type PricingInput = {
  items: readonly { unitPriceCents: number; quantity: number }[]
  distanceMeters: number
  tipCents: number
  discount: Discount | null
  /** Open deliveries per free driver in the zone. */
  demandRatio: number
}

export type Price = {
  subtotalCents: number
  discountCents: number
  taxCents: number
  deliveryFeeCents: number
  deliveryFeeMultiplier: number
  serviceFeeCents: number
  tipCents: number
  totalCents: number
  /** What the platform keeps of the chef's part. */
  commissionCents: number
}

const BPS = 10_000

export const priceOrder = (input: PricingInput, rules: PricingRules): Price => {
  const subtotalCents = input.items.reduce((sum, item) => sum + item.unitPriceCents * item.quantity, 0)
  const discountCents = discountOf(subtotalCents, input.discount)
  const discountedCents = subtotalCents - discountCents
  const multiplierBps = demandMultiplierBps(input.demandRatio, rules)
  const deliveryFeeCents = shareOf(deliveryFee(input.distanceMeters, rules), multiplierBps)
  const taxCents = shareOf(discountedCents, rules.taxBps)
  const serviceFeeCents = shareOf(discountedCents, rules.serviceFeeBps)
  return {
    subtotalCents,
    discountCents,
    taxCents,
    deliveryFeeCents,
    deliveryFeeMultiplier: multiplierBps / BPS,
    serviceFeeCents,
    tipCents: input.tipCents,
    totalCents: discountedCents + taxCents + deliveryFeeCents + serviceFeeCents + input.tipCents,
    commissionCents: shareOf(discountedCents, rules.commissionBps),
  }
}

/** The one place that rounds: half a cent goes up. Exact while cents × bps stays a safe integer. */
export const shareOf = (cents: number, bps: number): number => Math.floor((cents * bps + BPS / 2) / BPS)

const discountOf = (subtotalCents: number, discount: Discount | null) => {
  if (!discount) return 0
  const cents = shareOf(subtotalCents, discount.bps)
  return Math.min(cents, discount.centsMax ?? cents, subtotalCents)
}

/** A base up to a distance, then a step for each one begun. */
const deliveryFee = (distanceMeters: number, rules: PricingRules) => {
  const beyond = Math.max(0, distanceMeters - rules.deliveryFeeIncludedMeters)
  return rules.deliveryFeeCents + Math.ceil(beyond / rules.deliveryFeeStepMeters) * rules.deliveryFeePerStepCents
}

/** Rises with the ratio beyond the threshold, up to the zone's cap. */
export const demandMultiplierBps = (
  demandRatio: number,
  { demandMultiplierBpsMax, demandThreshold }: Pick<PricingRules, 'demandMultiplierBpsMax' | 'demandThreshold'>,
): number => {
  const bps = Math.round((demandRatio / demandThreshold) * BPS)
  return Math.min(Math.max(bps, BPS), demandMultiplierBpsMax)
}
