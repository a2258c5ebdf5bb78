import type { Order } from '#modules/api/orders/schema'
import type { Offer } from '#modules/dispatch/schema'
import { holdsKey } from './checks.ts'
import { createJob, type Desk } from './driver.ts'
import { refused } from './world.ts'

/** What a driver says to offers: mostly yes. */

const DECLINES_SHARE = 0.07
/** Each costs half a real minute, which is hours of a fast day. */
const IGNORES_SHARE = 0.006
const REACTION_SECONDS = 8
/** Offers run out in real time, however slow the day. */
const REACTION_MS_MAX = 10_000
const REASONS = ['Too far', 'Going home that way', 'The bag is full', 'A flat tyre']

/** Answers the offers that are open. Tells whether one was taken. */
export const answerOffers = async (desk: Desk): Promise<boolean> => {
  const { world, driver, ignored } = desk
  const reply = await driver.account.call<{ data: Offer[] }>('GET', '/drivers/offers')
  if (reply.status !== 200) {
    refused(world, `${driver.name} looks for offers`, reply)
    return false
  }
  world.checks.that('bundles', reply.body.data.length <= 1, () => `${driver.name} has several open offers`)
  for (const offer of reply.body.data) {
    if (ignored.has(offer.id)) continue
    if (await answer(desk, offer)) return true
  }
  return false
}

const answer = async (desk: Desk, offer: Offer): Promise<boolean> => {
  const { world, driver, random, ignored } = desk
  const { book, stats, options, clock } = world
  stats.count('offers seen')
  const draws = {
    seconds: random.lognormal(REACTION_SECONDS, 0.5),
    ignores: random.chance(IGNORES_SHARE),
    declines: random.chance(DECLINES_SHARE),
    reason: random.pick(REASONS),
  }
  const isForeign = !options.demo && offer.orderIds.some((orderId) => !book.find(orderId))
  if (isForeign) return decline(desk, offer, 'Not of this simulated day', 'offers of strangers')
  await clock.pause(Math.min(clock.realMsOf(draws.seconds), REACTION_MS_MAX))
  if (draws.ignores) {
    ignored.add(offer.id)
    stats.count('offers ignored')
    return false
  }
  if (draws.declines) return decline(desk, offer, draws.reason, 'offers declined')
  const params = { offerId: offer.id }
  const reply = await driver.account.call<Offer>('POST', '/drivers/offers/:offerId/accept', { params })
  if (reply.status === 200 || (reply.unsure && reply.problem.currentStatus === 'accepted')) {
    stats.count('offers accepted')
    await begin(desk, offer)
    return true
  }
  if (reply.status === 409) stats.count(`offers over: ${reply.problem.currentStatus ?? reply.slug}`)
  else refused(world, `${driver.name} accepts an offer`, reply)
  return false
}

const decline = async ({ world, driver }: Desk, offer: Offer, reason: string, countAs: string) => {
  const params = { offerId: offer.id }
  const reply = await driver.account.call<Offer>('POST', '/drivers/offers/:offerId/decline', {
    params,
    body: { reason },
  })
  if (reply.status === 200 || (reply.unsure && reply.problem.currentStatus === 'declined')) world.stats.count(countAs)
  else if (reply.status === 409) world.stats.count(`offers over: ${reply.problem.currentStatus ?? reply.slug}`)
  else refused(world, `${driver.name} declines an offer`, reply)
  return false
}

/** Now his: what the offer said must be what the order pays. */
const begin = async ({ world, driver, jobs }: Desk, offer: Offer) => {
  let payCents = 0
  let readCount = 0
  for (const orderId of offer.orderIds) {
    jobs.set(orderId, createJob(offer.id))
    world.book.hold(orderId, driver.name)
    const reply = await driver.account.call<Order>('GET', '/orders/:orderId', { params: { orderId } })
    // Cancelled in this moment: then it is no longer his to read.
    if (reply.status !== 200) continue
    readCount++
    const order = reply.body
    payCents += order.driverPayCents ?? 0
    world.checks.that('code', !holdsKey(order, 'handoverCode'), () => `${driver.name} read the code of ${orderId}`)
    const due = order.deliveryFeeCents + order.tipCents
    world.checks.that('pay', order.driverPayCents === due, () => `${orderId}: pays ${order.driverPayCents}, not ${due}`)
  }
  if (readCount < offer.orderIds.length) return
  world.checks.that('pay', payCents === offer.payCents, () => `offer ${offer.id}: ${offer.payCents}, not ${payCents}`)
}
