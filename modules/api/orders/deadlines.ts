import { database } from '#core/database'
import type { MarketJob } from '#core/jobs'
import { log } from '#core/log'
import { Problem } from '#core/problem'
import { closeOrder } from './kitchen.ts'
import { findOverdue, lockOrder } from './queries.ts'

const BATCH_MAX = 100

const REASONS = { abandon: 'It was not paid in time.', expire: 'The kitchen did not answer in time.' }

/** Closes orders that were not paid, or not accepted, in time. Each in its own transaction, under its lock. */
export const deadlinesJob: MarketJob = {
  name: 'order-deadlines',
  per: 'market',
  everyMs: 1_000,
  run: async (now) => {
    const failures: unknown[] = []
    for (const { id } of await findOverdue(database.sql, now, BATCH_MAX)) {
      // One that cannot be closed must not keep the later ones open.
      await closeOverdue(id, now).catch((error: unknown) => failures.push(error))
    }
    if (failures.length > 0) throw failures[0]
  },
}

const closeOverdue = (orderId: string, now: Date) =>
  database.begin(async (tx) => {
    await lockOrder(tx, orderId)
    // Read again under the lock: it may have been paid or accepted this moment.
    const [order] = await tx<{ status: string }[]>`
      select status from orders where id = ${orderId} and deadline_at <= ${now}`
    if (!order) return
    const event = order.status === 'pending' ? 'abandon' : 'expire'
    try {
      await closeOrder(tx, orderId, event, { by: 'system', now, reason: REASONS[event] })
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      log.error({ orderId, status: order.status, slug: error.slug }, 'an order past its deadline could not be closed')
      throw error
    }
  })
