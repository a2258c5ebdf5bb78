import { ask, bodyOf } from './api.js'
import { center, password } from './settings.js'

/** @param {string} email */
export const signIn = async (email) =>
  bodyOf(await ask('POST', '/auth/login', { body: { email, password } }))?.accessToken

/** The kitchens that are open and deliver to the middle of the city, the nearest first. */
export const findKitchens = async () => {
  const path = `/chefs?lat=${center.lat}&lng=${center.lng}&openNow=true&limit=20`
  const found = bodyOf(await ask('GET', path, { name: '/chefs' }))
  return (found?.data ?? []).filter((/** @type {any} */ { deliversHere }) => deliversHere)
}

/**
 * A basket of a kitchen that reaches its minimum; undefined when nothing is to be had.
 * @param {any} kitchen
 */
export const fillBasket = async (kitchen) => {
  const read = bodyOf(await ask('GET', `/chefs/${kitchen.id}/menu`, { name: '/chefs/:chefId/menu' }))
  const items = (read?.menus ?? []).flatMap((/** @type {any} */ menu) => menu.items)
  const item = items.find((/** @type {any} */ { isAvailable }) => isAvailable)
  if (!item) return undefined
  const quantity = Math.ceil(Math.max(kitchen.minimumOrderCents, 1_000) / item.priceCents)
  return {
    chefId: kitchen.id,
    items: [{ menuItemId: item.id, quantity }],
    deliveryAddress: { street: 'Loadgatan 1', city: 'Göteborg', postalCode: '411 01', coordinates: center },
    tipCents: 100,
  }
}

/**
 * Orders a basket; undefined when it was sold out meanwhile.
 * @param {string} token
 * @param {object} basket
 * @param {string} key
 */
export const placeOrder = async (token, basket, key) => {
  const placed = await ask('POST', '/orders', { token, body: basket, key, expected: [201, 409] })
  return placed.status === 201 ? bodyOf(placed) : undefined
}

/**
 * @param {string} token
 * @param {{ id: string }} order
 */
export const pay = async (token, { id }) => {
  const name = '/orders/:orderId/create-payment-intent'
  const intent = bodyOf(await ask('POST', `/orders/${id}/create-payment-intent`, { token, name, key: `intent-${id}` }))
  if (!intent) return undefined
  const confirm = `/payments/simulated/${intent.paymentIntentId}/confirm`
  return bodyOf(
    await ask('POST', confirm, { token, name: '/payments/simulated/:paymentIntentId/confirm', key: `confirm-${id}` }),
  )
}

/**
 * Gives its portions back, so that a long test does not empty the kitchens.
 * @param {string} token
 * @param {{ id: string }} order
 */
export const cancel = (token, { id }) =>
  ask('PATCH', `/orders/${id}/cancel`, {
    token,
    name: '/orders/:orderId/cancel',
    body: { reason: 'The load test is over.' },
    expected: [200, 409],
  })
