import type { Action, ListenerRuleSpec, ListenerSpec, RuleCondition, Stack, Token } from '../stack/stack.ts'
import { referencedID } from '../stack/stack.ts'
import { canonical } from './values.ts'

/** One way to match a rule: a value of each of its conditions. */
export interface AtomicRule {
  /** By what is looked at: `host-header`, `http-header x-tenant`; the values wanted, each with whether it is a regular expression. */
  conditions: ReadonlyMap<string, string>
  /** What is done, in a form in which defaults and the names of target groups do not count. */
  action: string
  /** The rule's ID in its stack; undefined for the listener's default action. */
  rule?: string
}

/** The name of a target group that a move from one stack to another does not change. */
export type TargetNames = (targetGroup: Token) => string

interface Wanted {
  key: string
  values: string[]
}

/** A condition by what it looks at, and the values of which one suffices. */
function wantedOf(condition: RuleCondition): Wanted {
  const { field, hostHeaderConfig, pathPatternConfig, httpHeaderConfig, httpRequestMethodConfig } = condition
  function patterns({ values = [], regexValues = [] }: { values?: string[]; regexValues?: string[] } = {}): string[] {
    return [...values, ...regexValues.map(value => `regex ${value}`)]
  }
  switch (field) {
    case 'host-header':
      return { key: field, values: patterns(hostHeaderConfig).map(value => value.toLowerCase()) }
    case 'path-pattern':
      return { key: field, values: patterns(pathPatternConfig) }
    case 'http-header':
      return { key: `${field} ${httpHeaderConfig?.httpHeaderName.toLowerCase()}`, values: patterns(httpHeaderConfig) }
    case 'http-request-method':
      return { key: field, values: httpRequestMethodConfig?.values ?? [] }
    case 'query-string':
      return {
        key: field,
        values: (condition.queryStringConfig?.values ?? []).map(({ key = '', value }) => `${key}=${value}`)
      }
    case 'source-ip':
      return { key: field, values: condition.sourceIPConfig?.values ?? [] }
  }
}

/** Every path begins with a slash. */
const everyPath = '/*'

/** All ways to match conditions. Two conditions of one kind must both hold, and stand side by side. */
function combine(conditions: readonly RuleCondition[]): Map<string, string>[] {
  return conditions.map(wantedOf).reduce<Map<string, string>[]>(
    (ways, { key, values }) => {
      if (key === 'path-pattern' && values.includes(everyPath)) {
        return ways
      }
      return ways.flatMap(way =>
        values.map(value => {
          const before = way.get(key)
          const both = before === undefined ? [value] : [...new Set([...before.split('\n'), value])].sort()
          return new Map(way).set(key, both.join('\n'))
        })
      )
    },
    [new Map()]
  )
}

const redirectDefaults = {
  host: '#{host}',
  path: '/#{path}',
  port: '#{port}',
  protocol: '#{protocol}',
  query: '#{query}'
}

function plainAction(action: Action, nameOf: TargetNames): unknown {
  const { order: _, redirectConfig, forwardConfig, ...rest } = action
  if (redirectConfig) {
    const given = Object.entries(redirectConfig).filter(([, value]) => value !== undefined)
    return { type: action.type, redirectConfig: { ...redirectDefaults, ...Object.fromEntries(given) } }
  }
  if (rest.fixedResponseConfig) {
    return { ...rest, fixedResponseConfig: { contentType: 'text/plain', ...rest.fixedResponseConfig } }
  }
  if (!forwardConfig) {
    return rest
  }
  const { targetGroups, targetGroupStickinessConfig: stickiness } = forwardConfig
  const isOnly = targetGroups.length === 1
  return {
    type: action.type,
    targetGroups: targetGroups.map(({ targetGroupARN, weight = 1 }) => ({
      to: nameOf(targetGroupARN),
      // Of one target group every weight but 0 is the whole.
      weight: isOnly ? Math.sign(weight) : weight
    })),
    ...(stickiness?.enabled && { stickinessSeconds: stickiness.durationSeconds })
  }
}

/** A rule's actions and transforms without defaults, as text. */
function plainActions(
  { actions, transforms = [] }: Pick<ListenerRuleSpec, 'actions' | 'transforms'>,
  nameOf: TargetNames
) {
  return canonical({
    actions: actions.map(action => plainAction(action, nameOf)),
    ...(transforms.length > 0 && { transforms })
  })
}

/**
 * The rules of a listener, its default action last, each taken apart into the ways to match it: what a rule of an Ingress says
 * at once takes several of a Gateway. What nothing can reach is left out.
 */
export function atomicRules(
  stack: Stack,
  listenerID: string,
  listener: ListenerSpec,
  nameOf: TargetNames
): AtomicRule[] {
  const rules = Object.entries(stack.resources['AWS::ElasticLoadBalancingV2::ListenerRule'] ?? {})
    .map(([id, { spec }]) => ({ id, spec }))
    .filter(({ spec }) => referencedID(spec.listenerARN) === listenerID)
    .sort((left, right) => left.spec.priority - right.spec.priority)
  const atoms: AtomicRule[] = []
  const known = new Set<string>()
  const all: { id?: string; spec: Pick<ListenerRuleSpec, 'conditions' | 'actions' | 'transforms'> }[] = [
    ...rules,
    { spec: { conditions: [], actions: listener.defaultActions } }
  ]
  for (const { id, spec } of all) {
    for (const conditions of combine(spec.conditions)) {
      const key = conditionsKey(conditions)
      if (!known.has(key)) {
        known.add(key)
        atoms.push({ conditions, action: plainActions(spec, nameOf), ...(id !== undefined && { rule: id }) })
      }
      if (conditions.size === 0) {
        return atoms
      }
    }
  }
  return atoms
}

/** Conditions as text that is the same for the same conditions. */
export function conditionsKey(conditions: ReadonlyMap<string, string>): string {
  return JSON.stringify([...conditions].sort(([left], [right]) => (left < right ? -1 : 1)))
}

/** Whether a text could match both of two globs. */
function globsOverlap(left: string, right: string): boolean {
  // What the first characters of the right one can meet the left one so far.
  let reach = [...Array.from({ length: right.length + 1 }, (_, index) => /^\**$/.test(right.slice(0, index)))]
  for (const character of left) {
    const next: boolean[] = [character === '*' && reach[0]!]
    for (let index = 1; index <= right.length; index++) {
      const other = right[index - 1]!
      next.push(
        character === '*'
          ? reach[index]! || next[index - 1]! || reach[index - 1]!
          : other === '*'
            ? next[index - 1]! || reach[index]! || reach[index - 1]!
            : (character === other || character === '?' || other === '?') && reach[index - 1]!
      )
    }
    reach = next
  }
  return reach[right.length]!
}

/** Whether a request could match both of two ways. */
export function overlap(left: AtomicRule, right: AtomicRule): boolean {
  return [...left.conditions].every(([key, value]) => {
    const other = right.conditions.get(key)
    // What a request may have several of, what is a regular expression, and what must fit several patterns, is not compared.
    const isUnclear =
      key === 'query-string' || key === 'source-ip' || [value, other].some(text => /^regex |\n/.test(text ?? ''))
    return (
      other === undefined || isUnclear || (key === 'http-request-method' ? value === other : globsOverlap(value, other))
    )
  })
}
