/** Orders that are cooked and driven: how long from the kitchen's yes to a driver's. One customer, all kitchens, all drivers. */
import { check } from 'k6'
import exec from 'k6/execution'
import { Counter, Trend } from 'k6/metrics'
import { ask, bodyOf, pause } from './lib/api.js'
import { fillBasket, findKitchens, pay, placeOrder, signIn } from './lib/journeys.js'
import { center, customers, tight } from './lib/settings.js'

const DRIVERS = Number(__ENV.DRIVERS || 10)
const CHEFS = Number(__ENV.CHEFS || 40)
const toAssigned = new Trend('accepted_to_assigned', true)
const delivered = new Counter('orders_delivered')

export const options = {
  scenarios: {
    kitchens: { executor: 'constant-vus', exec: 'kitchen', vus: 5, duration: '3m', gracefulStop: '30s' },
    drivers: { executor: 'constant-vus', exec: 'driver', vus: DRIVERS, duration: '3m', gracefulStop: '30s' },
  },
  thresholds: { ...tight, accepted_to_assigned: ['p(95)<8000'], orders_delivered: ['count>0'] },
}

/** Everybody signs in once; a kitchen's token is found by its id. */
export async function setup() {
  const customer = await signIn(customers[0] ?? '')
  /** @type {Record<string, string>} */
  const chefs = {}
  for (let n = 1; n <= CHEFS; n++) {
    const token = await signIn(`chef${n}@test.com`)
    const own = bodyOf(await ask('GET', '/chefs/me', { token }))
    if (own) chefs[own.id] = token
  }
  const drivers = []
  for (let n = 1; n <= DRIVERS; n++) {
    const token = await signIn(`driver${n}@test.com`)
    await ask('POST', '/drivers/location', { token, body: center })
    await ask('PATCH', '/drivers/availability', { token, body: { isAvailable: true } })
    drivers.push(token)
  }
  return { customer, chefs, drivers }
}

/** @param {{ customer: string, chefs: Record<string, string> }} data */
export async function kitchen({ customer, chefs }) {
  const { idInTest, iterationInInstance } = exec.vu
  const kitchens = await findKitchens()
  const chosen = kitchens[(idInTest * 7 + iterationInInstance) % kitchens.length]
  const basket = chosen && (await fillBasket(chosen))
  const order = basket && (await placeOrder(customer, basket, `cook-${idInTest}-${Date.now()}`))
  if (!order) return
  await pay(customer, order)
  const token = chefs[chosen.id] ?? ''
  const step = (/** @type {string} */ name, /** @type {object | undefined} */ body = undefined) =>
    ask('PATCH', `/orders/${order.id}/${name}`, { token, name: `/orders/:orderId/${name}`, body })
  await step('accept', { prepMinutes: 1 })
  const acceptedMs = Date.now()
  await step('preparing')
  await step('ready')
  for (let waited = 0; waited < 30; waited += 0.5) {
    const seen = bodyOf(await ask('GET', `/orders/${order.id}`, { token: customer, name: '/orders/:orderId' }))
    if (seen && !['unassigned', 'offered'].includes(seen.deliveryStatus)) {
      toAssigned.add(Date.now() - acceptedMs)
      break
    }
    await pause(0.5)
  }
}

/** @param {{ customer: string, drivers: string[] }} data */
export async function driver({ customer, drivers }) {
  const token = drivers[exec.vu.idInTest % drivers.length] ?? ''
  await ask('POST', '/drivers/location', { token, body: center })
  const offers = bodyOf(await ask('GET', '/drivers/offers', { token }))
  const [offer] = offers?.data ?? []
  if (offer) {
    const path = `/drivers/offers/${offer.id}/accept`
    const accepted = await ask('POST', path, { token, name: '/drivers/offers/:offerId/accept', expected: [200, 409] })
    if (accepted.status === 200) for (const id of offer.orderIds) await bring(token, customer, id)
  }
  await pause(0.5)
}

/**
 * @param {string} token
 * @param {string} customer
 * @param {string} id
 */
const bring = async (token, customer, id) => {
  const step = (/** @type {string} */ name, /** @type {object | undefined} */ body = undefined) =>
    ask('PATCH', `/orders/${id}/${name}`, { token, name: `/orders/:orderId/${name}`, body })
  for (let waited = 0; waited < 30; waited += 0.5) {
    const seen = bodyOf(await ask('GET', `/orders/${id}`, { token, name: '/orders/:orderId' }))
    if (seen && ['ready_for_pickup', 'assigned_to_driver'].includes(seen.status) && seen.readyAt) {
      const picked = await ask('PATCH', `/orders/${id}/pickup`, {
        token,
        name: '/orders/:orderId/pickup',
        expected: [200, 409],
      })
      if (picked.status === 200) break
    }
    await pause(0.5)
  }
  await step('in-transit')
  const { handoverCode } =
    bodyOf(await ask('GET', `/orders/${id}`, { token: customer, name: '/orders/:orderId' })) ?? {}
  const done = await step('deliver', { proof: { code: handoverCode } })
  if (check(done, { 'it is delivered': ({ status }) => status === 200 })) delivered.add(1)
}
