/** Prometheus' and Alertmanager's files, held against their own tools; where alerts go, and what holds what back. */
import { afterAll, expect, test } from 'bun:test'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { alerts } from '#cli/monitoring/alerts'
import { tell } from '../support/chaos-client'
import { chaosFolder, remove } from '../support/chaos-postgres'
import { repository, until } from '../support/chaos-server'
import { check, endPrograms, startAlertmanager } from '../support/monitoring-programs'

const prometheus = join(repository, 'monitoring/prometheus')
const alertmanagerFile = join(repository, 'monitoring/alertmanager/alertmanager.yml')
const folder = chaosFolder('monitoring-rules')

afterAll(async () => {
  await endPrograms()
  remove(folder)
})

const expectGood = ({ code, said }: { code: number; said: string }) =>
  expect([code, code === 0 ? '' : said]).toEqual([0, ''])
const filesIn = (path: string) => readdirSync(path).sort()

test.each(['prometheus.yml', 'prometheus.one.yml'])('promtool finds no fault in %s and its rules', async (name) => {
  expectGood(await check(['promtool', 'check', 'config', name], prometheus))
})

test('the four modules and Prometheus itself are scraped every 15 s, within 10', () => {
  type Config = {
    global: Record<string, string>
    scrape_configs: { job_name: string; static_configs?: { targets: string[] }[] }[]
  }
  const config = Bun.YAML.parse(readFileSync(join(prometheus, 'prometheus.yml'), 'utf8')) as Config
  expect(config.global).toMatchObject({ scrape_interval: '15s', scrape_timeout: '10s' })
  const targets = config.scrape_configs.flatMap(({ job_name, static_configs = [] }) =>
    static_configs.map((one) => `${job_name} ${one.targets.join()}`),
  )
  expect(targets.slice(0, 4)).toEqual([
    'api api:9001',
    'dispatch dispatch:9002',
    'routing routing:9003',
    'realtime realtime:9004',
  ])
})

test('the configuration for Kubernetes is good, but for what Debian leaves out of Prometheus', async () => {
  type Discovery = { kubernetes_sd_configs?: { role: string }[] }
  type Config = { alerting: { alertmanagers: Discovery[] }; scrape_configs: Discovery[] }
  const config = Bun.YAML.parse(readFileSync(join(prometheus, 'prometheus.kubernetes.yml'), 'utf8')) as Config
  const discoveries = [...config.alerting.alertmanagers, ...config.scrape_configs]
  const roles = discoveries.flatMap(({ kubernetes_sd_configs = [] }) => kubernetes_sd_configs.map(({ role }) => role))
  expect(roles).toEqual(['pod', 'pod', 'pod', 'node'])
  for (const one of discoveries) delete one.kubernetes_sd_configs
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'kubernetes.yml'), Bun.YAML.stringify(config, null, 2))
  expectGood(await check(['promtool', 'check', 'config', '--syntax-only', 'kubernetes.yml'], folder))
})

test('every alert fires when it should and stays quiet when it should: promtool test rules', async () => {
  const files = filesIn(join(prometheus, 'tests'))
  const startedMs = performance.now()
  const results = await Promise.all(
    files.map(async (name) => ({ name, ...(await check(['promtool', 'test', 'rules', `tests/${name}`], prometheus)) })),
  )
  for (const result of results) expectGood(result)
  const cases = alerts.reduce((sum, { fires, quiet }) => sum + fires.length + quiet.length, 0)
  tell('rules', { alerts: alerts.length, cases, seconds: Math.round((performance.now() - startedMs) / 1000) })
})

test('promtool would see a case that does not fire', async () => {
  const broken = readFileSync(join(prometheus, 'rules/saturation.yml'), 'utf8').replace('> 0.9', '> 99')
  const tests = readFileSync(join(prometheus, 'tests/saturation.test.yml'), 'utf8').replace('../rules/', '')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'saturation.yml'), broken)
  writeFileSync(join(folder, 'saturation.test.yml'), tests)
  const { code, said } = await check(['promtool', 'test', 'rules', 'saturation.test.yml'], folder)
  expect([code, /alertname: (CpuSaturated|MemoryHigh)/.test(said)]).toEqual([1, true])
})

const anchorsOf = (markdown: string) =>
  [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  )

test('every alert names a place in a runbook that is there', () => {
  const runbooks = join(repository, 'docs/runbooks')
  const missing: string[] = []
  for (const { name, runbook } of alerts) {
    const [file, anchor] = runbook.split('#') as [string, string]
    const path = join(runbooks, file)
    if (!existsSync(path) || !anchorsOf(readFileSync(path, 'utf8')).includes(anchor))
      missing.push(`${name}: ${runbook}`)
  }
  expect(missing).toEqual([])
})

test('amtool finds no fault in the configuration, and no secret stands in it', async () => {
  expectGood(await check(['amtool', 'check-config', alertmanagerFile]))
  const text = readFileSync(alertmanagerFile, 'utf8')
  expect(text).not.toMatch(/^\s*(smtp_auth_password|routing_key|service_key|credentials|password|api_key):/m)
})

test.each([
  ['page', 'DatabaseAway', { alertname: 'DatabaseAway', severity: 'page', area: 'stores' }],
  [
    'page',
    'AvailabilityBudgetBurn1h',
    { alertname: 'AvailabilityBudgetBurn1h', severity: 'page', area: 'slo', job: 'api' },
  ],
  ['page', 'BackupTooOld', { alertname: 'BackupTooOld', severity: 'page', area: 'safety' }],
  ['mail', 'SecretTooOld', { alertname: 'SecretTooOld', severity: 'ticket', area: 'safety' }],
  ['mail', 'NoFreeDrivers', { alertname: 'NoFreeDrivers', severity: 'ticket', zone: 'goteborg' }],
  ['heartbeat', 'Watchdog', { alertname: 'Watchdog', severity: 'none', area: 'monitoring' }],
  ['nobody', 'Other', { alertname: 'Other', severity: 'none' }],
  // What nobody thought of is read by somebody.
  ['mail', 'Other', { alertname: 'Other' }],
])('%s is told of %s', async (receiver, _, labels) => {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`)
  const command = ['amtool', 'config', 'routes', 'test', `--config.file=${alertmanagerFile}`]
  expectGood(await check([...command, `--verify.receivers=${receiver}`, ...pairs]))
})

test('every severity that an alert has is routed by name', () => {
  expect([...new Set(alerts.map(({ severity }) => severity))].sort()).toEqual(['none', 'page', 'ticket'])
})

/** What our rules would send for an alert, with labels of what it is about. */
const labelsOf = (name: string, more: Record<string, string> = {}) => {
  const { severity, area, labels } = alerts.find((one) => one.name === name)!
  return { alertname: name, severity, area, ...labels, ...more }
}

test('a page reaches PagerDuty with the key of its file, and what follows from a cause is held back', async () => {
  const received: { path: string; body: string }[] = []
  const receiver = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: async (request) => {
      received.push({ path: new URL(request.url).pathname, body: await request.text() })
      return Response.json({ status: 'success' }, { status: 202 })
    },
  })
  try {
    const alertmanager = await startAlertmanager(join(folder, 'alertmanager'), `127.0.0.1:${receiver.port}`)
    await alertmanager.send([
      labelsOf('DatabaseAway'),
      labelsOf('AvailabilityBudgetBurn1h', { job: 'api' }),
      labelsOf('OrderStuck', { zone: 'city', status: 'preparing' }),
      labelsOf('DeliveryUnassigned', { zone: 'city' }),
      labelsOf('JobBacklog', { queue: 'mail' }),
      labelsOf('EventReaderBehind', { job: 'api', instance: 'a' }),
      labelsOf('BackupTooOld', { kind: 'backup' }),
      labelsOf('TargetDown', { job: 'routing', instance: 'b' }),
      labelsOf('Watchdog'),
    ])
    const active = async () =>
      (await alertmanager.alerts())
        .filter(({ status }) => status.state === 'active')
        .map(({ labels }) => labels.alertname!)
        .sort()
    await until('it is decided', async () => (await active()).length > 0 && (await active()).length < 9, 15)
    await until('PagerDuty is told', () => received.some(({ path }) => path === '/pagerduty'), 20)
    expect(await active()).toEqual(['BackupTooOld', 'DatabaseAway', 'TargetDown', 'Watchdog'])
    const pages = received.filter(({ path }) => path === '/pagerduty').map(({ body }) => JSON.parse(body))
    expect(pages.every(({ routing_key }) => routing_key === 'pagerduty_routing_key-of-the-test')).toBe(true)
    const told = JSON.stringify(pages)
    expect([/DatabaseAway/.test(told), /OrderStuck|JobBacklog|BudgetBurn/.test(told)]).toEqual([true, false])

    await alertmanager.send([
      labelsOf('NoDriversInZone', { zone: 'here' }),
      labelsOf('NoFreeDrivers', { zone: 'there' }),
      labelsOf('LatencyBudgetBurn6h', { job: 'api' }),
      labelsOf('LatencyBudgetBurn3d', { job: 'dispatch' }),
    ])
    const inhibited = async () =>
      (await alertmanager.alerts()).filter(({ status }) => status.inhibitedBy.length > 0).length
    // Of the first nine five are held back, and these four by the database too.
    await until('all are decided', async () => (await inhibited()) === 9, 15)
  } finally {
    await receiver.stop(true)
  }
})

test('Grafana is provisioned with the datasource that the dashboards name', () => {
  type Datasources = { datasources: { uid: string; type: string; url: string }[] }
  const provisioning = join(repository, 'monitoring/grafana/provisioning')
  const { datasources } = Bun.YAML.parse(
    readFileSync(join(provisioning, 'datasources/ridendine.yml'), 'utf8'),
  ) as Datasources
  const uids = datasources.map(({ uid }) => uid)
  expect(new Set(uids).size).toBe(uids.length)
  const dashboards = join(repository, 'monitoring/grafana/dashboards')
  const named = filesIn(dashboards).flatMap((name) => [
    ...readFileSync(join(dashboards, name), 'utf8').matchAll(/"datasource": \{[^}]*"uid": "([^"]+)"/g),
  ])
  expect([...new Set(named.map(([, uid]) => uid!))]).toEqual(['prometheus'])
  expect(uids).toContain('prometheus')
  type Providers = { providers: { options: { path: string } }[] }
  const { providers } = Bun.YAML.parse(
    readFileSync(join(provisioning, 'dashboards/ridendine.yml'), 'utf8'),
  ) as Providers
  expect(providers.map(({ options }) => options.path)).toEqual(['/var/lib/grafana/dashboards'])
})

test('log streams have few labels, and ids are none of them', () => {
  const loki = Bun.YAML.parse(readFileSync(join(repository, 'monitoring/loki/loki.yml'), 'utf8')) as {
    limits_config: { allow_structured_metadata: boolean }
    schema_config: { configs: { store: string; schema: string }[] }
  }
  expect(loki.limits_config.allow_structured_metadata).toBe(true)
  expect(loki.schema_config.configs.at(-1)).toMatchObject({ store: 'tsdb', schema: 'v13' })
  const labels = { 'agent.alloy': ['service', 'level', 'module'], 'agent.kubernetes.alloy': ['level', 'module'] }
  for (const [name, expected] of Object.entries(labels)) {
    const text = readFileSync(join(repository, 'monitoring/loki', name), 'utf8')
    const stage = (of: string) => new RegExp(`stage\\.${of} \\{\\s*values = \\{([^}]*)\\}`).exec(text)![1]!
    const names = (of: string) => [...stage(of).matchAll(/(\w+)\s*=/g)].map(([, one]) => one)
    expect(names('labels')).toEqual(expected)
    expect(names('structured_metadata')).toEqual(['requestId', 'traceId'])
  }
})
