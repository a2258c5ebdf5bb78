/** A customer from signing in to the order history: 10, then 25 users. */
import exec from 'k6/execution'
import { ask, pause } from './lib/api.js'
import { cancel, fillBasket, findKitchens, pay, placeOrder, signIn } from './lib/journeys.js'
import { customers, tight } from './lib/settings.js'

export const options = {
  stages: [
    { duration: '1m', target: 10 },
    { duration: '3m', target: 10 },
    { duration: '1m', target: 25 },
    { duration: '3m', target: 25 },
    { duration: '1m', target: 0 },
  ],
  thresholds: {
    ...tight,
    http_req_duration: ['p(95)<200'],
    // Hashing a password is made to be slow.
    'http_req_duration{name:POST /auth/login}': ['p(95)<1000'],
    'http_req_duration{name:POST /orders}': ['p(95)<200'],
  },
}

export default async function () {
  const { idInTest, iterationInInstance } = exec.vu
  const token = await signIn(customers[idInTest % customers.length] ?? '')
  if (!token) return
  const kitchens = await findKitchens()
  const kitchen = kitchens[(idInTest + iterationInInstance) % kitchens.length]
  const basket = kitchen && (await fillBasket(kitchen))
  if (!basket) return
  await pause(1)
  const quoted = await ask('POST', '/quotes', { token, body: basket, expected: [201, 409] })
  const order = quoted.status === 201 && (await placeOrder(token, basket, `load-${idInTest}-${Date.now()}`))
  if (!order) return
  await pay(token, order)
  await ask('GET', `/orders/${order.id}/tracking`, { token, name: '/orders/:orderId/tracking' })
  await ask('GET', '/orders?limit=20', { token, name: '/orders' })
  await cancel(token, order)
  await pause(1)
}
