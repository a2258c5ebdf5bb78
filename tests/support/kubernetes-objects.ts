/** What kustomize renders, as objects, and the parts of them that policies are about. */
import { kustomize } from './kubectl'

// biome-ignore lint/suspicious/noExplicitAny: checked by the published schemas, not by types
type Content = any

export type KubeObject = {
  apiVersion: string
  kind: string
  metadata: { name: string; namespace?: string; labels?: Labels; annotations?: Labels }
  spec: Content
  data?: Record<string, string>
  stringData?: Record<string, string>
  automountServiceAccountToken?: boolean
}
export type Labels = Record<string, string>
export type PodTemplate = { metadata: { labels: Labels; annotations?: Labels }; spec: Content }
export type Workload = { object: KubeObject; template: PodTemplate }

/** Renders a folder and parses what comes. */
export const render = async (folder: string): Promise<KubeObject[]> => parse(await kustomize(folder))

export const parse = (text: string): KubeObject[] => {
  const parsed = Bun.YAML.parse(text) as KubeObject | KubeObject[]
  return (Array.isArray(parsed) ? parsed : [parsed]).filter(Boolean)
}

export const label = ({ kind, metadata }: KubeObject) => `${kind}/${metadata.name}`

export const ofKind = (objects: readonly KubeObject[], ...kinds: string[]) =>
  objects.filter(({ kind }) => kinds.includes(kind))

/** Whatever makes pods from a template of ours. */
export const workloads = (objects: readonly KubeObject[]): Workload[] =>
  objects.flatMap((object) => {
    const template = templateOf(object)
    return template ? [{ object, template }] : []
  })

const templateOf = ({ kind, spec }: KubeObject): PodTemplate | undefined => {
  if (['Deployment', 'StatefulSet', 'Job'].includes(kind)) return spec.template
  return kind === 'CronJob' ? spec.jobTemplate.spec.template : undefined
}

export const containersOf = ({ spec }: PodTemplate): Content[] => [...(spec.initContainers ?? []), ...spec.containers]

type Selector = { matchLabels?: Labels; matchExpressions?: { key: string; operator: string; values?: string[] }[] }

/** Whether a label selector of Kubernetes chooses what has these labels. */
export const selects = ({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels): boolean =>
  Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
  matchExpressions.every(({ key, operator, values = [] }) => {
    if (operator === 'In') return labels[key] !== undefined && values.includes(labels[key])
    if (operator === 'Exists') return labels[key] !== undefined
    throw new Error(`the test does not know the operator ${operator}`)
  })

const suffixes: Record<string, number> = {
  m: 0.001,
  k: 1e3,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
}

/** A quantity of Kubernetes (250m, 1, 512Mi) as a number. */
export const quantity = (text: string | number): number => {
  const match = /^([0-9.]+)([a-zA-Z]*)$/.exec(String(text))
  const factor = match?.[2] ? suffixes[match[2]] : 1
  if (!match || factor === undefined) throw new Error(`not a quantity: ${text}`)
  return Number(match[1]) * factor
}
