import type { Ingress, IngressPath } from '../../resources/index.ts'
import { readBool } from '../annotation/parser.ts'
import { formatSlice } from '../go/format.ts'
import { ModelError } from '../model-error.ts'
import type { RuleCondition } from '../stack/stack.ts'
import type { ConditionConfig } from './condition-config.ts'

/** Patterns with wildcards, and regular expressions: a condition has only one of them. */
interface Patterns {
  values: string[]
  regexValues: string[]
}

function refuseWildcards(kind: string, path: string): void {
  if (/[*?]/.test(path)) {
    throw new ModelError(`${kind} path shouldn't contain wildcards: ${path}`)
  }
}

/** LBC: buildPathPatterns. @throws ModelError */
function pathPatterns(ingress: Ingress, path: string, pathType: string): Patterns {
  if (pathType === 'Exact') {
    refuseWildcards('exact', path)
    return { values: [path], regexValues: [] }
  }
  if (pathType === 'Prefix') {
    if (path === '/') {
      return { values: ['/*'], regexValues: [] }
    }
    refuseWildcards('prefix', path)
    const normalized = path.replace(/\/$/, '')
    return { values: [normalized, `${normalized}/*`], regexValues: [] }
  }
  // Kubernetes wants a slash in front, a regular expression does not.
  return readBool('use-regex-path-match', ingress)?.value
    ? { values: [], regexValues: [path.slice(1)] }
    : { values: [path], regexValues: [] }
}

/** Lists that Go's `omitempty` leaves out where they are empty. */
function present({ values = [], regexValues = [] }: Partial<Patterns>): Partial<Patterns> {
  return {
    ...(regexValues.length > 0 && { regexValues }),
    ...(values.length > 0 && { values })
  }
}

function requireOneKind(what: string, { values, regexValues }: Patterns): void {
  if (values.length > 0 && regexValues.length > 0) {
    throw new ModelError(
      `${what} condition must specify exactly one of Values and RegexValues, got both Values ${formatSlice(values)} and RegexValues ${formatSlice(regexValues)}`
    )
  }
}

function add(patterns: Patterns, { values = [], regexValues = [] }: Partial<Patterns>): void {
  patterns.values.push(...values)
  patterns.regexValues.push(...regexValues)
}

/**
 * The conditions of the rule of one path: those of the annotation that look at neither host nor path, in its order, then host,
 * then path, both joined with what the annotation adds (LBC: buildRuleConditions).
 *
 * @throws ModelError
 */
export function buildConditions(
  ingress: Ingress,
  host: string | undefined,
  { path, pathType = 'ImplementationSpecific' }: IngressPath,
  annotated: ConditionConfig[]
): RuleCondition[] {
  const hosts: Patterns = { values: host ? [host] : [], regexValues: [] }
  const paths: Patterns = path ? pathPatterns(ingress, path, pathType) : { values: [], regexValues: [] }
  const conditions: RuleCondition[] = []
  for (const condition of annotated) {
    const { field, httpHeaderConfig, httpRequestMethodConfig, queryStringConfig, sourceIPConfig } = condition
    if (field === 'host-header') {
      add(hosts, condition.hostHeaderConfig!)
    } else if (field === 'path-pattern') {
      add(paths, condition.pathPatternConfig!)
    } else if (field === 'http-header') {
      const { httpHeaderName } = httpHeaderConfig!
      conditions.push({ field, httpHeaderConfig: { httpHeaderName, ...present(httpHeaderConfig!) } })
    } else if (field === 'http-request-method') {
      conditions.push({ field, httpRequestMethodConfig: { values: httpRequestMethodConfig!.values! } })
    } else if (field === 'query-string') {
      const values = queryStringConfig!.values!.map(({ key, value }) =>
        key === undefined ? { value } : { key, value }
      )
      conditions.push({ field, queryStringConfig: { values } })
    } else if (field === 'source-ip') {
      conditions.push({ field, sourceIPConfig: { values: sourceIPConfig!.values! } })
    }
  }
  requireOneKind('host', hosts)
  requireOneKind('path', paths)
  const hasHost = hosts.values.length + hosts.regexValues.length > 0
  const hasPath = paths.values.length + paths.regexValues.length > 0
  if (hasHost) {
    conditions.push({ field: 'host-header', hostHeaderConfig: present(hosts) })
  }
  if (hasPath) {
    conditions.push({ field: 'path-pattern', pathPatternConfig: present(paths) })
  }
  return conditions.length > 0 ? conditions : [{ field: 'path-pattern', pathPatternConfig: { values: ['/*'] } }]
}
