import type { Tracking } from '#modules/api/orders/schema'
import type { OrderRecord } from './book.ts'
import { holdsKey } from './checks.ts'
import type { Shopping } from './customer.ts'
import { openRealtime } from './realtime.ts'
import { type EventFrame, FINAL_EVENTS, type PositionFrame } from './stream.ts'
import { refused, type World } from './world.ts'

/** How a customer sees his order come: by socket, by looking again and again, or by waiting at the window. */

const POLL_MS = 3_000
const POLL_MS_DEMO = 8_000
/** How long the last event may take after somebody has had the last answer. */
const LAST_EVENT_MS_MAX = 20_000

export const follow = async (shopping: Shopping, record: OrderRecord): Promise<void> => {
  const { session } = shopping
  record.isFollowed = true
  try {
    if (session.follows === 'by socket') await listen(shopping, record)
    else if (session.follows === 'by polling') await poll(shopping, record)
    else await shopping.world.stop.orStopped(record.whenOver)
  } finally {
    record.isFollowed = false
  }
}

const listen = async ({ world, session }: Shopping, record: OrderRecord) => {
  const { clock, checks, book, stop } = world
  const ended = Promise.withResolvers<void>()
  let isOver = false
  const onEvent = ({ name, data }: EventFrame) => {
    checks.that('code', !holdsKey(data, 'handoverCode'), () => `${name} of ${record.id} tells the code to all`)
    if (!FINAL_EVENTS.has(name)) return
    isOver = true
    ended.resolve()
  }
  // That the first exact one came no sooner than the food was picked up is seen afterwards, by the order's history.
  const onPosition = ({ isCoarse }: PositionFrame) => {
    checks.that('place', isCoarse || !isOver, () => `${record.id}: an exact place after the door`)
    if (!isCoarse) record.exactPlaceMs ??= Date.now()
  }
  const realtime = openRealtime({ world, account: record.customer })
  const stream = realtime.follow(`order:${record.id}`, { onEvent, onPosition }, { fromStart: session.fromStart })
  record.stream = stream
  try {
    await stop.orStopped(Promise.race([record.whenOver, ended.promise]))
    await Promise.race([ended.promise, clock.pause(LAST_EVENT_MS_MAX)])
    if (book.open.has(record.id)) await settle(world, record)
  } finally {
    await realtime.close()
  }
}

const poll = async ({ world }: Shopping, record: OrderRecord) => {
  const { clock, options, book } = world
  while (book.open.has(record.id)) {
    await Promise.race([record.whenOver, clock.pause(options.demo ? POLL_MS_DEMO : POLL_MS)])
    if (!(await settle(world, record))) return
  }
}

/** Looks at an order, and closes it here when it is over there. False when it cannot be read. */
export const settle = async (world: World, record: OrderRecord): Promise<boolean> => {
  const params = { orderId: record.id }
  const reply = await record.customer.call<Tracking>('GET', '/orders/:orderId/tracking', { params })
  if (reply.status !== 200) {
    refused(world, `session ${record.session} follows its order`, reply)
    return false
  }
  const { status, totalCents, driver } = reply.body
  world.checks.that('cents', totalCents === record.placed.totalCents, () => `${record.id}: tracking says ${totalCents}`)
  const isOnTheWay = status === 'picked_up' || status === 'in_transit'
  const isExact = driver?.position != null && !driver.position.isCoarse
  world.checks.that('place', !isExact || isOnTheWay, () => `${record.id}: the exact place of a driver while ${status}`)
  world.book.closeAs(record.id, status)
  return true
}
