/**
 * The published schemas of Kubernetes and of the custom resources that the manifests use, as the packages of
 * @kubernetes-models carry them: one validating function for each type, made from the schema. Those functions, as the
 * schemas themselves, let unknown fields pass, which is how a typing error stays unseen: here they are faults too.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { KubeObject } from './kubernetes-objects'

type Validator = { (data: unknown): boolean; errors?: { instancePath: string; message?: string; keyword: string }[] }

const modules = join(import.meta.dir, '..', '..', 'node_modules')
const packages = [
  'kubernetes-models',
  '@kubernetes-models/cert-manager',
  '@kubernetes-models/argo-cd',
  '@kubernetes-models/external-secrets',
  '@kubernetes-models/cloudnative-pg',
]

/** What is wrong with an object by its schema, unknown fields included; nothing: it is as it should be. */
export const schemaFaults = async (object: KubeObject): Promise<string[]> => {
  if (object.apiVersion === 'barmancloud.cnpg.io/v1' && object.kind === 'ObjectStore') return objectStoreFaults(object)
  const path = modelPath(object.apiVersion, object.kind)
  if (!path) return [`there is no schema of ${object.apiVersion} ${object.kind}`]
  return faultsBy(await validatorOf(path), object)
}

const modelPath = (apiVersion: string, kind: string) =>
  packages.map((name) => join(modules, name, apiVersion, `${kind}.js`)).find((path) => existsSync(path))

/** A model's file imports its validating function, which most packages do not export. */
const validatorOf = async (path: string): Promise<Validator> => {
  const schema = /from"([^"]*_schemas\/[^"]+\.js)"/.exec(readFileSync(path, 'utf8'))?.[1]
  if (!schema) throw new Error(`${path} names no schema`)
  return (await import(join(path, '..', schema))).validate
}

const faultsBy = (validate: Validator, value: unknown): string[] => {
  const watched = watch(value)
  const faults = validate(watched.proxy)
    ? []
    : (validate.errors ?? []).map(({ instancePath, message, keyword }) => `${instancePath}: ${message ?? keyword}`)
  return [...new Set([...faults, ...watched.unread()])]
}

/**
 * A validating function reads every field that its schema knows, there or not: what it has not read, the schema does not
 * know. Of an object in which it has read nothing, the schema says that anything may stand there.
 */
const watch = (root: unknown) => {
  const seen: { path: string; value: Record<string, unknown>; read: Set<string> }[] = []
  const proxies = new Map<object, object>()
  const wrap = (value: unknown, path: string): unknown => {
    if (typeof value !== 'object' || value === null) return value
    const known = proxies.get(value)
    if (known) return known
    const read = new Set<string>()
    const proxy = new Proxy(value, {
      get: (target, key) => {
        const child = Reflect.get(target, key)
        if (typeof key !== 'string') return child
        read.add(key)
        return wrap(child, `${path}/${key}`)
      },
    })
    proxies.set(value, proxy)
    if (!Array.isArray(value)) seen.push({ path, value: value as Record<string, unknown>, read })
    return proxy
  }
  return {
    proxy: wrap(root, ''),
    unread: () =>
      seen
        .filter(({ read }) => read.size > 0)
        .flatMap(({ path, value, read }) =>
          Object.keys(value)
            .filter((key) => !read.has(key))
            .map((key) => `${path}/${key}: the schema has no such field`),
        ),
  }
}

/** The plugin's own type is in no package; what it configures is the type that the operator had before it. */
const objectStoreFaults = async ({ spec }: KubeObject): Promise<string[]> => {
  const model = 'github.com/cloudnative-pg/barman-cloud/pkg/api/BarmanObjectStoreConfiguration.js'
  const validate = await validatorOf(join(modules, '@kubernetes-models/cloudnative-pg', model))
  const { configuration, retentionPolicy, ...rest } = spec
  const unknown = Object.keys(rest).map((key) => `/spec/${key}: the schema has no such field`)
  const policy = /^[1-9][0-9]*[dwm]$/.test(retentionPolicy) ? [] : ['/spec/retentionPolicy: must be like 30d']
  return [...faultsBy(validate, configuration), ...unknown, ...policy]
}
