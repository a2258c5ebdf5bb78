/** What must be true of everything that is applied to a cluster: rendered objects in, faults out. */
import { SETTING_NAMES } from '#core/config'
import {
  containersOf,
  type KubeObject,
  label,
  ofKind,
  type PodTemplate,
  quantity,
  selects,
  type Workload,
  workloads,
} from './kubernetes-objects'

export type Policy = (objects: readonly KubeObject[]) => string[]

const forPods =
  (look: (workload: Workload, objects: readonly KubeObject[]) => (string | false | undefined)[]): Policy =>
  (objects) =>
    workloads(objects).flatMap((workload) =>
      look(workload, objects).flatMap((fault) => (fault ? [`${label(workload.object)}: ${fault}`] : [])),
    )

/** What the pod security level `restricted` asks, and no credentials of the cluster's own API. */
export const podsAreRestricted = forPods(({ template: { spec } }) => [
  spec.securityContext?.runAsNonRoot !== true && 'may run as root',
  !(spec.securityContext?.runAsUser > 0) && 'names no user',
  spec.securityContext?.seccompProfile?.type !== 'RuntimeDefault' && 'has no seccomp profile',
  spec.automountServiceAccountToken !== false && 'gets a token of the cluster',
  (spec.hostNetwork || spec.hostPID || spec.hostIPC) && 'shares what is the host has',
  spec.volumes?.some((volume: object) => 'hostPath' in volume) && 'mounts a folder of the host',
])

const forContainers = (look: (container: ReturnType<typeof containersOf>[number]) => (string | false)[]) =>
  forPods(({ template }) =>
    containersOf(template).flatMap((container) =>
      look(container).map((fault) => fault && `${container.name}: ${fault}`),
    ),
  )

export const containersAreRestricted = forContainers(({ securityContext = {} }) => [
  securityContext.allowPrivilegeEscalation !== false && 'may gain privileges',
  securityContext.readOnlyRootFilesystem !== true && 'may write to its root',
  !securityContext.capabilities?.drop?.includes('ALL') && 'keeps capabilities',
  securityContext.privileged === true && 'is privileged',
  securityContext.runAsUser === 0 && 'runs as root',
])

export const containersHaveLimits = forContainers(({ resources }) =>
  ['requests', 'limits'].flatMap((side) =>
    ['cpu', 'memory'].map((what) => !resources?.[side]?.[what] && `has no ${side}.${what}`),
  ),
)

/** A tag that says which version, or a digest. */
export const imagesAreNamed = forContainers(({ image }) => [
  !/(:[^/:@]+|@sha256:[0-9a-f]{64})$/.test(image) && `image ${image} has no tag`,
  /:latest$/.test(image) && `image ${image} is whatever was pushed last`,
])

export const serversAreProbed = forPods(({ object, template }) =>
  ['Deployment', 'StatefulSet'].includes(object.kind)
    ? template.spec.containers.flatMap((container: ReturnType<typeof containersOf>[number]) =>
        ['startupProbe', 'readinessProbe', 'livenessProbe'].map(
          (probe) => !container[probe] && `${container.name}: has no ${probe}`,
        ),
      )
    : [],
)

/** Secrets that will be there: those in the objects, and those that an operator makes of an ExternalSecret. */
export const secretsOf = (objects: readonly KubeObject[]): Map<string, string[]> =>
  new Map([
    ...ofKind(objects, 'Secret').map(({ metadata, data, stringData }): [string, string[]] => [
      metadata.name,
      Object.keys({ ...data, ...stringData }),
    ]),
    ...ofKind(objects, 'ExternalSecret').map(({ spec }): [string, string[]] => [
      spec.target.name,
      spec.target.template?.data
        ? Object.keys(spec.target.template.data)
        : spec.data.map(({ secretKey }: { secretKey: string }) => secretKey),
    ]),
  ])

type Reference = { kind: string; name: string; keys: string[] }

const referencesOf = (template: PodTemplate): Reference[] => {
  const { spec } = template
  const keysOf = (items: { key: string }[] = []) => items.map(({ key }) => key)
  const ofVolumes = (spec.volumes ?? []).flatMap((volume: Workload['template']['spec']) => [
    ...(volume.secret ? [{ kind: 'Secret', name: volume.secret.secretName, keys: keysOf(volume.secret.items) }] : []),
    ...(volume.configMap
      ? [{ kind: 'ConfigMap', name: volume.configMap.name, keys: keysOf(volume.configMap.items) }]
      : []),
    ...(volume.persistentVolumeClaim
      ? [{ kind: 'PersistentVolumeClaim', name: volume.persistentVolumeClaim.claimName, keys: [] }]
      : []),
  ])
  const ofContainers = containersOf(template).flatMap(({ env = [], envFrom = [] }) => [
    ...env.flatMap(({ valueFrom }: Workload['template']['spec']) => [
      ...(valueFrom?.secretKeyRef
        ? [{ kind: 'Secret', name: valueFrom.secretKeyRef.name, keys: [valueFrom.secretKeyRef.key] }]
        : []),
      ...(valueFrom?.configMapKeyRef
        ? [{ kind: 'ConfigMap', name: valueFrom.configMapKeyRef.name, keys: [valueFrom.configMapKeyRef.key] }]
        : []),
    ]),
    ...envFrom.flatMap(({ configMapRef, secretRef }: Workload['template']['spec']) => [
      ...(configMapRef ? [{ kind: 'ConfigMap', name: configMapRef.name, keys: [] }] : []),
      ...(secretRef ? [{ kind: 'Secret', name: secretRef.name, keys: [] }] : []),
    ]),
  ])
  return [...ofVolumes, ...ofContainers, { kind: 'ServiceAccount', name: spec.serviceAccountName, keys: [] }]
}

export const referencesAreMet = forPods(({ template }, objects) => {
  const secrets = secretsOf(objects)
  return referencesOf(template).flatMap(({ kind, name, keys }) => {
    const found = ofKind(objects, kind).find(({ metadata }) => metadata.name === name)
    const known = kind === 'Secret' ? secrets.get(name) : found && Object.keys(found.data ?? {})
    if (!known) return [`there is no ${kind} ${name}`]
    return keys.filter((key) => !known.includes(key)).map((key) => `${kind} ${name} has no ${key}`)
  })
})

export const accountsHaveNoTokens: Policy = (objects) =>
  ofKind(objects, 'ServiceAccount')
    .filter(({ automountServiceAccountToken }) => automountServiceAccountToken !== false)
    .map((account) => `${label(account)}: hands out a token of the cluster`)

/** A service without a selector is one on purpose: nothing stands behind it. */
export const servicesLeadSomewhere: Policy = (objects) =>
  ofKind(objects, 'Service')
    .filter(({ spec }) => spec.selector)
    .flatMap((service) => {
      const behind = workloads(objects).filter(({ template }) =>
        selects({ matchLabels: service.spec.selector }, template.metadata.labels),
      )
      if (behind.length !== 1) return [`${label(service)}: leads to ${behind.length} workloads`]
      const ports = containersOf(behind[0]!.template).flatMap(({ ports = [] }) => ports)
      return service.spec.ports
        .filter(({ targetPort }: { targetPort: string }) => !ports.some(({ name }) => name === targetPort))
        .map(({ targetPort }: { targetPort: string }) => `${label(service)}: nothing listens on ${targetPort}`)
    })

export const ingressesLeadSomewhere: Policy = (objects) =>
  ofKind(objects, 'Ingress').flatMap((ingress) =>
    ingress.spec.rules.flatMap(({ http }: KubeObject['spec']) =>
      http.paths.flatMap(({ backend: { service } }: KubeObject['spec']) => {
        const found = ofKind(objects, 'Service').find(({ metadata }) => metadata.name === service.name)
        const fits = found?.spec.ports.some(
          ({ name, port }: KubeObject['spec']) => name === service.port.name || port === service.port.number,
        )
        return fits ? [] : [`${label(ingress)}: there is no service ${service.name} with that port`]
      }),
    ),
  )

export const autoscalersFit: Policy = (objects) =>
  ofKind(objects, 'HorizontalPodAutoscaler').flatMap((scaler) => {
    const target = objects.find(
      ({ kind, metadata }) =>
        kind === scaler.spec.scaleTargetRef.kind && metadata.name === scaler.spec.scaleTargetRef.name,
    )
    if (!target) return [`${label(scaler)}: its target is not there`]
    // Each `apply` would set the number back.
    return target.spec.replicas === undefined ? [] : [`${label(target)}: says a number that is the autoscaler's to say`]
  })

/** The fewest pods that a workload has when all is well. */
const replicasOf = (workload: KubeObject, objects: readonly KubeObject[]): number => {
  const scaler = scalerOf(workload, objects)
  return scaler ? scaler.spec.minReplicas : (workload.spec.replicas ?? 1)
}

const scalerOf = (workload: KubeObject, objects: readonly KubeObject[]) =>
  ofKind(objects, 'HorizontalPodAutoscaler').find(({ spec }) => spec.scaleTargetRef.name === workload.metadata.name)

/** The most pods that a workload can have at once, in the middle of a roll-out. */
export const podsMaxOf = (workload: KubeObject, objects: readonly KubeObject[]): number => {
  const surge = Number(workload.spec.strategy?.rollingUpdate?.maxSurge ?? 0)
  return (scalerOf(workload, objects)?.spec.maxReplicas ?? workload.spec.replicas ?? 1) + surge
}

export const budgetsLetPodsGo: Policy = (objects) =>
  ofKind(objects, 'PodDisruptionBudget').flatMap((budget) => {
    const kept = workloads(objects).filter(({ template }) => selects(budget.spec.selector, template.metadata.labels))
    if (kept.length !== 1) return [`${label(budget)}: is about ${kept.length} workloads`]
    const replicas = replicasOf(kept[0]!.object, objects)
    return budget.spec.minAvailable < replicas ? [] : [`${label(budget)}: none of ${replicas} pods may ever go`]
  })

/** Those of db:backup and db:verify, which the server does not have. */
const ofBackups = ['BACKUP_DIR', 'BACKUP_KEEP_DAYS', 'BACKUP_S3_URL', 'S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY']

/** A setting that is mistyped is one that silently does nothing. */
export const settingsAreKnown: Policy = (objects) => {
  const known = new Set([...SETTING_NAMES, ...ofBackups].flatMap((name) => [name, `${name}_FILE`]))
  const ofMaps = ofKind(objects, 'ConfigMap')
    .filter(({ metadata }) => metadata.name.startsWith('settings'))
    .flatMap((map) => Object.keys(map.data ?? {}).map((name) => [label(map), name] as const))
  const ofContainers = workloads(objects).flatMap(({ object, template }) =>
    containersOf(template)
      .filter(({ image }) => /(^|\/)ridendine(-backup)?:/.test(image))
      .flatMap(({ env = [] }) => env.map(({ name }: { name: string }) => [label(object), name] as const)),
  )
  return [...ofMaps, ...ofContainers]
    .filter(([, name]) => !known.has(name))
    .map(([where, name]) => `${where}: there is no setting ${name}`)
}

/** Longer than the process may take to drain and to stop. */
export const graceIsLongEnough: Policy = (objects) => {
  const settings = ofKind(objects, 'ConfigMap').find(({ metadata }) => metadata.name.startsWith('settings'))
  const stopMs = Number(settings?.data?.DRAIN_DELAY_MS) + Number(settings?.data?.SHUTDOWN_GRACE_MS) + storesMs
  return forPods(({ template: { metadata, spec } }) => [
    metadata.labels['ridendine/part'] === 'server' &&
      !(spec.terminationGracePeriodSeconds * 1000 >= stopMs) &&
      `is killed after ${spec.terminationGracePeriodSeconds} s, and may take ${stopMs} ms`,
  ])(objects)
}
const storesMs = 10_000

/** As the cluster counts a pod: all its containers together, or the one that runs before them where that takes more. */
const podResources = ({ spec: { containers, initContainers = [] } }: PodTemplate) => {
  const of = (side: string, what: string) => {
    const takes = ({ resources }: PodTemplate['spec']) => quantity(resources[side][what])
    const together = containers.map(takes).reduce((sum: number, one: number) => sum + one, 0)
    return String(Math.max(together, ...initContainers.map(takes)))
  }
  const both = (side: string) => ({ cpu: of(side, 'cpu'), memory: of(side, 'memory') })
  return { requests: both('requests'), limits: both('limits') }
}

/** Every autoscaler at its most, every job at once: what the namespace may take is enough for all of it. */
export const quotaIsEnough: Policy = (objects) => {
  const hard = ofKind(objects, 'ResourceQuota')[0]!.spec.hard as Record<string, string>
  const used: Record<string, number> = { pods: 0 }
  const add = (count: number, resources: Record<string, Record<string, string>>) => {
    for (const side of ['requests', 'limits']) {
      for (const what of ['cpu', 'memory']) {
        const key = `${side}.${what}`
        used[key] = (used[key] ?? 0) + count * quantity(resources[side]![what]!)
      }
    }
  }
  for (const { object, template } of workloads(objects)) {
    const count = podsMaxOf(object, objects)
    used.pods! += count
    add(count, podResources(template))
  }
  for (const { kind, spec } of ofKind(objects, 'Cluster', 'Pooler')) {
    used.pods! += spec.instances
    add(spec.instances, kind === 'Cluster' ? spec.resources : spec.template.spec.containers[0].resources)
  }
  return Object.entries(used)
    .filter(([key, sum]) => sum > quantity(hard[key]!))
    .map(([key, sum]) => `ResourceQuota: ${key} is ${hard[key]}, and ${sum} may be asked for`)
}
