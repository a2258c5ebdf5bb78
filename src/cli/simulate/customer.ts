import type { NewOrder, Order } from '#modules/api/orders/schema'
import type { Confirmation, PaymentIntent } from '#modules/api/payments/schema'
import type { Quote } from '#modules/api/quotes/schema'
import type { Account } from './account.ts'
import { type Basket, chooseKitchen, fillBasket, rushBasket, type Special, type Taste } from './basket.ts'
import type { OrderRecord } from './book.ts'
import { follow } from './follow.ts'
import type { Session } from './plan.ts'
import { probeAsStranger, probeBeforePaying } from './probes.ts'
import type { Random } from './random.ts'
import { type Address, instructionsOf, refused, type World } from './world.ts'

/** A customer's session: look, choose, ask the price, order, pay, and see what comes of it. */

export type Customer = { account: Account; address: Address }

export type Shopping = {
  world: World
  session: Session
  customer: Customer
  stranger: Customer
  specials: ReadonlyMap<string, Special>
  random: Random
}

const KITCHENS_TRIED_MAX = 5
const THINK_SECONDS = 25
const HESITATION_SECONDS = 420
const RENEWS_SHARE = 0.1
const PAYS_TWICE_SHARE = 0.05
/** May be refused without anybody being wrong: somebody else was faster, or a kitchen closed. */
const FAIR_REFUSALS = new Set(['sold-out', 'kitchen-closed', 'quote-expired', 'outside-delivery-radius'])

export const shop = async (shopping: Shopping): Promise<void> => {
  const { world, session, customer } = shopping
  const { clock, stats } = world
  await clock.until(session.at)
  if (shopping.random.chance(RENEWS_SHARE) && (await customer.account.canSignIn())) await customer.account.renew()
  const record = await orderSomewhere(shopping)
  if (!record) return stats.count('sessions without an order')
  if (session.changesMind === 'before paying') {
    await clock.sleep(shopping.random.exponential(THINK_SECONDS * 2))
    return cancel(world, record)
  }
  if (!(await pay(shopping, record))) return
  if (session.changesMind === 'after paying') {
    // Soon, or the kitchen has begun and it is too late: both are to happen.
    await clock.sleep(shopping.random.exponential(THINK_SECONDS))
    await cancel(world, record)
  }
  await follow(shopping, record)
}

/** Tries kitchens until one takes the order. */
const orderSomewhere = async (shopping: Shopping): Promise<OrderRecord | undefined> => {
  const { world, session, customer, specials, random } = shopping
  const avoid = new Set<string>()
  const taste: Taste = { world, account: customer.account, random, place: customer.address.coordinates, avoid }
  const special = rushBasket(specials, session.rush)
  for (let tries = 0; tries < KITCHENS_TRIED_MAX; tries++) {
    const isRush = tries === 0 && special !== undefined
    const kitchen = isRush ? special.kitchen : await chooseKitchen(taste)
    if (!kitchen) return undefined
    const basket = isRush ? special : await fillBasket(taste, kitchen)
    if (basket) {
      if (!isRush) await world.clock.sleep(random.exponential(THINK_SECONDS))
      const record = await order(shopping, basket, tries)
      if (record) return record
    }
    if (!isRush) avoid.add(kitchen.chefId)
  }
  return undefined
}

const order = async (shopping: Shopping, basket: Basket, tries: number): Promise<OrderRecord | undefined> => {
  const { world, session, customer, random } = shopping
  const { run, stats, clock, checks } = world
  const wish = wishOf(shopping, basket)
  const quote = session.viaQuote ? await askPrice(shopping, wish, tries) : undefined
  if (session.viaQuote && !quote) return undefined
  if (!session.rush) await clock.sleep(random.exponential(THINK_SECONDS / 2))
  const instructions = { deliveryInstructions: instructionsOf(run, session.number) }
  const body: NewOrder = quote ? { quoteId: quote.id, ...instructions } : { ...wish, ...instructions }
  const key = `sim-${run}-${session.number}-${tries}`
  const post = () => customer.account.call<Order>('POST', '/orders', { body, key })
  const replies = session.clicksTwice ? await Promise.all([post(), post()]) : [await post()]
  if (session.clicksTwice) stats.count('buttons pressed twice')
  for (const reply of replies) if (reply.replayed) stats.count('answers replayed')
  const placed = replies.filter(({ status }) => status === 201)
  for (const reply of replies.filter(({ status }) => status !== 201)) {
    if (FAIR_REFUSALS.has(reply.slug)) stats.count(`orders refused: ${reply.slug}`)
    else refused(world, `session ${session.number} orders`, reply)
  }
  const ids = new Set(placed.map((reply) => reply.body.id))
  checks.that(
    'oneOrder',
    ids.size === Math.min(placed.length, 1),
    () => `session ${session.number}: ${[...ids].join(', ')}`,
  )
  if (!placed[0]) return undefined
  return world.book.place(placed[0].body, { session: session.number, customer: customer.account, quote })
}

const wishOf = ({ session, customer }: Shopping, { kitchen, items }: Basket) => ({
  chefId: kitchen.chefId,
  items,
  deliveryAddress: customer.address,
  tipCents: session.tipCents,
})

const askPrice = async ({ world, session, customer }: Shopping, wish: object, tries: number) => {
  const key = `sim-${world.run}-${session.number}-${tries}-quote`
  const reply = await customer.account.call<Quote>('POST', '/quotes', { body: wish, key })
  if (reply.status === 201) return reply.body
  if (FAIR_REFUSALS.has(reply.slug)) world.stats.count(`quotes refused: ${reply.slug}`)
  else refused(world, `session ${session.number} asks the price`, reply)
  return undefined
}

/** False when the order is over meanwhile. */
const pay = async (shopping: Shopping, record: OrderRecord): Promise<boolean> => {
  const { world, session, customer, random } = shopping
  const { clock, checks, run, book } = world
  const params = { orderId: record.id }
  const key = `sim-${run}-${session.number}-pay`
  const intent = await customer.account.call<PaymentIntent>('POST', '/orders/:orderId/create-payment-intent', {
    params,
    key,
  })
  if (intent.status !== 200) return unpaid(shopping, record, intent)
  const { amountCents, paymentIntentId, processor } = intent.body
  checks.that('cents', amountCents === record.placed.totalCents, () => `${record.id}: to pay ${amountCents}`)
  if (processor !== 'simulated') {
    world.stop.raise('the server takes real money: a simulated day needs the simulated processor')
    return false
  }
  await probeBeforePaying(shopping, record)
  await clock.sleep(session.hesitates ? random.exponential(HESITATION_SECONDS) : random.exponential(THINK_SECONDS / 2))
  record.payAskedMs = performance.now()
  const confirm = (confirmKey: string) =>
    customer.account.call<Confirmation>('POST', '/payments/simulated/:paymentIntentId/confirm', {
      params: { paymentIntentId },
      key: confirmKey,
    })
  const paid = await confirm(`${key}-confirm`)
  if (paid.status !== 200) return unpaid(shopping, record, paid)
  book.step(record, 'paid')
  if (random.chance(PAYS_TWICE_SHARE)) {
    const again = await confirm(`${key}-confirm-again`)
    checks.that(
      'cents',
      again.status === 200 && again.body.amountCents === amountCents,
      () => `${record.id}: paid twice`,
    )
  }
  await probeAsStranger(shopping, record)
  return true
}

const unpaid = (
  { world, session }: Shopping,
  record: OrderRecord,
  reply: Parameters<typeof refused>[2] & { problem: object },
) => {
  const { currentStatus } = reply.problem as { currentStatus?: string }
  if (!world.book.closeAs(record.id, currentStatus)) refused(world, `session ${session.number} pays`, reply)
  return false
}

const cancel = async (world: World, record: OrderRecord) => {
  const params = { orderId: record.id }
  const body = { reason: 'Changed my mind' }
  const reply = await record.customer.call<Order>('PATCH', '/orders/:orderId/cancel', { params, body })
  if (reply.status === 200) {
    world.stats.count('cancelled by customers')
    return world.book.close(record.id, 'cancelled')
  }
  // Too late: the kitchen has begun, or has refused it.
  if (reply.status === 409) return void world.book.closeAs(record.id, reply.problem.currentStatus)
  refused(world, `session ${record.session} cancels`, reply)
}
