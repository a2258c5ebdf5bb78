import type { Order } from '#modules/api/orders/schema'
import type { World } from './world.ts'

/**
 * The customer at the door tells the driver the code. Of the run's own orders it is known; for an order that is not
 * (of a demo before a restart, or of a person who plays with the demo's accounts) those who may have placed it are asked.
 */
export const codeOf = async (world: World, orderId: string): Promise<string | undefined> => {
  const record = world.book.find(orderId)
  if (record) return record.placed.handoverCode
  for (const account of world.neighbours) {
    const reply = await account.call<Order>('GET', '/orders/:orderId', { params: { orderId } })
    if (reply.status === 200) return reply.body.handoverCode
  }
  return undefined
}
