/** A real Prometheus with our rules reads a running market: every panel and every rule has data, and nothing cries wolf. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { familiesOf, isListed, metricsOfPage } from '#cli/monitoring/metrics-page'
import { ask, tell } from '../support/chaos-client'
import { type Load, startLoad } from '../support/chaos-load'
import { orderOf, settleTown, type Town } from '../support/chaos-people'
import { type ChaosSql, chaosFolder, openSql, remove } from '../support/chaos-postgres'
import { endServers, repository, type Server, startServer, until } from '../support/chaos-server'
import { type Socket, subscribe } from '../support/chaos-socket'
import { freshDatabase } from '../support/database'
import { endPrograms, type Prometheus, startAlertmanager, startPrometheus } from '../support/monitoring-programs'

const folder = chaosFolder('monitoring')
/** Rules and rates look back at least this long. */
const busySeconds = 25
const rateInterval = '10s'

let database: { url: string; drop(): Promise<void> }
let server: Server
let sql: ChaosSql
let town: Town
let load: Load
let socket: Awaited<ReturnType<typeof subscribe>> & Pick<Socket, 'close'>
let alertmanager: Awaited<ReturnType<typeof startAlertmanager>>
let prometheus: Prometheus
let receiver: ReturnType<typeof Bun.serve>
const received: { path: string; authorization: string | null }[] = []

beforeAll(async () => {
  database = await freshDatabase()
  server = await startServer({ databaseUrl: database.url })
  await server.ready()
  sql = openSql(database.url)
  town = await settleTown(sql, { customers: 4, cooks: 3, couriers: 8, settings: { offerTimeoutSeconds: 5 } })
  receiver = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: (request) => {
      received.push({ path: new URL(request.url).pathname, authorization: request.headers.get('authorization') })
      return new Response('{}', { status: 202 })
    },
  })
  alertmanager = await startAlertmanager(join(folder, 'alertmanager'), `127.0.0.1:${receiver.port}`)
  prometheus = await startPrometheus(join(folder, 'prometheus'), {
    ridendine: `127.0.0.1:${server.port}`,
    alertmanager: alertmanager.address,
  })
  socket = await subscribe(server.base, town.admin.token, `zone:${town.zoneId}`)
  load = startLoad(town, () => server.base, { until: 'ready', pauseMs: 250 })
  const startedMs = performance.now()
  await paidAndCancelled()
  await until('orders are delivered', () => delivered() >= 10, 60)
  await Bun.sleep(Math.max(0, busySeconds * 1000 - (performance.now() - startedMs)))
})

afterAll(async () => {
  socket?.close()
  await load?.stop()
  await endPrograms()
  await endServers()
  await receiver?.stop(true)
  await sql?.end({ timeout: 1 })
  await database?.drop()
  remove(folder)
})

const delivered = () => [...load.orders.values()].filter(({ steps }) => steps.includes('delivery:deliver')).length

/** Money goes back, now and then. */
const paidAndCancelled = async () => {
  const [nora, mai] = [town.customers[0]!, town.cooks[0]!]
  for (let count = 0; count < 6; count++) {
    const { body: order } = await ask(server.base, 'POST', '/orders', { token: nora.token, body: orderOf(mai) })
    const intentPath = `/orders/${order.id}/create-payment-intent`
    const { body: intent } = await ask(server.base, 'POST', intentPath, { token: nora.token })
    await ask(server.base, 'POST', `/payments/simulated/${intent.paymentIntentId}/confirm`, { token: nora.token })
    const body = { reason: 'Changed my mind' }
    const { status } = await ask(server.base, 'PATCH', `/orders/${order.id}/cancel`, { token: nora.token, body })
    expect(status).toBe(200)
    await Bun.sleep(1_000)
  }
}

type Target = { expr: string }
type DashboardFile = { title: string; panels: { title: string; type: string; targets: Target[] }[] }

const dashboardsFolder = join(repository, 'monitoring/grafana/dashboards')
const dashboards = readdirSync(dashboardsFolder).map(
  (name) => JSON.parse(readFileSync(join(dashboardsFolder, name), 'utf8')) as DashboardFile,
)

/** As Grafana fills a query in, with "All" chosen everywhere. */
const filledIn = (expr: string) =>
  expr.replaceAll('$__rate_interval', rateInterval).replaceAll(/\$(job|instance|zone)\b/g, '.*')

test('every query of every panel has data', async () => {
  const empty: string[] = []
  let queries = 0
  for (const { title, panels } of dashboards) {
    for (const panel of panels) {
      for (const { expr } of panel.targets) {
        queries++
        const series = await prometheus.queryRange(filledIn(expr), busySeconds)
        if (series.length === 0) empty.push(`${title} / ${panel.title}: ${expr}`)
      }
    }
  }
  const panels = dashboards.reduce((sum, one) => sum + one.panels.length, 0)
  tell('dashboards', { dashboards: dashboards.length, panels, queries, empty: empty.length })
  expect(empty).toEqual([])
  expect(dashboards.length).toBe(7)
})

type Rule = {
  name: string
  type: 'recording' | 'alerting'
  health: string
  lastError?: string
  state?: string
  query: string
}

const rules = async () =>
  ((await prometheus.get('rules')) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules)

test('every rule is healthy, and every recording rule has data', async () => {
  await until('all rules are evaluated', async () => (await rules()).every(({ health }) => health !== 'unknown'), 20)
  const all = await rules()
  expect(all.filter(({ health }) => health !== 'ok').map(({ name, lastError }) => `${name}: ${lastError}`)).toEqual([])
  const empty: string[] = []
  const recorded = all.filter(({ type }) => type === 'recording')
  for (const { name } of recorded) if ((await prometheus.query(name)).length === 0) empty.push(name)
  tell('rules', { alerts: all.length - recorded.length, recorded: recorded.length })
  expect(empty).toEqual([])
  expect(recorded.length).toBeGreaterThan(15)
})

/** What may wait to fire on a machine that is busy with other things too, or because this market has no backups. */
const mayBePending =
  /^(BackupNeverMade|JobNotSucceeding|EventLoopSlow|EventLoopBlocked|CpuSaturated|DatabaseSlow|LatencyBudgetBurn\w+)$/

test('only the watchdog fires, and it reaches its receiver with its token', async () => {
  const firing = (await prometheus.query('ALERTS')).map(({ metric }) => metric)
  expect(firing.filter(({ alertstate }) => alertstate === 'firing').map(({ alertname }) => alertname)).toEqual([
    'Watchdog',
  ])
  const pending = firing.filter(({ alertstate }) => alertstate === 'pending').map(({ alertname }) => alertname!)
  expect(pending.filter((name) => !mayBePending.test(name))).toEqual([])
  await until('the watchdog is told', () => received.length > 0, 20)
  expect(received[0]).toEqual({ path: '/heartbeat/ridendine', authorization: 'Bearer heartbeat_token-of-the-test' })
})

/** Of metrics that something else makes, or that are made only when something has happened. */
const madeElsewhere =
  /^(cnpg_\w+|pg_\w+|kubelet_\w+|certmanager_\w+|probe_\w+|prometheus_rule_evaluation_failures_total)$/

test('what alerts and panels look at is measured', async () => {
  const { body } = await ask(server.base, 'GET', '/metrics')
  const families = [...String(body).matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name!)
  const stored = (await prometheus.get('label/__name__/values')) as string[]
  const known = new Set([...families, ...stored])
  const expressions = [...(await rules()), ...dashboards.flatMap(({ panels }) => panels.flatMap(targetsOf))]
  const named = expressions.flatMap(({ query }) => [
    // Neither texts nor what rules record.
    ...query
      .replaceAll(/"[^"]*"|\b\w+(:\w+)+/g, '')
      .matchAll(/\b(?:ridendine|nodejs|process|prometheus|alertmanager)_\w+/g),
  ])
  const unknown = named
    .map(([name]) => name)
    .filter((name) => !known.has(name) && !known.has(name.replace(/_(bucket|count|sum)$/, '')))
  expect([...new Set(unknown)].filter((name) => !madeElsewhere.test(name))).toEqual([])
})

const targetsOf = ({ targets }: DashboardFile['panels'][number]) => targets.map(({ expr }) => ({ query: expr }))

test('labels stay bounded: no ids, and not many series of one name', async () => {
  const counts = await prometheus.query('count by (__name__) ({job="ridendine"})')
  const many = counts.map(({ metric, value }) => ({ name: metric.__name__!, count: Number(value![1]) }))
  const bound = (name: string) => (/_bucket$/.test(name) ? 1_500 : 150)
  expect(many.filter(({ name, count }) => count > bound(name))).toEqual([])
  const { body } = await ask(server.base, 'GET', '/metrics')
  expect(String(body)).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-/)
})

test('a scrape does not wait for figures that cannot be read, and has them again afterwards', async () => {
  socket.close()
  await load.stop()
  const metrics = async () => {
    const { status, body, tookMs } = await ask(server.base, 'GET', '/metrics')
    return { status, tookMs, text: String(body) }
  }
  let longestMs = 0
  await sql.begin(async (tx) => {
    await tx`lock table orders in access exclusive mode`
    await until(
      'the figures are left out',
      async () => {
        const { status, text, tookMs } = await metrics()
        longestMs = Math.max(longestMs, tookMs)
        expect(status).toBe(200)
        expect(text).toContain('ridendine_build_info{')
        return !/^ridendine_market_reading_seconds /m.test(text) && !/^ridendine_order_oldest_seconds{/m.test(text)
      },
      20,
    )
  })
  tell('metrics while orders are locked', { longestMs: Math.round(longestMs) })
  // Prometheus waits for ten seconds.
  expect(longestMs).toBeLessThan(6_000)
  await until('they are back', async () => /^ridendine_market_reading_seconds /m.test((await metrics()).text), 20)
})

test('the page of metrics lists what there is', async () => {
  const { body } = await ask(server.base, 'GET', '/metrics')
  const measured = familiesOf(String(body)).filter(isListed)
  const listed = new Map(
    metricsOfPage(readFileSync(join(repository, 'docs/monitoring.md'), 'utf8')).map((one) => [one.name, one]),
  )
  const faults = measured.flatMap(({ name, type, help, labels }) => {
    const row = listed.get(name)
    if (!row) return [`${name} is not listed`]
    const same = row.type === type && row.help === help && labels.every((label) => row.labels.includes(label))
    return same ? [] : [`${name} is listed otherwise`]
  })
  const gone = [...listed.keys()].filter((name) => !measured.some((one) => one.name === name))
  // To mend it: bun run monitoring --metrics http://localhost:9001/metrics
  expect([...faults, ...gone.map((name) => `${name} is listed and not measured`)]).toEqual([])
})
