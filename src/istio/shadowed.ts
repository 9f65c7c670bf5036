/**
 * Routes of VirtualServices that never get a request, as Istio tries them in their order and takes the first that fits.
 *
 * @module
 */

import { isDeepStrictEqual } from 'node:util'
import { ownEntry } from '../own-entry.ts'
import { objectKey, type Resources } from '../resources/index.ts'
import { type HTTPMatch, type HTTPRouteSpec, istioGateways, type StringMatch } from './istio.ts'
import { conditionsOf } from './route.ts'
import { hasHostFor } from './server.ts'
import { compileMatch } from './string-match.ts'
import { type NamedRoute, type ResolvedVirtualService, resolvedVirtualServices } from './virtual-service.ts'

/** A route all of whose requests a route before it takes. */
export interface ShadowedRoute {
  /** `VirtualService shop/web http[1]`. */
  name: string
  /** What it asks for, in words. */
  asks: string
  /** The route that takes its requests. */
  by: { name: string; asks: string }
  /** Both ask for the same. */
  isSame: boolean
  /** Of two VirtualServices the host that both are for; which of them is the older one, files do not tell. */
  host?: string
}

/** Fields of a match that are compared; another one may narrow it in a way that nobody knows here. */
const compared = new Set([
  ...['name', 'statPrefix', 'uri', 'scheme', 'method', 'authority', 'headers', 'withoutHeaders', 'queryParams'],
  ...['ignoreUriCase', 'port', 'gateways', 'sourceLabels', 'sourceNamespace']
])

/** Whether every value that the inner takes is one that the outer takes. */
function coversText(outer: StringMatch, inner: StringMatch | undefined): boolean {
  const { presence, matches } = compileMatch(outer)
  if (inner === undefined || isDeepStrictEqual(outer, inner)) {
    return inner !== undefined
  }
  if (presence || /^\^?\.\*\$?$/.test(outer.regex ?? '')) {
    return true
  }
  if (inner.exact !== undefined) {
    return matches(inner.exact)
  }
  return outer.prefix !== undefined && (inner.prefix?.startsWith(outer.prefix) ?? false)
}

function isEveryPath({ exact, prefix, regex }: StringMatch = {}): boolean {
  return exact === undefined && (prefix === '/' || prefix === '' || /^(\*|\^?\/?\.\*\$?)$/.test(regex ?? ''))
}

function folded({ exact, prefix, regex }: StringMatch): StringMatch {
  return {
    ...(exact !== undefined && { exact: exact.toLowerCase() }),
    ...(prefix !== undefined && { prefix: prefix.toLowerCase() }),
    ...(regex !== undefined && { regex })
  }
}

function coversPath(outer: HTTPMatch, inner: HTTPMatch): boolean {
  if (outer.uri === undefined || isEveryPath(outer.uri)) {
    return true
  }
  if (inner.uri === undefined || (inner.ignoreUriCase && !outer.ignoreUriCase)) {
    return false
  }
  return outer.ignoreUriCase ? coversText(folded(outer.uri), folded(inner.uri)) : coversText(outer.uri, inner.uri)
}

const singles = ['scheme', 'method', 'authority'] as const
const named = ['headers', 'queryParams'] as const

/** Whether every request that the inner match takes, of some Gateways, is one that the outer takes. */
function covers(outer: HTTPMatch, inner: HTTPMatch, gateways: readonly string[]): boolean {
  const ofInner = inner.gateways?.length ? inner.gateways : gateways
  return (
    Object.keys(outer).every(field => compared.has(field)) &&
    coversPath(outer, inner) &&
    singles.every(field => outer[field] === undefined || coversText(outer[field], inner[field])) &&
    named.every(field =>
      Object.entries(outer[field] ?? {}).every(([name, value]) => coversText(value ?? {}, ownEntry(inner[field], name)))
    ) &&
    Object.entries(outer.withoutHeaders ?? {}).every(([name, value]) =>
      isDeepStrictEqual(value, ownEntry(inner.withoutHeaders, name))
    ) &&
    (!outer.port || outer.port === inner.port) &&
    (!outer.gateways?.length || ofInner.every(one => outer.gateways!.includes(one))) &&
    (outer.gateways?.length !== undefined || isFromSame(outer, inner))
  )
}

function isFromSame(outer: HTTPMatch, inner: HTTPMatch): boolean {
  return (
    Object.entries(outer.sourceLabels ?? {}).every(([key, value]) => inner.sourceLabels?.[key] === value) &&
    (!outer.sourceNamespace || outer.sourceNamespace === inner.sourceNamespace)
  )
}

function matchesOf({ match }: HTTPRouteSpec): HTTPMatch[] {
  return match?.length ? match : [{}]
}

function describe(match: HTTPMatch): string {
  const { port, gateways } = match
  const parts = [
    ...conditionsOf(match, 'istio').map(({ text }) => text),
    ...(port ? [`port ${port}`] : []),
    ...(gateways?.length ? [`gateways ${gateways.join(', ')}`] : [])
  ]
  return parts.join(' and ') || 'every request'
}

/** Whether a request gets the same of both, whichever takes it. */
function doTheSame(one: NamedRoute, other: NamedRoute): boolean {
  const [first, second] = [one, other].map(({ spec: { name, match, ...rest } }) => rest)
  return isDeepStrictEqual(first, second)
}

/** The route before another that takes one of its matches. */
function takerOf(
  match: HTTPMatch,
  before: readonly NamedRoute[],
  gateways: readonly string[]
): { route: NamedRoute; match: HTTPMatch } | undefined {
  for (const route of before) {
    const found = matchesOf(route.spec).find(outer => covers(outer, match, gateways))
    if (found) {
      return { route, match: found }
    }
  }
  return undefined
}

/** The routes of one VirtualService that those before them take; of a route with several matches only where all of them are taken. */
function shadowedIn({ http, gateways }: ResolvedVirtualService): ShadowedRoute[] {
  return http.flatMap((route, index): ShadowedRoute[] => {
    const matches = matchesOf(route.spec)
    const takers = matches.flatMap(match => takerOf(match, http.slice(0, index), gateways) ?? [])
    const [first] = takers
    if (!first || takers.length < matches.length || takers.every(taker => doTheSame(taker.route, route))) {
      return []
    }
    return [
      {
        name: route.name,
        asks: matches.map(describe).join(' or '),
        by: { name: first.route.name, asks: describe(first.match) },
        isSame: matches.length === 1 && covers(matches[0]!, first.match, gateways)
      }
    ]
  })
}

/** Whether a gateway of the edge may have a VirtualService. */
function isOfGateways({ gateways, semantics }: ResolvedVirtualService): boolean {
  return semantics === 'istio' && gateways.some(name => name.includes('/') && !name.endsWith('/mesh'))
}

/** A host that a Gateway serves for both of two VirtualServices, whose routes it merges. */
function sharedHost(
  one: ResolvedVirtualService,
  other: ResolvedVirtualService,
  resources: Resources
): string | undefined {
  const isForAll = [one, other].every(({ exportTo }) => exportTo.includes('*'))
  const hosts = isForAll ? one.hosts.filter(host => other.hosts.includes(host)) : []
  const gateways = istioGateways(resources).filter(gateway =>
    [one, other].every(({ gateways: names }) => names.includes(objectKey(gateway)))
  )
  return hosts.find(host =>
    gateways.some(gateway =>
      [one, other].every(({ metadata, namespace }) =>
        hasHostFor(gateway, {
          apiVersion: 'networking.istio.io/v1',
          kind: 'VirtualService',
          metadata: { ...metadata, namespace },
          spec: { hosts: [host] }
        })
      )
    )
  )
}

/** The routes of a VirtualService that ask for just what those of another one for its host ask for: one of the two gets nothing. */
function shadowedBy(own: ResolvedVirtualService, other: ResolvedVirtualService, host: string): ShadowedRoute[] {
  const gateways = own.gateways.filter(name => other.gateways.includes(name))
  return own.http.flatMap(route => {
    const [match, ...more] = matchesOf(route.spec)
    const taker = more.length === 0 ? takerOf(match!, other.http, gateways) : undefined
    const isSame = taker !== undefined && covers(match!, taker.match, gateways)
    return isSame && !doTheSame(taker.route, route)
      ? [
          {
            name: route.name,
            asks: describe(match!),
            by: { name: taker.route.name, asks: describe(taker.match) },
            isSame,
            host
          }
        ]
      : []
  })
}

/** What of a path two matches have in common that take the same requests. */
function pathKey({ uri = {} }: HTTPMatch): string {
  const [text] = [uri.exact, uri.prefix, uri.regex].filter(one => one !== undefined)
  const kind = uri.exact !== undefined ? 'exact' : uri.prefix !== undefined ? 'prefix' : 'regex'
  return text === undefined || isEveryPath(uri) ? 'every' : `${kind} ${text.toLowerCase()}`
}

/** The VirtualServices of one host, by two, that ask for the same path somewhere: of thousands few are left to be compared. */
function* pairsOf(
  sharing: readonly ResolvedVirtualService[]
): Generator<[ResolvedVirtualService, ResolvedVirtualService]> {
  const byPath = new Map<string, ResolvedVirtualService[]>()
  for (const one of sharing) {
    const paths = new Set(one.http.flatMap(({ spec }) => matchesOf(spec).map(pathKey)))
    for (const other of new Set([...paths].flatMap(path => byPath.get(path) ?? []))) {
      yield [one, other]
    }
    for (const path of paths) {
      const known = byPath.get(path)
      if (known) {
        known.push(one)
      } else {
        byPath.set(path, [one])
      }
    }
  }
}

/** The routes of VirtualServices for gateways that never get a request. */
export function shadowedRoutes(resources: Resources): ShadowedRoute[] {
  const all = resolvedVirtualServices(resources).filter(isOfGateways)
  const byHost = Map.groupBy(
    all.flatMap(one => one.hosts.map(host => ({ host, one }))),
    ({ host }) => host
  )
  const merged = [...byHost.values()].flatMap(sharing =>
    [...pairsOf(sharing.map(({ one }) => one))].flatMap(([one, other]) => {
      const host = sharedHost(one, other, resources)
      return host === undefined ? [] : shadowedBy(one, other, host)
    })
  )
  // Two VirtualServices may have several hosts in common.
  const distinct = new Map(merged.map(one => [`${one.name} ${one.by.name}`, one]))
  return [...all.flatMap(shadowedIn), ...distinct.values()]
}
