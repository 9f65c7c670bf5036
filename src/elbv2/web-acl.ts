/**
 * A web ACL in the place of AWS WAF's: rules in order, the first one that matches and does not merely count decides.
 * (WAF developer guide: "Rule actions", "Match rule statements".)
 *
 * @module
 */

import ipaddr from 'ipaddr.js'
import type { WebACLDefinition, WebACLField, WebACLStatement } from '../model/index.ts'
import { type HeaderList, valuesOf } from './header-list.ts'
import { RefusedError } from './refused-error.ts'
import { regexMatcher } from './regex.ts'

/** What a web ACL sees of a request: as the client sent it, ahead of every rule and transform. */
export interface WebACLRequest {
  method: string
  /** Without the query. */
  path: string
  /** Without `?`. */
  query: string
  headers: HeaderList
  /** Address of the connection's other end. */
  sourceAddress: string
}

export interface WebACLVerdict {
  action: 'allow' | 'block'
  /** The rule that decided; absent where the default action did. */
  rule?: string
  /** Rules that matched and only counted. */
  counted: string[]
}

/** Decides on requests. What it throws is a failure of WAF: 500, unless the load balancer fails open. */
export type WebACL = (request: WebACLRequest) => WebACLVerdict | Promise<WebACLVerdict>

type Test = (request: WebACLRequest) => boolean

/**
 * Compiles a web ACL.
 *
 * @throws {RefusedError} for a statement that AWS WAF would refuse.
 */
export function compileWebACL({ defaultAction = 'allow', rules = [], unavailable = false }: WebACLDefinition): WebACL {
  const compiled = rules.map(({ statement, ...rule }) => ({ ...rule, matches: compileStatement(statement) }))
  return request => {
    if (unavailable) {
      throw new Error('the web ACL cannot be reached')
    }
    const counted: string[] = []
    for (const { name, action, matches } of compiled) {
      if (!matches(request)) {
        continue
      }
      if (action !== 'count') {
        return { action, rule: name, counted }
      }
      counted.push(name)
    }
    return { action: defaultAction, counted }
  }
}

function compileStatement(statement: WebACLStatement): Test {
  const [kind, ...others] = Object.keys(statement) as (keyof WebACLStatement)[]
  if (kind === undefined || others.length > 0) {
    throw new RefusedError('a statement of a web ACL has exactly one of byteMatch, regexMatch, ipSet, and, or, not')
  }
  const { byteMatch, regexMatch, ipSet, and, or, not } = statement
  if (byteMatch) {
    return compileByteMatch(byteMatch)
  }
  if (regexMatch) {
    const matches = regexMatcher(regexMatch.regex)
    return request => fieldOf(request, regexMatch.field).some(matches)
  }
  if (ipSet) {
    return compileIPSet(ipSet)
  }
  if (not) {
    const matches = compileStatement(not)
    return request => !matches(request)
  }
  const parts = (and ?? or ?? []).map(compileStatement)
  return request => (and ? parts.every(part => part(request)) : parts.some(part => part(request)))
}

const positions: Record<
  NonNullable<WebACLStatement['byteMatch']>['position'],
  (text: string, value: string) => boolean
> = {
  exactly: (text, value) => text === value,
  startsWith: (text, value) => text.startsWith(value),
  endsWith: (text, value) => text.endsWith(value),
  contains: (text, value) => text.includes(value)
}

function compileByteMatch({
  field,
  position,
  value,
  lowercase = false
}: NonNullable<WebACLStatement['byteMatch']>): Test {
  const matches = positions[position]
  if (!matches) {
    throw new RefusedError(`a byteMatch has no position '${position}'`)
  }
  return request => fieldOf(request, field).some(text => matches(lowercase ? text.toLowerCase() : text, value))
}

function compileIPSet(blocks: string[]): Test {
  const ranges = blocks.map(block => {
    try {
      return ipaddr.parseCIDR(block)
    } catch {
      throw new RefusedError(`an ipSet holds '${block}', which is no CIDR block`)
    }
  })
  return ({ sourceAddress }) => {
    const address = ipaddr.process(sourceAddress)
    return ranges.some(range => range[0].kind() === address.kind() && address.match(range))
  }
}

/** A header that is absent, or comes several times, has as many texts. */
function fieldOf(request: WebACLRequest, field: WebACLField): readonly string[] {
  if (field === 'uriPath') {
    return [request.path]
  }
  if (field === 'queryString') {
    return [request.query]
  }
  if (field === 'method') {
    return [request.method]
  }
  return valuesOf(request.headers, field.header)
}
