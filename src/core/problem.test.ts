import { expect, test } from 'bun:test'
import {
  conflict,
  forbidden,
  invalid,
  notFound,
  Problem,
  ProblemJson,
  problemBody,
  problems,
  storeAway,
  unauthenticated,
} from '#core/problem'

const bodyOf = (problem: Problem) => problemBody(problem, 'req_1')

test.each<[string, Problem, number, string]>([
  ['/problems/menu-item-not-found', notFound('menu-item'), 404, 'Menu item not found'],
  ['/problems/order-not-open', conflict('order-not-open', 'Too late.'), 409, 'Order not open'],
  ['/problems/invalid-request', invalid('items', 'is empty'), 422, 'Invalid request'],
  ['/problems/forbidden', forbidden(), 403, 'Forbidden'],
  ['/problems/unauthenticated', unauthenticated(), 401, 'Unauthenticated'],
  ['/problems/store-unavailable', storeAway('database'), 503, 'Store unavailable'],
])('the body of %s', (type, problem, status, title) => {
  const body = bodyOf(problem)
  expect(body).toMatchObject({ status, type, title, instance: 'req_1' })
  expect(body.detail.length).toBeGreaterThan(3)
  expect(ProblemJson.safeParse(body).success).toBe(true)
})

test('says what is wrong in which field', () => {
  expect(bodyOf(invalid('items.0.quantity', 'must be at least 1'))).toMatchObject({
    errors: [{ path: 'items.0.quantity', message: 'must be at least 1' }],
  })
})

test('tells what the state is now, beside the members of the RFC', () => {
  const body: Record<string, unknown> = bodyOf(conflict('order-not-open', 'Too late.', { currentStatus: 'delivered' }))
  expect(body).toEqual({
    type: '/problems/order-not-open',
    title: 'Order not open',
    status: 409,
    detail: 'Too late.',
    instance: 'req_1',
    currentStatus: 'delivered',
  })
})

test('headers are sent as headers, not in the body', () => {
  const problem = new Problem(503, 'busy', 'Try again.', { headers: { 'retry-after': '1' } })
  expect(problem.headers).toEqual({ 'retry-after': '1' })
  expect(JSON.stringify(bodyOf(problem))).not.toContain('retry-after')
  expect(storeAway('database').headers['retry-after']).toMatch(/^\d+$/)
  expect(unauthenticated().headers).toEqual({ 'www-authenticate': 'Bearer' })
})

test('neither the stack nor the cause is in the body', () => {
  const problem = conflict('x', 'y')
  problem.cause = new Error('password is hunter2')
  const text = JSON.stringify(bodyOf(problem))
  expect(text).not.toContain('hunter2')
  expect(text).not.toContain('problem.test')
})

test('every route may answer 500, beside what it says itself', () => {
  expect(Object.keys(problems(404, 409)).map(Number).sort()).toEqual([404, 409, 500])
  expect(Object.keys(problems())).toEqual(['500'])
})
