import { randomCode } from '#core/ids'

export type ProcessorName = 'simulated' | 'stripe'

export type NewIntent = { intentId: string; clientSecret: string }

/** Who takes the money. Part of a transaction of ours only where it has none of its own to fail: see the simulated one. */
export type PaymentProcessor = {
  name: ProcessorName
  createIntent(order: { orderId: string; amountCents: number; currency: string }): Promise<NewIntent>
  refund(payment: { intentId: string; amountCents: number; refundId: string }): Promise<void>
}

const SECRET_LENGTH = 24

/** Stands in when no Stripe key is set, and says so in every answer. Takes no money and gives none back. */
export const simulatedProcessor: PaymentProcessor = {
  name: 'simulated',
  createIntent: async () => {
    const intentId = `pi_sim_${randomCode(SECRET_LENGTH)}`
    return { intentId, clientSecret: `${intentId}_secret_${randomCode(SECRET_LENGTH)}` }
  },
  refund: async () => {},
}

export const paymentProcessor = (): PaymentProcessor => simulatedProcessor
