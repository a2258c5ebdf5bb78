/** Every route, asked by everyone: what comes back is in the table, and a refusal changes nothing. */
import { beforeAll, expect, test } from 'bun:test'
import { newId } from '#core/ids'
import {
  INTERNAL_ROUTES,
  operationsOf,
  readDocument,
  routesOfApp,
  UNDOCUMENTED_ROUTES,
} from '../support/contract-document'
import { changedTables, marketState } from '../support/contract-state'
import { askIn, makeWorld, type Name, PEOPLE, type World } from '../support/contract-world'
import { given } from '../support/given'
import { baseUrl, type CallOptions, call, sql, useMarket } from '../support/market'
import { useRoads, village } from '../support/used-roads'

// Rounds far apart: nothing happens here but what the test asks for.
useMarket({ environment: { DISPATCH_ROUND_MS: '60000' } })
useRoads(village)

/**
 * nora ordered at mai's kitchen and omar delivered it; sara, luca and dina are another customer, chef and driver, who
 * have nothing to do with it; ada is an admin. "bad" sends a token that is garbage, forged or expired. Every request is
 * a good one but for who asks, and goes to what is nora's, mai's or omar's (the order is delivered, the offer is over,
 * the menu of a DELETE is none), so that also those who may do it are answered the same each time. Last: the slugs.
 */
const TABLE = `
route                                               nobody bad nora sara mai luca omar dina ada  slugs
GET /health                                            200 200  200  200 200  200  200  200 200
GET /health/live                                       200 200  200  200 200  200  200  200 200
GET /health/ready                                      200 200  200  200 200  200  200  200 200
GET /metrics                                           200 200  200  200 200  200  200  200 200
POST /auth/register                                    409 409  409  409 409  409  409  409 409  email-taken
POST /auth/login                                       401 401  401  401 401  401  401  401 401  wrong-credentials
POST /auth/refresh                                     401 401  401  401 401  401  401  401 401  unauthenticated
POST /auth/logout                                      204 204  204  204 204  204  204  204 204
POST /auth/verify-email                                422 422  422  422 422  422  422  422 422  token-not-valid
POST /auth/forgot-password                             202 202  202  202 202  202  202  202 202
POST /auth/reset-password                              422 422  422  422 422  422  422  422 422  token-not-valid
GET /users/me                                          401 401  200  200 200  200  200  200 200
PATCH /users/me                                        401 401  200  200 200  200  200  200 200
GET /users/me/export                                   401 401  200  200 200  200  200  200 200
DELETE /users/me                                       401 401  409  409 409  409  409  409 409  orders-open
GET /zones                                             200 200  200  200 200  200  200  200 200
GET /chefs                                             200 401  200  200 200  200  200  200 200
POST /chefs                                            401 401  403  403 409  409  403  403 403  kitchen-exists
GET /chefs/me                                          401 401  403  403 200  200  403  403 403
GET /chefs/{chefId}                                    200 401  200  200 200  200  200  200 200
PATCH /chefs/{chefId}                                  401 401  403  403 200  403  403  403 200
GET /chefs/{chefId}/menu                               200 401  200  200 200  200  200  200 200
POST /chefs/{chefId}/menus                             401 401  403  403 201  403  403  403 201
PATCH /chefs/{chefId}/menus/{menuId}                   401 401  403  403 200  403  403  403 200
DELETE /chefs/{chefId}/menus/{menuId}                  401 401  403  403 404  403  403  403 404  menu-not-found
POST /chefs/{chefId}/menus/{menuId}/items              401 401  403  403 201  403  403  403 201
PATCH /chefs/{chefId}/menus/{menuId}/items/{itemId}    401 401  403  403 200  403  403  403 200
DELETE /chefs/{chefId}/menus/{menuId}/items/{itemId}   401 401  403  403 404  403  403  403 404  menu-item-not-found
POST /quotes                                           401 401  201  201 403  403  403  403 403
POST /orders                                           401 401  201  201 403  403  403  403 403
GET /orders                                            401 401  200  200 200  200  200  200 200
GET /orders/{orderId}                                  401 401  200  404 200  404  200  404 200  order-not-found
GET /orders/{orderId}/tracking                         401 401  200  404 200  404  200  404 200  order-not-found
PATCH /orders/{orderId}/accept                         401 401  403  403 409  404  403  403 403  order-not-found order-not-open
PATCH /orders/{orderId}/reject                         401 401  403  403 409  404  403  403 403  order-not-found order-not-open
PATCH /orders/{orderId}/preparing                      401 401  403  403 409  404  403  403 403  order-not-found order-not-open
PATCH /orders/{orderId}/ready                          401 401  403  403 409  404  403  403 403  order-not-found order-not-open
PATCH /orders/{orderId}/arrive                         401 401  403  403 403  403  409  404 403  order-not-found order-not-open
PATCH /orders/{orderId}/pickup                         401 401  403  403 403  403  409  404 403  order-not-found order-not-open
PATCH /orders/{orderId}/in-transit                     401 401  403  403 403  403  409  404 403  order-not-found order-not-open
PATCH /orders/{orderId}/drop                           401 401  403  403 403  403  409  404 403  order-not-found order-not-open
PATCH /orders/{orderId}/deliver                        401 401  403  403 403  403  409  404 409  order-not-found order-not-open
PATCH /orders/{orderId}/fail                           401 401  403  403 403  403  409  404 409  order-not-found order-not-open
PATCH /orders/{orderId}/cancel                         401 401  409  404 409  404  403  403 409  order-not-found order-not-open
POST /orders/{orderId}/refund                          401 401  403  403 403  403  403  403 422  refund-too-large
POST /orders/{orderId}/create-payment-intent           401 401  409  404 403  403  403  403 403  order-not-found order-not-open
POST /payments/simulated/{paymentIntentId}/confirm     401 401  200  404 403  403  403  403 403  payment-intent-not-found
POST /payments/webhooks/stripe                         404 404  404  404 404  404  404  404 404  webhooks-not-configured
POST /drivers/register                                 401 401  403  403 403  403  409  409 403  driver-exists
GET /drivers/profile                                   401 401  403  403 403  403  200  200 403
PATCH /drivers/profile                                 401 401  403  403 403  403  200  200 403
PATCH /drivers/availability                            401 401  403  403 403  403  200  200 403
POST /drivers/location                                 401 401  403  403 403  403  200  200 403
GET /drivers/offers                                    401 401  403  403 403  403  200  200 403
POST /drivers/offers/{offerId}/accept                  401 401  403  403 403  403  409  404 403  offer-not-found offer-over
POST /drivers/offers/{offerId}/decline                 401 401  403  403 403  403  409  404 403  offer-not-found offer-over
GET /drivers/board                                     401 401  403  403 403  403  200  200 403
POST /drivers/board/{orderId}/claim                    401 401  403  403 403  403  404  404 403  order-not-found
GET /drivers/activity                                  401 401  403  403 403  403  200  200 403
GET /drivers/suggestion                                401 401  403  403 403  403  200  200 403
GET /drivers/route                                     401 401  403  403 403  403  200  200 403
POST /admin/zones                                      401 401  403  403 403  403  403  403 409  slug-taken
GET /admin/zones/{zoneId}/settings                     401 401  403  403 403  403  403  403 200
GET /admin/zones/{zoneId}/activity                     401 401  403  403 403  403  403  403 200
PATCH /admin/zones/{zoneId}/settings                   401 401  403  403 403  403  403  403 200
GET /admin/chefs                                       401 401  403  403 403  403  403  403 200
PATCH /admin/chefs/{chefId}/verify                     401 401  403  403 403  403  403  403 200
GET /admin/drivers                                     401 401  403  403 403  403  403  403 200
PATCH /admin/drivers/{driverId}/verify                 401 401  403  403 403  403  403  403 200
POST /admin/promotions                                 401 401  403  403 403  403  403  403 409  code-taken
GET /admin/promotions                                  401 401  403  403 403  403  403  403 200
PATCH /admin/promotions/{promotionId}                  401 401  403  403 403  403  403  403 200
POST /dispatch/assign                                  401 401  403  403 403  403  403  403 409  order-not-open
POST /dispatch/unassign                                401 401  403  403 403  403  403  403 409  order-not-open
POST /dispatch/hold                                    401 401  403  403 403  403  403  403 409  order-not-open
POST /dispatch/release                                 401 401  403  403 403  403  403  403 409  order-not-held
POST /dispatch/block                                   401 401  403  403 403  403  403  403 409  order-not-open
POST /dispatch/unblock                                 401 401  403  403 403  403  403  403 404  block-not-found
GET /dispatch/drivers/{driverId}/route                 401 401  403  403 403  403  403  403 200
PATCH /dispatch/drivers/{driverId}/route               401 401  403  403 403  403  403  403 409  route-changed
GET /dispatch/drivers/{driverId}                       401 401  403  403 403  403  403  403 200
PATCH /dispatch/drivers/{driverId}                     401 401  403  403 403  403  403  403 200
GET /dispatch/available-drivers                        401 401  403  403 403  403  403  403 200
GET /dispatch/decisions                                401 401  403  403 403  403  403  403 200
GET /routing/route/v1/{profile}/{coordinates}          200 200  200  200 200  200  200  200 200
GET /routing/table/v1/{profile}/{coordinates}          200 200  200  200 200  200  200  200 200
GET /routing/match/v1/{profile}/{coordinates}          200 200  200  200 200  200  200  200 200
GET /routing/nearest/v1/{profile}/{coordinates}        200 200  200  200 200  200  200  200 200
GET /routing/isochrone                                 200 200  200  200 200  200  200  200 200
GET /routing/reverse                                   200 200  200  200 200  200  200  200 200
POST /realtime/tickets                                 401 401  201  201 201  201  201  201 201
`

type Row = { route: string; nobody: number; bad: number; of: Record<Name, number>; slugs: string[] }

const rows = TABLE.trim()
  .split('\n')
  .slice(1)
  .map((line): Row => {
    const [, route, numbers, slugs] = line.match(/^(\S+ \S+)((?:\s+\d{3}){9})\s*(.*)$/)!
    const [nobody, bad, ...rest] = numbers!.trim().split(/\s+/).map(Number)
    const of = Object.fromEntries(PEOPLE.map((name, i) => [name, rest[i]])) as Row['of']
    return { route: route!, nobody: nobody!, bad: bad!, of, slugs: slugs!.split(' ').filter(Boolean) }
  })

/** Places on roads are no ids: routing says in OSRM's words that it does not know them. */
const hasIds = ({ route }: Row) => route.includes('{') && !route.startsWith('GET /routing/')

/** What 401 and 403 say where a row does not name it. */
const USUAL_SLUGS = ['unauthenticated', 'forbidden']

let world: World
beforeAll(async () => {
  world = await makeWorld()
})

const ask = (route: string, options?: CallOptions, ids?: Record<string, string>) => askIn(world, route, options, ids)

test('the table has every route of the app, and no other', () => {
  const served = routesOfApp().filter((route) => !UNDOCUMENTED_ROUTES.includes(route))
  expect(rows.map(({ route }) => route).sort()).toEqual(served.sort())
})

test.each(INTERNAL_ROUTES)('%s is for no person at all', async (route) => {
  const path = route.replace('POST ', '')
  for (const token of [undefined, ...Object.values(world.bad), ...Object.values(world.tokens)]) {
    expect(await call('POST', path, { token, body: [] })).toBeProblem(401, 'service-credentials')
  }
})

const isSignedIn = ({ nobody, bad, slugs }: Row) =>
  nobody === 401 && bad === 401 && !slugs.includes('wrong-credentials')

for (const row of rows) {
  test(row.route, async () => {
    const { route, nobody, bad, of, slugs } = row
    const callers: [who: string, token: string | undefined, status: number][] = [
      ['nobody', undefined, nobody],
      ...Object.entries(world.bad).map(([who, token]): [string, string, number] => [who, token, bad]),
      ...PEOPLE.map((name): [string, string, number] => [name, world.tokens[name], of[name]]),
    ]
    const answers: Record<string, number> = {}
    for (const [who, token] of callers) {
      const before = await marketState()
      const reply = await ask(route, { token })
      answers[who] = reply.status
      if (reply.status >= 400) {
        expect(reply).toBeProblem(reply.status)
        expect([...USUAL_SLUGS, ...slugs]).toContain(reply.body.type.slice('/problems/'.length))
      } else if (!route.startsWith('GET')) continue
      expect({ [who]: changedTables(before, await marketState()) }).toEqual({ [who]: [] })
    }
    expect(answers).toEqual(Object.fromEntries(callers.map(([who, , status]) => [who, status])))
  })
}

const ROLES: [Name, string][] = [
  ['nora', 'customer'],
  ['mai', 'chef'],
  ['omar', 'driver'],
  ['ada', 'admin'],
]

test('the document names the roles that are let in', async () => {
  const document = new Map(operationsOf(await readDocument()))
  for (const { route, of, nobody } of rows) {
    const letIn = ROLES.filter(([name]) => of[name] !== 403).map(([, role]) => role)
    const expected = nobody !== 401 || letIn.length === ROLES.length ? [] : letIn
    const named = document.get(route)!.security?.flatMap(({ bearer = [] }) => bearer) ?? []
    expect([route, ...named.sort()]).toEqual([route, ...expected.sort()])
  }
})

const SIGNED_IN = rows.filter(isSignedIn).filter(({ route }) => route !== 'POST /auth/refresh')
const NOT_IDS = {
  orderId: 'x',
  promotionId: 'x',
  offerId: 'x',
  zoneId: 'x',
  paymentIntentId: 'x',
  chefId: 'x',
  menuId: 'x',
  itemId: 'x',
}

test('who does not sign in learns nothing from a bad body or a bad id: 401 comes first', async () => {
  expect(SIGNED_IN.length).toBeGreaterThan(50)
  const faults: string[] = []
  for (const { route } of SIGNED_IN) {
    const bodies = route.startsWith('GET') ? [undefined] : [{ nonsense: true }, [], undefined]
    for (const body of bodies) {
      for (const token of [undefined, world.bad.expired]) {
        const { status } = await ask(route, { token, body }, { ...NOT_IDS, driverId: 'x' })
        if (status !== 401) faults.push(`${route} ${JSON.stringify(body)} → ${status}`)
      }
    }
  }
  expect(faults).toEqual([])
})

test('whose role may not, learns nothing from a bad body or a bad id either: 403 comes first', async () => {
  const faults: string[] = []
  for (const { route, of } of SIGNED_IN) {
    // A kitchen that is somebody else's is 403 too, but by then its id has been read.
    const roles = PEOPLE.filter((name) => of[name] === 403 && name !== 'luca')
    for (const name of roles) {
      const body = route.startsWith('GET') ? undefined : { nonsense: true }
      const { status } = await ask(route, { token: world.tokens[name], body }, { ...NOT_IDS, driverId: 'x' })
      if (status !== 403) faults.push(`${route} by ${name} → ${status}`)
    }
  }
  expect(faults).toEqual([])
})

test('ids in a path that are none: 400 for who may ask', async () => {
  const faults: string[] = []
  for (const { route, of } of rows.filter(hasIds)) {
    const name = PEOPLE.find((one) => of[one] !== 403)!
    const { status } = await ask(route, { token: world.tokens[name] }, { ...NOT_IDS, driverId: 'x' })
    if (status !== 400) faults.push(`${route} by ${name} → ${status}`)
  }
  expect(faults).toEqual([])
})

test('ids of nothing are not found, whatever the role that may ask', async () => {
  const none = Object.fromEntries(Object.keys(NOT_IDS).map((name) => [name, newId()]))
  const ids = { ...none, driverId: newId(), paymentIntentId: 'pi_sim_NOTHING22' }
  const faults: string[] = []
  for (const { route, of } of rows.filter(hasIds)) {
    const name = PEOPLE.find((one) => of[one] !== 403)!
    const { status } = await ask(route, { token: world.tokens[name] }, ids)
    if (status !== 404) faults.push(`${route} by ${name} → ${status}`)
  }
  expect(faults).toEqual([])
})

test('a kitchen that is not approved is there for its chef and for admins only', async () => {
  const hidden = await given.chef('hidden')
  await sql()`update chefs set verification_status = 'pending' where id = ${hidden.chefId}`
  const ids = { ...world.ids, ...hidden }
  const seenBy = async (route: string) => {
    const tokens = { nobody: undefined, own: hidden.token, ...world.tokens }
    const replies = await Promise.all(Object.values(tokens).map((token) => ask(route, { token }, ids)))
    return Object.fromEntries(Object.keys(tokens).map((who, i) => [who, replies[i]!.status]))
  }
  const others = { nora: 404, sara: 404, mai: 404, luca: 404, omar: 404, dina: 404 }
  for (const route of ['GET /chefs/{chefId}', 'GET /chefs/{chefId}/menu']) {
    expect(await seenBy(route)).toEqual({ nobody: 404, own: 200, ada: 200, ...others })
  }
  const noChefs = { nora: 403, sara: 403, mai: 404, luca: 404, omar: 403, dina: 403 }
  expect(await seenBy('PATCH /chefs/{chefId}')).toEqual({ nobody: 401, own: 200, ada: 200, ...noChefs })
  const search = (await ask('GET /chefs')).body.data.map(({ id }: { id: string }) => id)
  expect(search).toContain(world.ids.chefId)
  expect(search).not.toContain(hidden.chefId)
})

test('a chef learns of an order when it is paid, not before', async () => {
  const mai = { token: world.tokens.mai }
  const [{ id }] = await sql()<
    [{ id: string }]
  >`select id from orders where status = 'pending' and chef_id = ${world.ids.chefId!}`
  for (const route of ['GET /orders/{orderId}', 'GET /orders/{orderId}/tracking', 'PATCH /orders/{orderId}/accept']) {
    expect(await ask(route, mai, { ...world.ids, orderId: id })).toBeProblem(404, 'order-not-found')
  }
  const listed = (await ask('GET /orders', mai)).body.data.map((order: { id: string }) => order.id)
  expect(listed).not.toContain(id)
  expect(listed).toContain(world.ids.orderId)
})

test('the lists of orders are of one’s own', async () => {
  for (const name of ['sara', 'luca', 'dina'] as const) {
    const { data } = (await ask('GET /orders', { token: world.tokens[name] })).body
    expect(data.map((order: { id: string }) => order.id)).not.toContain(world.ids.orderId)
  }
})

test('a socket opens for a ticket alone, and once', async () => {
  const { ticket } = (await ask('POST /realtime/tickets', { token: world.tokens.nora })).body
  const url = `${baseUrl().replace('http', 'ws')}/realtime`
  const opens = (address: string) =>
    new Promise<boolean>((accept) => {
      const socket = new WebSocket(address)
      socket.onopen = () => {
        socket.close()
        accept(true)
      }
      socket.onerror = () => accept(false)
    })
  const tries = [url, `${url}?ticket=garbage`, `${url}?ticket=${ticket}`, `${url}?ticket=${ticket}`]
  const opened: boolean[] = []
  for (const address of tries) opened.push(await opens(address))
  expect(opened).toEqual([false, false, true, false])
})
