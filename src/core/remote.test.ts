import { afterAll, beforeEach, expect, test } from 'bun:test'
import { Elysia } from 'elysia'
import { z } from 'zod'
import { parseConfig, setConfig } from '#core/config'
import { http } from '#core/http'
import { openLog } from '#core/log'
import { registry } from '#core/metrics'
import { Problem } from '#core/problem'
import { face as define, type Face, type Methods, orWhenAway } from '#core/remote'
import { faceRoutes } from '#core/remote-routes'
import { RequestContext, requestContext, traceparent, withRequestContext } from '#core/request-context'
import { serviceToken } from '#core/service-tokens'
import { newSigningKey, signAccessToken } from '#core/tokens'

const NOW = new Date('2026-11-23T11:00:00.000Z')
const DEADLINE_MS = 300
const keys = JSON.stringify({ keys: [newSigningKey(NOW)] })
const stops: (() => unknown)[] = []
afterAll(() => Promise.all(stops.map((stop) => stop())))
await openLog({ level: 'silent', format: 'json' })

const settings = (more: Record<string, string> = {}) =>
  setConfig(parseConfig({ NODE_ENV: 'test', JWT_KEYS: keys, MODULES: 'api', ...more }))
beforeEach(() => settings())

let calls = 0
let seen: RequestContext | undefined
const Point = z.object({ lat: z.number(), lng: z.number() })

/** A face as modules have them; `own` answers at the other end of the wire. */
const newFace = () =>
  define({
    module: 'routing',
    callers: ['api'],
    methods: {
      later: {
        kind: 'read',
        deadlineMs: DEADLINE_MS,
        input: z.tuple([z.coerce.date<Date>(), z.int()]),
        output: z.object({ at: z.string() }),
      },
      middle: { kind: 'read', deadlineMs: DEADLINE_MS, input: z.tuple([Point]), output: Point },
      refuse: { kind: 'write', deadlineMs: DEADLINE_MS, input: z.tuple([]), output: z.null() },
      wait: { kind: 'read', deadlineMs: DEADLINE_MS, input: z.tuple([z.int()]), output: z.int() },
      write: { kind: 'write', deadlineMs: DEADLINE_MS, input: z.tuple([]), output: z.int() },
      read: { kind: 'read', deadlineMs: DEADLINE_MS, input: z.tuple([]), output: z.int() },
    },
    own: {
      later: async (now, ms) => ({ at: new Date(now.getTime() + ms).toISOString(), secret: 'not in the schema' }),
      middle: async (point) => {
        seen = requestContext()
        return point
      },
      refuse: async () => {
        throw new Problem(409, 'offer-over', 'This offer is expired.', {
          currentStatus: 'expired',
          errors: [{ path: 'offerId', message: 'is over' }],
          headers: { 'retry-after': '7' },
        })
      },
      wait: async (ms) => {
        await Bun.sleep(ms)
        return ms
      },
      write: async () => ++calls,
      read: async () => ++calls,
    },
  })

/** A server with the routes of a face, as another process has it. */
const serve = <M extends Methods>(one: Face<M>) => {
  const app = new Elysia()
    .use(http(() => []))
    .use(faceRoutes(one))
    .listen({ port: 0, hostname: '127.0.0.1' })
  stops.push(() => app.stop(true))
  return `http://127.0.0.1:${app.server!.port}`
}

const apart = () => {
  const one = newFace()
  const url = serve(one)
  settings({ ROUTING_URL: `${url}/` })
  return { ...one, url }
}

const problemOf = async (call: Promise<unknown>): Promise<Problem> => {
  const error = await call.then(
    (value) => Promise.reject(new Error(`answered ${JSON.stringify(value)}`)),
    (reason) => reason,
  )
  if (!(error instanceof Problem)) throw error
  return error
}

const count = async (outcome: string, method: string) => {
  const line = `ridendine_face_call_duration_seconds_count{face="routing",method="${method}",outcome="${outcome}"}`
  return Number(
    (await registry.metrics())
      .split('\n')
      .find((one) => one.startsWith(line))
      ?.split(' ')
      .at(-1) ?? 0,
  )
}

test('together, or with no address given, a call is a function call', async () => {
  const { calls: here } = newFace()
  const before = await count('ok', 'later')
  const expected = { at: '2026-11-23T11:00:01.000Z', secret: 'not in the schema' }
  expect(await here.later(NOW, 1_000)).toEqual(expected as never)
  settings({ MODULES: 'api,routing', ROUTING_URL: 'http://127.0.0.1:1' })
  expect(await here.later(NOW, 1_000)).toEqual(expected as never)
  expect(await count('ok', 'later')).toBe(before)
})

test('apart it goes over the wire, dates and all; what is not in its schema stays behind', async () => {
  const before = await count('ok', 'later')
  expect(await apart().calls.later(NOW, 1_000)).toEqual({ at: '2026-11-23T11:00:01.000Z' })
  expect(await count('ok', 'later')).toBe(before + 1)
})

test('a problem arrives as it was thrown', async () => {
  const before = await count('refused', 'refuse')
  const problem = await problemOf(apart().calls.refuse())
  expect(problem).toMatchObject({ status: 409, slug: 'offer-over', detail: 'This offer is expired.' })
  expect(problem.extras).toEqual({ currentStatus: 'expired', errors: [{ path: 'offerId', message: 'is over' }] })
  expect(problem.headers).toEqual({ 'retry-after': '7' })
  expect(await count('refused', 'refuse')).toBe(before + 1)
})

test('the request id and the trace travel along', async () => {
  const { calls: there } = apart()
  const context = new RequestContext(new Headers({ 'x-request-id': 'of-the-caller' }))
  await withRequestContext(context, () => there.middle({ lat: 1, lng: 2 }))
  expect(seen!.requestId).toBe('of-the-caller')
  expect(seen!.trace.traceId).toBe(context.trace.traceId)
  expect(seen!.trace.spanId).not.toBe(context.trace.spanId)
  expect(traceparent(seen!.trace)).toStartWith(`00-${context.trace.traceId}-`)
})

const ask = (url: string, token: string | undefined, body: unknown = []) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify(body),
  })

test('only service credentials of a module that may call open it', async () => {
  const { url } = apart()
  const path = `${url}/internal/routing/read`
  const person = await signAccessToken({ userId: Bun.randomUUIDv7(), role: 'admin' })
  for (const token of [undefined, 'made.up.token', person]) {
    const answer = await ask(path, token)
    expect([answer.status, ((await answer.json()) as { type: string }).type]).toEqual([
      401,
      '/problems/service-credentials',
    ])
  }
  expect((await ask(path, await serviceToken())).status).toBe(200)
  settings({ MODULES: 'realtime' })
  expect((await ask(path, await serviceToken())).status).toBe(403)
  settings({ MODULES: 'realtime,api' })
  expect((await ask(path, await serviceToken())).status).toBe(200)
})

test('arguments and answers that do not fit are a fault of ours, not of whoever asked us', async () => {
  const { url, calls: there } = apart()
  const mismatch = await ask(`${url}/internal/routing/middle`, await serviceToken(), [{ lat: 'north' }])
  expect([mismatch.status, ((await mismatch.json()) as { type: string }).type]).toEqual([
    400,
    '/problems/face-mismatch',
  ])
  expect(await problemOf(there.middle({ lat: 'north', lng: 0 } as never))).toMatchObject({ status: 503 })
  const odd = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => Response.json({ lat: 1 }) })
  stops.push(() => odd.stop(true))
  settings({ ROUTING_URL: odd.url.href })
  expect(await problemOf(there.middle({ lat: 1, lng: 2 }))).toMatchObject({
    status: 503,
    slug: 'module-unavailable',
    headers: { 'retry-after': '2' },
  })
  expect(await count('faulty', 'middle')).toBe(2)
})

test('the other side has so long and no longer', async () => {
  const { calls: there } = apart()
  expect(await there.wait(10)).toBe(10)
  const startedMs = performance.now()
  expect(await problemOf(there.wait(5_000))).toMatchObject({ status: 503, slug: 'module-unavailable' })
  expect(performance.now() - startedMs).toBeWithin(DEADLINE_MS - 5, DEADLINE_MS * 5)
  expect(await count('late', 'wait')).toBe(1)
})

/** Passes connections on to a port, but cuts the first ones when they have said something. */
const flakyDoor = (port: number, cutMax: number) => {
  let cut = 0
  const upstreams = new Map<unknown, Promise<Bun.Socket>>()
  const door = Bun.listen({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      open: (socket) => {
        const data = (_: unknown, bytes: Buffer) => void socket.write(bytes)
        upstreams.set(socket, Bun.connect({ hostname: '127.0.0.1', port, socket: { data } }))
      },
      data: async (socket, bytes) => {
        if (cut++ < cutMax) return socket.terminate()
        ;(await upstreams.get(socket)!).write(bytes)
      },
    },
  })
  stops.push(() => door.stop(true))
  return { url: `http://127.0.0.1:${door.port}`, asked: () => cut }
}

test('a read that gets no answer is asked again, a write is not', async () => {
  const { url, calls: there } = apart()
  const door = flakyDoor(Number(new URL(url).port), 2)
  settings({ ROUTING_URL: door.url })
  calls = 0
  expect(await there.read()).toBe(1)
  expect(door.asked()).toBe(3)
  const other = flakyDoor(Number(new URL(url).port), 1)
  settings({ ROUTING_URL: other.url })
  expect(await problemOf(there.write())).toMatchObject({ status: 503 })
  expect([other.asked(), calls]).toEqual([1, 1])
})

test('a write that nobody took is sent again: when the other side comes up it is done, once', async () => {
  const one = newFace()
  const app = new Elysia()
    .use(http(() => []))
    .use(faceRoutes(one))
    .listen({ port: 0, hostname: '127.0.0.1' })
  const port = app.server!.port!
  await app.stop(true)
  settings({ ROUTING_URL: `http://127.0.0.1:${port}` })
  expect(await problemOf(one.calls.write())).toMatchObject({ status: 503 })
  calls = 0
  const asking = one.calls.write()
  const again = new Elysia()
    .use(http(() => []))
    .use(faceRoutes(one))
    .listen({ port, hostname: '127.0.0.1' })
  stops.push(() => again.stop(true))
  expect(await asking).toBe(1)
  expect(calls).toBe(1)
})

test('who does not answer again and again is not asked for a second, then tried by one', async () => {
  const { url, calls: there } = apart()
  settings({ ROUTING_URL: 'http://127.0.0.1:1' })
  const open = async () => (await registry.metrics()).includes('ridendine_face_circuit_open{face="routing"} 1')
  while (!(await open())) await problemOf(there.read())
  const notTried = await count('not-tried', 'read')
  settings({ ROUTING_URL: url })
  expect(await problemOf(there.read())).toMatchObject({ status: 503, slug: 'module-unavailable' })
  expect(await count('not-tried', 'read')).toBe(notTried + 1)
  await Bun.sleep(1_050)
  expect(await there.read()).toBeGreaterThan(0)
  expect(await open()).toBe(false)
})

test('problems are answers: they do not keep anybody from asking', async () => {
  const { calls: there } = apart()
  for (let i = 0; i < 8; i++) expect(await problemOf(there.refuse())).toMatchObject({ status: 409 })
})

test('what can be answered without the other module is, but only when it is away', async () => {
  const { calls: there } = apart()
  expect(await orWhenAway(there.wait(1), () => -1)).toBe(1)
  expect(await orWhenAway(there.wait(5_000), () => -1)).toBe(-1)
  expect(await problemOf(orWhenAway(there.refuse(), () => null))).toMatchObject({ status: 409 })
})
