import pLimit from 'p-limit'
import type { Order, Tracking } from '#modules/api/orders/schema'
import type { Account } from './account.ts'
import type { OrderRecord } from './book.ts'
import { holdsKey } from './checks.ts'
import type { KitchenDesk } from './kitchen.ts'
import { faultOfStream } from './stream.ts'
import { instructionsOf, refused, type World } from './world.ts'

/** After the day: every order is read again by all whom it concerns, and compared with what was said before. */

const AT_ONCE_MAX = 16
const PAGE = 100
/** A step bears the time at which it was asked for, or at which a round of dispatch began, and may come after another. */
const STAMP_MS_MAX = 5_000
/** Our clock and the server's are one, or nearly. */
const CLOCKS_MS_MAX = 250
const FINAL = new Set(['delivered', 'rejected', 'cancelled', 'refunded'])
const MONEY = [
  'subtotalCents',
  'discountCents',
  'taxCents',
  'deliveryFeeCents',
  'serviceFeeCents',
  'tipCents',
  'totalCents',
  'currency',
] as const

export type Staff = { admin: Account | undefined; kitchens: readonly KitchenDesk[] }

export const verifyOrders = async (world: World, staff: Staff): Promise<void> => {
  const inTurn = pLimit(AT_ONCE_MAX)
  const records = [...world.book.records.values()]
  await Promise.all(records.map((record) => inTurn(() => verifyOrder(world, record, staff))))
  const customers = Map.groupBy(records, (record) => record.customer)
  await Promise.all([...customers].map(([account, own]) => inTurn(() => verifyList(world, account, own))))
}

const verifyOrder = async (world: World, record: OrderRecord, { admin, kitchens }: Staff) => {
  const { checks } = world
  const { id, placed } = record
  const desk = kitchens.find(({ kitchen }) => kitchen.chefId === placed.chefId)!
  const params = { orderId: id }
  const read = <T>(account: Account, template = '/orders/:orderId') => account.call<T>('GET', template, { params })
  const [own, tracked, cooked, seen] = await Promise.all([
    read<Order>(record.customer),
    read<Tracking>(record.customer, '/orders/:orderId/tracking'),
    read<Order>(desk.kitchen.account),
    admin && read<Order>(admin),
  ])
  checks.that(
    'found',
    own.status === 200 && tracked.status === 200,
    () => `${id}: its customer got ${own.status}, ${tracked.status}`,
  )
  if (own.status !== 200 || tracked.status !== 200) return
  const { history } = tracked.body
  const isPaid = history.some(({ event }) => event === 'pay')
  checks.that('unpaid', isPaid || cooked.status === 404, () => `${id}: its kitchen can read it unpaid`)
  checks.that('found', !isPaid || cooked.status === 200, () => `${id}: its kitchen got ${cooked.status}`)
  checks.that('found', !seen || seen.status === 200, () => `${id}: the admin got ${seen?.status}`)
  checkMoney(world, record, own.body, 'its customer')
  if (cooked.status === 200) checkMoney(world, record, cooked.body, 'its kitchen')
  if (seen?.status === 200) checkMoney(world, record, seen.body, 'the admin')
  checkEnd(world, record, own.body, tracked.body, isPaid)
  checks.that('code', own.body.handoverCode === placed.handoverCode, () => `${id}: the code has changed`)
  for (const other of [cooked.body, seen?.body, tracked.body]) {
    checks.that('code', !holdsKey(other, 'handoverCode'), () => `${id}: others than the customer see the code`)
  }
  const fault = record.stream && faultOfStream(record.stream, history)
  if (record.stream) checks.that('stream', fault === undefined, () => fault!)
  if (isPaid && desk.stream.isSubscribed && desk.stream.resyncs === 0) {
    const isHeard = desk.stream.heard.some(({ name, orderId }) => name === 'order.paid' && orderId === id)
    checks.that('announced', isHeard, () => `${id}: ${desk.kitchen.name} heard nothing of it`)
  }
}

const checkMoney = ({ checks }: World, { id, quote, placed }: OrderRecord, seen: Order, by: string) => {
  for (const name of MONEY) {
    checks.that(
      'cents',
      seen[name] === placed[name],
      () => `${id}: ${name} was ${placed[name]}, ${by} sees ${seen[name]}`,
    )
    if (quote)
      checks.that(
        'cents',
        quote[name] === placed[name],
        () => `${id}: quoted ${quote[name]}, ordered at ${placed[name]}`,
      )
  }
  const sum =
    seen.subtotalCents -
    seen.discountCents +
    seen.taxCents +
    seen.deliveryFeeCents +
    seen.serviceFeeCents +
    seen.tipCents
  checks.that(
    'total',
    sum === seen.totalCents,
    () => `${id}: the parts come to ${sum}, the total is ${seen.totalCents}`,
  )
  const lines = seen.items.reduce((all, line) => all + line.unitPriceCents * line.quantity, 0)
  checks.that(
    'total',
    lines === seen.subtotalCents,
    () => `${id}: the lines come to ${lines}, not ${seen.subtotalCents}`,
  )
  const due = seen.deliveryFeeCents + seen.tipCents
  if (seen.driverPayCents === undefined) return
  checks.that('pay', seen.driverPayCents === due, () => `${id}: pays ${seen.driverPayCents}, not ${due}`)
}

const checkEnd = (
  { checks, options }: World,
  record: OrderRecord,
  order: Order,
  tracked: Tracking,
  isPaid: boolean,
) => {
  const { id, outcome } = record
  const { history } = tracked
  checks.that('final', FINAL.has(order.status), () => `${id} is ${order.status} (${order.deliveryStatus})`)
  checks.that(
    'oneDelivery',
    order.status !== 'delivered' || record.deliveryCount === 1,
    () => `${id}: brought ${record.deliveryCount} times`,
  )
  checks.that(
    'final',
    (order.status === 'delivered') === (outcome === 'delivered'),
    () => `${id}: ${outcome} here, ${order.status} there`,
  )
  const isGoingForward = history.every(
    ({ at }, i) => i === 0 || Date.parse(at) >= Date.parse(history[i - 1]!.at) - STAMP_MS_MAX,
  )
  const deliveries = history.filter(({ machine, event }) => machine === 'order' && event === 'deliver').length
  const ends = history.filter(({ machine }) => machine === 'order').at(-1)?.status
  checks.that('history', isGoingForward, () => `${id}: its history goes back in time`)
  checks.that(
    'history',
    deliveries === (order.status === 'delivered' ? 1 : 0),
    () => `${id}: delivered ${deliveries} times`,
  )
  checks.that('history', ends === order.status, () => `${id}: its history ends ${ends}, it is ${order.status}`)
  const pickedUpAt = history.find(({ event }) => event === 'pickup')?.at
  // A server whose clock keeps pace with the day writes down another time than ours.
  const isTooSoon =
    !options.keepsPace &&
    record.exactPlaceMs !== undefined &&
    !(record.exactPlaceMs + CLOCKS_MS_MAX >= Date.parse(pickedUpAt ?? ''))
  checks.that('place', !isTooSoon, () => `${id}: an exact place before the food was picked up`)
  const failed = history.some(({ event }) => event === 'fail')
  const due = !isPaid || failed || order.status === 'delivered' ? 0 : order.totalCents
  checks.that('moneyBack', order.refundedCents === due, () => `${id}: ${order.refundedCents} given back, ${due} due`)
}

/** A key that made a second order would show here, whatever the answers said. */
const verifyList = async (world: World, account: Account, own: readonly OrderRecord[]) => {
  const mark = instructionsOf(world.run, 0).split(',')[0]!
  const found: string[] = []
  let cursor: string | null = null
  do {
    const query: Record<string, string | number> = { limit: PAGE, ...(cursor ? { cursor } : {}) }
    const reply = await account.call<{ data: Order[]; nextCursor: string | null }>('GET', '/orders', { query })
    if (reply.status !== 200) return refused(world, `${account.email} lists his orders`, reply)
    const ours = reply.body.data.filter(({ deliveryInstructions }) => deliveryInstructions?.startsWith(`${mark},`))
    found.push(...ours.map(({ id }) => id))
    cursor = ours.length > 0 ? reply.body.nextCursor : null
  } while (cursor)
  const known = new Set(own.map(({ id }) => id))
  const unknown = found.filter((id) => !known.has(id))
  world.checks.that(
    'oneOrder',
    unknown.length === 0,
    () => `${account.email} has orders that no 201 spoke of: ${unknown.join(', ')}`,
  )
  world.checks.that(
    'found',
    found.length === known.size,
    () => `${account.email}: ${found.length} of ${known.size} orders in his list`,
  )
}
