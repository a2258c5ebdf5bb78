/** Every request is counted under the template of its route, however early it was refused. */
import { expect, test } from 'bun:test'
import { newId } from '#core/ids'
import { as, given } from '../support/given'
import { call, eventually, useMarket } from '../support/market'

useMarket()

const countOf = async (method: string, route: string, status: number): Promise<number> => {
  const { body } = await call('GET', '/metrics')
  const labels = `method="${method}",route="${route}",status="${status}"`
  const line = String(body)
    .split('\n')
    .find((one) => one.startsWith('ridendine_http_request_duration_seconds_count') && one.includes(labels))
  return line === undefined ? 0 : Number(line.split(' ').at(-1))
}

/** Sends a request, and sees under what it is counted. */
const isCountedAs = async (method: string, path: string, raw: string, type: string, route: string, status: number) => {
  const before = await countOf(method, route, status)
  expect((await call(method, path, { raw, headers: { 'content-type': type } })).status).toBe(status)
  // Counted once the answer is out.
  await eventually(`${method} ${route} ${status}`, async () => (await countOf(method, route, status)) === before + 1, 2)
}

const LONG = JSON.stringify('x'.repeat(2 * 1024 * 1024))
const NESTED = `${'['.repeat(10_000)}${']'.repeat(10_000)}`

test.each([
  ['POST', '/orders', '/orders'],
  ['POST', `/chefs/${newId()}/menus`, '/chefs/:chefId/menus'],
  ['PATCH', `/chefs/${newId()}/menus/${newId()}/items/${newId()}`, '/chefs/:chefId/menus/:menuId/items/:itemId'],
  ['POST', '/auth/login', '/auth/login'],
  ['POST', '/dispatch/assign', '/dispatch/assign'],
  ['POST', '/nowhere', 'unmatched'],
])('a body that is not taken by %s %s is counted as %s', async (method, path, route) => {
  await isCountedAs(method, path, 'text', 'text/plain', route, 415)
  await isCountedAs(method, path, LONG, 'application/json', route, 413)
  await isCountedAs(method, path, NESTED, 'application/json', route, 400)
})

test('under the same template as one that is taken', async () => {
  const nora = await given.customer()
  const before = await countOf('POST', '/orders', 422)
  expect((await as(nora).post('/orders', {})).status).toBe(422)
  await eventually('the refusal to be counted', async () => (await countOf('POST', '/orders', 422)) === before + 1, 2)
})
