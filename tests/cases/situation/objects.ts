import type { KubernetesObject } from '../../../src/resources/index.ts'
import type { IstioRequest } from '../istio-cases.ts'
import type { GatewayPlan } from './gateway.ts'
import { teamNamespace } from './gateway-api.ts'
import type { RoutePlan } from './route.ts'
import type { Situation } from './situation.ts'
import type { Spec } from './words.ts'

/** Label of every object, by which a batch is removed. */
export const batchLabel = 'istio-alb-situation'

function domainOf(place: number): string {
  return `s${place}.test`
}

/** Every `@` of a value as the situation's domain. */
function placed<Value>(value: Value, place: number): Value {
  return JSON.parse(JSON.stringify(value).replaceAll('@', domainOf(place))) as Value
}

/** The objects of a situation at a place. */
export function objectsOfSituation(plan: Situation, place: number): { object: KubernetesObject; young: boolean }[] {
  const { gateways, virtualServices, delegates, routes, connections, deny } = placed(plan, place)
  const made: { object: KubernetesObject; young: boolean }[] = []
  function add(kind: string, name: string, namespace: string, spec: Spec, young = false) {
    made.push({ object: objectOf(kind, `s${place}-${name}`, namespace, spec), young })
  }
  for (const [index, one] of gateways.entries()) {
    add('Gateway', `g${index}`, one.own ? 'istio-system' : teamNamespace, gatewaySpec(one, place), one.young)
  }
  function gatewayName(index: number): string {
    const at = index % gateways.length
    return `${gateways[at]!.own ? 'istio-system' : teamNamespace}/s${place}-g${at}`
  }
  for (const [index, one] of virtualServices.entries()) {
    const http = one.http.map(route => withDelegate(route, delegates.length, place))
    const spec = {
      hosts: one.hosts,
      gateways: [...new Set(one.gateways.map(gatewayName))],
      ...(one.exportTo && { exportTo: one.exportTo }),
      http
    }
    add('VirtualService', `v${index}`, one.team ? teamNamespace : 'default', spec, one.young)
  }
  for (const [index, http] of delegates.entries()) {
    add('VirtualService', `d${index}`, 'default', { http })
  }
  if (routes.length > 0) {
    add('APIGateway', 'k', 'istio-system', apiGatewaySpec(place))
  }
  for (const [index, { kind, young, ...one }] of routes.entries()) {
    const parentRefs = [{ name: `s${place}-k`, namespace: 'istio-system' }]
    add(kind, `r${index}`, 'default', { parentRefs, ...one }, young)
  }
  for (const [index, { young, server, hosts, routes: passed }] of connections.entries()) {
    add('Gateway', `c${index}`, 'istio-system', { selector: { istio: 'ingressgateway' }, servers: [server] }, young)
    add('VirtualService', `c${index}`, 'default', { hosts, gateways: [`istio-system/s${place}-c${index}`], ...passed })
  }
  for (const [index, one] of deny.entries()) {
    add('AuthorizationPolicy', `deny${index}`, 'istio-system', { action: 'DENY', rules: [one] })
  }
  return made
}

const versions: Record<string, string> = {
  AuthorizationPolicy: 'security.istio.io/v1',
  APIGateway: 'gateway.networking.k8s.io/v1',
  HTTPRoute: 'gateway.networking.k8s.io/v1',
  GRPCRoute: 'gateway.networking.k8s.io/v1'
}

function objectOf(kind: string, name: string, namespace: string, spec: Spec): KubernetesObject {
  return {
    apiVersion: versions[kind] ?? 'networking.istio.io/v1',
    kind: kind === 'APIGateway' ? 'Gateway' : kind,
    metadata: { name, namespace, labels: { [batchLabel]: 'yes' } },
    spec
  }
}

function gatewaySpec({ servers }: GatewayPlan, place: number): Spec {
  return {
    selector: { istio: 'ingressgateway' },
    servers: servers.map(({ port, hosts: own, httpsRedirect }, index) => ({
      port: { number: port, name: `p${index}`, protocol: port === 443 ? 'HTTPS' : 'HTTP' },
      // A server for TLS of every host would take those of the other situations.
      hosts: port === 443 ? own.map(host => (host === '*' ? `*.${domainOf(place)}` : host)) : own,
      ...(port === 443
        ? { tls: { mode: 'SIMPLE', credentialName: 'cases-tls' } }
        : httpsRedirect && !own.includes('*') && { tls: { httpsRedirect } })
    }))
  }
}

function apiGatewaySpec(place: number): Spec {
  return {
    gatewayClassName: 'istio',
    addresses: [{ type: 'Hostname', value: 'istio-ingressgateway.istio-system.svc.cluster.local' }],
    listeners: [
      {
        name: 'http',
        port: 80,
        protocol: 'HTTP',
        hostname: `*.${domainOf(place)}`,
        allowedRoutes: { namespaces: { from: 'All' } }
      }
    ]
  }
}

function withDelegate({ delegate, ...route }: RoutePlan, count: number, place: number): Spec {
  return delegate === undefined
    ? route
    : { ...route, delegate: { name: `s${place}-d${count === 0 ? 9 : delegate % count}`, namespace: 'default' } }
}

/** One policy for all of a batch that have to be allowed: others are, and hosts of nobody too. */
export function allowPolicy(batch: readonly Situation[]): KubernetesObject[] {
  const own = batch.flatMap(({ allow }, place) => (allow ? [{ place, rules: placed(allow, place) }] : []))
  if (own.length === 0) {
    return []
  }
  const notHosts = own.flatMap(({ place }) => [domainOf(place), `*.${domainOf(place)}`, `${domainOf(place)}*`])
  return [
    objectOf('AuthorizationPolicy', 'allow', 'istio-system', {
      action: 'ALLOW',
      rules: [{ to: [{ operation: { notHosts } }] }, ...own.flatMap(({ rules }) => rules)]
    })
  ]
}

/** The requests of a situation at a place. */
export function requestsOfSituation({ requests }: Situation, place: number): Omit<IstioRequest, 'real'>[] {
  return placed(requests, place).map(({ tls, host, method, path, headers: own }) => {
    const name = host.replace(/:\d+$/, '').toLowerCase()
    const serverName = tls === 'host' ? name : tls === 'other' ? `a.${domainOf(place)}` : undefined
    return {
      method,
      url: `${tls === 'no' ? 'http' : 'https'}://${host}${path}`,
      headers: own,
      ...(serverName !== undefined && { serverName })
    }
  })
}

/** What all situations share: a namespace of a team, and subsets of one Service. */
export function sharedObjects(): KubernetesObject[] {
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: teamNamespace } },
    {
      ...{ apiVersion: 'networking.istio.io/v1', kind: 'DestinationRule' },
      metadata: { name: 'situations', namespace: 'default' },
      spec: {
        host: 'api.default.svc.cluster.local',
        subsets: [
          { name: 'there', labels: { app: 'api' } },
          { name: 'empty', labels: { version: 'v9' } }
        ]
      }
    }
  ]
}
