/**
 * What AWS refuses in a rule or a default action, beyond what cannot be compiled.
 * (API: CreateRule, RuleCondition, Action, RuleTransform; user guide: "Quotas", "Condition types for listener rules".)
 *
 * @module
 */

import type {
  Action,
  FixedResponseConfig,
  ForwardConfig,
  ListenerRuleSpec,
  RedirectConfig,
  RuleCondition,
  Transform
} from '../model/index.ts'

const highestPriority = 50_000
/** Values of all conditions of a rule together; not adjustable. */
const mostValues = 5
/** The conditions' page says 5, the quotas' page 6: what one of them allows is let through. */
const mostWildcards = 6
const longestValue = 128
const longestName = 40
const longestExpression = 1024
const mostTargetGroups = 5
const highestWeight = 999
const longestStickiness = 604_800
const longestBody = 1024

/** Fields of which a rule has at most one condition. */
const single = new Set<RuleCondition['field']>(['host-header', 'path-pattern', 'http-request-method', 'source-ip'])

/** Everything that AWS refuses in a rule of a listener with that protocol. */
export function ruleProblems(rule: ListenerRuleSpec, protocol: string): string[] {
  const fields = rule.conditions.map(({ field }) => field)
  const repeated = [...single].filter(field => fields.filter(other => other === field).length > 1)
  const values = rule.conditions.flatMap(valuesOf)
  const patterns = rule.conditions.filter(({ field }) => hasWildcards.has(field)).flatMap(plainValuesOf)
  const wildcards = patterns.reduce((count, value) => count + (value.match(/(?<!\\)[*?]/g)?.length ?? 0), 0)
  return [
    ...when(!isWithin(rule.priority, 1, highestPriority), `Priority must be between 1 and ${highestPriority}`),
    ...when(rule.conditions.length === 0, 'A rule must have at least one condition'),
    ...repeated.map(field => `A rule can have only one '${field}' condition`),
    ...when(values.length > mostValues, `A rule can have at most ${mostValues} condition values, not ${values.length}`),
    ...when(wildcards > mostWildcards, `A rule can have at most ${mostWildcards} wildcards, not ${wildcards}`),
    ...rule.conditions.flatMap(conditionProblems),
    ...transformProblems(rule.transforms ?? []),
    ...actionProblems(rule.actions, protocol)
  ]
}

/** Everything that AWS refuses in the actions of a rule, or in the default actions of a listener. */
export function actionProblems(actions: readonly Action[], protocol: string): string[] {
  return actions.flatMap(action => [
    ...when(
      protocol !== 'HTTPS' && /^(authenticate-|jwt-)/.test(action.type),
      `Actions of type '${action.type}' are supported only on HTTPS listeners`
    ),
    ...(action.forwardConfig ? forwardProblems(action.forwardConfig) : []),
    ...(action.redirectConfig ? redirectProblems(action.redirectConfig, protocol) : []),
    ...(action.fixedResponseConfig ? fixedResponseProblems(action.fixedResponseConfig) : [])
  ])
}

function when(isWrong: boolean, message: string): string[] {
  return isWrong ? [message] : []
}

function isWithin(number: number, lowest: number, highest: number): boolean {
  return Number.isInteger(number) && number >= lowest && number <= highest
}

const hasWildcards = new Set<RuleCondition['field']>(['host-header', 'path-pattern', 'http-header', 'query-string'])

/** The values of a condition that are no regular expressions. */
function plainValuesOf(condition: RuleCondition): string[] {
  const { hostHeaderConfig, pathPatternConfig, httpHeaderConfig, httpRequestMethodConfig, sourceIPConfig } = condition
  const config = hostHeaderConfig ?? pathPatternConfig ?? httpHeaderConfig ?? httpRequestMethodConfig ?? sourceIPConfig
  const pairs = condition.queryStringConfig?.values ?? []
  return [...(config?.values ?? []), ...pairs.map(({ key, value }) => `${key ?? ''}${value}`)]
}

function regexValuesOf({ hostHeaderConfig, pathPatternConfig, httpHeaderConfig }: RuleCondition): string[] {
  return (hostHeaderConfig ?? pathPatternConfig ?? httpHeaderConfig)?.regexValues ?? []
}

function valuesOf(condition: RuleCondition): string[] {
  return [...plainValuesOf(condition), ...regexValuesOf(condition)]
}

/** What a value of a field may look like; AWS checks no more than the characters. */
const forms: Partial<Record<RuleCondition['field'], [form: RegExp, rule: string]>> = {
  'host-header': [
    /^[A-Za-z0-9.*?-]*\.[A-Za-z*?]*$/,
    "must hold a '.', with letters alone behind the last one, and otherwise letters, digits, '-', '.', '*' and '?'"
  ],
  'path-pattern': [/^[A-Za-z0-9_\-.$/~"'@:+&*?]*$/, 'holds characters that a path pattern cannot'],
  'http-request-method': [/^[A-Z_-]+$/, "must be of capital letters, '-' and '_'"]
}

function conditionProblems(condition: RuleCondition): string[] {
  const { field, httpHeaderConfig, queryStringConfig } = condition
  const plain = plainValuesOf(condition)
  const longest = field === 'http-request-method' ? longestName : longestValue
  const measured = queryStringConfig
    ? queryStringConfig.values.flatMap(({ key, value }) => [key ?? '', value])
    : valuesOf(condition)
  const [form, rule] = forms[field] ?? [/^/, '']
  const name = httpHeaderConfig?.httpHeaderName
  return [
    ...when(valuesOf(condition).length === 0, 'A condition value must be specified'),
    ...when(
      measured.some(value => value.length > longest),
      `The '${field}' value is too long; the limit is '${longest}'`
    ),
    ...plain.filter(value => !form.test(value)).map(value => `The '${field}' value '${value}' ${rule}`),
    ...when(
      field === 'source-ip' && plain.includes('255.255.255.255/32'),
      "The 'source-ip' value cannot be '255.255.255.255/32'"
    ),
    ...when(
      name !== undefined && !/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,40}$/.test(name),
      `The header name '${name}' must be a header name of at most ${longestName} characters`
    ),
    ...when(name?.toLowerCase() === 'host', "The 'http-header' field cannot be 'Host'; use 'host-header'")
  ]
}

function transformProblems(transforms: readonly Transform[]): string[] {
  const types = transforms.map(({ type }) => type)
  const rewrites = transforms.flatMap(
    ({ hostHeaderRewriteConfig, urlRewriteConfig }) => (hostHeaderRewriteConfig ?? urlRewriteConfig)?.rewrites ?? []
  )
  return [
    ...[...new Set(types)]
      .filter(type => types.indexOf(type) !== types.lastIndexOf(type))
      .map(type => `A rule can have only one '${type}' transform`),
    ...when(
      rewrites.some(({ regex, replace }) => regex.length > longestExpression || replace.length > longestExpression),
      `The regex and the replacement of a transform can have at most ${longestExpression} characters`
    )
  ]
}

function forwardProblems({ targetGroups = [], targetGroupStickinessConfig: stickiness }: ForwardConfig): string[] {
  const seconds = stickiness?.durationSeconds
  return [
    ...when(
      !isWithin(targetGroups.length, 1, mostTargetGroups),
      `A forward action takes 1 to ${mostTargetGroups} target groups, not ${targetGroups.length}`
    ),
    ...when(
      targetGroups.some(({ weight = 1 }) => !isWithin(weight, 0, highestWeight)),
      `The weight of a target group must be between 0 and ${highestWeight}`
    ),
    ...when(
      seconds !== undefined && !isWithin(seconds, 1, longestStickiness),
      `The duration of target group stickiness must be between 1 and ${longestStickiness} seconds`
    )
  ]
}

/** Which placeholders each part of a redirect may hold. */
const placeholders = {
  protocol: ['protocol'],
  host: ['host'],
  port: ['port'],
  path: ['host', 'port', 'path'],
  query: ['protocol', 'host', 'port', 'path', 'query']
} as const

type RedirectPart = keyof typeof placeholders

const redirectForms: Record<RedirectPart, [form: RegExp, rule: string]> = {
  protocol: [/^(HTTP|HTTPS|#\{protocol\})$/, "must be 'HTTP', 'HTTPS' or '#{protocol}'"],
  host: [/^.{1,128}$/, 'must have 1 to 128 characters'],
  port: [
    /^(#\{port\}|[1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5])$/,
    "must be a port or '#{port}'"
  ],
  path: [/^\/.{0,127}$/, "must start with '/' and have at most 128 characters"],
  query: [/^(?!\?).{0,128}$/, "must have at most 128 characters, without the '?'"]
}

function redirectProblems(redirect: RedirectConfig, protocol: string): string[] {
  const parts = (Object.keys(placeholders) as RedirectPart[]).filter(part => redirect[part] !== undefined)
  return [
    ...when(!/^HTTP_30[12]$/.test(redirect.statusCode), "The redirect status code must be 'HTTP_301' or 'HTTP_302'"),
    ...when(protocol === 'HTTPS' && redirect.protocol === 'HTTP', 'A redirect cannot lead from HTTPS to HTTP'),
    ...parts.flatMap(part => {
      const value = redirect[part]!
      const [form, rule] = redirectForms[part]
      const foreign = [...value.matchAll(/#\{(\w+)\}/g)]
        .map(([, name]) => name!)
        .filter(name => !(placeholders[part] as readonly string[]).includes(name))
      return [
        ...when(!form.test(value), `The redirect ${part} '${value}' ${rule}`),
        ...foreign.map(name => `The redirect ${part} cannot hold '#{${name}}'`)
      ]
    })
  ]
}

const contentTypes = new Set(['text/plain', 'text/css', 'text/html', 'application/javascript', 'application/json'])

function fixedResponseProblems({ statusCode, contentType, messageBody = '' }: FixedResponseConfig): string[] {
  return [
    ...when(
      !/^[245]\d\d$/.test(statusCode),
      `The fixed response's status code '${statusCode}' must be 2XX, 4XX or 5XX`
    ),
    ...when(
      messageBody.length > longestBody,
      `The fixed response's body can have at most ${longestBody} characters, not ${messageBody.length}`
    ),
    ...when(
      contentType !== undefined && contentType !== '' && !contentTypes.has(contentType),
      `The fixed response's content type '${contentType}' must be one of '${[...contentTypes].join(', ')}'`
    )
  ]
}
