/** Four real processes, one module each, and what happens when one of them is away. */
import { beforeAll, expect, test } from 'bun:test'
import { estimateEta, NOTHING_KNOWN } from '#modules/dispatch/index'
import { type ApartModule, apartModules } from '../support/apart'
import { connectSocket } from '../support/chaos-socket'
import { as, type Cook, type Courier, DOOR, deliveryAddress, given, KITCHEN, type Person } from '../support/given'
import { baseUrl, call, eventually, sql, useApartMarket } from '../support/market'

/** Routing goes at another pace than the others think, so that an answer tells who gave it. */
const [SPEED_OF_ROUTING, SPEED_ELSEWHERE] = [1, 10]
const market = useApartMarket({
  api: { TRAVEL_SPEED_MPS: String(SPEED_ELSEWHERE), LOG_LEVEL: 'info' },
  dispatch: { TRAVEL_SPEED_MPS: String(SPEED_ELSEWHERE), LOG_LEVEL: 'info' },
  routing: { TRAVEL_SPEED_MPS: String(SPEED_OF_ROUTING), LOG_LEVEL: 'info' },
})

let mai: Cook
let nora: Person
let omar: Courier
beforeAll(async () => {
  mai = await given.chef('mai')
  nora = await given.customer('nora')
  omar = await given.driver('omar', { at: KITCHEN })
})

const at = (name: ApartModule, path: string, init: RequestInit = {}) => fetch(`${market().urlOf(name)}${path}`, init)
const metricOf = async (name: ApartModule, start: string) => {
  const lines = (await (await at(name, '/metrics')).text()).split('\n').filter((line) => line.startsWith(start))
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}
const faceCalls = (name: ApartModule, face: string, method: string, outcome: string) =>
  metricOf(name, `ridendine_face_call_duration_seconds_count{face="${face}",method="${method}",outcome="${outcome}"}`)

/** A quote as nora has it now, and who said how far the door is. */
const quote = async () => {
  const items = [{ menuItemId: mai.itemId, quantity: 2 }]
  const startedMs = performance.now()
  const reply = await as(nora).post('/quotes', { chefId: mai.chefId, items, deliveryAddress: deliveryAddress(DOOR) })
  const tookMs = performance.now() - startedMs
  expect(reply.status).toBe(201)
  const { distanceMeters, distanceIsApproximate, eta, expiresAt } = reply.body
  const etaSeconds = (Date.parse(eta.p50At) - Date.parse(expiresAt)) / 1000 + QUOTE_SECONDS
  const isByRouting = Math.abs(etaSeconds - expectedSeconds(distanceMeters / SPEED_OF_ROUTING)) < 2
  const isEstimate = Math.abs(etaSeconds - expectedSeconds(distanceMeters / SPEED_ELSEWHERE)) < 2
  return { by: isByRouting ? 'routing' : isEstimate ? 'estimate' : 'nobody', distanceIsApproximate, tookMs }
}
const QUOTE_SECONDS = 600
/** Until it is at the door, of what is cooked for a quarter of an hour, where nothing has been learned. */
const expectedSeconds = (waySeconds: number) => {
  const known = NOTHING_KNOWN
  const food = { isReady: false as const, sinceSeconds: null, saidSeconds: 900, preparation: known.preparation }
  return estimateEta({ now: new Date(0), food, toDropoffSeconds: waySeconds, known }).p50At.getTime() / 1_000
}

test('each process serves its own paths, and says how it is', async () => {
  const own: [ApartModule, string, string][] = [
    ['api', 'GET', '/chefs'],
    ['dispatch', 'GET', '/dispatch/decisions'],
    ['realtime', 'POST', '/realtime/tickets'],
    ['routing', 'POST', '/internal/routing/leg'],
  ]
  for (const name of apartModules) {
    for (const path of ['/health', '/health/live', '/health/ready', '/metrics', '/docs', '/docs/json'])
      expect([name, path, (await at(name, path)).status]).toEqual([name, path, 200])
    for (const [owner, method, path] of own) {
      const { status } = await at(name, path, { method })
      expect([name, path, status === 404]).toEqual([name, path, owner !== name])
    }
  }
})

test('what they ask each other is in no document, past no ingress, and for nobody else', async () => {
  for (const name of apartModules) {
    const { paths } = (await (await at(name, '/docs/json')).json()) as { paths: Record<string, object> }
    expect(Object.keys(paths).filter((path) => path.includes('internal'))).toEqual([])
  }
  expect((await fetch(`${baseUrl()}/internal/routing/leg`, { method: 'POST' })).status).toBe(404)
  const ask = (headers: Record<string, string>) =>
    at('routing', '/internal/routing/leg', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify([KITCHEN, DOOR]),
    })
  const admin = await given.admin()
  for (const headers of [{}, { authorization: `Bearer ${admin.token}` }] as Record<string, string>[]) {
    const answer = await ask(headers)
    expect(answer.status).toBe(401)
    expect(await answer.json()).toMatchObject({ type: '/problems/service-credentials' })
  }
})

test('a request keeps its id and its trace, and a problem stays the problem that it is', async () => {
  const headers = { 'x-request-id': 'across-the-seam', traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` }
  const path = '/drivers/offers/01937f5a-7b1c-7c3e-9d2a-5f0e8b6a4c30/accept'
  const before = await faceCalls('api', 'dispatch', 'acceptOffer', 'refused')
  const reply = await call('POST', path, { token: omar.token, headers })
  expect(reply).toBeProblem(404, 'offer-not-found')
  expect(reply.body.instance).toBe('across-the-seam')
  expect(await faceCalls('api', 'dispatch', 'acceptOffer', 'refused')).toBe(before + 1)
  const line = await eventually('the line in the log of dispatch', async () =>
    market()
      .server('dispatch')
      .output()
      .split('\n')
      .find((one) => one.includes('across-the-seam') && one.includes('/internal/dispatch/acceptOffer')),
  )
  expect(JSON.parse(line)).toMatchObject({ requestId: 'across-the-seam', traceId: 'a'.repeat(32), status: 404 })
})

test('an order goes from click to door through all four', async () => {
  const socket = await connectSocket(baseUrl(), nora.token)
  const { id, handoverCode } = await given.order({ until: 'ready', customer: nora, chef: mai })
  socket.send({ type: 'subscribe', topic: `order:${id}`, afterSeq: 0 })
  const offer = await given.offer(omar)
  expect((await as(omar).post(`/drivers/offers/${offer.id}/accept`)).status).toBe(200)
  expect((await as(omar).get('/drivers/route')).body.stops).toHaveLength(2)
  expect((await as(omar).patch(`/orders/${id}/pickup`)).status).toBe(200)
  expect((await as(omar).post('/drivers/location', DOOR)).body.isNewest).toBe(true)
  await eventually('his position on her map', async () => socket.frames.some(({ type }) => type === 'position'))
  expect((await as(omar).patch(`/orders/${id}/deliver`, { proof: { code: handoverCode } })).status).toBe(200)
  await eventually('to hear of it', async () => socket.frames.some(({ name }) => name === 'order.delivered'))
  socket.close()
  expect(await faceCalls('api', 'dispatch', 'acceptOffer', 'ok')).toBeGreaterThan(0)
  expect(await faceCalls('dispatch', 'routing', 'table', 'ok')).toBeGreaterThan(0)
})

test('routing away: quotes are estimates, marked as such, and come in time; back, it answers again', async () => {
  const answers = () => eventually('quotes by routing', async () => (await quote()).by === 'routing')
  await answers()
  const late = await faceCalls('api', 'routing', 'leg', 'late')
  const routing = market().server('routing')

  // It hangs: nothing is refused, nothing answered.
  routing.kill('SIGSTOP')
  const waiting = await quote()
  expect(waiting).toMatchObject({ by: 'estimate', distanceIsApproximate: true })
  expect(waiting.tookMs).toBeLessThan(3_000)
  expect(await faceCalls('api', 'routing', 'leg', 'late')).toBe(late + 1)
  for (let round = 0; round < 5; round++) expect((await quote()).by).toBe('estimate')
  // After some nobody waits for it any more.
  expect(await faceCalls('api', 'routing', 'leg', 'not-tried')).toBeGreaterThan(0)
  expect(await metricOf('api', 'ridendine_face_circuit_open{face="routing"}')).toBe(1)
  routing.kill('SIGCONT')
  await answers()

  routing.kill('SIGKILL')
  await routing.exited()
  for (let round = 0; round < 3; round++) {
    expect(await quote()).toMatchObject({ by: 'estimate', distanceIsApproximate: true })
  }
  expect((await at('api', '/health/ready')).status).toBe(200)
  await market().restart('routing')
  await answers()
})

test('dispatch away: orders are taken and cooked, deliveries wait, drivers go on; back, it offers them', async () => {
  await sql()`update drivers set is_available = false`
  const lena = await given.driver('lena', { at: KITCHEN })
  const carried = await given.order({ until: 'picked_up', customer: nora, chef: mai, driver: lena })
  const dispatch = market().server('dispatch')
  dispatch.kill('SIGKILL')
  await dispatch.exited()

  const { id } = await given.order({ until: 'ready', customer: nora, chef: mai })
  expect((await as(nora).get(`/orders/${id}`)).body).toMatchObject({
    status: 'ready_for_pickup',
    deliveryStatus: 'unassigned',
  })
  for (const reply of [await as(omar).get('/drivers/offers'), await as(omar).post(`/drivers/offers/${id}/decline`)]) {
    expect(reply).toBeProblem(503, 'module-unavailable')
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0)
  }
  // Who has food on board sees where to, brings it, and goes home.
  const route = await as(lena).get('/drivers/route')
  expect(route.body.stops.map(({ orderId }: { orderId: string }) => orderId)).toEqual([carried.id])
  const proof = { code: carried.handoverCode }
  expect((await as(lena).patch(`/orders/${carried.id}/deliver`, { proof })).status).toBe(200)
  expect((await as(lena).patch('/drivers/availability', { isAvailable: false })).body.isAvailable).toBe(false)
  expect((await at('api', '/health/ready')).status).toBe(200)

  await as(omar).post('/drivers/location', KITCHEN)
  await as(omar).patch('/drivers/availability', { isAvailable: true })
  await market().restart('dispatch')
  const offer = await eventually('an offer', async () => (await as(omar).get('/drivers/offers')).body.data?.[0], 15)
  expect(offer.orderIds).toEqual([id])
  expect((await as(omar).post(`/drivers/offers/${offer.id}/accept`)).status).toBe(200)
  expect((await as(nora).get(`/orders/${id}`)).body.deliveryStatus).toBe('assigned')
})

test('who goes off duty while dispatch is away gives his offer back all the same', async () => {
  await sql()`update drivers set is_available = false`
  await sql()`update deliveries set status = 'cancelled', driver_id = null, offer_id = null where status <> 'delivered'`
  const lena = await given.driver('lena', { at: KITCHEN })
  const { id } = await given.order({ until: 'ready', customer: nora, chef: mai })
  await given.offer(lena)
  const dispatch = market().server('dispatch')
  dispatch.kill('SIGKILL')
  await dispatch.exited()
  expect((await as(lena).patch('/drivers/availability', { isAvailable: false })).status).toBe(200)
  expect((await as(nora).get(`/orders/${id}`)).body.deliveryStatus).toBe('unassigned')
  await market().restart('dispatch')
})

test('realtime away: the rest goes on; who comes back with his last number has missed nothing', async () => {
  const socket = await connectSocket(baseUrl(), nora.token)
  const { id } = await given.order({ until: 'paid', customer: nora, chef: mai })
  socket.send({ type: 'subscribe', topic: `order:${id}`, afterSeq: 0 })
  await eventually('to hear of it', async () => socket.frames.some(({ name }) => name === 'order.paid'))
  const lastSeq = Math.max(...socket.frames.map(({ seq }) => seq ?? 0))
  const realtime = market().server('realtime')
  realtime.kill('SIGKILL')
  await realtime.exited()
  await eventually('the socket to end', async () => socket.closeCode() !== undefined)

  expect((await as(mai).patch(`/orders/${id}/accept`, { prepMinutes: 10 })).status).toBe(200)
  expect((await as(mai).patch(`/orders/${id}/preparing`)).status).toBe(200)
  await eventually('quotes by routing', async () => (await quote()).by === 'routing')
  expect((await call('POST', '/realtime/tickets', { token: nora.token })).status).toBe(502)
  for (const name of ['api', 'dispatch', 'routing'] as const) expect((await at(name, '/health/ready')).status).toBe(200)

  await market().restart('realtime')
  const again = await connectSocket(baseUrl(), nora.token)
  again.send({ type: 'subscribe', topic: `order:${id}`, afterSeq: lastSeq })
  await eventually('what was missed', async () => again.frames.some(({ name }) => name === 'order.preparing'))
  const names = again.frames.filter(({ type }) => type === 'event').map(({ name }) => name)
  expect(names.slice(0, 2)).toEqual(['order.accepted', 'order.preparing'])
  again.close()
})
