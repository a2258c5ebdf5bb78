import { Elysia } from 'elysia'
import { z } from 'zod'
import { clock } from '#core/clock'
import { config } from '#core/config'
import { database } from '#core/database'
import { counter } from '#core/metrics'
import { Problem, problems } from '#core/problem'

const received = counter('webhooks_total', 'Webhooks by outcome', ['source', 'outcome'])

const Received = z.object({ received: z.literal(true), repeated: z.boolean() }).meta({
  examples: [{ received: true, repeated: false }],
})

const EXAMPLE = { id: 'evt_1', object: 'event', type: 'payment_intent.succeeded' }

/** What Stripe sends. Kept, each event once, before it is answered; Stripe sends again what was not. */
export const webhooks = new Elysia({ tags: ['payments'] }).post(
  '/payments/webhooks/stripe',
  async ({ request, headers }) => {
    // The signature is over the text as it was sent.
    const payload = await request.text()
    const event = await verified(payload, headers['stripe-signature'])
    const rows = await database.sql`
      insert into webhook_events (source, id, type, payload, outcome, received_at)
      values ('stripe', ${event.id}, ${event.type}, ${payload}::text::jsonb, 'ignored', ${clock.now()})
      on conflict do nothing returning id`
    const repeated = rows.length === 0
    received.inc({ source: 'stripe', outcome: repeated ? 'repeated' : 'kept' })
    return { received: true as const, repeated }
  },
  {
    parse: 'none',
    headers: z.object({ 'stripe-signature': z.string().max(2_000).optional() }),
    response: { 200: Received, ...problems(400, 404, 413, 415, 422, 503) },
    detail: {
      summary: 'What Stripe tells us, signed by Stripe',
      requestBody: {
        required: true,
        content: { 'application/json': { schema: { type: 'object' }, example: EXAMPLE } },
      },
    },
  },
)

/** Any of the configured secrets will do: while one is being replaced, both sign. */
const verified = async (payload: string, signature: string | undefined) => {
  const secrets = config().STRIPE_WEBHOOK_SECRET
  if (!secrets) throw new Problem(404, 'webhooks-not-configured', 'No secret for these webhooks is configured here.')
  // Loaded with the first webhook: it takes 20 MB and 60 ms, which a process without Stripe need not spend.
  const { default: Stripe } = await import('stripe')
  for (const secret of secrets) {
    try {
      return await Stripe.webhooks.constructEventAsync(
        payload,
        signature ?? '',
        secret,
        undefined,
        undefined,
        clock.nowMs(),
      )
    } catch (error) {
      if (!(error instanceof Stripe.errors.StripeSignatureVerificationError)) throw malformed()
    }
  }
  received.inc({ source: 'stripe', outcome: 'refused' })
  throw new Problem(400, 'bad-signature', 'The signature does not fit, or is too old.')
}

const malformed = () => new Problem(400, 'malformed-body', 'The body is not well-formed JSON.')
