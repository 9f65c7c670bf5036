import type { GRPCRouteMatch, HTTPRouteMatch } from '../../resources/index.ts'
import { keyOf } from '../build/cluster-objects.ts'
import { byteLength, compareStrings } from '../go/format.ts'
import { nilDereference } from '../model-error.ts'
import type { AnyRoute } from './objects.ts'
import { creationTime } from './route/creation-time.ts'
import type { LoadedRoute, LoadedRoutes, LoadedRule } from './route/load-routes.ts'

/** A rule of a listener to be: one match of a route's rule for one hostname. */
export interface RankedRule {
  route: AnyRoute
  rule: LoadedRule
  ruleIndex: number
  /** Undefined for a rule without matches. */
  matchIndex: number | undefined
  match: HTTPRouteMatch & GRPCRouteMatch
  /** Undefined for every host. */
  hostname: string | undefined
}

/** How specific a match is, the weightiest first; more comes first (LBC: RulePrecedenceFactor). */
type Rank = readonly number[]

const pathTypes: Record<string, number> = { Exact: 3, PathPrefix: 2, RegularExpression: 1 }
const methodTypes: Record<string, number> = { Exact: 3, RegularExpression: 1 }

/** LBC: getHttpMatchPrecedenceInfo. */
function rankHTTP({ path, method, headers = [], queryParams = [] }: HTTPRouteMatch): Rank {
  if (path?.value === undefined || path.type === undefined) {
    throw nilDereference()
  }
  return [
    pathTypes[path.type] ?? 0,
    byteLength(path.value),
    0,
    Number(method !== undefined),
    headers.length,
    queryParams.length
  ]
}

/** LBC: getGrpcMatchPrecedenceInfo. */
function rankGRPC({ method, headers = [] }: GRPCRouteMatch): Rank {
  if (method && method.type === undefined) {
    throw nilDereference()
  }
  const { type = '', service = '', method: name = '' } = method ?? {}
  return [methodTypes[type] ?? 0, byteLength(service), byteLength(name), 0, headers.length, 0]
}

const unranked: Rank = [0, 0, 0, 0, 0, 0]

/** Names before wildcards before none; then more labels, then longer ones (LBC: getHostnamePrecedenceOrder). */
function rankHostname(hostname: string | undefined): Rank {
  return hostname === undefined || hostname === ''
    ? [0, 0, 0]
    : [hostname.startsWith('*.') ? 1 : 2, hostname.split('.').length, byteLength(hostname)]
}

function rulesOf({ route, rules }: LoadedRoute, hostnames: string[]): { ranked: RankedRule; rank: Rank }[] {
  const units: (string | undefined)[] = hostnames.length > 0 ? hostnames : [undefined]
  const hosts = units.map(hostname => ({ hostname, ofHost: rankHostname(hostname) }))
  return rules.flatMap((rule, ruleIndex) => {
    const matches: (HTTPRouteMatch & GRPCRouteMatch)[] = (rule.rule.matches ?? []) as never
    const ranked = matches.map((match, matchIndex) => ({
      match,
      matchIndex: matchIndex as number | undefined,
      rank: route.kind === 'HTTPRoute' ? rankHTTP(match) : rankGRPC(match)
    }))
    const all = ranked.length > 0 ? ranked : [{ match: {}, matchIndex: undefined, rank: unranked }]
    return all.flatMap(({ match, matchIndex, rank }) =>
      hosts.map(({ hostname, ofHost }) => ({
        ranked: { route, rule, ruleIndex, matchIndex, match, hostname },
        rank: [...ofHost, ...rank]
      }))
    )
  })
}

function compareRanks(left: Rank, right: Rank): number {
  for (let index = 0; index < left.length; index++) {
    if (left[index] !== right[index]) {
      return right[index]! - left[index]!
    }
  }
  return 0
}

/** LBC: compareCommonTieBreakers. */
function compareRules(left: RankedRule, right: RankedRule): number {
  return (
    creationTime(left.route) - creationTime(right.route) ||
    compareStrings(keyOf(left.route), keyOf(right.route)) ||
    left.ruleIndex - right.ruleIndex ||
    (left.matchIndex ?? Number.MAX_SAFE_INTEGER) - (right.matchIndex ?? Number.MAX_SAFE_INTEGER) ||
    compareStrings(left.hostname ?? '', right.hostname ?? '')
  )
}

/**
 * All rules of all routes of a port in the order of their priorities (LBC: SortAllRulesByPrecedence): HTTP and gRPC by one
 * measure.
 *
 * @throws ModelError
 */
export function rankRules({ routesByPort, hostnamesOf }: LoadedRoutes, port: number): RankedRule[] {
  const routes = routesByPort.get(port) ?? []
  // Of equals, those of HTTPRoutes come first.
  const ordered = ['HTTPRoute', 'GRPCRoute'].flatMap(kind => routes.filter(({ route }) => route.kind === kind))
  return ordered
    .flatMap(loaded => rulesOf(loaded, hostnamesOf(loaded.route, port)))
    .sort((left, right) => compareRanks(left.rank, right.rank) || compareRules(left.ranked, right.ranked))
    .map(({ ranked }) => ranked)
}
