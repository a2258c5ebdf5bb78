/** Customers who watch their order: how long from a change to the event on the socket. */
import { check } from 'k6'
import exec from 'k6/execution'
import { Trend } from 'k6/metrics'
import { WebSocket } from 'k6/websockets'
import { ask, bodyOf, pause } from './lib/api.js'
import { cancel, fillBasket, findKitchens, pay, placeOrder, signIn } from './lib/journeys.js'
import { baseUrl, customers, tight } from './lib/settings.js'

const eventDelay = new Trend('event_delay', true)
const WAIT_SECONDS = 10

export const options = {
  stages: [
    { duration: '30s', target: 50 },
    { duration: '2m', target: 50 },
    { duration: '30s', target: 0 },
  ],
  thresholds: { ...tight, event_delay: ['p(95)<250'] },
}

/** Signing in is not what is measured here. */
export async function setup() {
  const tokens = []
  for (const email of customers) tokens.push(await signIn(email))
  return { tokens }
}

/**
 * A socket that has subscribed to a topic; `names` are those of the events it has heard.
 * @param {string} token
 * @param {string} topic
 */
const watch = async (token, topic) => {
  const { ticket } = bodyOf(await ask('POST', '/realtime/tickets', { token, expected: [201] })) ?? {}
  const socket = new WebSocket(`${baseUrl.replace('http', 'ws')}/realtime?ticket=${ticket}`)
  /** @type {Map<string, number>} */
  const heard = new Map()
  let isSubscribed = false
  socket.onopen = () => socket.send(JSON.stringify({ type: 'subscribe', topic, afterSeq: 0 }))
  socket.onmessage = (message) => {
    const frame = JSON.parse(String(message?.data))
    if (frame.type === 'subscribed') isSubscribed = true
    if (frame.type === 'event') heard.set(frame.name, Date.now())
  }
  return { heard, close: () => socket.close(), isReady: () => isSubscribed }
}

/** @param {() => boolean} condition */
const waitFor = async (condition) => {
  for (let waited = 0; waited < WAIT_SECONDS && !condition(); waited += 0.01) await pause(0.01)
  return condition()
}

/** @param {{ tokens: string[] }} data */
export default async function ({ tokens }) {
  const { idInTest, iterationInInstance } = exec.vu
  const token = tokens[idInTest % tokens.length] ?? ''
  const kitchens = await findKitchens()
  const kitchen = kitchens[(idInTest + iterationInInstance) % kitchens.length]
  const basket = kitchen && (await fillBasket(kitchen))
  const order = basket && (await placeOrder(token, basket, `watch-${idInTest}-${Date.now()}`))
  if (!order) return
  const { heard, close, isReady } = await watch(token, `order:${order.id}`)
  check(await waitFor(isReady), { 'the socket is subscribed': (isSubscribed) => isSubscribed })
  await pay(token, order)
  const paidMs = Date.now()
  const told = await waitFor(() => heard.has('order.paid'))
  check(told, { 'the payment is told': (isTold) => isTold })
  check(heard, { 'what was missed is told too': (names) => names.has('order.placed') })
  const toldMs = heard.get('order.paid')
  if (toldMs !== undefined) eventDelay.add(Math.max(0, toldMs - paidMs))
  close()
  await cancel(token, order)
  await pause(1)
}
