import type { GRPCRouteMatch, HTTPRouteMatch } from '../../resources/index.ts'
import { ModelError, nilDereference } from '../model-error.ts'
import type { RuleCondition } from '../stack/stack.ts'
import type { RankedRule } from './precedence.ts'

function pathPattern(values: string[]): RuleCondition {
  return { field: 'path-pattern', pathPatternConfig: values.length > 0 ? { values } : {} }
}

/** LBC: buildHttpPathCondition. @throws ModelError */
function pathCondition({ type, value }: NonNullable<HTTPRouteMatch['path']>): RuleCondition {
  if (type === undefined || value === undefined) {
    throw nilDereference()
  }
  if (type === 'RegularExpression') {
    return { field: 'path-pattern', pathPatternConfig: { regexValues: [value] } }
  }
  if (type === 'PathPrefix') {
    if (/[*?]/.test(value)) {
      throw new ModelError(`prefix path shouldn't contain wildcards: ${value}`)
    }
    const prefix = value.replace(/\/$/, '')
    return pathPattern(value === '/' ? ['/*'] : [prefix, `${prefix}/*`])
  }
  // Wildcards of an exact path are the load balancer's own.
  return pathPattern(type === 'Exact' ? [value] : [])
}

/** At commas, where a backslash does not take the next character as it is (LBC: generateValuesFromMatchHeaderValue). */
function splitHeaderValue(text: string): string[] {
  const values = ['']
  for (let index = 0; index < text.length; index++) {
    const character = text[index]!
    if (character === ',') {
      values.push('')
      continue
    }
    if (character === '\\' && index + 1 < text.length) {
      index++
    }
    values[values.length - 1] += text[index]!
  }
  return values
}

function headerCondition(name: string, values: { values: string[] } | { regexValues: string[] }): RuleCondition {
  return { field: 'http-header', httpHeaderConfig: { httpHeaderName: name, ...values } }
}

/** LBC: BuildHttpRuleConditions. */
function conditionsOfHTTP({ path, headers = [], queryParams = [], method }: HTTPRouteMatch): RuleCondition[] {
  return [
    ...(path ? [pathCondition(path)] : []),
    ...headers.map(({ name, value, type = 'Exact' }) =>
      headerCondition(
        name,
        type === 'RegularExpression' ? { regexValues: [value] } : { values: splitHeaderValue(value) }
      )
    ),
    ...queryParams.map(
      ({ name, value }): RuleCondition => ({
        field: 'query-string',
        queryStringConfig: { values: [{ key: name, value }] }
      })
    ),
    ...(method === undefined
      ? []
      : [{ field: 'http-request-method', httpRequestMethodConfig: { values: [method] } } satisfies RuleCondition])
  ]
}

/** LBC: buildGrpcMethodCondition; a regular expression is written the same way. @throws ModelError */
function methodPattern({ service, method }: NonNullable<GRPCRouteMatch['method']>): string {
  if (service === undefined && method === undefined) {
    throw new ModelError('Invalid grpc method match: &{<nil> <nil> <nil>}')
  }
  return service === undefined ? `/*/${method}` : `/${service}/${method ?? '*'}`
}

/** LBC: BuildGrpcRuleConditions. */
function conditionsOfGRPC({ method, headers = [] }: GRPCRouteMatch): RuleCondition[] {
  return [
    pathPattern([method ? methodPattern(method) : '/*']),
    ...headers.map(({ name, value }) => headerCondition(name, { values: splitHeaderValue(value) }))
  ]
}

/** The one kind of condition that a ListenerRuleConfiguration adds (LBC: BuildSourceIpInCondition). */
function sourceConditions({ rule, matchIndex }: RankedRule): RuleCondition[] {
  const conditions = rule.configuration?.spec?.conditions ?? []
  return conditions
    .filter(({ field }) => field === 'source-ip')
    .flatMap(({ sourceIPConfig, matchIndexes }) => {
      if (!sourceIPConfig) {
        throw nilDereference()
      }
      const times = matchIndexes ? matchIndexes.filter(index => index === matchIndex).length : 1
      const condition: RuleCondition = { field: 'source-ip', sourceIPConfig: { values: sourceIPConfig.values ?? [] } }
      return Array.from({ length: times }, () => condition)
    })
}

/** The conditions of a rule, in the controller's order. @throws ModelError */
export function buildConditions(ranked: RankedRule): RuleCondition[] {
  const { route, match, hostname } = ranked
  return [
    ...(hostname ? [{ field: 'host-header', hostHeaderConfig: { values: [hostname] } } satisfies RuleCondition] : []),
    ...(route.kind === 'HTTPRoute' ? conditionsOfHTTP(match) : conditionsOfGRPC(match)),
    ...sourceConditions(ranked)
  ]
}
