/** The rules that every overlay must keep, each with one change that breaks it: a rule that finds nothing then is no rule. */
import { policiesFitPods } from './kubernetes-network'
import { type KubeObject, ofKind, workloads } from './kubernetes-objects'
import * as policies from './kubernetes-policies'

export const rules: Record<string, { policy: policies.Policy; breakIt: (objects: KubeObject[]) => void }> = {
  'no pod may more than the level restricted allows': {
    policy: policies.podsAreRestricted,
    breakIt: (objects) => {
      pod(objects, 'api').spec.securityContext.runAsNonRoot = false
    },
  },
  'no container may write to its root, gain privileges or keep capabilities': {
    policy: policies.containersAreRestricted,
    breakIt: (objects) => {
      container(objects, 'api').securityContext.readOnlyRootFilesystem = false
    },
  },
  'every container says what it needs and what it may take': {
    policy: policies.containersHaveLimits,
    breakIt: (objects) => void delete container(objects, 'dispatch').resources.limits.memory,
  },
  'every image has a version': {
    policy: policies.imagesAreNamed,
    breakIt: (objects) => {
      container(objects, 'dispatch').image = 'ridendine:latest'
    },
  },
  'every server is probed': {
    policy: policies.serversAreProbed,
    breakIt: (objects) => void delete container(objects, 'realtime').readinessProbe,
  },
  'every secret, setting, volume and account that a pod names is there': {
    policy: policies.referencesAreMet,
    breakIt: (objects) => void pod(objects, 'api').spec.volumes[0].secret.items.push({ key: 'NO_KEY', path: 'x' }),
  },
  'no account hands out a token of the cluster': {
    policy: policies.accountsHaveNoTokens,
    breakIt: (objects) => void delete named(objects, 'ServiceAccount', 'api').automountServiceAccountToken,
  },
  'every service leads to the pods of one workload, on a port they listen on': {
    policy: policies.servicesLeadSomewhere,
    breakIt: (objects) => {
      named(objects, 'Service', 'routing').spec.ports[0].targetPort = 'htpp'
    },
  },
  'every path of an ingress leads to a service': {
    policy: policies.ingressesLeadSomewhere,
    breakIt: (objects) => {
      named(objects, 'Service', 'api').spec.ports[0].name = 'web'
    },
  },
  'every autoscaler has its target, which leaves the number of pods to it': {
    policy: policies.autoscalersFit,
    breakIt: (objects) =>
      objects.push({
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        metadata: { name: 'lost' },
        spec: { scaleTargetRef: { kind: 'Deployment', name: 'gone' } },
      }),
  },
  'every disruption budget lets pods go': {
    policy: policies.budgetsLetPodsGo,
    breakIt: (objects) =>
      objects.push({
        apiVersion: 'policy/v1',
        kind: 'PodDisruptionBudget',
        metadata: { name: 'tight' },
        spec: { minAvailable: 3, selector: { matchLabels: { 'app.kubernetes.io/name': 'api' } } },
      }),
  },
  'every network policy is about somebody, and opens ports on which somebody listens': {
    policy: policiesFitPods,
    breakIt: (objects) => {
      named(objects, 'NetworkPolicy', 'to-postgres').spec.egress[0].ports[0].port = 5433
    },
  },
  'every setting is one that the software knows': {
    policy: policies.settingsAreKnown,
    breakIt: (objects) => void container(objects, 'api').env.push({ name: 'DATABSE_URL_FILE', value: '/x' }),
  },
  'no server is killed while it drains': {
    policy: policies.graceIsLongEnough,
    breakIt: (objects) => {
      pod(objects, 'realtime').spec.terminationGracePeriodSeconds = 10
    },
  },
  'the quota of the namespace is enough for everything at its most': {
    policy: policies.quotaIsEnough,
    breakIt: (objects) => {
      ofKind(objects, 'ResourceQuota')[0]!.spec.hard['limits.memory'] = '1Gi'
    },
  },
}

export const pod = (objects: KubeObject[], name: string) =>
  workloads(objects).find(({ object }) => object.metadata.name === name)!.template
export const container = (objects: KubeObject[], name: string) => pod(objects, name).spec.containers[0]

export const named = (objects: readonly KubeObject[], kind: string, name: string): KubeObject =>
  ofKind(objects, kind).find(({ metadata }) => metadata.name === name)!
