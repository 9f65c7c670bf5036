import { namespaceOf } from '../../model/index.ts'
import { type EndpointSlice, objectName, type Service } from '../../resources/index.ts'
import type { Context } from '../context.ts'
import { workloadOf } from '../facts/proxy-config.ts'
import type { Problem, Rule } from '../rule.ts'

const path = ['spec', 'externalTrafficPolicy']

/** Nodes among the objects on which no ready pod of the Service runs; none without Nodes and EndpointSlices. */
function emptyNodes({ resources }: Context, service: Service): { empty: string[]; all: number } {
  const slices = resources
    .list('EndpointSlice')
    .filter(
      (slice: EndpointSlice) =>
        slice.metadata.labels?.['kubernetes.io/service-name'] === service.metadata.name &&
        namespaceOf(slice) === namespaceOf(service)
    )
  const nodes = resources.list('Node').map(({ metadata }) => metadata.name)
  if (slices.length === 0) {
    return { empty: [], all: nodes.length }
  }
  const used = new Set(
    slices
      .flatMap(({ endpoints = [] }) => endpoints)
      .filter(({ conditions }) => conditions?.ready !== false)
      .map(({ nodeName }) => nodeName)
  )
  return { empty: nodes.filter(name => !used.has(name)), all: nodes.length }
}

function* problemsOf(context: Context, service: Service, targetType: string): Generator<Problem> {
  const place = { object: service, path, actual: 'Local' }
  if (targetType === 'ip') {
    yield {
      ...place,
      severity: 'info',
      message: `externalTrafficPolicy Local of ${objectName(service)} does nothing for ip targets: the load balancer reaches pods without a node port`,
      expected: 'Cluster, the default',
      hint: 'remove it; the client address comes in X-Forwarded-For anyway',
      changes: [{ path, remove: true }]
    }
    return
  }
  const replicas = workloadOf(context, service)?.spec?.replicas
  if (replicas === 1) {
    yield {
      ...place,
      message: `with externalTrafficPolicy Local only the node of the one gateway pod of ${objectName(service)} is a healthy target, and none while the pod moves`,
      expected: 'two replicas or more, or Cluster',
      hint: 'raise replicas, or set externalTrafficPolicy: Cluster',
      changes: [{ path, value: 'Cluster' }]
    }
  }
  const { empty, all } = emptyNodes(context, service)
  if (empty.length > 0) {
    yield {
      ...place,
      severity: 'info',
      message: `${empty.length} of ${all} nodes run no pod of ${objectName(service)} and are unhealthy targets by design (${empty.slice(0, 3).join(', ')}${empty.length > 3 ? ', …' : ''}): externalTrafficPolicy Local answers only where a pod is`,
      expected: 'a gateway pod on every node, or Cluster',
      hint: 'alarms on unhealthy targets must allow for them; set Cluster if that is not wanted'
    }
  }
}

/** What externalTrafficPolicy Local does to the targets: the controller registers every node whatever it says. */
export const trafficPolicy: Rule = {
  code: 'TRAFFIC_POLICY_LOCAL',
  severity: 'warning',
  explains: ['TARGET_GROUP_EMPTY'],
  *find(context) {
    const seen = new Set<Service>()
    for (const { service, targetType } of context.backends) {
      if (service.spec?.externalTrafficPolicy !== 'Local' || seen.has(service)) {
        continue
      }
      seen.add(service)
      yield* problemsOf(context, service, targetType)
    }
  }
}
