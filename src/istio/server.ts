/**
 * The servers of Istio Gateways on one port of a gateway's pods, merged as istiod merges them (Istio: MergeGateways).
 *
 * @module
 */

import { objectName, type Resources, type Secret, type ServicePort } from '../resources/index.ts'
import { hostsForNamespace, intersect, qualified, withoutNamespace } from './host.ts'
import { type IstioGateway, istioGateways, type ServerSpec, virtualServices } from './istio.ts'
import { gatewayName, orderRoutes, type Route, type RouteContext, routesOf } from './route.ts'
import { selects } from './topology.ts'

/** The pods that Gateways are for. */
export interface Workload {
  namespace: string
  labels: Record<string, string>
  /** Ports of their Service. */
  ports: readonly ServicePort[]
}

/** A server of a Gateway. */
export interface Server {
  gateway: IstioGateway
  spec: ServerSpec
}

/** The routes for one host of a server. */
export interface VirtualHost {
  /** `*`, a wildcard or a name. */
  domain: string
  routes: Route[]
  /** Plain HTTP is redirected (Gateway: `tls.httpsRedirect`). */
  httpsRedirect: boolean
}

export function isHTTP({ port }: ServerSpec): boolean {
  return /^(HTTP2?|GRPC|GRPC-WEB)$/i.test(port.protocol)
}

export function terminatesTLS({ port, tls }: ServerSpec): boolean {
  return /^HTTPS$/i.test(port.protocol) && tls !== undefined && !/PASSTHROUGH$/.test(tls.mode ?? 'PASSTHROUGH')
}

/** Whether a server is for a Service port: by the Service's number, or by the pods' where the Service has no such number. */
function isFor({ port: { number } }: ServerSpec, servicePort: ServicePort, workload: Workload): boolean {
  if (workload.ports.some(({ port }) => port === number)) {
    return servicePort.port === number
  }
  return servicePort.targetPort === number
}

/** The servers that a port of the pods has: the first decides whether it is plain or TLS, others have to agree. */
export function serversFor(servicePort: ServicePort, workload: Workload, resources: Resources): Server[] {
  const servers = istioGateways(resources)
    .filter(({ spec }) => selects(spec?.selector, workload.labels))
    .flatMap(gateway => (gateway.spec?.servers ?? []).map(spec => ({ gateway, spec })))
    // istiod leaves out a server for HTTPS or TLS that says nothing of it.
    .filter(({ spec }) => spec.tls || !/^(HTTPS|TLS)$/i.test(spec.port.protocol))
    .filter(({ spec }) => isFor(spec, servicePort, workload))
  const [first] = servers
  return first ? servers.filter(({ spec }) => isHTTP(spec) === isHTTP(first.spec)) : []
}

/** The server whose filter chain a TLS connection with that server name gets; the most specific host wins. */
export function chainFor(servers: readonly Server[], serverName: string | undefined): Server | undefined {
  const chains = servers.flatMap(server => server.spec.hosts.map(host => ({ server, host: withoutNamespace(host) })))
  const name = serverName?.toLowerCase()
  const exact = chains.find(({ host }) => host === name)
  if (exact) {
    return exact.server
  }
  const wildcards = chains
    .filter(({ host }) => name !== undefined && host.startsWith('*.') && name.endsWith(host.slice(1)))
    .sort((a, b) => b.host.length - a.host.length)
  return (wildcards[0] ?? chains.find(({ host }) => host === '*'))?.server
}

/** The virtual hosts of servers that share one route configuration: all plain ones of a port, or one that terminates TLS. */
export function virtualHostsOf(servers: readonly Server[], workload: Workload, resources: Resources): VirtualHost[] {
  const hosts = new Map<string, VirtualHost>()
  function at(domain: string): VirtualHost {
    const known = hosts.get(domain) ?? { domain, routes: [], httpsRedirect: false }
    hosts.set(domain, known)
    return known
  }
  for (const { gateway, spec } of servers) {
    const namespace = gateway.metadata.namespace ?? 'default'
    const context: RouteContext = {
      gateway: `${namespace}/${gateway.metadata.name}`,
      port: spec.port.number,
      labels: workload.labels,
      namespace: workload.namespace
    }
    for (const virtualService of virtualServices(resources)) {
      const own = virtualService.metadata.namespace ?? 'default'
      const { gateways = [], exportTo = ['*'], hosts: names = [] } = virtualService.spec ?? {}
      if (!gateways.some(reference => gatewayName(reference, own) === context.gateway)) {
        continue
      }
      const visible = exportTo.some(to => to === '*' || (to === '.' ? own : to) === workload.namespace)
      if (!visible) {
        continue
      }
      const common = intersect(
        hostsForNamespace(spec.hosts, namespace, own),
        names.map(name => qualified(name, own))
      )
      const routes = routesOf(virtualService, context)
      if (routes.length === 0) {
        continue
      }
      for (const domain of common) {
        const host = at(domain)
        if (!host.routes.some(({ name }) => name === routes[0]!.name)) {
          host.routes = orderRoutes([...host.routes, ...routes])
        }
        host.httpsRedirect ||= spec.tls?.httpsRedirect ?? false
      }
    }
    if (spec.tls?.httpsRedirect) {
      for (const domain of spec.hosts.map(withoutNamespace)) {
        at(domain).httpsRedirect = true
      }
    }
  }
  return [...hosts.values()]
}

/** The Secret of a server's certificate, and why there is none. */
export interface Credential {
  secret?: Secret
  problem?: string
  /** It is not among the objects, and taken to be there all the same. */
  assumed?: true
}

function hasKeyPair({ data = {} }: Secret): boolean {
  return Boolean((data['tls.crt'] && data['tls.key']) || (data.cert && data.key))
}

/** The certificate of a server that terminates TLS: istiod reads it from the namespace of the gateway's pods. */
export function credentialOf(
  { spec: { tls } }: Server,
  workload: Workload,
  resources: Resources,
  complete: boolean
): Credential {
  const name = tls?.credentialName ?? tls?.credentialNames?.[0]
  // Files in the pods; nothing of them is known here.
  if (!name) {
    return { assumed: true }
  }
  const secret = resources.find('Secret', name, workload.namespace)
  if (secret) {
    return hasKeyPair(secret) ? { secret } : { problem: `${objectName(secret)} holds no tls.crt and tls.key` }
  }
  const elsewhere = resources.list('Secret').find(({ metadata }) => metadata.name === name)
  if (elsewhere) {
    return {
      problem: `Secret ${name} is in namespace ${elsewhere.metadata.namespace}, the gateway's pods are in ${workload.namespace}`
    }
  }
  return complete ? { problem: `there is no Secret ${workload.namespace}/${name}` } : { assumed: true }
}
