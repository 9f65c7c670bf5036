import type { Resources } from '../../resources/index.ts'
import { byAge } from '../istio.ts'
import { whyRefused } from '../refusal.ts'
import type { NamedRoute, ResolvedVirtualService } from '../virtual-service.ts'
import { isAttached } from './attachment.ts'
import type { Bound } from './listener.ts'
import { namespaceOf, ofGroup } from './object.ts'
import { isGranted } from './reference-grant.ts'
import { type BackendRef, byPrecedence, type GatewayRoute, type RuleContext, routesOfRule } from './rule.ts'

/** The host of a backend of a kind that Istio sends to, whether the route may use it or not (Istio: buildDestination). */
function hostOfBackend({ group = '', kind = 'Service', name, namespace }: BackendRef, own: string): string | undefined {
  switch (`${group}/${kind}`) {
    case '/Service':
    // Unless istiod is told to tell them apart (ENABLE_MCS_HOST), an import is the Service of its name.
    case 'multicluster.x-k8s.io/ServiceImport':
      return `${name}.${namespace ?? own}.svc.cluster.local`
    case 'networking.istio.io/Hostname':
      return namespace === undefined ? name : undefined
    default:
      return undefined
  }
}

function ruleContext(route: GatewayRoute, resources: Resources): RuleContext {
  const own = namespaceOf(route)
  return {
    hostOf(backend: BackendRef) {
      const { group, kind = 'Service', name, namespace = own, port } = backend
      const from = { kind: route.kind, namespace: own }
      const isAllowed = namespace === own || isGranted(from, { group, kind, name, namespace }, resources)
      return isAllowed && port !== undefined ? hostOfBackend(backend, own) : undefined
    }
  }
}

function describe(route: GatewayRoute): string {
  return `${route.kind} ${namespaceOf(route)}/${route.metadata.name}`
}

/** The routes of some kinds that count, the oldest first: one that the API server refuses is not in the cluster. */
function routesOf(kinds: readonly string[], resources: Resources): GatewayRoute[] {
  return kinds.flatMap(kind => ofGroup<GatewayRoute>(resources, kind)).filter(route => whyRefused(route).length === 0)
}

/** The HTTP routes of all that is attached to one listener, by host: they are ordered together, whoever wrote them. */
export function httpServices(bound: Bound, resources: Resources): ResolvedVirtualService[] {
  const hosts = new Map<string, { first: GatewayRoute; routes: NamedRoute[] }>()
  const routes = routesOf(['HTTPRoute', 'GRPCRoute'], resources).sort(byAge)
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

/** The routes of connections of all that is attached to one listener. */
export function layer4Services(bound: Bound, resources: Resources): ResolvedVirtualService[] {
  const { name, namespace } = bound.object.metadata
  const passes = bound.object.spec!.servers![0]!.tls?.mode === 'PASSTHROUGH'
  return routesOf(['TLSRoute', 'TCPRoute'], resources)
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
