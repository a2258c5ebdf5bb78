import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Deployment, RealtimeDeployment } from './day.ts'

/** What the manifests of deploy/kubernetes set: the model counts with what is deployed. */

type Metric = {
  resource?: { name: string; target: { averageUtilization: number } }
  pods?: { target: { averageValue: string } }
}
type Autoscaler = {
  metadata: { name: string }
  spec: {
    minReplicas: number
    maxReplicas: number
    metrics: Metric[]
    behavior: Record<'scaleUp' | 'scaleDown', { stabilizationWindowSeconds: number }>
  }
}
type Resources = Record<'requests' | 'limits', { cpu: string; memory: string }>
type Workload = {
  kind: string
  spec: { template: { spec: { containers: { name: string; resources: Resources }[] } } }
}

const UNITS: Record<string, number> = { m: 1e-3, k: 1e3, '': 1, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 }

/** A quantity of Kubernetes as a number: `250m` is 0.25, `256Mi` is 268435456. Throws an Error for what is none. */
export const quantity = (text: string): number => {
  const [, count, unit = ''] = /^(\d+(?:\.\d+)?)(\w*)$/.exec(text) ?? []
  const factor = UNITS[unit]
  if (count === undefined || factor === undefined) throw new Error(`${text} is no quantity`)
  return Number(count) * factor
}

const FOLDER = 'deploy/kubernetes/base/apps'

const read = <T>(root: string, file: string): T[] => {
  const parsed = Bun.YAML.parse(readFileSync(join(root, FOLDER, file), 'utf8'))
  return (Array.isArray(parsed) ? parsed : [parsed]) as T[]
}

const settingsOf = ({ spec }: Autoscaler) => ({
  replicasMin: spec.minReplicas,
  replicasMax: spec.maxReplicas,
  scaleUpWindowSeconds: spec.behavior.scaleUp.stabilizationWindowSeconds,
  scaleDownWindowSeconds: spec.behavior.scaleDown.stabilizationWindowSeconds,
})

/** @param root the top of the repository. Throws an Error when the manifests lack what the model wants. */
export const readManifests = (root: string): { api: Deployment; realtime: RealtimeDeployment } => {
  const autoscalers = read<Autoscaler>(root, 'autoscalers.yaml')
  const find = (name: string) => {
    const found = autoscalers.find(({ metadata }) => metadata.name === name)
    if (!found) throw new Error(`There is no autoscaler ${name}.`)
    return found
  }
  const workload = read<Workload>(root, 'api.yaml').find(({ kind }) => kind === 'Deployment')
  const resources = workload?.spec.template.spec.containers[0]?.resources
  if (!resources) throw new Error('The api has no resources.')
  const targetOf = (name: string) => {
    const metric = find('api').spec.metrics.find(({ resource }) => resource?.name === name)
    if (!metric?.resource) throw new Error(`The autoscaler of the api does not look at ${name}.`)
    return metric.resource.target.averageUtilization / 100
  }
  const sockets = find('realtime').spec.metrics.find(({ pods }) => pods)?.pods?.target.averageValue
  if (!sockets) throw new Error('The autoscaler of realtime does not look at sockets.')
  return {
    api: {
      autoscaler: settingsOf(find('api')),
      cpuTarget: targetOf('cpu'),
      memoryTarget: targetOf('memory'),
      cpuRequest: quantity(resources.requests.cpu),
      cpuLimit: quantity(resources.limits.cpu),
      memoryRequestBytes: quantity(resources.requests.memory),
    },
    realtime: { autoscaler: settingsOf(find('realtime')), socketsPerPodTarget: quantity(sockets) },
  }
}
