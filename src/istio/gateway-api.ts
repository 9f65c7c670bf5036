/**
 * The Gateways and VirtualServices that istiod makes of the Gateway API's objects of its own class
 * (Istio: pilot/pkg/config/kube/gateway).
 *
 * @module
 */

import {
  type Gateway,
  isOfIstio,
  type KubernetesObject,
  type Namespace,
  type ObjectMeta,
  type Resources
} from '../resources/index.ts'
import {
  type BackendRef,
  byPrecedence,
  type GatewayRoute,
  type ParentRef,
  type RuleContext,
  routesOfRule
} from './gateway-api-route.ts'
import { isSubset } from './host.ts'
import { byAge, type IstioGateway, type ServerTLS } from './istio.ts'
import type { Configuration, NamedRoute, ResolvedVirtualService } from './virtual-service.ts'

const group = 'gateway.networking.k8s.io'

/** Annotation with the Service that a Gateway is for, where no selector says it; istiod has one of its own for it. */
export const serviceAnnotation = 'internal.istio.io/gateway-service'

/** Annotation with the object that a Gateway was made of. */
export const parentAnnotation = 'internal.istio.io/parents'

interface Selector {
  matchLabels?: Record<string, string>
}

interface Listener {
  name: string
  port: number
  protocol: string
  hostname?: string
  allowedRoutes?: { namespaces?: { from?: string; selector?: Selector }; kinds?: { group?: string; kind: string }[] }
  tls?: {
    mode?: 'Terminate' | 'Passthrough'
    certificateRefs?: { group?: string; kind?: string; name: string; namespace?: string }[]
    options?: Record<string, string>
  }
}

interface GatewayObject extends KubernetesObject {
  spec?: {
    gatewayClassName?: string
    addresses?: { type?: string; value?: string }[]
    listeners?: Listener[]
  }
}

interface ReferenceGrant extends KubernetesObject {
  spec?: {
    from?: { group: string; kind: string; namespace: string }[]
    to?: { group: string; kind: string; name?: string }[]
  }
}

function namespaceOf({ metadata }: { metadata: ObjectMeta }): string {
  return metadata.namespace ?? 'default'
}

function ofGroup<Kind extends KubernetesObject>(resources: Resources, kind: string): Kind[] {
  return resources
    .all()
    .filter(object => object.kind === kind && object.apiVersion.startsWith(`${group}/`))
    .sort(byAge) as Kind[]
}

/** The Service of a Gateway: the one that istiod makes, or those that its addresses name. */
function servicesOf({ metadata, spec }: GatewayObject): string[] {
  const namespace = namespaceOf({ metadata })
  const named = (spec?.addresses ?? []).filter(({ type = 'Hostname', value }) => type === 'Hostname' && value)
  if (named.length > 0) {
    return named.map(({ value }) => {
      const [name, owner = namespace] = value!.split('.')
      return `${owner}/${name}`
    })
  }
  return [`${namespace}/${metadata.annotations?.['gateway.istio.io/name-override'] ?? `${metadata.name}-istio`}`]
}

function isGranted(
  from: { kind: string; namespace: string },
  to: { kind: string; name: string; namespace: string },
  resources: Resources
): boolean {
  return ofGroup<ReferenceGrant>(resources, 'ReferenceGrant').some(
    grant =>
      namespaceOf(grant) === to.namespace &&
      grant.spec?.from?.some(
        one => one.group === group && one.kind === from.kind && one.namespace === from.namespace
      ) &&
      grant.spec.to?.some(
        one => one.group === '' && one.kind === to.kind && (one.name === undefined || one.name === to.name)
      )
  )
}

/** The namespaces whose routes a listener takes; `*` for all. */
function allowedNamespaces({ allowedRoutes }: Listener, own: string, resources: Resources): string[] {
  const { from = 'Same', selector } = allowedRoutes?.namespaces ?? {}
  if (from === 'All') {
    return ['*']
  }
  if (from !== 'Selector') {
    return [own]
  }
  return resources
    .list('Namespace')
    .filter(({ metadata }: Namespace) => {
      const labels: Record<string, string> = { 'kubernetes.io/metadata.name': metadata.name, ...metadata.labels }
      return Object.entries(selector?.matchLabels ?? {}).every(([key, value]) => labels[key] === value)
    })
    .map(({ metadata }) => metadata.name)
}

function tlsOf({ tls, protocol }: Listener, own: string, resources: Resources): ServerTLS | undefined | 'invalid' {
  if (!tls) {
    return protocol === 'HTTPS' || protocol === 'TLS' ? 'invalid' : undefined
  }
  if (tls.mode === 'Passthrough') {
    return { mode: 'PASSTHROUGH' }
  }
  const mode = tls.options?.['gateway.istio.io/tls-terminate-mode']
  const reference = tls.certificateRefs?.[0]
  if (mode === 'ISTIO_MUTUAL') {
    return { mode }
  }
  if (!reference) {
    return 'invalid'
  }
  const { name, namespace = own } = reference
  const allowed =
    namespace === own || isGranted({ kind: 'Gateway', namespace: own }, { kind: 'Secret', name, namespace }, resources)
  return allowed
    ? {
        mode: mode === 'MUTUAL' || mode === 'OPTIONAL_MUTUAL' ? mode : 'SIMPLE',
        credentialName: `kubernetes-gateway://${namespace}/${name}`
      }
    : 'invalid'
}

/** A listener as a Gateway of Istio's with one server. */
interface Bound {
  gateway: GatewayObject
  listener: Listener
  /** Namespaces whose routes it takes. */
  namespaces: string[]
  object: IstioGateway
}

function bind(gateway: GatewayObject, listener: Listener, resources: Resources): Bound[] {
  const own = namespaceOf(gateway)
  const tls = tlsOf(listener, own, resources)
  if (tls === 'invalid') {
    return []
  }
  const namespaces = allowedNamespaces(listener, own, resources)
  const { name, port, protocol, hostname = '*' } = listener
  return servicesOf(gateway).map((service, index) => ({
    gateway,
    listener,
    namespaces,
    object: {
      apiVersion: 'networking.istio.io/v1',
      kind: 'Gateway',
      metadata: {
        ...gateway.metadata,
        name: `${gateway.metadata.name}-istio-autogenerated-k8s-gateway-${name}${index === 0 ? '' : `-${index}`}`,
        namespace: own,
        annotations: {
          [serviceAnnotation]: service,
          [parentAnnotation]: `Gateway ${own}/${gateway.metadata.name} listener ${name}`
        }
      },
      spec: {
        servers: [
          {
            port: { number: port, name: 'default', protocol },
            hosts: namespaces.length === 0 ? [`~/${hostname}`] : namespaces.map(one => `${one}/${hostname}`),
            ...(tls && { tls })
          }
        ]
      }
    }
  }))
}

/** Kinds of routes that a listener takes where it does not say it. */
const routeKinds: Record<string, string[]> = {
  HTTP: ['HTTPRoute', 'GRPCRoute'],
  HTTPS: ['HTTPRoute', 'GRPCRoute'],
  TLS: ['TLSRoute', 'TCPRoute'],
  TCP: ['TCPRoute']
}

/** Whether a route is attached to a listener by one of its parents (Istio: referenceAllowed). */
function isAttached(route: GatewayRoute, parent: ParentRef, { gateway, listener, namespaces }: Bound): boolean {
  const own = namespaceOf(route)
  const { name, namespace = own, kind = 'Gateway', sectionName, port } = parent
  const { hostname } = listener
  const kinds = listener.allowedRoutes?.kinds?.map(one => one.kind) ?? routeKinds[listener.protocol] ?? []
  const hostnames = route.spec?.hostnames?.length ? route.spec.hostnames : ['*']
  return (
    kind === 'Gateway' &&
    name === gateway.metadata.name &&
    namespace === namespaceOf(gateway) &&
    (sectionName === undefined || sectionName === listener.name) &&
    (port === undefined || port === listener.port) &&
    (namespaces.includes('*') || namespaces.includes(own)) &&
    kinds.includes(route.kind) &&
    (hostname === undefined || hostnames.some(one => isSubset(one, hostname) || isSubset(hostname, one)))
  )
}

function ruleContext(route: GatewayRoute, resources: Resources): RuleContext {
  const own = namespaceOf(route)
  return {
    hostOf({ group: ofBackend = '', kind = 'Service', name, namespace = own, port }: BackendRef) {
      if (ofBackend !== '' || kind !== 'Service' || port === undefined) {
        return undefined
      }
      const allowed =
        namespace === own ||
        isGranted({ kind: route.kind, namespace: own }, { kind: 'Service', name, namespace }, resources)
      return allowed ? `${name}.${namespace}.svc.cluster.local` : undefined
    }
  }
}

function describe(route: GatewayRoute): string {
  return `${route.kind} ${namespaceOf(route)}/${route.metadata.name}`
}

/** The HTTP routes of all that is attached to one listener, by host: they are ordered together, whoever wrote them. */
function httpServices(bound: Bound, resources: Resources): ResolvedVirtualService[] {
  const hosts = new Map<string, { first: GatewayRoute; routes: NamedRoute[] }>()
  const routes = ['HTTPRoute', 'GRPCRoute'].flatMap(kind => ofGroup<GatewayRoute>(resources, kind)).sort(byAge)
  for (const route of routes) {
    if (!route.spec?.parentRefs?.some(parent => isAttached(route, parent, bound))) {
      continue
    }
    const context = ruleContext(route, resources)
    const made = (route.spec.rules ?? [{}]).flatMap((rule, index) =>
      routesOfRule(rule, route.kind === 'GRPCRoute', context).map((spec, place) => ({
        name: `${describe(route)} rules[${index}]${rule.matches?.length ? `.matches[${place}]` : ''}`,
        spec
      }))
    )
    for (const host of route.spec.hostnames?.length ? route.spec.hostnames : ['*']) {
      const entry = hosts.get(host) ?? { first: route, routes: [] }
      hosts.set(host, entry)
      entry.routes.push(...made)
    }
  }
  const { name, namespace } = bound.object.metadata
  return [...hosts].map(([host, { first, routes: all }]) => ({
    name: describe(first),
    metadata: first.metadata,
    namespace: namespaceOf(first),
    hosts: [host.toLowerCase()],
    gateways: [`${namespace}/${name}`],
    exportTo: ['*'],
    http: all.sort((one, other) => byPrecedence(one.spec, other.spec)),
    tls: [],
    tcp: [],
    semantics: 'gateway'
  }))
}

function layer4Services(bound: Bound, resources: Resources): ResolvedVirtualService[] {
  const { name, namespace } = bound.object.metadata
  const passes = bound.object.spec!.servers![0]!.tls?.mode === 'PASSTHROUGH'
  return ['TLSRoute', 'TCPRoute']
    .flatMap(kind => ofGroup<GatewayRoute>(resources, kind))
    .filter(route => route.spec?.parentRefs?.some(parent => isAttached(route, parent, bound)))
    .map(route => {
      const context = ruleContext(route, resources)
      const hostnames = route.spec?.hostnames?.length ? route.spec.hostnames : ['*']
      const routes = (route.spec?.rules ?? []).map(({ backendRefs = [] }) => ({
        ...(passes && { match: [{ sniHosts: hostnames }] }),
        route: backendRefs
          .filter(({ weight = 1 }) => weight > 0)
          .map(backend => ({
            destination: {
              host: context.hostOf(backend) ?? '',
              ...(backend.port && { port: { number: backend.port } })
            },
            weight: backend.weight ?? 1
          }))
      }))
      return {
        name: describe(route),
        metadata: route.metadata,
        namespace: namespaceOf(route),
        hosts: hostnames.map(one => one.toLowerCase()),
        gateways: [`${namespace}/${name}`],
        exportTo: ['*'],
        http: [],
        tls: passes ? routes : [],
        tcp: passes ? [] : routes,
        semantics: 'gateway' as const
      }
    })
}

/** Listeners and routes of the Gateways of Istio's class. */
export function gatewayAPIConfiguration(resources: Resources): Configuration {
  const bound = ofGroup<GatewayObject>(resources, 'Gateway')
    .filter(gateway => isOfIstio(gateway as Pick<Gateway, 'spec'>, resources))
    .flatMap(gateway => (gateway.spec?.listeners ?? []).flatMap(listener => bind(gateway, listener, resources)))
  return {
    gateways: bound.map(({ object }) => object),
    virtualServices: bound.flatMap(one => [...httpServices(one, resources), ...layer4Services(one, resources)])
  }
}
