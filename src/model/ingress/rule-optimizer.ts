/**
 * Leaves out rules that could never do any good, as the controller does for the sake of an old way to redirect to HTTPS: one
 * redirect rule on an Ingress that listens on both protocols (LBC: defaultRuleOptimizer).
 *
 * @module
 */
import type { DroppedRule } from '../stack/plan.ts'
import type { Action, RedirectConfig, RuleCondition, Tags, Transform } from '../stack/stack.ts'

/** A rule before it has a priority. */
export interface Rule {
  /** Ingress that it comes from, as `namespace/name`. */
  ingress: string
  /** Where the Ingress says so: `spec.rules.0.http.paths.1`. */
  path: string
  conditions: RuleCondition[]
  actions: Action[]
  transforms: Transform[]
  tags: Tags | undefined
}

function redirectOf({ actions }: Rule): RedirectConfig | undefined {
  return actions.find(({ type }) => type === 'redirect')?.redirectConfig
}

/** The host names that a rule's conditions list; regular expressions are not among them. */
function hostsOf(conditions: RuleCondition[]): Set<string> {
  return new Set(conditions.flatMap(({ hostHeaderConfig }) => hostHeaderConfig?.values ?? []))
}

function hasRegexPath(conditions: RuleCondition[]): boolean {
  return conditions.some(({ pathPatternConfig }) => (pathPatternConfig?.regexValues?.length ?? 0) > 0)
}

/** Whether a redirect leads to where the request came from. LBC: isInfiniteRedirectRule. */
function redirectsToItself(port: number, protocol: string, rule: Rule): boolean {
  const redirect = redirectOf(rule)
  if (!redirect || hasRegexPath(rule.conditions)) {
    return false
  }
  function stays(value: string | undefined, placeholder: string, isSame: (value: string) => boolean): boolean {
    return value === undefined || value === placeholder || isSame(value)
  }
  const hosts = hostsOf(rule.conditions)
  const paths = pathsOf(rule.conditions)
  return (
    stays(redirect.host, '#{host}', host => hosts.has(host)) &&
    stays(redirect.path, '/#{path}', path => paths.has(path)) &&
    stays(redirect.port, '#{port}', value => value === String(port)) &&
    stays(redirect.protocol, '#{protocol}', value => value === protocol) &&
    stays(redirect.query, '#{query}', () => false)
  )
}

/** What a rule's conditions say of the path: its regular expressions, or its patterns. */
function pathsOf(conditions: RuleCondition[]): Set<string> {
  return new Set(
    conditions.flatMap(({ pathPatternConfig: { regexValues = [], values = [] } = {} }) =>
      regexValues.length > 0 ? regexValues : values
    )
  )
}

/**
 * Whether every request that meets `inner` meets `outer`, as far as the controller looks: it compares texts, never what they
 * match, and a host by regular expression is no host to it, so that a redirect of such a host covers all (LBC:
 * isSupersetConditions).
 */
function covers(outer: RuleCondition[], inner: RuleCondition[]): boolean {
  if (!outer.every(({ hostHeaderConfig, pathPatternConfig }) => hostHeaderConfig ?? pathPatternConfig)) {
    return false
  }
  function includes(all: Set<string>, some: Set<string>): boolean {
    return all.size === 0 || (some.size > 0 && some.isSubsetOf(all))
  }
  const paths = pathsOf(outer)
  return includes(hostsOf(outer), hostsOf(inner)) && (paths.has('/*') || includes(paths, pathsOf(inner)))
}

/** Splits a listener's rules into those that stay, in their order, and those that the controller drops. */
export function optimizeRules(
  port: number,
  protocol: string,
  rules: Rule[]
): { rules: Rule[]; dropped: DroppedRule[] } {
  const kept: Rule[] = []
  const dropped: DroppedRule[] = []
  const redirects: { rule: Rule; priority: number }[] = []
  for (const rule of rules) {
    const { ingress, path, conditions, actions } = rule
    if (redirectsToItself(port, protocol, rule)) {
      dropped.push({ listener: port, ingress, path, conditions, actions, reason: 'redirects to itself' })
      continue
    }
    const shadow = redirects.find(redirect => covers(redirect.rule.conditions, conditions))
    if (shadow) {
      const reason = 'an earlier redirect takes all its requests'
      dropped.push({ listener: port, ingress, path, conditions, actions, reason, shadowedBy: shadow.priority })
      continue
    }
    kept.push(rule)
    if (redirectOf(rule)) {
      redirects.push({ rule, priority: kept.length })
    }
  }
  return { rules: kept, dropped }
}
