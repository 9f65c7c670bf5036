/**
 * Conditions of rules, compiled. (User guide: "Condition types for listener rules"; API: RuleCondition.)
 *
 * @module
 */

import ipaddr from 'ipaddr.js'
import type { RuleCondition } from '../model/index.ts'
import { compileGlob, type TextMatcher } from './glob.ts'
import { valuesOf } from './header-list.ts'
import { RefusedError } from './refused-error.ts'
import { regexMatcher } from './regex.ts'
import type { RequestFacts } from './request.ts'

/** A compiled condition: holds when one of its values does. */
export interface Condition {
  field: RuleCondition['field']
  /** The field and its values, for people: `path-pattern /api/*`. */
  text: string
  holds(facts: RequestFacts): boolean
}

/**
 * Compiles a condition.
 *
 * @throws {RefusedError} for a value that the field does not allow.
 */
export function compileCondition(condition: RuleCondition): Condition {
  const { text, holds } = compileField(condition)
  return { field: condition.field, text: `${condition.field} ${text}`, holds }
}

type Compiled = Pick<Condition, 'text' | 'holds'>

function compileField(condition: RuleCondition): Compiled {
  switch (condition.field) {
    case 'host-header': {
      const matches = anyText(condition.hostHeaderConfig, { ignoreCase: true })
      return { text: textOf(condition.hostHeaderConfig), holds: facts => matches(facts.host) }
    }
    case 'path-pattern': {
      const matches = anyText(condition.pathPatternConfig, {})
      return { text: textOf(condition.pathPatternConfig), holds: facts => matches(facts.path) }
    }
    case 'http-header': {
      const name = condition.httpHeaderConfig?.httpHeaderName ?? ''
      const matches = anyText(condition.httpHeaderConfig, { ignoreCase: true })
      return {
        text: `${name}: ${textOf(condition.httpHeaderConfig)}`,
        holds: facts => valuesOf(facts.headers, name).some(matches)
      }
    }
    case 'http-request-method': {
      const methods = new Set(condition.httpRequestMethodConfig?.values)
      return { text: [...methods].join(' | '), holds: facts => methods.has(facts.method) }
    }
    case 'query-string':
      return queryString(condition.queryStringConfig?.values ?? [])
    case 'source-ip':
      return sourceIP(condition.sourceIPConfig?.values ?? [])
  }
}

interface Values {
  values?: string[]
  regexValues?: string[]
}

function textOf(values: Values | undefined): string {
  return [...(values?.values ?? []), ...(values?.regexValues ?? []).map(expression => `regex ${expression}`)].join(
    ' | '
  )
}

function anyText(values: Values | undefined, options: { ignoreCase?: boolean }): TextMatcher {
  const matchers = [
    ...(values?.values ?? []).map(value => compileGlob(value, options)),
    ...(values?.regexValues ?? []).map(expression => regexMatcher(expression, options))
  ]
  return text => matchers.some(matches => matches(text))
}

/** Pairs of the query string, compared as sent: AWS says nothing of decoding (docs/unverified.md). */
function queryString(values: { key?: string; value: string }[]): Compiled {
  const options = { ignoreCase: true, escapes: true }
  const pairs = values.map(({ key, value }) => ({
    key: key === undefined || key === '' ? () => true : compileGlob(key, options),
    value: compileGlob(value, options)
  }))
  return {
    text: values.map(({ key, value }) => (key ? `${key}=${value}` : value)).join(' | '),
    holds(facts) {
      if (facts.query === '') {
        return false
      }
      return facts.query.split('&').some(parameter => {
        const equals = parameter.indexOf('=')
        const key = equals < 0 ? parameter : parameter.slice(0, equals)
        const value = equals < 0 ? '' : parameter.slice(equals + 1)
        return pairs.some(pair => pair.key(key) && pair.value(value))
      })
    }
  }
}

function sourceIP(values: string[]): Compiled {
  const ranges = values.map(parseRange)
  return {
    text: values.join(' | '),
    holds(facts) {
      if (!ipaddr.isValid(facts.sourceAddress)) {
        return false
      }
      // `process` turns an IPv4 address that a dual-stack socket maps into IPv6 back into IPv4.
      const address = ipaddr.process(facts.sourceAddress)
      return ranges.some(range => address.kind() === range[0].kind() && address.match(range))
    }
  }
}

/**
 * Reads a CIDR block.
 *
 * @throws {RefusedError} for a text that is none.
 */
export function parseRange(text: string): ReturnType<typeof ipaddr.parseCIDR> {
  try {
    return ipaddr.parseCIDR(text)
  } catch {
    throw new RefusedError(`invalid CIDR block ${JSON.stringify(text)}`)
  }
}
