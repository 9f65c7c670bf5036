import type { HTTPRouteMatch } from '../../resources/index.ts'
import type { RuleCondition } from '../stack/stack.ts'

/** Why something of an Ingress cannot be said of a Gateway. */
export class WithoutEquivalent extends Error {
  override readonly name = 'WithoutEquivalent'
}

const takenHost = /^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const takenPath = /^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})+$/
const refusedPath = /\/\/|\/\.\.?(\/|$)|%2[fF]/
const takenMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'])

/** The hosts of a rule, as hostnames of a route; none for every host. @throws WithoutEquivalent */
export function hostnamesOf(conditions: readonly RuleCondition[]): string[] {
  const [hosts, second] = conditions.filter(({ field }) => field === 'host-header')
  if (second) {
    throw new WithoutEquivalent('a route has one list of hostnames, and a request must fit two here')
  }
  const { values = [], regexValues = [] } = hosts?.hostHeaderConfig ?? {}
  if (regexValues.length > 0) {
    throw new WithoutEquivalent('hostnames of a route are no regular expressions')
  }
  const refused = values.find(value => value !== '*' && !takenHost.test(value.toLowerCase()))
  if (refused !== undefined) {
    throw new WithoutEquivalent(`${refused} is no hostname of a route, which has a wildcard as its first label alone`)
  }
  return values.includes('*') ? [] : values.map(value => value.toLowerCase())
}

type PathMatch = NonNullable<HTTPRouteMatch['path']>

function pathMatches(conditions: readonly RuleCondition[]): PathMatch[] {
  const [paths, second] = conditions.filter(({ field }) => field === 'path-pattern')
  if (second) {
    throw new WithoutEquivalent('a match has one path, and a request must fit two here')
  }
  const { values = ['/*'], regexValues = [] } = paths?.pathPatternConfig ?? {}
  const literal = paths?.pathPatternConfig?.values ?? (regexValues.length > 0 ? [] : values)
  const prefixes = literal.filter(
    value => value === '/*' || (value.endsWith('/*') && literal.includes(value.slice(0, -2)))
  )
  const covered = new Set(prefixes.map(value => value.slice(0, -2)))
  const matches = [
    ...prefixes.map((value): PathMatch => ({ type: 'PathPrefix', value: value === '/*' ? '/' : value.slice(0, -2) })),
    ...literal
      .filter(value => !(prefixes.includes(value) || covered.has(value)))
      .map((value): PathMatch => ({ type: 'Exact', value })),
    ...regexValues.map((value): PathMatch => ({ type: 'RegularExpression', value }))
  ]
  for (const { type, value = '' } of matches) {
    if (type !== 'RegularExpression' && (!takenPath.test(value) || refusedPath.test(value) || !value.startsWith('/'))) {
      throw new WithoutEquivalent(`the API server takes no path ${value} of a route`)
    }
    if (type === 'PathPrefix' && value.includes('*')) {
      throw new WithoutEquivalent(`a prefix of a route has no wildcards: ${value}`)
    }
  }
  return matches
}

type HeaderMatch = NonNullable<HTTPRouteMatch['headers']>[number]

/** For each condition on headers the matches of which one suffices. */
function headerMatches(conditions: readonly RuleCondition[]): HeaderMatch[][] {
  const configs = conditions.flatMap(({ httpHeaderConfig }) => httpHeaderConfig ?? [])
  const names = configs.map(({ httpHeaderName }) => httpHeaderName.toLowerCase())
  if (new Set(names).size < names.length) {
    throw new WithoutEquivalent('a match has each header once, and a request must fit two conditions on one here')
  }
  return configs.map(({ httpHeaderName: name, values = [], regexValues = [] }) => [
    ...(values.length === 0
      ? []
      : [{ type: 'Exact', name, value: values.map(value => value.replace(/[\\,]/g, '\\$&')).join(',') }]),
    ...regexValues.map(value => ({ type: 'RegularExpression', name, value }))
  ])
}

type QueryMatch = NonNullable<HTTPRouteMatch['queryParams']>[number]

function queryMatches(conditions: readonly RuleCondition[]): QueryMatch[][] {
  return conditions.flatMap(({ queryStringConfig }) =>
    queryStringConfig
      ? [
          queryStringConfig.values.map(({ key, value }) => {
            if (key === undefined || key === '') {
              throw new WithoutEquivalent(
                'a match of query parameters has a name each, and a value without a key stands here'
              )
            }
            return { type: 'Exact', name: key, value }
          })
        ]
      : []
  )
}

/** Every choice of one of each. */
function choices<Item>(sets: readonly Item[][]): Item[][] {
  return sets.reduce<Item[][]>((chosen, set) => chosen.flatMap(before => set.map(item => [...before, item])), [[]])
}

/** The matches of a rule, of which one suffices, as an HTTPRoute says them. @throws WithoutEquivalent */
export function matchesOf(conditions: readonly RuleCondition[]): HTTPRouteMatch[] {
  const methods = conditions.flatMap(({ httpRequestMethodConfig }) =>
    httpRequestMethodConfig ? [httpRequestMethodConfig.values] : []
  )
  const unknown = methods.flat().find(method => !takenMethods.has(method))
  if (unknown !== undefined || methods.length > 1) {
    throw new WithoutEquivalent(unknown === undefined ? 'a match has one method' : `a route knows no method ${unknown}`)
  }
  const headers = choices(headerMatches(conditions))
  const queries = choices(queryMatches(conditions))
  if (queries.some(chosen => new Set(chosen.map(({ name }) => name)).size < chosen.length)) {
    throw new WithoutEquivalent(
      'a match has each query parameter once, and a request must fit two conditions on one here'
    )
  }
  return pathMatches(conditions).flatMap(path =>
    headers.flatMap(ofHeaders =>
      queries.flatMap(queryParams =>
        (methods[0] ?? [undefined]).map(
          (method): HTTPRouteMatch => ({
            path,
            ...(ofHeaders.length > 0 && { headers: ofHeaders }),
            ...(queryParams.length > 0 && { queryParams }),
            ...(method !== undefined && { method })
          })
        )
      )
    )
  )
}
