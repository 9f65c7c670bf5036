/**
 * Tokens of requests, as far as they can be judged without the issuer's keys (Istio: RequestAuthentication; Envoy: jwt_authn).
 *
 * @module
 */

import { type KubernetesObject, objectName, type Resources } from '../../resources/index.ts'
import { headerValue } from '../headers.ts'
import type { RouteFacts } from '../route.ts'
import { type PolicyTarget, policiesFor } from './selection.ts'

interface JwtRule {
  issuer: string
  audiences?: string[]
  fromHeaders?: { name: string; prefix?: string }[]
  fromParams?: string[]
  fromCookies?: string[]
}

interface RequestAuthentication extends KubernetesObject {
  spec?: { jwtRules?: JwtRule[] }
}

/** What is known of a request's caller before any policy allows or denies it. */
export type Authentication =
  | { kind: 'anonymous' }
  /** The gateway answers 401. */
  | { kind: 'refused'; policy: string; body: string }
  /** A token that looks like one: whether it is valid, its issuer's keys say. */
  | { kind: 'token'; policy: string; claims: Record<string, unknown> }

const wrongForm = 'Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections'

function cookieOf({ headers }: RouteFacts, name: string): string | undefined {
  return (headerValue(headers, 'cookie') ?? '')
    .split(';')
    .map(pair => pair.trim().split('='))
    .find(([key]) => key === name)?.[1]
}

function parameterOf({ path }: RouteFacts, name: string): string | undefined {
  const query = /\?([^#]*)/s.exec(path)?.[1] ?? ''
  return new URLSearchParams(query).get(name) ?? undefined
}

/** The token of a request in the places of a rule: by default `Authorization: Bearer` and the parameter `access_token`. */
function tokenOf(
  { fromHeaders = [], fromParams = [], fromCookies = [] }: JwtRule,
  facts: RouteFacts
): string | undefined {
  const isDefault = fromHeaders.length + fromParams.length + fromCookies.length === 0
  const places = isDefault ? [{ name: 'Authorization', prefix: 'Bearer ' }] : fromHeaders
  for (const { name, prefix = '' } of places) {
    const value = headerValue(facts.headers, name.toLowerCase())
    const start = value?.indexOf(prefix) ?? -1
    if (value !== undefined && start >= 0) {
      return value.slice(start + prefix.length).split(/[\s,]/)[0]
    }
  }
  for (const name of isDefault ? ['access_token'] : fromParams) {
    const value = parameterOf(facts, name)
    if (value !== undefined) {
      return value
    }
  }
  return fromCookies.map(name => cookieOf(facts, name)).find(value => value !== undefined)
}

function decodeSection(section: string): Record<string, unknown> | 'no base64' | 'no JSON' {
  if (!/^[A-Za-z0-9_-]+$/.test(section)) {
    return 'no base64'
  }
  try {
    const value: unknown = JSON.parse(Buffer.from(section, 'base64url').toString())
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : 'no JSON'
  } catch {
    return 'no JSON'
  }
}

/** Why Envoy takes a text for no token at all (jwt_verify_lib: Jwt::parseFromString); else its claims. */
function parseToken(token: string): { body: string } | { claims: Record<string, unknown> } {
  const [first = '', second = '', signature] = token.split('.')
  if (signature === undefined || token.split('.').length !== 3) {
    return { body: wrongForm }
  }
  const header = decodeSection(first)
  if (typeof header === 'string') {
    return { body: `Jwt header is an invalid ${header === 'no JSON' ? 'JSON' : 'Base64url encoded'}` }
  }
  if (typeof header.alg !== 'string') {
    return { body: 'Jwt header [alg] field is required and must be a string' }
  }
  if (!/^(ES|HS|RS|PS)(256|384|512)$|^EdDSA$/.test(header.alg)) {
    return { body: 'Jwt header [alg] is not supported' }
  }
  const claims = decodeSection(second)
  if (typeof claims === 'string') {
    return { body: `Jwt payload is an invalid ${claims === 'no JSON' ? 'JSON' : 'Base64url encoded'}` }
  }
  return /^[A-Za-z0-9_-]+$/.test(signature) ? { claims } : { body: 'Jwt signature is an invalid Base64url encoded' }
}

/** Judges the token of a request by the RequestAuthentications for the pods. A request without one passes. */
export function authenticate(target: PolicyTarget, facts: RouteFacts, resources: Resources): Authentication {
  const policies = policiesFor<RequestAuthentication>('RequestAuthentication', target, resources)
  const rules = policies.flatMap(policy => (policy.spec?.jwtRules ?? []).map(rule => ({ policy, rule })))
  for (const { policy, rule } of rules) {
    const token = tokenOf(rule, facts)
    if (token === undefined) {
      continue
    }
    const parsed = parseToken(token)
    const name = objectName(policy)
    if ('body' in parsed) {
      return { kind: 'refused', policy: name, body: parsed.body }
    }
    const known = rules.some(one => one.rule.issuer === parsed.claims.iss)
    return known
      ? { kind: 'token', policy: name, claims: parsed.claims }
      : { kind: 'refused', policy: name, body: 'Jwt issuer is not configured' }
  }
  return { kind: 'anonymous' }
}
