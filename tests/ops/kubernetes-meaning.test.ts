/** What the manifests mean: numbers that were asked for, settings with which a process starts, who reaches whom. */
import { beforeAll, expect, test } from 'bun:test'
import { join } from 'node:path'
import { parseConfig } from '#core/config'
import { CORS_HEADERS, EXPOSED_HEADERS } from '#core/http'
import { registry } from '#core/metrics'
import '#modules/realtime/index'
import { isReachedFrom, reaches } from '../support/kubernetes-network'
import { type KubeObject, ofKind, workloads } from '../support/kubernetes-objects'
import * as policies from '../support/kubernetes-policies'
import { overlays, type Rendered, renderAll, repository } from '../support/kubernetes-rendered'
import { container, named } from '../support/kubernetes-rules'

let rendered: Rendered

beforeAll(async () => {
  rendered = await renderAll()
}, 120_000)

test.each(overlays)('a process starts with the settings that each pod of %s gets', (overlay) => {
  const settings = ofKind(rendered[overlay], 'ConfigMap').find(({ metadata }) => metadata.name.startsWith('settings'))!
  const servers = workloads(rendered[overlay]).filter(
    ({ template }) => template.metadata.labels['ridendine/part'] === 'server',
  )
  const modules = servers.map(({ template }) => {
    const [server] = template.spec.containers
    const own = Object.fromEntries(server.env.map(({ name, value }: { name: string; value: string }) => [name, value]))
    const environment = { ...settings.data, ...own }
    const secrets = Object.keys(environment).filter((name) => name.endsWith('_FILE'))
    for (const name of secrets) {
      delete environment[name]
      const value = sampleSecrets[name]
      if (value) environment[name.replace(/_FILE$/, '')] = value
    }
    const config = parseConfig(environment)
    expect(config.NODE_ENV).toBe('production')
    expect(config.MIGRATE).toBe(false)
    expect(config.PORT).toBe(server.ports[0].containerPort)
    return config.MODULES.join(',')
  })
  expect(modules.sort()).toEqual(['api,web', 'dispatch', 'realtime', 'routing'])
})

test('the roads that routing is told of lie in a folder that is filled before it starts', () => {
  for (const overlay of ['staging', 'production'] as const) {
    const settings = ofKind(rendered[overlay], 'ConfigMap').find(({ metadata }) =>
      metadata.name.startsWith('settings'),
    )!
    const { spec } = named(rendered[overlay], 'Deployment', 'routing').spec.template
    const [copier] = spec.initContainers
    const [server] = spec.containers
    const mountOf = ({ volumeMounts }: KubeObject['spec'], name: string) =>
      volumeMounts.find((mount: { name: string }) => mount.name === name)
    const folder = mountOf(server, 'roads')
    expect([folder.readOnly, mountOf(copier, 'roads').mountPath]).toEqual([true, copyTarget])
    expect(spec.volumes.find(({ name }: { name: string }) => name === 'roads').emptyDir.sizeLimit).toBeDefined()
    const { ROADS } = parseConfig({ NODE_ENV: 'development', ROADS: settings.data!.ROADS! })
    expect(ROADS.length).toBeGreaterThan(0)
    for (const file of ROADS) expect(file).toMatch(new RegExp(`^${folder.mountPath}/[\\w-]+\\.bin$`))
    expect(copier.image).toMatch(/\/ridendine-roads:/)
    expect(copier.command ?? copier.args).toBeUndefined()
  }
  // On a laptop there are none until somebody makes them, and travel times are great-circle.
  expect(named(rendered.local, 'Deployment', 'routing').spec.template.spec.initContainers).toBeUndefined()
})

test('with providers of others, routing and nobody else gets their keys as files, and out to them', () => {
  const { spec } = named(rendered.travel, 'Deployment', 'routing').spec.template
  const [server] = spec.containers
  const mount = server.volumeMounts.find(({ name }: { name: string }) => name === 'travel')
  const { secret } = spec.volumes.find(({ name }: { name: string }) => name === 'travel')
  const stored = named(rendered.travel, 'ExternalSecret', 'ridendine-travel').spec
  for (const setting of ['MAPBOX_ACCESS_TOKEN', 'GOOGLE_MAPS_API_KEY']) {
    const { value } = server.env.find(({ name }: { name: string }) => name === `${setting}_FILE`)
    const { key, path } = secret.items.find((item: { key: string }) => item.key === setting)
    expect([value, key]).toEqual([`${mount.mountPath}/${path}`, setting])
    expect(stored.data.map(({ secretKey }: { secretKey: string }) => secretKey)).toContain(setting)
  }
  expect([mount.readOnly, secret.secretName, stored.target.name]).toEqual([
    true,
    'ridendine-travel',
    'ridendine-travel',
  ])
  for (const name of ['api', 'dispatch', 'realtime']) {
    expect(JSON.stringify(named(rendered.travel, 'Deployment', name))).not.toContain('ridendine-travel')
  }
  expect(reaches(rendered.travel, app('routing'), outside, 443)).toBe(true)
  expect(reaches(rendered.travel, app('routing'), outside, 5000)).toBe(false)
  expect(reaches(rendered.travel, app('routing'), { address: '169.254.169.254' }, 443)).toBe(false)
  expect(reaches(rendered.staging, app('routing'), outside, 443)).toBe(false)
})

/** Where the image itself copies to. */
const copyTarget = '/roads'

const sampleSecrets: Record<string, string> = {
  DATABASE_URL_FILE: 'postgres://somebody@postgres:5432/ridendine',
  JWT_KEYS_FILE: JSON.stringify({
    keys: [{ kty: 'oct', kid: 'sample', k: Buffer.alloc(32, 1).toString('base64url') }],
  }),
  UPSTASH_REDIS_REST_TOKEN_FILE: 'sample',
}

test('the numbers are those that were asked for', () => {
  const scale = ofKind(rendered.production, 'HorizontalPodAutoscaler').map(({ metadata, spec }) => ({
    name: metadata.name,
    pods: [spec.minReplicas, spec.maxReplicas],
    targets: Object.fromEntries(
      spec.metrics
        .filter(({ type }: { type: string }) => type === 'Resource')
        .map(({ resource }: KubeObject['spec']) => [resource.name, resource.target.averageUtilization]),
    ),
    waits: [spec.behavior.scaleUp.stabilizationWindowSeconds, spec.behavior.scaleDown.stabilizationWindowSeconds],
  }))
  const same = { targets: { cpu: 70, memory: 80 }, waits: [60, 300] }
  expect(scale.sort((a, b) => a.name.localeCompare(b.name))).toEqual([
    { name: 'api', pods: [3, 10], ...same },
    { name: 'dispatch', pods: [2, 10], ...same },
    { name: 'realtime', pods: [2, 12], ...same },
    { name: 'routing', pods: [2, 8], ...same },
  ])
  for (const name of ['api', 'dispatch', 'routing', 'realtime']) {
    const { strategy } = named(rendered.production, 'Deployment', name).spec
    expect(strategy.rollingUpdate).toEqual({ maxSurge: 1, maxUnavailable: 0 })
  }
  const storage = ofKind(rendered.staging, 'StatefulSet').map(({ metadata, spec }) => [
    metadata.name,
    spec.volumeClaimTemplates[0].spec.resources.requests.storage,
  ])
  expect(storage.sort()).toEqual([
    ['postgres', '10Gi'],
    ['redis', '5Gi'],
  ])
  expect(ofKind(rendered.production, 'StatefulSet')).toEqual([])
})

test('realtime is scaled by a metric that it has', async () => {
  const metrics = named(rendered.production, 'HorizontalPodAutoscaler', 'realtime').spec.metrics
  const wanted = metrics.find(({ type }: { type: string }) => type === 'Pods').pods.metric.name
  const values = join(repository, 'deploy', 'kubernetes', 'prometheus-adapter', 'values.yaml')
  // biome-ignore lint/suspicious/noExplicitAny: the values of somebody else's chart
  const { rules: adapterRules } = Bun.YAML.parse(await Bun.file(values).text()) as any
  const rule = adapterRules.custom.find(({ name }: { name: { as: string } }) => name.as === wanted)
  const series = /^[a-z_]+/.exec(rule.seriesQuery)![0]
  expect(registry.getSingleMetric(series)).toBeDefined()
})

test('every pod that may ever run has its connections to the database', () => {
  for (const overlay of ['staging', 'production'] as const) {
    const objects = rendered[overlay]
    const settings = ofKind(objects, 'ConfigMap').find(({ metadata }) => metadata.name.startsWith('settings'))!
    // Beside its pool, a process listens for events, is pinged, and may be moving to another database.
    const perPod = Number(settings.data!.DATABASE_POOL_MAX) + 3
    const pods = workloads(objects)
      .filter(({ template }) => template.metadata.labels['ridendine/part'] === 'server')
      .reduce((sum, { object }) => sum + policies.podsMaxOf(object, objects), 0)
    const spare = 10
    expect(pods * perPod + spare).toBeLessThanOrEqual(connectionsMax(objects))
    const pooler = ofKind(objects, 'Pooler')[0]
    if (!pooler) continue
    const { parameters, poolMode } = pooler.spec.pgbouncer
    const pooled = pooler.spec.instances * Number(parameters.default_pool_size)
    // In session mode one client holds one connection: what does not fit in the pool waits for ever.
    expect(poolMode).toBe('session')
    expect(pods * Number(settings.data!.DATABASE_POOL_MAX)).toBeLessThanOrEqual(pooled)
    expect(pooled + spare).toBeLessThanOrEqual(connectionsMax(objects))
  }
})

const connectionsMax = (objects: readonly KubeObject[]): number => {
  const cluster = ofKind(objects, 'Cluster')[0]
  if (cluster) return Number(cluster.spec.postgresql.parameters.max_connections)
  const { args } = container([...objects], 'postgres')
  return Number(args.find((arg: string) => arg.startsWith('max_connections=')).split('=')[1])
}

const app = (name: string) => ({
  'app.kubernetes.io/name': name,
  ...(['api', 'dispatch', 'routing', 'realtime'].includes(name) ? { 'ridendine/part': 'server' } : {}),
})
const outside = { address: '93.184.216.34' }
const names = { labels: { 'k8s-app': 'kube-dns' }, namespace: { 'kubernetes.io/metadata.name': 'kube-system' } }

test('pods reach what they need, and nothing besides', () => {
  for (const overlay of overlays) {
    const objects = rendered[overlay]
    const isHosted = overlay === 'production'
    const to = (from: string, name: string, port: number) => reaches(objects, app(from), { labels: app(name) }, port)
    expect([to('api', 'dispatch', 9002), to('api', 'routing', 9003), to('dispatch', 'routing', 9003)]).not.toContain(
      false,
    )
    for (const name of ['api', 'dispatch', 'routing', 'realtime', 'migrate', 'backup', 'redis-http']) {
      expect([name, reaches(objects, app(name), names, 53)]).toEqual([name, true])
    }
    for (const name of ['api', 'dispatch', 'routing', 'realtime']) {
      expect(isReachedFrom(objects, 'ingress-nginx', app(name), 9000 + parts.indexOf(name) + 1)).toBe(true)
      expect(isReachedFrom(objects, 'monitoring', app(name), 9000 + parts.indexOf(name) + 1)).toBe(true)
      expect(isReachedFrom(objects, 'default', app(name), 9000 + parts.indexOf(name) + 1)).toBe(false)
      if (isHosted) expect(reaches(objects, app(name), { labels: pooler }, 5432)).toBe(true)
      else
        expect([to(name, 'postgres', 5432), to(name, 'redis-http', 8080), to(name, 'redis', 6379)]).toEqual([
          true,
          true,
          false,
        ])
    }
    expect(reaches(objects, app('api'), outside, 443)).toBe(true)
    expect(reaches(objects, app('api'), { address: '169.254.169.254' }, 443)).toBe(false)
    expect(reaches(objects, app('dispatch'), outside, 443)).toBe(isHosted)
    expect(reaches(objects, app('dispatch'), outside, 587)).toBe(false)
    expect(reaches(objects, app('migrate'), outside, 443)).toBe(false)
    expect(reaches(objects, app('backup'), outside, 443)).toBe(isHosted)
    for (const name of ['migrate', 'backup']) {
      expect(isHosted ? reaches(objects, app(name), { labels: primary }, 5432) : to(name, 'postgres', 5432)).toBe(true)
    }
    if (isHosted) {
      expect(reaches(objects, pooler, { labels: primary }, 5432)).toBe(true)
      expect(reaches(objects, primary, { labels: primary }, 5432)).toBe(true)
      expect(isReachedFrom(objects, 'cnpg-system', primary, 8000)).toBe(true)
      expect(isReachedFrom(objects, 'ingress-nginx', primary, 5432)).toBe(false)
    } else {
      expect([to('redis-http', 'redis', 6379), to('redis-http', 'postgres', 5432)]).toEqual([true, false])
      expect(reaches(objects, app('postgres'), outside, 443)).toBe(false)
    }
  }
})

const parts = ['api', 'dispatch', 'routing', 'realtime']
const pooler = { 'cnpg.io/poolerName': 'postgres-pooler' }
const primary = { 'cnpg.io/cluster': 'postgres' }

test('the ingress limits, encrypts, lets sockets be silent, and answers browsers as the process does', () => {
  for (const overlay of overlays) {
    const settings = ofKind(rendered[overlay], 'ConfigMap').find(({ metadata }) =>
      metadata.name.startsWith('settings'),
    )!
    for (const { metadata, spec } of ofKind(rendered[overlay], 'Ingress')) {
      const annotation = (name: string) => metadata.annotations?.[`nginx.ingress.kubernetes.io/${name}`]
      expect(annotation('limit-rps')).toBe('100')
      expect(annotation('cors-allow-origin')).toBe(settings.data!.CORS_ORIGINS)
      expect(annotation('cors-allow-methods')).toBe(CORS_HEADERS['access-control-allow-methods'])
      expect(annotation('cors-allow-headers')).toBe(CORS_HEADERS['access-control-allow-headers'])
      expect(annotation('cors-max-age')).toBe(CORS_HEADERS['access-control-max-age'])
      expect(annotation('cors-expose-headers')).toBe(EXPOSED_HEADERS)
      if (metadata.name === 'realtime') expect(Number(annotation('proxy-read-timeout'))).toBeGreaterThanOrEqual(3600)
      if (overlay === 'local') continue
      expect(metadata.annotations?.['cert-manager.io/cluster-issuer']).toBe(rendered.cluster[0]!.metadata.name)
      const hosts = spec.rules.map(({ host }: { host: string }) => host)
      expect(spec.tls.flatMap((one: { hosts: string[] }) => one.hosts).sort()).toEqual(hosts.sort())
    }
  }
})
