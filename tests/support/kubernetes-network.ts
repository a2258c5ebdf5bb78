/** What the network policies of a namespace let through, as a cluster's network would judge it. */
import { containersOf, type KubeObject, type Labels, label, ofKind, selects, workloads } from './kubernetes-objects'

// biome-ignore lint/suspicious/noExplicitAny: checked by the published schema
type Rule = any

export type End = { labels: Labels; namespace?: Labels } | { address: string }

const policiesFor = (objects: readonly KubeObject[], labels: Labels, direction: 'Ingress' | 'Egress') =>
  ofKind(objects, 'NetworkPolicy').filter(
    ({ spec }) => spec.policyTypes.includes(direction) && selects(spec.podSelector, labels),
  )

const peerFits = (peer: Rule, end: End): boolean => {
  if (peer.ipBlock) return 'address' in end && isOutside(end.address)
  if ('address' in end) return false
  const { podSelector, namespaceSelector } = peer
  if (namespaceSelector ? !end.namespace || !selects(namespaceSelector, end.namespace) : end.namespace) return false
  return !podSelector || selects(podSelector, end.labels)
}

/** Our blocks are the whole Internet but what is private. */
const isOutside = (address: string) => !/^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|100\.)/.test(address)

const ruleFits = (peers: Rule[] | undefined, ports: Rule[] | undefined, end: End, port: number) =>
  (!peers || peers.some((peer) => peerFits(peer, end))) && (!ports || ports.some((one) => one.port === port))

const mayLeave = (objects: readonly KubeObject[], from: Labels, to: End, port: number) => {
  const policies = policiesFor(objects, from, 'Egress')
  return (
    policies.length === 0 ||
    policies.some(({ spec }) => (spec.egress ?? []).some((rule: Rule) => ruleFits(rule.to, rule.ports, to, port)))
  )
}

const mayEnter = (objects: readonly KubeObject[], from: End, to: Labels, port: number) => {
  const policies = policiesFor(objects, to, 'Ingress')
  return (
    policies.length === 0 ||
    policies.some(({ spec }) => (spec.ingress ?? []).some((rule: Rule) => ruleFits(rule.from, rule.ports, from, port)))
  )
}

/** Whether one pod of the namespace reaches another, or something outside, on a port. Both sides must allow it. */
export const reaches = (objects: readonly KubeObject[], from: Labels, to: End, port: number): boolean =>
  mayLeave(objects, from, to, port) &&
  ('address' in to || to.namespace !== undefined || mayEnter(objects, { labels: from }, to.labels, port))

/** Whether something in another namespace reaches a pod of ours. */
export const isReachedFrom = (objects: readonly KubeObject[], namespace: string, to: Labels, port: number): boolean =>
  mayEnter(objects, { labels: {}, namespace: { 'kubernetes.io/metadata.name': namespace } }, to, port)

/** Pods that an operator makes: what it puts on them, and the ports on which they listen. */
const ofOperators: { labels: Labels; ports: number[] }[] = [
  { labels: { 'cnpg.io/cluster': 'postgres' }, ports: [5432, 8000, 9187] },
  { labels: { 'cnpg.io/poolerName': 'postgres-pooler' }, ports: [5432, 9127] },
]

/** A policy about nobody, or one that opens a port on which nobody listens, is a typing error. */
export const policiesFitPods = (objects: readonly KubeObject[]): string[] => {
  const own = workloads(objects).map(({ template }) => ({
    labels: template.metadata.labels,
    ports: containersOf(template).flatMap(({ ports = [] }) => ports.map(({ containerPort }: Rule) => containerPort)),
  }))
  const hasOperator = ofKind(objects, 'Cluster').length > 0
  const pods = [...own, ...(hasOperator ? ofOperators : [])]
  return ofKind(objects, 'NetworkPolicy').flatMap((policy) => {
    const about = pods.filter(({ labels }) => selects(policy.spec.podSelector, labels))
    if (about.length === 0) return [`${label(policy)}: is about no pod`]
    const entered = (policy.spec.ingress ?? []).flatMap(({ ports = [] }: Rule) => ports)
    const closed = entered.filter(({ port }: Rule) => !about.some(({ ports }) => ports.includes(port)))
    const left = (policy.spec.egress ?? []).flatMap(({ to = [], ports = [] }: Rule) =>
      to
        .filter(({ podSelector, namespaceSelector }: Rule) => podSelector && !namespaceSelector)
        .flatMap(({ podSelector }: Rule) => {
          const targets = pods.filter(({ labels }) => selects(podSelector, labels))
          if (targets.length === 0) return [`${label(policy)}: leads to no pod`]
          return ports
            .filter(({ port }: Rule) => !targets.some((target) => target.ports.includes(port)))
            .map(({ port }: Rule) => `${label(policy)}: nobody it leads to listens on ${port}`)
        }),
    )
    return [...closed.map(({ port }: Rule) => `${label(policy)}: nobody listens on ${port}`), ...left]
  })
}
