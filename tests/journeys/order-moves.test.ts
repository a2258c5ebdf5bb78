import { afterEach, beforeAll, expect, test } from 'bun:test'
import { as, type Cook, type Courier, deliveryAddress, given, type Person } from '../support/given'
import { type Reply, sql, useMarket } from '../support/market'

useMarket()

let mai: Cook
let nora: Person
let omar: Courier
let ada: Person

beforeAll(async () => {
  mai = await given.chef('mai')
  nora = await given.customer('nora')
  omar = await given.driver('omar')
  ada = await given.admin('ada')
})

type Order = { id: string; code: string }

const patch = (person: Person, order: Order, verb: string, body?: unknown) =>
  as(person).patch(`/orders/${order.id}/${verb}`, body)

const why = { reason: 'Because' }

/** Everything that somebody can do to an order over HTTP. */
const ACTIONS: Record<string, (order: Order) => Promise<Reply>> = {
  'customer pays': async (order) => {
    const intent = await as(nora).post(`/orders/${order.id}/create-payment-intent`)
    if (intent.status !== 200) return intent
    return as(nora).post(`/payments/simulated/${intent.body.paymentIntentId}/confirm`)
  },
  'customer cancels': (order) => patch(nora, order, 'cancel', why),
  'chef accepts': (order) => patch(mai, order, 'accept', { prepMinutes: 10 }),
  'chef rejects': (order) => patch(mai, order, 'reject', why),
  'chef prepares': (order) => patch(mai, order, 'preparing'),
  'chef is ready': (order) => patch(mai, order, 'ready'),
  'chef cancels': (order) => patch(mai, order, 'cancel', why),
  'driver arrives': (order) => patch(omar, order, 'arrive'),
  'driver drops': (order) => patch(omar, order, 'drop', why),
  'driver picks up': (order) => patch(omar, order, 'pickup'),
  'driver departs': (order) => patch(omar, order, 'in-transit'),
  'driver delivers': (order) => patch(omar, order, 'deliver', { proof: { code: order.code } }),
  'driver fails': (order) => patch(omar, order, 'fail', { ...why, food: 'disposed' }),
  'admin cancels': (order) => patch(ada, order, 'cancel', why),
  'admin assigns': (order) => as(ada).post('/dispatch/assign', { orderId: order.id, driverId: omar.driverId }),
  'admin delivers': (order) => patch(ada, order, 'deliver', { proof: { override: 'The phone is dead' } }),
  'admin fails': (order) => patch(ada, order, 'fail', { ...why, food: 'returned' }),
  'admin refunds all': async (order) => {
    const { totalCents } = (await as(ada).get(`/orders/${order.id}`)).body
    return as(ada).post(`/orders/${order.id}/refund`, { amountCents: totalCents, ...why })
  },
}

const START = 'placed'

/** How each state is come to: from another one, by an action. */
const WAYS: Record<string, [from: string, action: string]> = {
  paid: [START, 'customer pays'],
  accepted: ['paid', 'chef accepts'],
  'accepted, with a driver': ['accepted', 'admin assigns'],
  preparing: ['accepted', 'chef prepares'],
  'preparing, driver waits': ['preparing, with a driver', 'driver arrives'],
  'preparing, with a driver': ['accepted, with a driver', 'chef prepares'],
  ready: ['preparing', 'chef is ready'],
  'ready, with a driver': ['preparing, with a driver', 'chef is ready'],
  'picked up': ['ready, with a driver', 'driver picks up'],
  'in transit': ['picked up', 'driver departs'],
  'at the door': ['in transit', 'driver arrives'],
  delivered: ['at the door', 'driver delivers'],
  failed: ['in transit', 'driver fails'],
  rejected: ['paid', 'chef rejects'],
  'cancelled unpaid': [START, 'customer cancels'],
  'cancelled while cooking': ['preparing', 'chef cancels'],
  refunded: ['delivered', 'admin refunds all'],
}

/** Who may do what when, and the status and delivery status that clients are shown then. */
const ALLOWED: Record<string, Record<string, string>> = {
  placed: {
    'customer pays': 'payment_confirmed unassigned',
    'customer cancels': 'cancelled cancelled',
    'admin cancels': 'cancelled cancelled',
  },
  paid: {
    'customer cancels': 'cancelled cancelled',
    'admin cancels': 'cancelled cancelled',
    'chef accepts': 'accepted unassigned',
    'chef rejects': 'rejected cancelled',
  },
  accepted: {
    'customer cancels': 'cancelled cancelled',
    'chef cancels': 'cancelled cancelled',
    'admin cancels': 'cancelled cancelled',
    'chef prepares': 'preparing unassigned',
    'admin assigns': 'accepted assigned',
  },
  'accepted, with a driver': {
    'customer cancels': 'cancelled cancelled',
    'chef cancels': 'cancelled cancelled',
    'admin cancels': 'cancelled cancelled',
    'chef prepares': 'preparing assigned',
    'driver arrives': 'accepted at_pickup',
    'driver drops': 'accepted unassigned',
    'admin assigns': 'accepted assigned',
  },
  preparing: {
    'chef is ready': 'ready_for_pickup unassigned',
    'chef cancels': 'cancelled cancelled',
    'admin cancels': 'cancelled cancelled',
    'admin assigns': 'preparing assigned',
  },
  'preparing, driver waits': {
    'chef is ready': 'assigned_to_driver at_pickup',
    'chef cancels': 'cancelled cancelled',
    'admin cancels': 'cancelled cancelled',
    'driver drops': 'preparing unassigned',
    'admin assigns': 'preparing assigned',
  },
  ready: {
    'chef cancels': 'cancelled cancelled',
    'admin cancels': 'cancelled cancelled',
    'admin assigns': 'assigned_to_driver assigned',
  },
  'ready, with a driver': {
    'chef cancels': 'cancelled cancelled',
    'admin cancels': 'cancelled cancelled',
    'driver arrives': 'assigned_to_driver at_pickup',
    'driver picks up': 'picked_up picked_up',
    'driver drops': 'ready_for_pickup unassigned',
    'admin assigns': 'assigned_to_driver assigned',
  },
  'picked up': {
    'driver departs': 'in_transit in_transit',
    'driver delivers': 'delivered delivered',
    'driver fails': 'cancelled failed',
    'admin delivers': 'delivered delivered',
    'admin fails': 'cancelled failed',
  },
  'in transit': {
    'driver arrives': 'in_transit at_dropoff',
    'driver delivers': 'delivered delivered',
    'driver fails': 'cancelled failed',
    'admin delivers': 'delivered delivered',
    'admin fails': 'cancelled failed',
  },
  'at the door': {
    'driver delivers': 'delivered delivered',
    'driver fails': 'cancelled failed',
    'admin delivers': 'delivered delivered',
    'admin fails': 'cancelled failed',
  },
  delivered: { 'admin refunds all': 'refunded delivered' },
  failed: { 'admin refunds all': 'refunded failed' },
  rejected: {},
  'cancelled unpaid': {},
  'cancelled while cooking': {},
  refunded: {},
}

const reach = async (state: string): Promise<Order> => {
  if (state === START) {
    const items = [{ menuItemId: mai.itemId, quantity: 1 }]
    const body = { chefId: mai.chefId, items, deliveryAddress: deliveryAddress() }
    const reply = await as(nora).post('/orders', body)
    expect(reply.status).toBe(201)
    return { id: reply.body.id, code: reply.body.handoverCode }
  }
  const [from, action] = WAYS[state]!
  const order = await reach(from)
  expect([state, (await ACTIONS[action]!(order)).status]).toEqual([state, 200])
  return order
}

const statusOf = async (order: Order) => {
  const { status, deliveryStatus } = (await as(nora).get(`/orders/${order.id}`)).body
  return `${status} ${deliveryStatus}`
}

// omar can bring one order at a time.
afterEach(
  async () =>
    void (await sql()`
      update deliveries set status = 'failed' where driver_id = ${omar.driverId} and status not in ('delivered', 'failed')`),
)

/** A driver sees only what he has, and a chef only what is paid: to others there is no such order. */
const refusals = (state: string, action: string): number[] => {
  if (action === 'admin refunds all' && !['delivered', 'failed'].includes(state)) return [409, 422]
  const hasDriver = /driver|picked|transit|door|delivered|failed|refunded/.test(state)
  if (action.startsWith('driver') && !hasDriver) return [404]
  if (action.startsWith('chef') && (state === START || state === 'cancelled unpaid')) return [404]
  return [409]
}

for (const [state, allowed] of Object.entries(ALLOWED)) {
  test(`an order that is ${state} refuses what is not for it, and stays as it is`, async () => {
    const order = await reach(state)
    const before = await statusOf(order)
    for (const action of Object.keys(ACTIONS).filter((name) => !(name in allowed))) {
      const { status, body } = await ACTIONS[action]!(order)
      if (!refusals(state, action).includes(status)) throw new Error(`${action}: ${status} ${JSON.stringify(body)}`)
      if (status === 409) expect(`${body.currentStatus} ${body.currentDeliveryStatus}`).toBe(before)
      expect([action, await statusOf(order)]).toEqual([action, before])
    }
  })

  for (const [action, shown] of Object.entries(allowed)) {
    test(`${state}: ${action}, and it is ${shown}`, async () => {
      const order = await reach(state)
      const reply = await ACTIONS[action]!(order)
      expect(reply.status).toBe(200)
      expect(await statusOf(order)).toBe(shown)
    })
  }
}
