import type { Order } from '#modules/api/orders/schema'
import type { Route } from '#modules/dispatch/schema'
import { codeOf } from './door.ts'
import type { Desk } from './driver.ts'
import { refused } from './world.ts'

/** What a driver does at the stops of his route. Each may be begun again: the server's route says what is left. */

export type Job = {
  offerId: string | undefined
  /** How often a stop of it was begun: more than a few means that something is stuck. */
  tries: number
  isOff: boolean
  ready: Promise<void>
  off: Promise<void>
  markReady: () => void
  callOff: () => void
}

export type RouteStop = Route['stops'][number]

const TRIES_MAX = 25
const TRY_AGAIN_MS = 300
const DROPS_SHARE = 0.012
const WRONG_CODE_SHARE = 0.03
const PICKUP_SECONDS = 45
const DOOR_SECONDS = 75
const LOOK_IF_READY_MS = 4_000
const LOOK_IF_READY_MS_DEMO = 15_000
/** A stranger's door opens, or does not: after this the food goes back. */
const DOOR_WAIT_MS_MAX = 120_000
const DOOR_LOOK_MS = 5_000

export const serve = async (desk: Desk, stop: RouteStop): Promise<void> => {
  const { world, driver, jobs } = desk
  const job = jobs.get(stop.orderId)!
  if (job.tries > 0) await world.clock.pause(TRY_AGAIN_MS)
  if (++job.tries === TRIES_MAX) {
    world.checks.broken('actors', `${driver.name} gets no further with ${stop.orderId}`)
    await giveUp(desk, stop)
  }
  if (stop.type === 'pickup') await pickUp(desk, stop, job)
  else await deliver(desk, stop, job)
}

const pickUp = async (desk: Desk, stop: RouteStop, job: Job) => {
  const { world, motion, random } = desk
  const { clock, book } = world
  const drops = job.tries === 1 && random.chance(DROPS_SHARE)
  if (drops) {
    await Promise.race([clock.sleep(motion.secondsTo(stop.location) / 2), job.off])
    return dropIt(desk, stop, 'The bike broke down')
  }
  if (!(await motion.driveTo(stop.location, job.off))) return
  await desk.sendFix()
  await act(desk, stop, 'arrive')
  if (!(await untilReady(desk, stop, job))) return
  await Promise.race([clock.sleep(random.lognormal(PICKUP_SECONDS, 0.3)), job.off])
  if (job.isOff || !(await act(desk, stop, 'pickup'))) return
  book.stepOf(stop.orderId, 'pickedUp')
  await act(desk, stop, 'in-transit')
}

/** An event says so, or the order itself when it is looked at. False when there is nothing to wait for any more. */
const untilReady = async ({ world, driver }: Desk, { orderId }: RouteStop, job: Job): Promise<boolean> => {
  const everMs = world.options.demo ? LOOK_IF_READY_MS_DEMO : LOOK_IF_READY_MS
  for (;;) {
    if (job.isOff) return false
    const reply = await driver.account.call<Order>('GET', '/orders/:orderId', { params: { orderId } })
    // Not his to read any more: taken from him.
    if (reply.status !== 200) return false
    if (READY.has(reply.body.status)) return true
    await Promise.race([job.ready, job.off, world.clock.pause(everMs)])
  }
}

const READY = new Set(['ready_for_pickup', 'assigned_to_driver', 'picked_up', 'in_transit'])

const deliver = async (desk: Desk, stop: RouteStop, job: Job) => {
  const { world, driver, motion, random } = desk
  if (!(await motion.driveTo(stop.location, job.off))) return
  await desk.sendFix()
  await act(desk, stop, 'arrive')
  await world.clock.sleep(random.lognormal(DOOR_SECONDS, 0.4))
  const code = await atTheDoor(desk, stop)
  if (code === undefined) return fail(desk, stop)
  if (random.chance(WRONG_CODE_SHARE)) await tryWrongCode(desk, stop, code)
  if (await act(desk, stop, 'deliver', { proof: { code } })) world.book.delivered(stop.orderId, driver.name)
}

const tryWrongCode = async ({ world, driver }: Desk, { orderId }: RouteStop, code: string) => {
  const wrong = String((Number(code) + 1) % 10_000).padStart(4, '0')
  const body = { proof: { code: wrong } }
  const reply = await driver.account.call('PATCH', '/orders/:orderId/deliver', { params: { orderId }, body })
  world.stats.count('wrong codes tried')
  const isRefused = reply.status === 422 || reply.status === 409 || reply.status === 404
  world.checks.that('code', isRefused, () => `${orderId}: a wrong code got ${reply.status}`)
}

const atTheDoor = async ({ world }: Desk, { orderId }: RouteStop) => {
  const deadlineMs = performance.now() + DOOR_WAIT_MS_MAX
  for (;;) {
    const code = await codeOf(world, orderId)
    if (code !== undefined || performance.now() > deadlineMs) return code
    await world.clock.pause(DOOR_LOOK_MS)
  }
}

/** A step of the delivery. False when the server says that the state has changed: then the route is read again. */
const act = async ({ world, driver }: Desk, { orderId }: RouteStop, event: string, body?: object): Promise<boolean> => {
  const reply = await driver.account.call<Order>('PATCH', `/orders/:orderId/${event}`, { params: { orderId }, body })
  if (reply.status === 200) return true
  if (reply.status === 409 || reply.status === 404) {
    world.stats.count(`driver overtaken at ${event}`)
    // Done by an attempt whose answer was lost.
    const isDone = reply.unsure && DONE[event]?.includes(reply.problem.currentStatus ?? '')
    if (!isDone) world.book.closeAs(orderId, reply.problem.currentStatus)
    return isDone ?? false
  }
  refused(world, `${driver.name}: ${event} ${orderId}`, reply)
  return false
}

const DONE: Record<string, readonly string[]> = {
  pickup: ['picked_up', 'in_transit'],
  'in-transit': ['in_transit'],
  deliver: ['delivered'],
}

const dropIt = async ({ world, driver }: Desk, { orderId }: RouteStop, reason: string) => {
  world.book.letGo(orderId, driver.name)
  const reply = await driver.account.call('PATCH', '/orders/:orderId/drop', { params: { orderId }, body: { reason } })
  if (reply.status === 200) world.stats.count('orders dropped')
  else if (reply.status !== 409 && reply.status !== 404) refused(world, `${driver.name} drops ${orderId}`, reply)
}

const fail = async ({ world, driver }: Desk, { orderId }: RouteStop) => {
  const body = { reason: 'Nobody came to the door.', food: 'returned' }
  const reply = await driver.account.call('PATCH', '/orders/:orderId/fail', { params: { orderId }, body })
  if (reply.status === 200) world.book.close(orderId, 'failed')
  else if (reply.status !== 409 && reply.status !== 404) refused(world, `${driver.name} fails ${orderId}`, reply)
}

const giveUp = (desk: Desk, stop: RouteStop) =>
  stop.type === 'pickup' ? dropIt(desk, stop, 'Stuck') : fail(desk, stop)
