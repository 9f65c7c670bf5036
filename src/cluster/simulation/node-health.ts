/**
 * The port at which kube-proxy tells load balancers whether a node has pods of a Service with `externalTrafficPolicy: Local`
 * (Kubernetes: pkg/proxy/healthcheck/service_health.go).
 *
 * @module
 */

import type { EndpointSlice, Service } from '../../resources/index.ts'
import type { Behaviour, Reception } from './stand-in.ts'

/** Whether only nodes with pods of its own take a Service's connections. */
export function isLocal({ spec }: Service): boolean {
  return spec?.externalTrafficPolicy === 'Local'
}

/** How many ready pods of a Service a node has; one that says on which node it is counts there alone, any other everywhere. */
export function localPods(slices: readonly EndpointSlice[], nodes: readonly string[]): number {
  return slices
    .flatMap(({ endpoints = [] }) => endpoints)
    .filter(({ conditions, nodeName }) => {
      return conditions?.ready !== false && (nodeName === undefined || nodes.includes(nodeName))
    }).length
}

/** What the port answers, on any path. */
export function nodeHealth({ metadata: { name, namespace = 'default' } }: Service, pods: number): Behaviour {
  const reception: Reception = {
    answer: () => ({
      status: pods > 0 ? 200 : 503,
      headers: [
        ['content-type', 'application/json'],
        ['x-content-type-options', 'nosniff'],
        ['x-load-balancing-endpoint-weight', String(pods)]
      ],
      body: `${JSON.stringify({ service: { namespace, name }, localEndpoints: pods, serviceProxyHealthy: true })}\n`
    })
  }
  return { receive: ({ kind }) => (kind === 'http1' ? reception : 'reset') }
}
