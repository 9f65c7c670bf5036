/**
 * AuthorizationPolicies, as the gateway's Envoy decides by them (Istio: pilot/pkg/security/authz).
 *
 * @module
 */

import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { ownEntry } from '../../own-entry.ts'
import { type KubernetesObject, objectName, type Resources } from '../../resources/index.ts'
import { headerOf, pathOf, type RouteFacts } from '../route.ts'
import {
  type AuthorizationPolicySpec,
  type Operation,
  type PolicyRule,
  type Source,
  sourceFields,
  type When
} from './authorization-policy.ts'
import { customPolicies, isDryRun } from './custom.ts'
import { type PolicyTarget, policiesFor } from './selection.ts'

interface AuthorizationPolicy extends KubernetesObject {
  spec?: AuthorizationPolicySpec
}

/** What policies see of a request. */
export interface AuthorizationFacts extends RouteFacts {
  /** The connection's other end: a load balancer, where one stands in front. */
  peer: string
  /** The client, as the gateway believes X-Forwarded-For. */
  client: string
  /** Port of the pods. */
  port: number
  /** Of a TLS connection. */
  serverName?: string
  /** Claims of a valid token; undefined without one. */
  claims?: Record<string, unknown>
}

export interface Authorization {
  /** Why the gateway answers 403. */
  denied?: string
  /** Policies that may decide otherwise, and are not evaluated. */
  notEvaluated: string[]
}

type Test = (value: string) => boolean

/** Whether a value is the one asked for: `*` any, `x*` a prefix, `*x` a suffix. */
function matchesPattern(pattern: string, value: string | undefined, ignoreCase = false): boolean {
  if (value === undefined) {
    return false
  }
  const [wanted, given] = ignoreCase ? [pattern.toLowerCase(), value.toLowerCase()] : [pattern, value]
  if (wanted === '*') {
    return given !== ''
  }
  if (wanted.startsWith('*')) {
    return given.endsWith(wanted.slice(1))
  }
  return wanted.endsWith('*') ? given.startsWith(wanted.slice(0, -1)) : given === wanted
}

/** Whether an address is in a block; what is no block holds nothing. */
function isInBlock(block: string, address: string): boolean {
  const [network = '', bits] = block.split('/')
  if (isIP(network) === 0 || isIP(address) === 0) {
    return false
  }
  const first = ipaddr.process(network)
  const one = ipaddr.process(address)
  const length = bits === undefined ? (first.kind() === 'ipv6' ? 128 : 32) : Number(bits)
  return first.kind() === one.kind() && one.match(first, length)
}

/** `{*}` stands for one segment, `{**}` for any number (Envoy: uri_template). */
function matchesTemplate(template: string, path: string): boolean {
  const expression = template
    .split(/(\{\*\*\}|\{\*\})/)
    .map(part => (part === '{**}' ? '.*' : part === '{*}' ? '[^/]+' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')))
    .join('')
  return new RegExp(`^${expression}$`, 's').test(path)
}

function matchesPath(pattern: string, path: string): boolean {
  const plain = pathOf(path)
  return /\{\*\*?\}/.test(pattern) ? matchesTemplate(pattern, plain) : matchesPattern(pattern, plain)
}

function holds(values: readonly string[] | undefined, notValues: readonly string[] | undefined, test: Test): boolean {
  return (!values?.length || values.some(test)) && !notValues?.some(test)
}

function requestPrincipal({ claims }: AuthorizationFacts): string | undefined {
  return claims && typeof claims.iss === 'string' && typeof claims.sub === 'string'
    ? `${claims.iss}/${claims.sub}`
    : undefined
}

/** A caller behind a load balancer has no certificate of the mesh: what asks for one never holds. */
const noIdentity: Test = () => false

function fromHolds(source: Source = {}, facts: AuthorizationFacts): boolean {
  return (
    holds(source.ipBlocks, source.notIpBlocks, block => isInBlock(block, facts.peer)) &&
    holds(source.remoteIpBlocks, source.notRemoteIpBlocks, block => isInBlock(block, facts.client)) &&
    holds(source.principals, source.notPrincipals, noIdentity) &&
    holds(source.namespaces, source.notNamespaces, noIdentity) &&
    holds(source.serviceAccounts, source.notServiceAccounts, noIdentity) &&
    holds(source.trustDomains, source.notTrustDomains, noIdentity) &&
    holds(source.requestPrincipals, source.notRequestPrincipals, one => matchesPattern(one, requestPrincipal(facts)))
  )
}

function toHolds(operation: Operation = {}, facts: AuthorizationFacts): boolean {
  return (
    holds(operation.hosts, operation.notHosts, host => matchesPattern(host, facts.authority, true)) &&
    holds(operation.methods, operation.notMethods, method => matchesPattern(method, facts.method)) &&
    holds(operation.paths, operation.notPaths, path => matchesPath(path, facts.path)) &&
    holds(operation.ports, operation.notPorts, port => Number(port) === facts.port)
  )
}

function claimValues({ claims }: AuthorizationFacts, path: readonly string[]): string[] {
  let value: unknown = claims
  for (const step of path) {
    value = typeof value === 'object' && value !== null ? ownEntry(value as Record<string, unknown>, step) : undefined
  }
  return (Array.isArray(value) ? value : [value]).filter(one => typeof one === 'string') as string[]
}

function whenTest(key: string, facts: AuthorizationFacts): Test | undefined {
  const header = /^request\.headers\[(.+)\]$/.exec(key)?.[1]
  if (header !== undefined) {
    return pattern => {
      const value = headerOf(facts, header)
      return pattern === '*' ? value !== undefined : matchesPattern(pattern, value)
    }
  }
  const claims = /^request\.auth\.claims((?:\[[^\]]+\])+)$/.exec(key)?.[1]
  if (claims !== undefined) {
    const path = claims.slice(1, -1).split('][')
    return pattern => claimValues(facts, path).some(value => matchesPattern(pattern, value))
  }
  const tests: Record<string, Test> = {
    'source.ip': block => isInBlock(block, facts.peer),
    'remote.ip': block => isInBlock(block, facts.client),
    'source.principal': noIdentity,
    'source.namespace': noIdentity,
    'source.serviceAccount': noIdentity,
    'source.trustDomain': noIdentity,
    'request.auth.principal': one => matchesPattern(one, requestPrincipal(facts)),
    'request.auth.audiences': one => claimValues(facts, ['aud']).some(value => matchesPattern(one, value)),
    'request.auth.presenter': one => claimValues(facts, ['azp']).some(value => matchesPattern(one, value)),
    'destination.port': port => Number(port) === facts.port,
    'connection.sni': name => matchesPattern(name, facts.serverName)
  }
  return ownEntry(tests, key)
}

/** Conditions that nothing here can tell: of the pod's own address, of Envoy's filters. */
function isTold({ key }: When): boolean {
  return key !== 'destination.ip' && !key.startsWith('experimental.')
}

/** Whether a rule holds: one of its sources, one of its operations, and all of its conditions. */
function ruleHolds({ from = [], to = [], when = [] }: PolicyRule, facts: AuthorizationFacts): boolean {
  return (
    (from.length === 0 || from.some(({ source }) => fromHolds(source, facts))) &&
    (to.length === 0 || to.some(({ operation }) => toHolds(operation, facts))) &&
    when.every(({ key, values, notValues }) => {
      const test = whenTest(key, facts)
      return test !== undefined && holds(values, notValues, test)
    })
  )
}

/** Whether the policies for pods let a request pass: CUSTOM is asked elsewhere, then DENY, then ALLOW; AUDIT decides nothing. */
export function authorize(target: PolicyTarget, facts: AuthorizationFacts, resources: Resources): Authorization {
  const policies = policiesFor<AuthorizationPolicy>('AuthorizationPolicy', target, resources).filter(
    policy => !isDryRun(policy)
  )
  function ofAction(action: string): AuthorizationPolicy[] {
    return policies.filter(({ spec }) => (spec?.action ?? 'ALLOW') === action)
  }
  const asking = customPolicies(target, resources).filter(({ policy }) =>
    policy.spec?.rules?.some(rule => ruleHolds({ ...rule, when: rule.when?.filter(isTold) }, facts))
  )
  const notEvaluated = [
    ...asking
      .filter(({ definition }) => definition !== 'missing')
      .map(({ policy, does }) => `${objectName(policy)} ${does}`),
    ...[...ofAction('DENY'), ...ofAction('ALLOW')].flatMap(policy =>
      (policy.spec?.rules ?? [])
        .flatMap(({ when = [] }) => when)
        .filter(condition => !isTold(condition))
        .map(({ key }) => `${objectName(policy)} asks for ${key}`)
    )
  ]
  const lost = asking.find(({ definition }) => definition === 'missing')
  if (lost) {
    return { denied: `${objectName(lost.policy)} ${lost.does}`, notEvaluated }
  }
  const deny = ofAction('DENY').find(({ spec }) => spec?.rules?.some(rule => ruleHolds(rule, facts)))
  if (deny) {
    return { denied: `${objectName(deny)} denies it`, notEvaluated }
  }
  const allow = ofAction('ALLOW')
  if (allow.length === 0 || allow.some(({ spec }) => spec?.rules?.some(rule => ruleHolds(rule, facts)))) {
    return { notEvaluated }
  }
  const names = allow.map(objectName).join(' and ')
  return { denied: `no rule of ${names} allows it`, notEvaluated }
}

/** Fields of a source that ask for an identity of the mesh, and those that ask that there be another or none. */
const identityFields = ['principals', 'namespaces', 'serviceAccounts', 'trustDomains'] as const
const notIdentityFields = ['notPrincipals', 'notNamespaces', 'notServiceAccounts', 'notTrustDomains'] as const

/** Whether some request without an identity of the mesh, to one of the ports, may meet a rule. */
function mayHold({ from = [], to = [], when = [] }: PolicyRule, ports: readonly number[]): boolean {
  return (
    (from.length === 0 || from.some(({ source = {} }) => !identityFields.some(field => source[field]?.length))) &&
    (to.length === 0 ||
      to.some(({ operation = {} }) => !operation.ports?.length || operation.ports.some(one => ports.includes(+one)))) &&
    !when.some(
      ({ key, values }) => /^source\.(principal|namespace|serviceAccount|trustDomain)$/.test(key) && values?.length
    )
  )
}

/** Whether every request without an identity of the mesh meets a rule. */
function alwaysHolds({ from = [], to = [], when = [] }: PolicyRule): boolean {
  const isOfAnybody =
    from.length === 0 ||
    from.some(({ source = {} }) => {
      const asked = sourceFields.filter(field => source[field]?.length)
      return asked.every(field => (notIdentityFields as readonly string[]).includes(field))
    })
  return isOfAnybody && to.length === 0 && when.length === 0
}

/**
 * The policies by which pods refuse whatever comes without an identity of the mesh, as all that comes through a load balancer does:
 * one that denies all of it, or those that allow, and allow none of it.
 */
export function refusingPolicies(
  target: PolicyTarget,
  ports: readonly number[],
  resources: Resources
): { action: 'ALLOW' | 'DENY'; policies: KubernetesObject[] } | undefined {
  const policies = policiesFor<AuthorizationPolicy>('AuthorizationPolicy', target, resources).filter(
    policy => !isDryRun(policy)
  )
  const denying = policies.find(({ spec }) => spec?.action === 'DENY' && spec.rules?.some(alwaysHolds))
  if (denying) {
    return { action: 'DENY', policies: [denying] }
  }
  const allowing = policies.filter(({ spec }) => (spec?.action ?? 'ALLOW') === 'ALLOW')
  const allowsNobody = allowing.every(({ spec }) => !spec?.rules?.some(rule => mayHold(rule, ports)))
  return allowing.length > 0 && allowsNobody ? { action: 'ALLOW', policies: allowing } : undefined
}
