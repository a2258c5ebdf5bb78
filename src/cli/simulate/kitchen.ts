import pLimit from 'p-limit'
import type { Order } from '#modules/api/orders/schema'
import { holdsKey } from './checks.ts'
import type { Random } from './random.ts'
import { openRealtime } from './realtime.ts'
import { Stopped } from './stop.ts'
import type { EventFrame } from './stream.ts'
import { type Kitchen, refused, type World } from './world.ts'

/** A chef: hears of paid orders, takes nearly all of them, cooks a few at a time, calls when the food is ready. */

const STOVES = 4
const SAFETY_LOOK_MS = 15_000
const SAFETY_LOOK_MS_DEMO = 60_000
const REJECTS_SHARE = 0.015
const CANCELS_SHARE = 0.005
/** At our own pace of time a kitchen may sleep through its deadline; faster, nobody would wait for it. */
const SLEEPS_SHARE = 0.01
const SLEEPS_SPEED_MAX = 2
const REACTION_SECONDS = 40
const COOKING_SIGMA = 0.22
const PREP_MINUTES_DEFAULT = 15
const PREP_MINUTES_MAX = 480
const OPEN_STATUSES = ['payment_confirmed', 'accepted', 'preparing'] as const

const REASONS = ['Out of rice', 'The oven broke', 'Too many orders at once', 'A dish is gone']
const CALLED_OFF = new Set(['order.cancelled', 'order.rejected', 'delivery.failed'])

export type KitchenDesk = ReturnType<typeof openKitchen>

export const openKitchen = (world: World, kitchen: Kitchen) => {
  const { book, clock, options } = world
  const jobs = new Map<string, { isOff: boolean }>()
  const stove = pLimit(STOVES)
  let isLooking = false

  const onEvent = ({ name, data }: EventFrame) => {
    const orderId = typeof data.orderId === 'string' ? data.orderId : undefined
    world.checks.that('code', !holdsKey(data, 'handoverCode'), () => `${name} told ${kitchen.name} the code`)
    if (orderId === undefined) return
    book.seenByKitchen(orderId, `by ${name}`)
    if (name === 'order.paid') take(orderId, 'payment_confirmed')
    const job = jobs.get(orderId)
    if (job && CALLED_OFF.has(name)) job.isOff = true
  }

  /** For what no event told: after a restart of ours or of the server, and now and then in any case. */
  const look = async () => {
    const statuses = options.demo ? OPEN_STATUSES : (['payment_confirmed'] as const)
    for (const status of statuses) {
      const reply = await kitchen.account.call<{ data: Order[] }>('GET', '/orders', { query: { status, limit: 50 } })
      if (reply.status !== 200) return refused(world, `${kitchen.name} lists its orders`, reply)
      for (const { id } of reply.body.data) {
        book.seenByKitchen(id, 'in its list')
        take(id, status)
      }
    }
  }

  const lookOnce = () => {
    if (isLooking) return
    isLooking = true
    void look()
      .catch((error) => reportActor(world, kitchen.name, error))
      .finally(() => {
        isLooking = false
      })
  }

  const take = (orderId: string, status: (typeof OPEN_STATUSES)[number]) => {
    const record = book.find(orderId)
    // Somebody else's customer: in the demo he is served as well, else he is none of ours.
    if (jobs.has(orderId) || (!record && !options.demo)) return
    const job = { isOff: false }
    jobs.set(orderId, job)
    const random = world.random(`kitchen, session ${record?.session ?? orderId}`)
    void cook(world, kitchen, orderId, { status, random, job, stove })
      .catch((error) => reportActor(world, `${kitchen.name}, order ${orderId}`, error))
      .finally(() => options.demo && jobs.delete(orderId))
  }

  const realtime = openRealtime({ world, account: kitchen.account, onOpen: lookOnce })
  const stream = realtime.follow(`chef:${kitchen.chefId}`, { onEvent }, { fromStart: false, keep: !options.demo })

  const everMs = options.demo ? SAFETY_LOOK_MS_DEMO : SAFETY_LOOK_MS
  const running = (async () => {
    // Not all kitchens in the same moment.
    await clock.pause(everMs * world.random(`look ${kitchen.account.email}`).between(0, 1))
    for (;;) {
      await clock.pause(everMs)
      lookOnce()
    }
  })().catch((error) => reportActor(world, kitchen.name, error))

  return { kitchen, stream, close: () => Promise.all([realtime.close(), running]) }
}

export const reportActor = (world: World, who: string, error: unknown): void => {
  if (error instanceof Stopped) return
  const message = error instanceof Error ? error.message : String(error)
  world.checks.broken('actors', `${who}: ${message}`)
  world.log(`${who}: ${error instanceof Error ? error.stack : message}`)
  // A demo does without nobody for long: it begins again.
  if (world.options.demo) world.stop.raise(message)
}

type Work = {
  status: (typeof OPEN_STATUSES)[number]
  random: Random
  job: { isOff: boolean }
  stove: <T>(run: () => Promise<T>) => Promise<T>
}

/** One order from paid to ready; begins later when it is found half done. */
const cook = async (world: World, kitchen: Kitchen, orderId: string, { status, random, job, stove }: Work) => {
  const { clock, options } = world
  const draws = drawWork(random, options.speed)
  const step = (event: string, body?: object) => stepOf(world, kitchen, orderId, event, body)
  const order = await readOrder(world, kitchen, orderId)
  if (!order) return
  const seconds =
    Math.max(...order.items.map((line) => kitchen.prepMinutes.get(line.menuItemId) ?? PREP_MINUTES_DEFAULT)) * 60
  const cookingSeconds = seconds * draws.pace
  if (status === 'payment_confirmed') {
    await clock.sleep(draws.reactionSeconds)
    if (job.isOff || draws.sleeps) return
    if (draws.rejects)
      return void ((await step('reject', { reason: draws.reason })) && world.book.close(orderId, 'rejected'))
    // A server counts in real minutes, of which a fast day has few; one that keeps pace hears what a cook would say beforehand.
    const toldSeconds = options.keepsPace ? seconds : clock.realMsOf(cookingSeconds) / 1_000
    const prepMinutes = Math.min(PREP_MINUTES_MAX, Math.round(toldSeconds / 60))
    if (!(await step('accept', { prepMinutes }))) return
    world.book.stepOf(orderId, 'accepted')
  }
  await stove(async () => {
    if (job.isOff) return
    if (status !== 'preparing' && !(await step('preparing'))) return
    await clock.sleep(cookingSeconds * (draws.cancels ? 0.5 : 1))
    if (job.isOff) return
    if (draws.cancels)
      return void ((await step('cancel', { reason: draws.reason })) && world.book.close(orderId, 'cancelled'))
    if (await step('ready')) world.book.stepOf(orderId, 'ready')
  })
}

const drawWork = (random: Random, speed: number) => ({
  reactionSeconds: random.lognormal(REACTION_SECONDS, 0.5),
  pace: random.lognormal(1, COOKING_SIGMA),
  rejects: random.chance(REJECTS_SHARE),
  cancels: random.chance(CANCELS_SHARE),
  sleeps: random.chance(SLEEPS_SHARE) && speed <= SLEEPS_SPEED_MAX,
  reason: random.pick(REASONS),
})

const readOrder = async (world: World, kitchen: Kitchen, orderId: string): Promise<Order | undefined> => {
  const reply = await kitchen.account.call<Order>('GET', '/orders/:orderId', { params: { orderId } })
  if (reply.status !== 200) {
    refused(world, `${kitchen.name} reads a paid order`, reply)
    return undefined
  }
  world.checks.that('code', !holdsKey(reply.body, 'handoverCode'), () => `${kitchen.name} read the code of ${orderId}`)
  return reply.body
}

/** What the state may be when our own step was done by an attempt whose answer was lost. */
const REACHED: Record<string, readonly string[]> = {
  accept: ['accepted'],
  reject: ['rejected'],
  preparing: ['preparing'],
  ready: ['ready_for_pickup', 'assigned_to_driver', 'picked_up', 'in_transit', 'delivered'],
  cancel: ['cancelled'],
}

/** True when the step is done. False when the order is over: someone else was faster. */
const stepOf = async (
  world: World,
  kitchen: Kitchen,
  orderId: string,
  event: string,
  body?: object,
): Promise<boolean> => {
  const reply = await kitchen.account.call<Order>('PATCH', `/orders/:orderId/${event}`, { params: { orderId }, body })
  if (reply.status === 200) return true
  if (reply.status === 409) {
    const now = reply.problem.currentStatus ?? ''
    if (reply.unsure && REACHED[event]!.includes(now)) return true
    if (world.book.closeAs(orderId, now)) return false
    if (world.book.find(orderId)?.outcome !== undefined || world.options.demo) return false
  }
  refused(world, `${kitchen.name}: ${event} ${orderId}`, reply)
  return false
}
