import type { EndpointSlice, Node, Service, ServicePort } from '../resources/index.ts'

/** The port of a Service's pods: Kubernetes takes the Service's own number for an absent target port. */
export function podPort({ port, targetPort }: ServicePort): number {
  return typeof targetPort === 'number' ? targetPort : port
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

/** One ready pod behind a Service. */
export function endpointSliceOf(service: Service, address: string): EndpointSlice {
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
    ports: (service.spec?.ports ?? []).map(port => ({ name: port.name ?? '', port: podPort(port) }))
  }
}
