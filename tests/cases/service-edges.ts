/** Edges whose front door is a gateway's Service: every kind of load balancer by what may be wired wrongly behind it. */

import { type KubernetesObject, Resources, serviceAnnotationPrefix } from '../../src/resources/index.ts'

export interface ServiceEdge {
  maker: 'controller, instances' | 'controller, pods' | 'cloud provider, network' | 'cloud provider, classic'
  /** Ports that are decrypted, and what is spoken behind; `passed` hands TLS through. */
  tls: 'passed' | 'ended' | 'ended, then ssl' | 'ended, then http' | 'ended, then https'
  /** Whether PROXY headers are sent, and read. */
  proxy: 'none' | 'sent' | 'read' | 'both'
  /** What the gateway's server on 443 speaks. */
  server: 'HTTPS' | 'HTTP'
  policy: 'Cluster' | 'Local'
}

const selector = { istio: 'ingressgateway' }

const annotationsOfMaker: Record<ServiceEdge['maker'], Record<string, string>> = {
  'controller, instances': {},
  'controller, pods': { 'nlb-target-type': 'ip' },
  'cloud provider, network': { type: 'nlb' },
  'cloud provider, classic': {}
}

function annotationsOf({ maker, tls, proxy }: ServiceEdge): Record<string, string> {
  const [, behind] = tls.split(', then ')
  return {
    ...annotationsOfMaker[maker],
    ...(tls !== 'passed' && { 'ssl-cert': 'arn:aws:acm:us-west-2:111122223333:certificate/one', 'ssl-ports': '443' }),
    ...(behind && { 'backend-protocol': behind }),
    ...((proxy === 'sent' || proxy === 'both') && { 'proxy-protocol': '*' })
  }
}

const makers = Object.keys(annotationsOfMaker) as ServiceEdge['maker'][]

/** Behind TLS only a Classic Load Balancer tells HTTP from bytes. */
function tlsOf(maker: ServiceEdge['maker']): ServiceEdge['tls'][] {
  const everywhere = ['passed', 'ended', 'ended, then ssl'] as const
  return maker === 'cloud provider, classic'
    ? [...everywhere, 'ended, then http', 'ended, then https']
    : [...everywhere]
}

const hosts = ['shop.example.com']

/** What stands behind the Gateway ns/public: a route for the host, and the Service that it leads to. */
export const shopBehindGateway = [
  {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'shop', namespace: 'ns' },
    spec: {
      hosts,
      gateways: ['public'],
      http: [{ route: [{ destination: { host: 'web.ns.svc.cluster.local' } }] }]
    }
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'ns' },
    spec: { ports: [{ port: 80 }] }
  }
]

/** Every maker with everything that may be wired behind it, and each kind of health check once more with another policy. */
export const serviceEdges: ServiceEdge[] = makers.flatMap(maker => [
  ...tlsOf(maker).flatMap(tls =>
    (['none', 'sent', 'read', 'both'] as const).flatMap(proxy =>
      (['HTTPS', 'HTTP'] as const).map(server => ({ maker, tls, proxy, server, policy: 'Cluster' as const }))
    )
  ),
  ...(['none', 'both'] as const).map(
    (proxy): ServiceEdge => ({ maker, tls: 'passed', proxy, server: 'HTTPS', policy: 'Local' })
  )
])

export function resourcesOf(edge: ServiceEdge): Resources {
  const { maker, proxy, server, policy } = edge
  const service: KubernetesObject = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'gw',
      namespace: 'ns',
      labels: selector,
      annotations: Object.fromEntries(
        Object.entries(annotationsOf(edge)).map(([name, value]) => [
          `${serviceAnnotationPrefix}aws-load-balancer-${name}`,
          value
        ])
      )
    },
    spec: {
      type: 'LoadBalancer',
      ...(maker.startsWith('controller') && { loadBalancerClass: 'service.k8s.aws/nlb' }),
      externalTrafficPolicy: policy,
      ...(policy === 'Local' && { healthCheckNodePort: 32_111 }),
      selector,
      ports: [
        { name: 'http2', port: 80, targetPort: 8080, nodePort: 31_080 },
        { name: 'https', port: 443, targetPort: 8443, nodePort: 31_443 }
      ]
    }
  }
  const reads = proxy === 'read' || proxy === 'both'
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'gw', namespace: 'ns' },
    spec: {
      template: {
        metadata: {
          labels: selector,
          annotations: reads ? { 'proxy.istio.io/config': 'gatewayTopology: { proxyProtocol: {} }' } : {}
        }
      }
    }
  }
  const secure = {
    port: { number: 443, name: 'https', protocol: 'HTTPS' },
    tls: { mode: 'SIMPLE', credentialName: 'shop' }
  }
  const gateway = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name: 'public', namespace: 'ns' },
    spec: {
      selector,
      servers: [
        { port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts },
        { ...(server === 'HTTPS' ? secure : { port: { number: 443, name: 'http-443', protocol: 'HTTP' } }), hosts }
      ]
    }
  }
  return new Resources([service, deployment, gateway, ...shopBehindGateway])
}
