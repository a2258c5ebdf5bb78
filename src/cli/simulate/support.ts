import type { Order } from '#modules/api/orders/schema'
import type { Account } from './account.ts'
import type { OrderRecord } from './book.ts'
import { reportActor } from './kitchen.ts'
import { INSTRUCTIONS, refused, type World } from './world.ts'

/** The people behind the counter: they find a driver for food that nobody brings, and clear up after a broken run. */

const LOOK_EVERY_MS = 3_000
/** Food that waits this long, and in real time at least so long, is given to somebody by hand. */
const WAITS_SECONDS = 40 * 60
const WAITS_MS_MIN = 10_000
/** An order of which nothing was heard for so long is looked at. */
const QUIET_MS = 30_000

export const openSupport = (world: World, admin: Account) => {
  const lookedMs = new Map<string, number>()

  const look = async (record: OrderRecord) => {
    const { at, ms } = record
    const waitedMs = performance.now() - (ms.ready ?? performance.now())
    const isWaiting =
      at.ready !== undefined && record.heldBy === undefined && world.clock.now() - at.ready > WAITS_SECONDS
    if (isWaiting && waitedMs > WAITS_MS_MIN) await findDriver(world, admin, record)
    const newestMs = Math.max(...Object.values(ms), lookedMs.get(record.id) ?? 0)
    if (performance.now() - newestMs < QUIET_MS) return
    lookedMs.set(record.id, performance.now())
    const reply = await admin.call<Order>('GET', '/orders/:orderId', { params: { orderId: record.id } })
    if (reply.status === 200) world.book.closeAs(record.id, reply.body.status)
  }

  const work = async () => {
    for (;;) {
      await world.clock.pause(LOOK_EVERY_MS)
      for (const record of [...world.book.open.values()]) await look(record)
    }
  }
  const running = work().catch((error) => reportActor(world, 'support', error))
  return { close: () => running }
}

/** Whoever the policy would choose; else anyone free, also one who has said no. */
const findDriver = async (world: World, admin: Account, record: OrderRecord) => {
  record.isByHand = true
  const assign = (driverId?: string) =>
    admin.call('POST', '/dispatch/assign', { body: { orderId: record.id, ...(driverId ? { driverId } : {}) } })
  const best = await assign()
  if (best.status === 200) return world.stats.count('assigned by support')
  if (best.slug !== 'no-driver-available') return
  const { lat, lng } = record.placed.deliveryAddress!.coordinates
  const query = { lat, lng, radiusKm: 30 }
  const free = await admin.call<{ data: { driverId: string }[] }>('GET', '/dispatch/available-drivers', { query })
  const driver = free.status === 200 ? free.body.data[0] : undefined
  if (driver && (await assign(driver.driverId)).status === 200) world.stats.count('assigned by support')
}

const OPEN_STATUSES = [
  'pending',
  'payment_confirmed',
  'accepted',
  'preparing',
  'ready_for_pickup',
  'assigned_to_driver',
  'picked_up',
  'in_transit',
]
const PAGE = 100

/**
 * Ends open orders of simulated days: those of runs that were killed, at the beginning, or our own when we are stopped.
 * Orders of people are left alone. Returns how many were ended.
 */
export const clearUp = async (world: World, admin: Account, run?: string): Promise<number> => {
  const mark = run === undefined ? INSTRUCTIONS : `${INSTRUCTIONS} run ${run},`
  let count = 0
  for (const status of OPEN_STATUSES) {
    let cursor: string | null = null
    do {
      const query: Record<string, string | number> = { status, limit: PAGE, ...(cursor ? { cursor } : {}) }
      const reply = await admin.call<{ data: Order[]; nextCursor: string | null }>('GET', '/orders', { query })
      if (reply.status !== 200) {
        refused(world, 'support lists open orders', reply)
        return count
      }
      for (const order of reply.body.data) {
        if (!order.deliveryInstructions?.startsWith(mark)) continue
        await end(world, admin, order)
        count++
      }
      cursor = reply.body.nextCursor
    } while (cursor)
  }
  return count
}

const end = async (world: World, admin: Account, order: Order) => {
  const params = { orderId: order.id }
  const reason = 'The simulated day was stopped.'
  const hasFood = order.status === 'picked_up' || order.status === 'in_transit'
  const reply = hasFood
    ? await admin.call<Order>('PATCH', '/orders/:orderId/fail', { params, body: { reason, food: 'returned' } })
    : await admin.call<Order>('PATCH', '/orders/:orderId/cancel', { params, body: { reason } })
  if (reply.status === 200) world.book.close(order.id, hasFood ? 'failed' : 'cancelled')
  else if (reply.status !== 409) refused(world, `support ends ${order.id}`, reply)
}
