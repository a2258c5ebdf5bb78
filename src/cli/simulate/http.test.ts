import { afterEach, describe, expect, test } from 'bun:test'
import { createAccount } from './account'
import { createHttp } from './http'
import { createStats } from './stats'
import { createStop, Stopped } from './stop'

type Answer = (request: Request, tries: number) => Response | Promise<Response>

const stops: (() => void)[] = []
afterEach(() => {
  for (const stop of stops.splice(0)) stop()
})

/** A server that answers as the test says, and a client that does not wait between attempts. */
const against = (answer: Answer) => {
  let tries = 0
  const requests: { path: string; key: string | null; authorization: string | null }[] = []
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: (request) => {
      const { pathname, search } = new URL(request.url)
      const { headers } = request
      requests.push({
        path: pathname + search,
        key: headers.get('idempotency-key'),
        authorization: headers.get('authorization'),
      })
      return answer(request, ++tries)
    },
  })
  stops.push(() => server.stop(true))
  const stats = createStats()
  const stop = createStop()
  const options = { url: `http://127.0.0.1:${server.port}`, demo: false }
  const http = createHttp({ options, stats, stop, pause: async () => stop.check(), jitter: () => 0 })
  return { http, stats, stop, requests, server }
}

const problem = (status: number, slug: string, more: object = {}) =>
  Response.json({ type: `/problems/${slug}`, status, instance: 'req_1', ...more }, { status })

test('a store that is away is waited for, with the same key each time', async () => {
  const { http, stats, requests } = against((_, tries) =>
    tries < 3 ? problem(503, 'store-unavailable') : Response.json({ id: 1 }, { status: 201 }),
  )
  const reply = await http.send({ method: 'POST', template: '/orders', body: {}, key: 'k-1' })
  expect(reply).toMatchObject({ status: 201, body: { id: 1 }, unsure: true })
  expect(requests.map(({ key }) => key)).toEqual(['k-1', 'k-1', 'k-1'])
  expect(stats.serverFaults).toHaveLength(2)
  expect(stats.serverFaults[0]).toMatchObject({ route: 'POST /orders', slug: 'store-unavailable', instance: 'req_1' })
})

test('the same request that still runs is asked for again, and is no doubt about what was done', async () => {
  const { http } = against((_, tries) => (tries === 1 ? problem(409, 'request-in-progress') : Response.json({})))
  expect(await http.send({ method: 'POST', template: '/orders', key: 'k' })).toMatchObject({
    status: 200,
    unsure: false,
  })
})

test('a refusal is an answer: nothing is repeated', async () => {
  const { http, requests } = against(() => problem(409, 'order-not-open', { currentStatus: 'delivered' }))
  const reply = await http.send({ method: 'PATCH', template: '/orders/:orderId/cancel', params: { orderId: 'a/b' } })
  expect(reply).toMatchObject({ status: 409, slug: 'order-not-open', problem: { currentStatus: 'delivered' } })
  expect(requests.map(({ path }) => path)).toEqual(['/orders/a%2Fb/cancel'])
})

test('a fault is repeated a few times, then told', async () => {
  const { http, requests, stats } = against(() => problem(500, 'internal-error'))
  expect(await http.send({ method: 'GET', template: '/chefs' })).toMatchObject({ status: 500 })
  expect(requests).toHaveLength(4)
  expect(stats.errorCount).toBe(4)
})

test('no answer at all is no answer, and counted', async () => {
  const { http, stats, server } = against(() => Response.json({}))
  await server.stop(true)
  const reply = await http.send({ method: 'POST', template: '/drivers/location', retry: false })
  expect(reply).toMatchObject({ status: 0, unsure: true })
  expect(stats.errorCount).toBe(1)
})

test('numbers are kept by route template', async () => {
  const { http, stats } = against(() => Response.json({}))
  await http.send({ method: 'GET', template: '/orders/:orderId', params: { orderId: '1' } })
  await http.send({ method: 'GET', template: '/orders/:orderId', params: { orderId: '2' }, query: { limit: 5 } })
  expect([...stats.routes.keys()]).toEqual(['GET /orders/:orderId'])
  expect(stats.routes.get('GET /orders/:orderId')).toMatchObject({ count: 2, statuses: new Map([[200, 2]]) })
})

test('once stopped, nothing is sent', async () => {
  const { http, stop, requests } = against(() => Response.json({}))
  stop.raise('enough')
  await expect(http.send({ method: 'GET', template: '/chefs' })).rejects.toBeInstanceOf(Stopped)
  expect(requests).toEqual([])
})

describe('an account', () => {
  const tokenFor = (seconds: number, name: string) => {
    const payload = Buffer.from(JSON.stringify({ iat: 1_000, exp: 1_000 + seconds, name })).toString('base64url')
    return `h.${payload}.s`
  }
  const session = (accessToken: string) => Response.json({ user: { id: 'u' }, accessToken, refreshToken: 'r' })

  test('signs in once for requests that come together', async () => {
    const { http, requests } = against((request) =>
      request.url.endsWith('/login') ? session(tokenFor(900, 'a')) : Response.json({}),
    )
    const account = createAccount(http, 'mai@test.com')
    await Promise.all([account.call('GET', '/a'), account.call('GET', '/b')])
    expect(requests.map(({ path }) => path).sort()).toEqual(['/a', '/auth/login', '/b'])
  })

  test('renews a token that is about to run out', async () => {
    const { http, requests } = against((request) => {
      if (request.url.endsWith('/login')) return session(tokenFor(0, 'old'))
      if (request.url.endsWith('/refresh')) return session(tokenFor(900, 'new'))
      return Response.json({})
    })
    const account = createAccount(http, 'mai@test.com')
    await account.call('GET', '/a')
    await account.call('GET', '/b')
    expect(requests.map(({ path }) => path)).toEqual(['/auth/login', '/a', '/auth/refresh', '/b'])
    expect(requests.at(-1)!.authorization).toBe(`Bearer ${tokenFor(900, 'new')}`)
  })

  test('signs in again when its refresh token is no longer good', async () => {
    const { http, requests } = against((request, tries) => {
      if (request.url.endsWith('/login')) return session(tokenFor(900, String(tries)))
      if (request.url.endsWith('/refresh')) return problem(401, 'unauthenticated')
      return tries === 2 ? problem(401, 'unauthenticated') : Response.json({ ok: true })
    })
    const reply = await createAccount(http, 'mai@test.com').call('GET', '/a')
    expect(reply.status).toBe(200)
    expect(requests.map(({ path }) => path)).toEqual(['/auth/login', '/a', '/auth/refresh', '/auth/login', '/a'])
  })

  test('that was registered by an attempt without an answer signs in', async () => {
    const { http } = against((request) =>
      request.url.endsWith('/register') ? problem(409, 'email-taken') : session(tokenFor(900, 'a')),
    )
    const person = { email: 'sim-1@test.com', firstName: 'A', lastName: 'B', role: 'customer' as const }
    expect(await createAccount(http, person.email, person).canSignIn()).toBe(true)
  })

  test('that is not there cannot sign in, but a server that fails is a failure', async () => {
    const absent = against(() => problem(401, 'wrong-credentials'))
    expect(await createAccount(absent.http, 'nobody@test.com').canSignIn()).toBe(false)
    const failing = against(() => problem(500, 'internal-error'))
    await expect(createAccount(failing.http, 'mai@test.com').canSignIn()).rejects.toThrow('500 internal-error')
  })
})
