import type { LatLng } from '#core/geo'
import type { Route } from '#modules/dispatch/schema'
import type { Account } from './account.ts'
import { answerOffers } from './driver-offers.ts'
import { type Job, serve } from './driver-stops.ts'
import { reportActor } from './kitchen.ts'
import { createMotion, type Motion } from './motion.ts'
import type { Shift } from './plan.ts'
import type { Random } from './random.ts'
import { openRealtime, type Realtime } from './realtime.ts'
import type { EventFrame } from './stream.ts'
import { askWays } from './streets.ts'
import { refused, type VehicleType, type World } from './world.ts'

/**
 * A driver: on duty in his shift, listens for offers, then follows the route that the server gives him, stop by stop.
 * All that he has to do comes from that route, so that he goes on where he was after any break.
 */

/** So many fit into a bag. */
const BUNDLE_ORDERS_MAX = 4
const FIX_EVERY_MS = 1_500
/** Slower time needs fewer fixes: at demo speed one street lasts many seconds. */
const FIX_EVERY_MS_DEMO = 3_000
const IDLE_FIX_MS = 20_000
/** Where the server's clock keeps pace: as often as a phone would, of its time. */
const FIX_EVERY_SECONDS = 10
const IDLE_FIX_SECONDS = 15
const IDLE_LOOK_MS = 10_000
const IDLE_LOOK_MS_DEMO = 30_000
/** While his socket is away he asks himself. */
const IDLE_LOOK_MS_UNHEARD = 2_000

export type HiredDriver = { driverId: string; name: string; account: Account; vehicleType: VehicleType; start: LatLng }

/** What a driver's parts share. */
export type Desk = {
  world: World
  driver: HiredDriver
  motion: Motion
  random: Random
  /** Orders that he has now, with what was heard of each. */
  jobs: Map<string, Job>
  /** Offers that he lets run out. */
  ignored: Set<string>
  sendFix: () => Promise<void>
}

export type DriverDesk = ReturnType<typeof openDriver>

export const openDriver = (world: World, driver: HiredDriver, shift: Shift) => {
  const { clock, stats, options } = world
  const motion = createMotion({
    clock,
    vehicle: driver.vehicleType,
    start: driver.start,
    wayTo: askWays(world, driver.vehicleType, world.random(`pace ${driver.account.email}`)),
    random: world.random(`fixes ${driver.account.email}`),
  })
  const wake = createBell()
  /** Virtual instants of his shift, and seconds with an order in it. */
  const times: { began?: number; ended?: number; busy: number } = { busy: 0 }
  let fixMs = 0

  const sendFix = async () => {
    fixMs = performance.now()
    // Our clock is not the server's, where that keeps pace with the day.
    const body = { ...motion.fix(), ...(!options.keepsPace && { recordedAt: new Date().toISOString() }) }
    const reply = await driver.account.call('POST', '/drivers/location', { body, retry: false })
    if (reply.status === 200) stats.count('fixes')
    else if (reply.status !== 0 && reply.status < 500) refused(world, `${driver.name} tells where he is`, reply)
  }

  const desk: Desk = {
    world,
    driver,
    motion,
    random: world.random(`driver ${driver.account.email}`),
    jobs: new Map(),
    ignored: new Set(),
    sendFix,
  }

  const onEvent = ({ name, data }: EventFrame) => {
    const job = desk.jobs.get(String(data.orderId))
    if (job && name === 'order.ready') job.markReady()
    if (job && OVER.has(name)) job.callOff()
    if (name === 'offer.expired' || name === 'offer.withdrawn') stats.count(`heard ${name}`)
    wake.ring()
  }

  const realtime = openRealtime({ world, account: driver.account, onOpen: wake.ring })
  realtime.follow(`driver:${driver.driverId}`, { onEvent }, { fromStart: false, keep: false })

  const keepSendingFixes = async () => {
    const { everMs, idleMs } = fixPace(world)
    while (times.ended === undefined) {
      await clock.pause(everMs)
      if (motion.isMoving || performance.now() - fixMs > idleMs) await sendFix()
    }
  }

  /** On his way to a kitchen, and while he waits there, he may be asked for more from there. */
  const answeringMeanwhile = async (serving: Promise<void>, mayAnswer: () => boolean) => {
    let isServed = false
    const served = serving.finally(() => {
      isServed = true
    })
    while (!isServed) {
      await Promise.race([wake.rung(), clock.pause(lookEveryMs(world, realtime)), served])
      if (!isServed && mayAnswer()) await answerOffers(desk)
    }
    await served
  }

  const work = async () => {
    await clock.until(shift.from)
    await setAvailable(desk, true)
    times.began = clock.now()
    const fixes = keepSendingFixes().catch((error) => reportActor(world, driver.name, error))
    for (;;) {
      const stop = await nextStop(desk)
      if (stop) {
        // Until he has fetched something he may be asked for more.
        if (stop.type === 'pickup' && clock.now() < shift.until && (await answerOffers(desk))) continue
        const busyFrom = clock.now()
        await answeringMeanwhile(serve(desk, stop), () => stop.type === 'pickup' && clock.now() < shift.until)
        times.busy += clock.now() - busyFrom
        continue
      }
      if (clock.now() >= shift.until) break
      if (await answerOffers(desk)) continue
      await Promise.race([wake.rung(), clock.pause(lookEveryMs(world, realtime))])
    }
    await setAvailable(desk, false)
    times.ended = clock.now()
    await fixes
  }

  const running = work().catch((error) => reportActor(world, driver.name, error))
  return {
    driver,
    times,
    /** Tried once, where the server itself may be going. */
    goOffDuty: ({ once = false } = {}) =>
      driver.account.call('PATCH', '/drivers/availability', { body: { isAvailable: false }, retry: !once }),
    close: () => Promise.all([realtime.close(), running]),
  }
}

const fixPace = ({ clock, options }: World) => {
  if (options.keepsPace)
    return { everMs: clock.realMsOf(FIX_EVERY_SECONDS), idleMs: clock.realMsOf(IDLE_FIX_SECONDS) - 1 }
  return { everMs: options.demo ? FIX_EVERY_MS_DEMO : FIX_EVERY_MS, idleMs: IDLE_FIX_MS }
}

const OVER = new Set(['order.cancelled', 'order.rejected', 'delivery.unassigned', 'delivery.failed', 'order.delivered'])

const lookEveryMs = ({ options }: World, { isOpen }: Realtime) => {
  if (!isOpen) return IDLE_LOOK_MS_UNHEARD
  return options.demo ? IDLE_LOOK_MS_DEMO : IDLE_LOOK_MS
}

/** Rung any number of times, it wakes its one listener once. */
const createBell = () => {
  let bell = Promise.withResolvers<void>()
  return {
    ring: () => bell.resolve(),
    rung: async () => {
      await bell.promise
      bell = Promise.withResolvers<void>()
    },
  }
}

const setAvailable = async ({ world, driver, sendFix }: Desk, isAvailable: boolean) => {
  const reply = await driver.account.call('PATCH', '/drivers/availability', { body: { isAvailable } })
  if (reply.status !== 200) refused(world, `${driver.name} goes ${isAvailable ? 'on' : 'off'} duty`, reply)
  if (isAvailable) await sendFix()
}

/** The first stop of the server's route; also notes whom he holds, and that they are not too many. */
const nextStop = async ({ world, driver, jobs }: Desk) => {
  const reply = await driver.account.call<Route>('GET', '/drivers/route')
  if (reply.status !== 200) {
    refused(world, `${driver.name} reads his route`, reply)
    return undefined
  }
  const { stops } = reply.body
  const orderIds = new Set(stops.map(({ orderId }) => orderId))
  for (const orderId of jobs.keys()) {
    if (orderIds.has(orderId)) continue
    jobs.delete(orderId)
    world.book.letGo(orderId, driver.name)
  }
  for (const orderId of orderIds) {
    if (!jobs.has(orderId)) jobs.set(orderId, createJob())
    world.book.hold(orderId, driver.name)
  }
  world.checks.that(
    'bundles',
    jobs.size <= BUNDLE_ORDERS_MAX && isInOrder(stops),
    () => `${driver.name} has ${stops.map(({ type, orderId }) => `${type} ${orderId}`).join(', ')}`,
  )
  return stops[0]
}

/** Every food is brought once, after it was fetched. */
const isInOrder = (stops: Route['stops']) => {
  const doors = stops.flatMap(({ type, orderId }, at) => (type === 'dropoff' ? [{ orderId, at }] : []))
  return (
    new Set(doors.map(({ orderId }) => orderId)).size === doors.length &&
    stops.every(
      ({ type, orderId }, at) => type === 'dropoff' || doors.some((door) => door.orderId === orderId && door.at > at),
    )
  )
}

/** An order in a driver's hands. */
export const createJob = (offerId?: string): Job => {
  const ready = Promise.withResolvers<void>()
  const off = Promise.withResolvers<void>()
  return {
    offerId,
    tries: 0,
    isOff: false,
    ready: ready.promise,
    off: off.promise,
    markReady: ready.resolve,
    callOff() {
      this.isOff = true
      off.resolve()
    },
  }
}
