import type { OrderRecord } from './book.ts'
import type { Shopping } from './customer.ts'
import { refused } from './world.ts'

/** What must not work is tried now and then: reading what is not yours, or not yours yet. */

const PROBES_SHARE = 0.2

/** A kitchen that guesses the id of an order which is not paid gets the answer of one that does not exist. */
export const probeBeforePaying = async ({ world, random }: Shopping, record: OrderRecord) => {
  if (!random.chance(PROBES_SHARE)) return
  const kitchen = world.kitchens.get(record.placed.chefId)!
  const reply = await kitchen.account.call('GET', '/orders/:orderId', { params: { orderId: record.id } })
  world.checks.that('unpaid', reply.status === 404, () => `${record.id}: its kitchen read it unpaid, ${reply.status}`)
}

export const probeAsStranger = async ({ world, random, stranger, customer }: Shopping, record: OrderRecord) => {
  if (!random.chance(PROBES_SHARE) || stranger.account === customer.account) return
  const params = { orderId: record.id }
  for (const template of ['/orders/:orderId', '/orders/:orderId/tracking']) {
    const reply = await stranger.account.call('GET', template, { params })
    world.checks.that(
      'private',
      reply.status === 404,
      () => `${record.id}: a stranger's GET ${template} got ${reply.status}`,
    )
  }
  const body = { reason: 'Not mine' }
  const reply = await stranger.account.call('PATCH', '/orders/:orderId/cancel', { params, body })
  world.checks.that('private', reply.status === 404, () => `${record.id}: a stranger's cancel got ${reply.status}`)
  if (reply.status === 200) refused(world, 'a stranger cancelled an order', reply)
}
