/** The manifests as they are applied: rendered by kubectl, held against the published schemas and against our own rules. */
import { beforeAll, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { SETTING_NAMES } from '#core/config'
import { type KubeObject, label, ofKind } from '../support/kubernetes-objects'
import * as policies from '../support/kubernetes-policies'
import { type Overlay, overlays, type Rendered, renderAll, repository } from '../support/kubernetes-rendered'
import { named, rules } from '../support/kubernetes-rules'
import { schemaFaults } from '../support/kubernetes-schemas'

let rendered: Rendered

beforeAll(async () => {
  rendered = await renderAll()
}, 120_000)

const parts = ['api', 'dispatch', 'routing', 'realtime']

test('everything that is rendered fits the published schemas, without a field that they do not know', async () => {
  const faults: string[] = []
  let count = 0
  for (const [name, objects] of Object.entries(rendered)) {
    for (const object of objects) {
      count++
      faults.push(...(await schemaFaults(unfolded(object))).map((fault) => `${name} ${label(object)} ${fault}`))
    }
  }
  console.log(`    kubernetes: ${JSON.stringify({ objectsValidated: count })}`)
  expect(faults).toEqual([])
  expect(count).toBeGreaterThan(150)
})

/** kubectl folds long base64; the cluster reads it all the same, the schema's format does not. */
const unfolded = (object: KubeObject): KubeObject =>
  object.kind === 'Secret' && object.data
    ? { ...object, data: Object.fromEntries(Object.entries(object.data).map(([k, v]) => [k, v.replace(/\s/g, '')])) }
    : object

test('the schemas are strict: a wrong type, a missing field and a mistyped one are found', async () => {
  const deployment = structuredClone(named(rendered.production, 'Deployment', 'api'))
  deployment.spec.template.spec.containers[0].imagePullPolice = 'Always'
  deployment.spec.strategy.rollingUpdate.maxUnavailable = true
  delete deployment.spec.selector
  const faults = await schemaFaults(deployment)
  expect(faults.some((fault) => fault.includes('imagePullPolice: the schema has no such field'))).toBe(true)
  expect(faults.some((fault) => fault.startsWith('/spec/strategy/rollingUpdate/maxUnavailable'))).toBe(true)
  expect(faults.some((fault) => fault.startsWith('/spec: ') || fault.startsWith('/spec/selector'))).toBe(true)
  const cluster = structuredClone(named(rendered.production, 'Cluster', 'postgres'))
  cluster.spec.instance = 3
  expect(await schemaFaults(cluster)).toEqual(['/spec/instance: the schema has no such field'])
})

describe.each(Object.entries(rules))('%s', (_name, { policy, breakIt }) => {
  test.each(overlays)('in %s', (overlay) => {
    expect(policy(rendered[overlay])).toEqual([])
    const broken = structuredClone(rendered[overlay])
    breakIt(broken)
    expect(policy(broken)).not.toEqual([])
  })
})

test('Argo CD brings up the database, migrates it, and only then rolls out', () => {
  for (const overlay of ['staging', 'production'] as const) {
    const waveOf = ({ metadata }: KubeObject) => Number(metadata.annotations?.['argocd.argoproj.io/sync-wave'] ?? 0)
    const objects = rendered[overlay]
    const migration = named(objects, 'Job', 'migrate')
    const before = [
      ...ofKind(objects, 'StatefulSet', 'Cluster', 'ExternalSecret', 'SecretStore', 'Namespace', 'NetworkPolicy'),
    ].filter(({ metadata }) => !/^(servers|api)-/.test(metadata.name))
    for (const object of before)
      expect([label(object), waveOf(object) < waveOf(migration)]).toEqual([label(object), true])
    for (const name of parts) expect(waveOf(named(objects, 'Deployment', name))).toBeGreaterThan(waveOf(migration))
    expect(migration.metadata.annotations?.['argocd.argoproj.io/hook-delete-policy']).toBe('BeforeHookCreation')
  }
  for (const { metadata, spec } of ofKind(rendered.gitops, 'Application')) {
    expect(Bun.file(join(repository, spec.source.path, 'kustomization.yaml')).size).toBeGreaterThan(0)
    const namespace = ofKind(rendered[spec.source.path.split('/').at(-1) as Overlay], 'Namespace')[0]!.metadata.name
    expect([metadata.name, spec.destination.namespace]).toEqual([metadata.name, namespace])
  }
})

test('the example of secrets names each one that the pods of a cluster mount, and holds no value', () => {
  for (const { stringData } of rendered.example) expect(Object.values(stringData!).join('')).toBe('')
  const example = policies.secretsOf(rendered.example)
  const local = policies.secretsOf(rendered.local.map(withoutHash))
  const sorted = (secrets: Map<string, string[]>) =>
    Object.fromEntries([...secrets].map(([name, keys]) => [name, keys.toSorted()]))
  expect(sorted(example)).toEqual(sorted(local))
  expect(example.get('ridendine')!.filter((name) => !SETTING_NAMES.includes(name))).toEqual([])
})

const withoutHash = (object: KubeObject): KubeObject =>
  object.kind === 'Secret'
    ? { ...object, metadata: { ...object.metadata, name: object.metadata.name.replace(/-[0-9a-z]{10}$/, '') } }
    : object
