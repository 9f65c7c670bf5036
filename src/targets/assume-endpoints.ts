/**
 * Nodes, and pods behind Services, where the objects hold none: `trace` and the embedded cluster take the same to be there, and
 * differ in the addresses alone.
 *
 * @module
 */

import {
  annotationName,
  type EndpointSlice,
  type KubernetesObject,
  type Node,
  type Resources,
  type Service
} from '../resources/index.ts'
import { emptyWorkloadOf, hasEndpoints, podPort } from './workload.ts'

export interface EndpointAddresses {
  nodes: readonly string[]
  /** The address of the pod behind the nth Service. */
  podAt(index: number): string
  /** Whether a Service has pods; default: every one. */
  hasPods?(service: Service): boolean
}

/** A ready node; nodes take turns in the region's zones where one is given. */
export function nodeAt(address: string, index: number, region?: string): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: `node-${index + 1}`,
      ...(region && { labels: { 'topology.kubernetes.io/zone': `${region}${String.fromCharCode(97 + (index % 2))}` } })
    },
    status: {
      addresses: [{ type: 'InternalIP', address }],
      conditions: [{ type: 'Ready', status: 'True' }]
    }
  }
}

/** One ready pod behind a Service. A port that no container has a name for is left out, as Kubernetes does. */
function endpointSliceOf(service: Service, address: string, resources: Resources): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${service.metadata.name}-pod`,
      namespace: service.metadata.namespace,
      labels: { 'kubernetes.io/service-name': service.metadata.name }
    },
    addressType: 'IPv4',
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
    ports: (service.spec?.ports ?? []).flatMap(port => {
      const number = podPort(service, port, resources)
      return number === undefined ? [] : [{ name: port.name ?? '', port: number }]
    })
  }
}

/** The EndpointSlices of the Services, by the Service. */
export function slicesByService(resources: Resources): Map<Service, EndpointSlice[]> {
  const named = new Map<string, EndpointSlice[]>()
  function keyOf(namespace = 'default', name: string): string {
    return `${namespace}/${name}`
  }
  for (const slice of resources.list('EndpointSlice')) {
    const name = slice.metadata.labels?.['kubernetes.io/service-name']
    if (name !== undefined) {
      const key = keyOf(slice.metadata.namespace, name)
      named.set(key, [...(named.get(key) ?? []), slice])
    }
  }
  return new Map(
    resources
      .list('Service')
      .map(service => [service, named.get(keyOf(service.metadata.namespace, service.metadata.name)) ?? []])
  )
}

/** Whether one pod of a Service at least takes connections from its node ports: kube-proxy asks for readiness alone. */
export function isBacked(slices: readonly EndpointSlice[]): boolean {
  return slices.some(({ endpoints }) => (endpoints ?? []).some(({ conditions }) => conditions?.ready !== false))
}

/**
 * The Services that pods are assumed for: they may have some and no EndpointSlice tells. A Service that selects pods has slices in
 * every cluster, so that one without is of another file; one that selects none has none where slices are given at all.
 */
function servicesWithoutPods(resources: Resources): Service[] {
  const given = resources.list('EndpointSlice').length > 0
  return [...slicesByService(resources)].flatMap(([service, slices]) => {
    const selects = Object.keys(service.spec?.selector ?? {}).length > 0
    const isEmpty = emptyWorkloadOf(service, resources) !== undefined
    return hasEndpoints(service) && (selects || !given) && slices.length === 0 && !isEmpty ? [service] : []
  })
}

/** The labels by which Ingresses and Services choose nodes: those that are assumed have them, as the user's will. */
function selectedLabels(resources: Resources): Record<string, string> {
  const objects: KubernetesObject[] = [...resources.list('Ingress'), ...resources.list('Service')]
  const texts = objects.flatMap(({ metadata }) => metadata.annotations?.[annotationName('target-node-labels')] ?? [])
  const pairs = texts.flatMap(text => text.split(',')).map(pair => pair.split('='))
  return Object.fromEntries(pairs.map(([key = '', value = '']) => [key.trim(), value.trim()]))
}

function labelled(node: Node, labels: Record<string, string>): Node {
  return { ...node, metadata: { ...node.metadata, labels: { ...labels, ...node.metadata.labels } } }
}

/** Adds nodes where there are none, and a pod behind each Service without an EndpointSlice; says so. */
export function assumeEndpoints(
  resources: Resources,
  region: string,
  { nodes, podAt, hasPods = () => true }: EndpointAddresses
): { resources: Resources; assumptions: string[] } {
  const assumesNodes = resources.list('Node').length === 0
  const labels = assumesNodes ? selectedLabels(resources) : {}
  const services = servicesWithoutPods(resources)
  const slices = services.flatMap((service, index) =>
    hasPods(service) ? [endpointSliceOf(service, podAt(index), resources)] : []
  )
  const what = [
    ...(assumesNodes ? [`${nodes.length} ready nodes`] : []),
    ...(services.length > 0 ? ['a ready pod behind each Service'] : [])
  ]
  return {
    resources: resources.with([
      ...(assumesNodes ? nodes.map((address, index) => labelled(nodeAt(address, index, region), labels)) : []),
      ...slices
    ]),
    assumptions: what.length > 0 ? [what.join(', and ')] : []
  }
}
