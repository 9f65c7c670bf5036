/**
 * What AWS refuses in the conditions of a rule.
 * (API: RuleCondition; user guide: "Quotas", "Condition types for listener rules".)
 *
 * @module
 */

import type { RuleCondition } from '../../model/index.ts'
import { parseRange } from '../condition.ts'
import { compileRegex } from '../regex.ts'
import { below, lengthOf, refuse, refusedBy, type Violation } from './violation.ts'

/** Values of all conditions of a rule together; not adjustable. */
const mostValues = 5
/** The conditions' page says 5, the quotas' page 6: what one of them allows is let through. */
const mostWildcards = 6
const longestValue = 128
const longestName = 40

type Field = RuleCondition['field']

/** Fields of which a rule has at most one condition. */
const single = new Set<Field>(['host-header', 'path-pattern', 'http-request-method', 'source-ip'])

const hasWildcards = new Set<Field>(['host-header', 'path-pattern', 'http-header', 'query-string'])

/** What a value of a field may look like; AWS checks no more than the characters. */
const forms: Partial<Record<Field, [form: RegExp, rule: (text: string) => string, expected: string]>> = {
  'host-header': [
    /^[A-Za-z0-9.*?-]*\.[A-Za-z*?]*$/,
    text =>
      `value '${text}' must hold a '.', with letters alone behind the last one, and otherwise letters, digits, '-', '.', '*' and '?'`,
    'a name with a dot, of letters, digits, -, ., * and ?, with only letters after the last dot'
  ],
  'path-pattern': [
    /^[A-Za-z0-9_\-.$/~"'@:+&*?]*$/,
    text => `value '${text}' holds characters that a path pattern cannot`,
    `letters, digits and _-.$/~"'@:+&*?`
  ],
  'http-request-method': [
    /^[A-Z_-]+$/,
    () => 'value is invalid; the allowed characters are A-Z, hyphen and underscore',
    'a method in capitals'
  ]
}

const configNames = {
  'host-header': 'hostHeaderConfig',
  'path-pattern': 'pathPatternConfig',
  'http-header': 'httpHeaderConfig',
  'http-request-method': 'httpRequestMethodConfig',
  'query-string': 'queryStringConfig',
  'source-ip': 'sourceIPConfig'
} as const satisfies Record<Field, keyof RuleCondition>

interface Config {
  values?: (string | { key?: string; value: string })[]
  regexValues?: string[]
}

/** A text of a condition: a value, a regular expression, or one half of a pair of the query string. */
interface Text {
  path: Violation['path']
  text: string
  isRegex: boolean
  /** As AWS calls it: the field, or the half of a pair. */
  name: string
}

function configOf(condition: RuleCondition): Config {
  return condition[configNames[condition.field]] ?? {}
}

function countValues(condition: RuleCondition): number {
  const { values = [], regexValues = [] } = configOf(condition)
  return values.length + regexValues.length
}

function textsOf(condition: RuleCondition): Text[] {
  const name = configNames[condition.field]
  const { values = [], regexValues = [] } = configOf(condition)
  const plain = values.flatMap((value, index): Text[] => {
    const path = [name, 'values', index]
    if (typeof value === 'string') {
      return [{ path, text: value, isRegex: false, name: condition.field }]
    }
    const key = value.key === undefined ? [] : [{ half: 'key', name: 'Key', text: value.key }]
    return [...key, { half: 'value', name: 'Value', text: value.value }].map(({ half, ...text }) => ({
      ...text,
      path: [...path, half],
      isRegex: false
    }))
  })
  const regexes = regexValues.map((text, index) => {
    return { path: [name, 'regexValues', index], text, isRegex: true, name: condition.field }
  })
  return [...plain, ...regexes]
}

/** Only in query strings does a backslash take the meaning from a wildcard. */
function countWildcards(condition: RuleCondition): number {
  if (!hasWildcards.has(condition.field)) {
    return 0
  }
  const tokens = condition.field === 'query-string' ? /\\[*?\\]|[*?]/g : /[*?]/g
  return textsOf(condition)
    .filter(({ isRegex }) => !isRegex)
    .flatMap(({ text }) => text.match(tokens) ?? [])
    .filter(token => token.length === 1).length
}

function sumOf(conditions: readonly RuleCondition[], count: (condition: RuleCondition) => number): number {
  return conditions.reduce((sum, condition) => sum + count(condition), 0)
}

/** What AWS refuses in the conditions of one rule, each and all together. */
export function conditionViolations(conditions: readonly RuleCondition[]): Violation[] {
  const fields = conditions.map(({ field }) => field)
  const repeated = [...single].filter(field => fields.indexOf(field) !== fields.lastIndexOf(field))
  const values = sumOf(conditions, countValues)
  const wildcards = sumOf(conditions, countWildcards)
  const path = ['conditions']
  return [
    ...refuse(conditions.length === 0, {
      limit: 'condition',
      path,
      message: 'A rule must have at least one condition',
      expected: 'a condition',
      actual: 'none'
    }),
    ...repeated.map((field): Violation => {
      const actual = String(fields.filter(other => other === field).length)
      const message = `A rule can have only one '${field}' condition`
      return { limit: 'condition', path, message, expected: `one ${field} condition`, actual }
    }),
    ...refuse(values > mostValues, {
      limit: 'condition-values',
      path,
      message: `A rule can only have '${mostValues}' condition values and regex values`,
      expected: `at most ${mostValues}`,
      actual: String(values)
    }),
    ...refuse(wildcards > mostWildcards, {
      limit: 'wildcards',
      path,
      message: `A rule can only have '${mostWildcards}' condition wildcards`,
      expected: `at most ${mostWildcards}`,
      actual: String(wildcards)
    }),
    ...conditions.flatMap((condition, index) => below(['conditions', index], violationsOf(condition)))
  ]
}

function violationsOf(condition: RuleCondition): Violation[] {
  const { field } = condition
  return [
    ...refuse(countValues(condition) === 0, {
      limit: 'condition',
      path: [configNames[field]],
      message: /^(host-header|path-pattern)$/.test(field)
        ? 'A condition value must be specified'
        : `A '${field}' value must be specified`,
      expected: 'a value',
      actual: 'none'
    }),
    ...textsOf(condition).flatMap(text => textViolations(field, text)),
    ...headerNameViolations(condition)
  ]
}

function textViolations(field: Field, { path, text, isRegex, name }: Text): Violation[] {
  const longest = field === 'http-request-method' ? longestName : longestValue
  const place = { limit: 'condition', path, actual: text } as const
  const [form, rule, expected] = forms[field] ?? [/^/, () => '', '']
  return [
    ...refuse(lengthOf(text) > longest, {
      ...place,
      message: `The '${name}' value is too long; the limit is '${longest}'`,
      expected: `at most ${longest} characters`
    }),
    ...refuse(!isRegex && !form.test(text), { ...place, message: `The '${field}' ${rule(text)}`, expected }),
    ...(isRegex
      ? refusedBy(() => compileRegex(text), { ...place, expected: "an expression of AWS's dialect: no lookaround" })
      : []),
    ...(field === 'source-ip' ? rangeViolations(place) : [])
  ]
}

function rangeViolations(place: Pick<Violation, 'limit' | 'path' | 'actual'>): Violation[] {
  return [
    ...refusedBy(() => parseRange(place.actual), { ...place, expected: 'a CIDR block' }),
    ...refuse(place.actual === '255.255.255.255/32', {
      ...place,
      message: "The 'source-ip' value cannot be '255.255.255.255/32'",
      expected: 'another CIDR block'
    })
  ]
}

function headerNameViolations({ httpHeaderConfig }: RuleCondition): Violation[] {
  const name = httpHeaderConfig?.httpHeaderName
  if (name === undefined) {
    return []
  }
  const place = { limit: 'condition', path: ['httpHeaderConfig', 'httpHeaderName'], actual: name } as const
  return [
    ...refuse(lengthOf(name) > longestName, {
      ...place,
      message: `The 'HttpHeaderName' value is too long; the limit is '${longestName}'`,
      expected: `at most ${longestName} characters`
    }),
    ...refuse(!/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name), {
      ...place,
      message: `The 'HttpHeaderName' value '${name}' holds characters that a header's name cannot`,
      expected: 'the name of a header'
    }),
    ...refuse(name.toLowerCase() === 'host', {
      ...place,
      message: "The 'http-header' field cannot be 'Host'; use 'host-header'",
      expected: 'a condition of field host-header'
    })
  ]
}
