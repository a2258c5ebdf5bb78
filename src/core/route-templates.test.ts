import { expect, test } from 'bun:test'
import { templateFinder } from '#core/route-templates'

const find = templateFinder(() => [
  { method: 'GET', path: '/' },
  { method: 'POST', path: '/orders/' },
  { method: 'GET', path: '/chefs/:chefId' },
  { method: 'GET', path: '/chefs/me' },
  { method: 'PATCH', path: '/chefs/:chefId' },
  { method: 'PATCH', path: '/orders/:orderId/accept' },
])

test.each<[string, string, string | undefined]>([
  ['GET', '/', '/'],
  ['POST', '/orders', '/orders/'],
  ['POST', '/orders/', '/orders/'],
  ['GET', '/chefs/17', '/chefs/:chefId'],
  ['GET', '/chefs/me', '/chefs/me'],
  ['PATCH', '/chefs/me', '/chefs/:chefId'],
  ['PATCH', '/orders/17/accept', '/orders/:orderId/accept'],
  ['PATCH', '/orders//accept', undefined],
  ['PATCH', '/orders/17/accept/18', undefined],
  ['PATCH', '/orders/17', undefined],
  ['DELETE', '/orders', undefined],
  ['POST', '/nowhere', undefined],
])('%s %s is for %p', (method, path, template) => {
  expect(find(method, path)).toBe(template)
})
