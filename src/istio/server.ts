/**
 * The servers of Istio Gateways on one port of a gateway's pods, merged as istiod merges them (Istio: mergeGateways).
 *
 * @module
 */

import type { Resources, Service, ServicePort } from '../resources/index.ts'
import { configurationOf } from './configuration.ts'
import { serviceAnnotation } from './gateway-api/listener.ts'
import { hostsForNamespace, intersect, qualified, sanitizedHost } from './host.ts'
import type { IstioGateway, ServerSpec, VirtualService } from './istio.ts'
import { orderRoutes, type Route, type RouteContext, routesOf } from './route.ts'
import { selects } from './topology.ts'
import type { ResolvedVirtualService } from './virtual-service.ts'
import { type Workload, workloadOf } from './workload.ts'

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

/** The servers of a port. */
export interface MergedServers {
  /** HTTP ones share their routes; of others there is one. */
  plain: Server[]
  /** Told apart by the server name of a connection. */
  tls: Server[]
  /** Left out, and why. */
  skipped: ({ server: Server } & LeftOut)[]
}

/** Why a server is left out: for a host, a name of a port or a protocol that another one before it has. */
interface LeftOut {
  by: 'host' | 'port name' | 'protocol'
  reason: string
}

export function isHTTP({ port }: ServerSpec): boolean {
  return /^(HTTP2?|GRPC|GRPC-WEB)$/i.test(port.protocol)
}

/** A server that is neither HTTP nor without TLS settings (Istio: IsTLSServer). */
function isTLS(spec: ServerSpec): boolean {
  return spec.tls !== undefined && !isHTTP(spec)
}

export function passesTLS({ tls }: { tls?: { mode?: string | undefined } | undefined }): boolean {
  return tls !== undefined && /PASSTHROUGH$/.test(tls.mode ?? 'PASSTHROUGH')
}

/** Whether a server ends TLS and routes HTTP (Istio: IsHTTPSServerWithTLSTermination). */
export function terminatesHTTPS(spec: ServerSpec): boolean {
  return /^HTTPS$/i.test(spec.port.protocol) && spec.tls !== undefined && !passesTLS(spec)
}

/** Whether routes of a kind may be a server's: requests where they are read, connections where they are passed on. */
export function takesRoutes(spec: ServerSpec, kind: 'http' | 'tls' | 'tcp'): boolean {
  if (isHTTP(spec) || terminatesHTTPS(spec)) {
    return kind === 'http'
  }
  return kind === (passesTLS(spec) ? 'tls' : 'tcp')
}

/** Whether a Gateway of Istio's own kind is for the pods of a gateway Service. */
export function isGatewayFor(gateway: IstioGateway, service: Service, resources: Resources): boolean {
  return isForWorkload(gateway, workloadOf(service, resources))
}

/** Whether a VirtualService has a host that a server of the Gateway has for its namespace. */
export function hasHostFor({ metadata, spec }: IstioGateway, virtualService: VirtualService): boolean {
  const { namespace = 'default' } = virtualService.metadata
  const hosts = (virtualService.spec?.hosts ?? []).map(host => qualified(host, namespace))
  return (spec?.servers ?? []).some(
    server => intersect(hostsForNamespace(server.hosts, metadata.namespace ?? 'default', namespace), hosts).length > 0
  )
}

/** Whether a Gateway is for the pods: by its selector, or by the Service that it was made for. */
function isForWorkload({ metadata, spec }: IstioGateway, { namespace, name, labels }: Workload): boolean {
  const service = metadata.annotations?.[serviceAnnotation]
  return service === undefined ? selects(spec?.selector, labels) : service === `${namespace}/${name}`
}

function podPortOf({ port, targetPort = port }: ServicePort): number | string {
  return targetPort
}

/**
 * Whether a server's port is the one of the pods that a Service port leads to (Istio: resolvePorts): the number is the Service's, or
 * the pods' where the Service has no such port. Several ports of the Service may lead to one, as 80 and 443 behind a load balancer
 * that ends TLS: a server for either of them answers both.
 */
export function leadsToServer(
  servicePort: ServicePort,
  { number, isLegacy = true }: { number: number | undefined; isLegacy?: boolean },
  ports: readonly ServicePort[]
): boolean {
  const own = ports.find(({ port }) => port === number)
  return own ? podPortOf(own) === podPortOf(servicePort) : isLegacy && podPortOf(servicePort) === number
}

function isForPort({ gateway, spec: { port } }: Server, servicePort: ServicePort, { ports }: Workload): boolean {
  // A Gateway of the Gateway API names ports of its Service, and no others.
  const isLegacy = gateway.metadata.annotations?.[serviceAnnotation] === undefined
  return leadsToServer(servicePort, { number: port.number, isLegacy }, ports)
}

/** The servers that select the pods, in the order in which they are merged. */
function serversOf(workload: Workload, resources: Resources): Server[] {
  return configurationOf(resources)
    .gateways.filter(gateway => isForWorkload(gateway, workload))
    .flatMap(gateway => (gateway.spec?.servers ?? []).map(spec => ({ gateway, spec })))
}

/** The servers that a port of the pods has: the first decides whether it is plain or TLS, others have to agree. */
export function serversFor(servicePort: ServicePort, workload: Workload, resources: Resources): MergedServers {
  const merged: MergedServers = { plain: [], tls: [], skipped: [] }
  const hosts = new Map<string, IstioGateway>()
  for (const server of serversOf(workload, resources).filter(one => isForPort(one, servicePort, workload))) {
    const leftOut = whySkipped(server, merged, hosts)
    if (leftOut !== undefined) {
      merged.skipped.push({ server, ...leftOut })
    } else if (isTLS(server.spec)) {
      merged.tls.push(server)
    } else {
      merged.plain.push(server)
    }
  }
  return merged
}

/** Notes the hosts of a server with TLS settings, and tells why it cannot stand beside those before it. */
function whySkipped(
  { gateway, spec }: Server,
  { plain: [plain], tls }: MergedServers,
  hosts: Map<string, IstioGateway>
): LeftOut | undefined {
  if (spec.tls) {
    const own = spec.hosts.map(
      host => `${sanitizedHost(host, gateway.metadata.namespace ?? 'default')} ${spec.bind ?? ''}`
    )
    const taken = own.find(host => hosts.has(host))
    if (taken !== undefined) {
      const owner = hosts.get(taken)!
      const first =
        owner === gateway
          ? 'a server before it'
          : `the older Gateway ${owner.metadata.namespace ?? 'default'}/${owner.metadata.name}`
      return {
        by: 'host',
        reason: `${first} has the host ${taken.split(' ')[0]} too, and a server is left out as a whole`
      }
    }
    for (const host of own) {
      hosts.set(host, gateway)
    }
  }
  if (plain) {
    return isHTTP(spec) && isHTTP(plain.spec)
      ? undefined
      : {
          by: 'protocol',
          reason: `the port speaks ${plain.spec.port.protocol} for an older server, and this one is for ${spec.port.protocol}`
        }
  }
  const repeated =
    terminatesHTTPS(spec) &&
    tls.some(one => one.gateway === gateway && terminatesHTTPS(one.spec) && one.spec.port.name === spec.port.name)
  return repeated
    ? { by: 'port name', reason: `a server before it has a port of the name ${spec.port.name} too` }
    : undefined
}

/**
 * The VirtualServices bound to a gateway that its namespace sees: first those for the namespace alone, then those that are
 * exported to it, then those for everybody (Istio: VirtualServicesForGateway).
 */
export function virtualServicesFor(
  gateway: string,
  { namespace }: Workload,
  resources: Resources
): ResolvedVirtualService[] {
  const bound = configurationOf(resources).virtualServices.filter(({ gateways }) => gateways.includes(gateway))
  function rank({ exportTo, namespace: own, semantics }: ResolvedVirtualService): number | undefined {
    if (exportTo.includes('*')) {
      return semantics === 'gateway' && own === namespace ? 2 : 3
    }
    return exportTo.includes(namespace) ? (own === namespace ? 0 : 1) : undefined
  }
  return bound.filter(one => rank(one) !== undefined).sort((one, other) => rank(one)! - rank(other)!)
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
    for (const virtualService of virtualServicesFor(context.gateway, workload, resources)) {
      const common = intersect(hostsForNamespace(spec.hosts, namespace, virtualService.namespace), virtualService.hosts)
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
      // A host with a namespace becomes a domain with a slash, which no request asks for.
      for (const host of spec.hosts) {
        at(sanitizedHost(host, namespace)).httpsRedirect = true
      }
    }
  }
  return [...hosts.values()]
}
