/**
 * The requests that a load balancer is made for: one for each rule of each listener and each host that the objects name.
 *
 * @module
 */

import type { ListenerConfiguration, Rule } from '../../elbv2/index.ts'
import { type RuleCondition, specOf } from '../../model/index.ts'
import {
  canBeSent,
  type Front,
  type TracedLoadBalancer,
  type TracedTarget,
  type TraceRequest,
  type Tracer
} from '../../trace/index.ts'

/** A request that a rule is there for. */
export interface MeantRequest {
  listener: ListenerConfiguration
  rule: Rule
  request: TraceRequest & { url: string }
  host: string
}

/** The hosts of one gateway that a rule may be asked for, with the paths that their routes name. */
type Hosts = { domain: string; paths: string[] }[]

/** Paths of one host that are followed: routes beyond that are alike. */
const mostPaths = 10

/** A text that a pattern of ELBv2 takes: the least that its wildcards stand for, as a name or a path would have it. */
function exampleOf(pattern: string): string {
  return pattern.replace(/^\*\./, 'www.').replaceAll('*', '').replaceAll('?', 'a')
}

function isWildcard(domain: string): boolean {
  return domain.startsWith('*')
}

/** Whether a name is one of those that a wildcard host stands for. */
function covers(wildcard: string, name: string): boolean {
  return wildcard === '*' || (wildcard.startsWith('*.') && name.endsWith(wildcard.slice(1)))
}

/** A condition's first text; undefined where only a regular expression could tell. */
function firstOf(patterns: { values?: string[] } | undefined): string | undefined {
  return patterns?.values?.[0]
}

/** What a request has to be like for the conditions other than host and path. */
function shapeOf(conditions: readonly RuleCondition[]): Omit<TraceRequest, 'url'> & { query?: string } {
  const shape: Omit<TraceRequest, 'url'> & { query?: string } = {}
  for (const { httpHeaderConfig, httpRequestMethodConfig, queryStringConfig, sourceIPConfig } of conditions) {
    const value = firstOf(httpHeaderConfig)
    if (httpHeaderConfig && value !== undefined) {
      shape.headers = [...(shape.headers ?? []), [httpHeaderConfig.httpHeaderName, exampleOf(value)]]
    }
    shape.method ??= httpRequestMethodConfig?.values?.[0]
    const pair = queryStringConfig?.values?.[0]
    if (pair) {
      const text = `${pair.key === undefined ? 'key' : exampleOf(pair.key)}=${exampleOf(pair.value)}`
      shape.query = shape.query === undefined ? text : `${shape.query}&${text}`
    }
    shape.client ??= sourceIPConfig?.values?.[0]?.split('/')[0]
  }
  return shape
}

/** The hosts of the gateways behind a rule, ready to be searched. */
interface KnownHosts {
  byName: ReadonlyMap<string, string[]>
  /** `*` is among them. */
  wildcards: Hosts
}

function knownHosts(hosts: Hosts): KnownHosts {
  const byName = new Map<string, string[]>()
  for (const { domain, paths } of hosts) {
    if (!isWildcard(domain)) {
      byName.set(domain, [...(byName.get(domain) ?? []), ...paths])
    }
  }
  return { byName, wildcards: hosts.filter(({ domain }) => isWildcard(domain)) }
}

/** The hosts that a rule is asked for: its own, or all that the gateways behind it have where it has none. */
function hostsFor(conditions: readonly RuleCondition[], known: KnownHosts, dnsName: string): Hosts {
  const own = conditions.flatMap(({ hostHeaderConfig }) => hostHeaderConfig?.values ?? [])
  if (own.length > 0) {
    return own.flatMap(pattern => ownHosts(pattern, known, dnsName))
  }
  const named = [...known.byName].map(([domain, paths]) => ({ domain, paths }))
  const wild = known.wildcards
    .filter(({ domain }) => domain !== '*')
    .map(({ domain, paths }) => ({ domain: exampleOf(domain), paths }))
  const any = known.wildcards.filter(({ domain }) => domain === '*').flatMap(({ paths }) => paths)
  return named.length + wild.length > 0 ? [...named, ...wild] : [{ domain: dnsName, paths: any }]
}

/** The names that a host condition stands for, among those that are known; else one that it takes. */
function ownHosts(pattern: string, { byName, wildcards }: KnownHosts, dnsName: string): Hosts {
  const names = isWildcard(pattern) ? [...byName].filter(([name]) => covers(pattern, name)) : []
  const wild = isWildcard(pattern) ? wildcards.filter(({ domain }) => domain !== '*' && covers(pattern, domain)) : []
  if (names.length + wild.length > 0) {
    return [
      ...names.map(([domain, paths]) => ({ domain, paths })),
      ...wild.map(({ domain, paths }) => ({ domain: exampleOf(domain), paths }))
    ]
  }
  const example = exampleOf(pattern) || dnsName
  const around = wildcards.filter(({ domain }) => covers(domain, example)).flatMap(({ paths }) => paths)
  return [{ domain: example, paths: [...(byName.get(example) ?? []), ...around] }]
}

/** The hosts of every gateway that a rule forwards to. */
function gatewayHosts(
  tracer: Tracer,
  { configuration, targetsOf }: TracedLoadBalancer,
  groups: readonly { id: string }[]
): Hosts {
  return groups.flatMap(({ id }) => {
    const group = configuration.targetGroups.get(id)
    const target = group && targetsOf(group)[0]?.target
    return target ? hostsBehind(tracer, { ...target, targetType: group.targetType }) : []
  })
}

/** The hosts of the gateway at a target; none where something else is. */
function hostsBehind(
  tracer: Tracer,
  target: Pick<TracedTarget['target'], 'address' | 'port'> & { targetType: string }
): Hosts {
  const found = tracer.backends.gatewayAt(target)
  if (!found) {
    return []
  }
  const served = found.gateway.hostsOn(found.port)
  const domains = new Set(served.map(({ domain }) => domain))
  const routeless = found.gateway
    .serverHostsOn(found.port)
    .filter(host => !domains.has(host) && !served.some(({ domain }) => covers(host, domain) || covers(domain, host)))
  return [...served, ...routeless.map(domain => ({ domain, paths: [] }))]
}

/** A URL that leads to a port; `path` may have a query. */
function urlOf(scheme: string, port: number, host: string, path: string): string {
  const isStandard = (scheme === 'http' ? 80 : 443) === port
  return `${scheme}://${host}${isStandard ? '' : `:${port}`}${path.startsWith('/') ? path : `/${path}`}`
}

/** What a client of a gRPC service sends, where a rule leads to one. */
function callOf(
  { action: { routing } }: Rule,
  { configuration }: TracedLoadBalancer
): Pick<TraceRequest, 'method' | 'headers'> {
  const groups = routing.kind === 'forward' ? routing.targetGroups : []
  const isGRPC = groups.some(({ id }) => configuration.targetGroups.get(id)?.protocolVersion === 'GRPC')
  return isGRPC ? { method: 'POST', headers: [['content-type', 'application/grpc']] } : {}
}

/** The requests that the rules of a load balancer are there for. Rules that only a regular expression describes are left out. */
export function* meantRequests(tracer: Tracer, loadBalancer: TracedLoadBalancer): Generator<MeantRequest> {
  const { configuration, dnsName, group } = loadBalancer
  const byGroups = new Map<string, KnownHosts>()
  function knownTo({ action: { routing } }: Rule): KnownHosts {
    const groups = routing.kind === 'forward' ? routing.targetGroups : []
    const key = groups.map(({ id }) => id).join(' ')
    const known = byGroups.get(key) ?? knownHosts(gatewayHosts(tracer, loadBalancer, groups))
    byGroups.set(key, known)
    return known
  }
  for (const listener of configuration.listeners) {
    for (const rule of listener.rules) {
      const spec = specOf(group.stack, 'rule', `${listener.port}:${rule.priority}`)
      const conditions = spec?.conditions ?? []
      const patterns = conditions.flatMap(({ pathPatternConfig }) => pathPatternConfig?.values ?? [])
      const onlyRegex = conditions.some(({ pathPatternConfig: path, hostHeaderConfig: host }) =>
        [path, host].some(one => one?.regexValues?.length && !one.values?.length)
      )
      if (onlyRegex) {
        continue
      }
      const { query, ...conditioned } = shapeOf(conditions)
      // A rule for another method is not there for calls.
      const call = (conditioned.method ?? 'POST') === 'POST' ? callOf(rule, loadBalancer) : {}
      const shape = { ...call, ...conditioned, headers: [...(call.headers ?? []), ...(conditioned.headers ?? [])] }
      const base = patterns[0] === undefined ? '/' : exampleOf(patterns[0])
      for (const { domain: host, paths } of hostsFor(conditions, knownTo(rule), dnsName)) {
        for (const path of new Set([base, ...paths.slice(0, mostPaths)])) {
          const version = { ...(listener.protocol === 'HTTPS' && { version: '2.0' as const }) }
          const asked = query === undefined ? path : `${path}?${query}`
          const url = urlOf(listener.protocol.toLowerCase(), listener.port, host, asked)
          // A malformed host is a finding of its own.
          const request = { ...shape, ...version, url }
          if (/^[\w.-]+$/.test(host) && canBeSent(request)) {
            yield { listener, rule, host, request }
          }
        }
      }
    }
  }
}

/** A request that a port of a Network or Classic Load Balancer is there for: which of the schemes a client speaks is its own affair. */
export interface MeantConnection {
  front: Front
  host: string
  /** One for each scheme that the port can be spoken to by; the likelier first. */
  requests: readonly (TraceRequest & { url: string })[]
}

/** Whether the gateway behind a port, where one is, has servers of TLS alone. */
function speaksTLS(tracer: Tracer, { destinations }: Front): boolean | undefined {
  const [at] = destinations.flatMap(({ targets: [target], targetType }) => (target ? [{ ...target, targetType }] : []))
  const found = at && tracer.backends.gatewayAt(at)
  const { plain, tls } = found?.gateway.serversOn(found.port) ?? { plain: [], tls: [] }
  return plain.length + tls.length === 0 ? undefined : plain.length === 0
}

/** The schemes that clients may speak to a port, the likelier first; none where they speak no TCP. */
function schemesOf(tracer: Tracer, front: Front): readonly ('http' | 'https')[] {
  const { port, protocol, decrypts, readsHTTP } = front
  if (protocol === 'UDP' || protocol === 'QUIC') {
    return []
  }
  if (decrypts) {
    return ['https']
  }
  if (readsHTTP) {
    return ['http']
  }
  return (speaksTLS(tracer, front) ?? port % 1000 === 443) ? ['https', 'http'] : ['http', 'https']
}

/** The requests that the ports of a load balancer which hands bytes on are there for: every host of the gateways behind them. */
export function* meantConnections(
  tracer: Tracer,
  fronts: readonly Front[],
  dnsName: string
): Generator<MeantConnection> {
  for (const front of fronts) {
    const hosts = knownHosts(
      front.destinations.flatMap(({ targets: [target], targetType }) =>
        target ? hostsBehind(tracer, { ...target, targetType }) : []
      )
    )
    for (const { domain: host, paths } of hostsFor([], hosts, dnsName)) {
      for (const path of new Set(['/', ...paths.slice(0, mostPaths)])) {
        const requests = schemesOf(tracer, front).map(scheme => ({ url: urlOf(scheme, front.port, host, path) }))
        if (/^[\w.-]+$/.test(host) && requests.every(canBeSent)) {
          yield { front, host, requests }
        }
      }
    }
  }
}
