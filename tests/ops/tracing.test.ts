/** Traces by OTLP: a collector of the test's own reads what a real server sends, as a real one would be sent it. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { ask } from '../support/chaos-client'
import { orderOf, settleTown, type Town } from '../support/chaos-people'
import { type ChaosPostgres, type ChaosSql, openSql, startChaosPostgres } from '../support/chaos-postgres'
import { endServers, type Server, startServer, until } from '../support/chaos-server'

type Value = { stringValue?: string; intValue?: number; boolValue?: boolean }
type SpanJson = {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  kind: number
  startTimeUnixNano: string
  endTimeUnixNano: string
  attributes: { key: string; value: Value }[]
  status: { code: number }
}
type Export = {
  resourceSpans: { resource: { attributes: { key: string; value: Value }[] }; scopeSpans: { spans: SpanJson[] }[] }[]
}

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const CALLER_SPAN = '00f067aa0ba902b7'
/** OTLP's numbers of kinds are one more than those of the API. */
const [KIND_SERVER, KIND_CLIENT] = [2, 3]

let postgres: ChaosPostgres
let sql: ChaosSql
let town: Town
let server: Server
const exports: Export[] = []
const authorizations = new Set<string | null>()

const collector = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  fetch: async (request) => {
    if (new URL(request.url).pathname !== '/v1/traces') return new Response(null, { status: 404 })
    authorizations.add(request.headers.get('authorization'))
    exports.push((await request.json()) as Export)
    return Response.json({})
  },
})

const spans = () =>
  exports.flatMap(({ resourceSpans }) => resourceSpans.flatMap((one) => one.scopeSpans.flatMap((scope) => scope.spans)))
const valuesOf = (attributes: SpanJson['attributes']) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue ?? value.boolValue]))
const ofTrace = (traceId: string) => spans().filter((span) => span.traceId === traceId)

const traced = (traceId: string, sampled: boolean, init: RequestInit & { path: string }) =>
  fetch(`${server.base}${init.path}`, {
    ...init,
    headers: { ...init.headers, traceparent: `00-${traceId}-${CALLER_SPAN}-${sampled ? '01' : '00'}` },
  })

beforeAll(async () => {
  postgres = await startChaosPostgres('tracing')
  server = await startServer({
    databaseUrl: postgres.url,
    environment: {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url.href,
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20of-the-collector',
      OTEL_TRACES_SAMPLER_ARG: '0',
    },
  })
  await server.ready()
  sql = openSql(postgres.url)
  town = await settleTown(sql)
})

afterAll(async () => {
  await endServers()
  await collector.stop(true)
  await sql?.end({ timeout: 1 })
  await postgres?.stop()
})

test('a request whose caller keeps its trace is sent with what it did, below the caller', async () => {
  const [customer] = town.customers
  const headers = { authorization: `Bearer ${customer!.token}`, 'content-type': 'application/json' }
  const placed = await traced(TRACE, true, {
    path: '/orders',
    method: 'POST',
    headers,
    body: JSON.stringify(orderOf(town.cooks[0]!)),
  })
  const { id } = (await placed.json()) as { id: string }
  await traced(TRACE, true, {
    path: `/orders/${id}/create-payment-intent`,
    method: 'POST',
    headers: { authorization: headers.authorization },
  })
  await until('both requests and a transaction are exported', () => ofTrace(TRACE).length >= 3, 15)

  const [order] = ofTrace(TRACE).filter(({ name }) => name === 'POST /orders')
  expect(order).toMatchObject({ parentSpanId: CALLER_SPAN, kind: KIND_SERVER, status: { code: 0 } })
  expect(valuesOf(order!.attributes)).toMatchObject({
    'http.request.method': 'POST',
    'http.route': '/orders',
    'http.response.status_code': 201,
    'ridendine.request_id': placed.headers.get('x-request-id')!,
  })
  const [payment] = ofTrace(TRACE).filter(({ name }) => name === 'POST /orders/:orderId/create-payment-intent')
  const [transaction] = ofTrace(TRACE).filter(({ name }) => name === 'transaction')
  expect(transaction).toMatchObject({ parentSpanId: payment!.spanId, kind: KIND_CLIENT })
  const [began, ended] = [BigInt(payment!.startTimeUnixNano), BigInt(payment!.endTimeUnixNano)]
  expect(BigInt(transaction!.startTimeUnixNano) >= began && BigInt(transaction!.endTimeUnixNano) <= ended).toBe(true)
  const tookMs = Number(ended - began) / 1e6
  expect(tookMs).toBeWithin(0.1, 10_000)
  const [resource] = exports[0]!.resourceSpans
  expect(valuesOf(resource!.resource.attributes)).toMatchObject({ 'service.name': 'ridendine' })
  expect([...authorizations]).toEqual(['Bearer of-the-collector'])
  // Ids tell a trace apart; who ordered, and where to, is nobody's business here.
  expect(JSON.stringify(exports)).not.toContain('Testgatan')
})

test('what the caller does not keep, and with a ratio of none everything else, is not sent', async () => {
  const count = spans().length
  const other = '0af7651916cd43dd8448eb211c80319c'
  await traced(other, false, { path: '/zones' })
  for (let n = 0; n < 20; n++) await ask(server.base, 'GET', '/zones')
  await traced('b7ad6b7169203331b7ad6b7169203331', true, { path: '/zones' })
  await until('the one that is kept is sent', () => spans().length > count, 15)
  expect(ofTrace(other)).toEqual([])
  expect(
    spans()
      .slice(count)
      .map(({ name }) => name),
  ).toEqual(['GET /zones'])
})

test('a slow request on the metrics links to its trace, for who reads OpenMetrics', async () => {
  const metrics = (accept: string) => fetch(`${server.base}/metrics`, { headers: { accept } })
  const open = await metrics('application/openmetrics-text;version=1.0.0,text/plain;q=0.5')
  expect(open.headers.get('content-type')).toStartWith('application/openmetrics-text')
  const text = await open.text()
  const exemplar = new RegExp(`http_request_duration_seconds_bucket{.*route="/orders".*} \\d+ # {trace_id="${TRACE}"}`)
  expect(text.split('\n').filter((line) => exemplar.test(line))).toHaveLength(1)
  expect(text.endsWith('# EOF\n')).toBe(true)
  const plain = await metrics('text/plain')
  expect(plain.headers.get('content-type')).toStartWith('text/plain')
  const plainText = await plain.text()
  expect(plainText.includes('trace_id')).toBe(false)
  // What the one format calls things does not change what the other does.
  expect(plainText.includes('\nridendine_events_read_total{')).toBe(true)
})

test('a collector that is away costs no request anything, and is said once', async () => {
  await collector.stop(true)
  for (let n = 0; n < 50; n++) expect((await traced(TRACE, true, { path: '/zones' })).status).toBe(200)
  await until('it is said', () => server.output().includes('traces cannot be exported'), 40)
  const { body } = await ask(server.base, 'GET', '/metrics')
  expect(/ridendine_trace_exports_failed_total [1-9]/.test(String(body))).toBe(true)
  server.kill('SIGTERM')
  expect(await server.exited(15)).toBe(0)
})
