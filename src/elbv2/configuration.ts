/**
 * Compiles a stack into what the load balancer runs on. The result never changes; a new stack gives a new one.
 *
 * @module
 */

import { createHash } from 'node:crypto'
import { type ExitCode, Failure, type Finding } from '../failure.ts'
import type {
  Action as ActionSpec,
  HealthCheckConfig,
  ListenerRuleSpec,
  ListenerSpec,
  MutualAuthentication,
  Stack,
  TargetGroupSpec
} from '../model/index.ts'
import { referencedID } from '../model/index.ts'
import { compileAction } from './action.ts'
import {
  type AttributeProblem,
  type ListenerAttributes,
  type LoadBalancerAttributes,
  listenerAttributes,
  loadBalancerAttributes,
  targetGroupAttributes
} from './attributes.ts'
import { compileCondition } from './condition.ts'
import { actionProblems, ruleProblems } from './limits.ts'
import type { Rule } from './rule.ts'
import { defaultSSLPolicy, isSSLPolicy } from './ssl-policy.ts'
import type { TargetGroupConfiguration } from './target-group.ts'
import { compileTransform } from './transform.ts'

export interface ListenerConfiguration {
  port: number
  protocol: 'HTTP' | 'HTTPS'
  /** By ascending priority; the default rule is the last. */
  rules: Rule[]
  /** The default certificate is the first. Empty for HTTP. */
  certificateARNs: string[]
  sslPolicy: string
  mutualAuthentication?: MutualAuthentication
  attributes: ListenerAttributes
}

export interface Configuration {
  id: string
  name: string
  scheme: 'internal' | 'internet-facing'
  attributes: LoadBalancerAttributes
  /** By ascending port. */
  listeners: ListenerConfiguration[]
  targetGroups: Map<string, TargetGroupConfiguration>
  /** ARN of the web ACL that guards the load balancer. */
  webACL?: string
}

/** AWS's defaults for a target group, where the stack does not hold its specification. (API: CreateTargetGroup.) */
const defaultHealthCheck: HealthCheckConfig = {
  port: 'traffic-port',
  protocol: 'HTTP',
  path: '/',
  matcher: { httpCode: '200' },
  intervalSeconds: 30,
  timeoutSeconds: 5,
  healthyThresholdCount: 5,
  unhealthyThresholdCount: 2
}

const notSupported: ExitCode = 1

/**
 * Compiles a stack.
 *
 * @throws {Failure} with everything in the stack that AWS would refuse as a load balancer's configuration.
 */
export function compileConfiguration(stack: Stack): Configuration {
  const findings: Finding[] = []
  const resources = stack.resources
  // A frontend NLB may stand beside it.
  const found = Object.entries(resources['AWS::ElasticLoadBalancingV2::LoadBalancer'] ?? {}).find(
    ([, { spec }]) => spec.type === 'application'
  )
  const loadBalancer = found?.[1].spec
  if (!loadBalancer) {
    throw new Failure(
      notSupported,
      problem('LOAD_BALANCER_MISSING', stack.id, 'the stack holds no Application Load Balancer')
    )
  }
  function onAttribute(path: string) {
    return ({ key, value, message }: AttributeProblem) =>
      findings.push({ ...problem('ATTRIBUTE_INVALID', `${path} ${key}`, message), actual: value })
  }
  function attempt<Result>(path: string, compile: () => Result): Result | undefined {
    try {
      return compile()
    } catch (error) {
      if (!(error instanceof SyntaxError)) {
        throw error
      }
      findings.push(problem('RULE_INVALID', path, error.message))
      return undefined
    }
  }

  const rules = Object.values(resources['AWS::ElasticLoadBalancingV2::ListenerRule'] ?? {}).map(({ spec }) => spec)
  const listeners = Object.values(resources['AWS::ElasticLoadBalancingV2::Listener'] ?? {})
    .map(({ spec }) => spec)
    .filter(({ loadBalancerARN }) => [found?.[0], undefined].includes(referencedID(loadBalancerARN)))
    .sort((a, b) => a.port - b.port)
    .map((spec): ListenerConfiguration => {
      const path = `listener ${spec.port}`
      findings.push(...listenerProblems(spec))
      const own = rules.filter(rule => referencedID(rule.listenerARN) === String(spec.port))
      const compiled = own
        .sort((a, b) => a.priority - b.priority)
        .map(rule => attempt(`${path} rule ${rule.priority}`, () => compileRule(rule)))
      findings.push(...ruleFindings(path, own, spec))
      const action = attempt(`${path} default action`, () => compileAction(spec.defaultActions))
      const given = (spec.listenerAttributes ?? []).map(({ Key, Value }) => ({ key: Key, value: Value }))
      return {
        port: spec.port,
        protocol: spec.protocol === 'HTTPS' ? 'HTTPS' : 'HTTP',
        rules: [
          ...compiled.filter(rule => rule !== undefined),
          ...(action ? [{ priority: 'default' as const, conditions: [], transforms: [], action }] : [])
        ],
        certificateARNs:
          spec.protocol === 'HTTPS' ? (spec.certificates ?? []).map(certificate => certificate.certificateARN) : [],
        sslPolicy: spec.sslPolicy ?? defaultSSLPolicy,
        ...(spec.mutualAuthentication ? { mutualAuthentication: spec.mutualAuthentication } : {}),
        attributes: listenerAttributes(given, onAttribute(path))
      }
    })

  const inUse = new Set(
    listeners.flatMap(listener =>
      listener.rules.flatMap(({ action: { routing } }) =>
        routing.kind === 'forward' ? routing.targetGroups.map(({ id }) => id) : []
      )
    )
  )
  const targetGroups = new Map<string, TargetGroupConfiguration>()
  for (const [id, { spec }] of Object.entries(resources['AWS::ElasticLoadBalancingV2::TargetGroup'] ?? {})) {
    // Only an NLB has a load balancer as its target.
    if (spec.targetType !== 'alb') {
      targetGroups.set(id, targetGroup(id, spec, inUse.has(id), onAttribute(`target group ${spec.name}`)))
    }
  }
  // A literal ARN names a target group that exists apart from the stack; what it is like is not known here.
  for (const id of inUse) {
    if (!targetGroups.has(id)) {
      targetGroups.set(id, foreignTargetGroup(id))
    }
  }

  const attributes = loadBalancerAttributes(loadBalancer.loadBalancerAttributes ?? [], onAttribute('load balancer'))
  if (findings.length > 0) {
    throw new Failure(notSupported, findings)
  }
  const webACL = Object.values(resources['AWS::WAFv2::WebACLAssociation'] ?? {})[0]?.spec.webACLARN
  return {
    id: stack.id,
    name: loadBalancer.name,
    scheme: loadBalancer.scheme,
    attributes,
    listeners,
    targetGroups,
    ...(webACL === undefined ? {} : { webACL })
  }
}

/** What AWS refuses in the rules and the default actions of a listener. */
function ruleFindings(path: string, rules: readonly ListenerRuleSpec[], listener: ListenerSpec): Finding[] {
  const priorities = rules.map(({ priority }) => priority)
  const repeated = new Set(priorities.filter((priority, index) => priorities.indexOf(priority) !== index))
  function invalid(of: string, messages: string[]): Finding[] {
    return messages.map(message => problem('RULE_INVALID', `${path} ${of}`, message))
  }
  return [
    ...[...repeated].map(priority =>
      problem('PRIORITY_IN_USE', `${path} rule ${priority}`, 'The specified priority is in use.')
    ),
    ...rules.flatMap(rule => invalid(`rule ${rule.priority}`, ruleProblems(rule, listener.protocol))),
    ...invalid('default action', actionProblems(listener.defaultActions, listener.protocol))
  ]
}

function problem(code: string, path: string, message: string): Finding {
  return {
    code,
    severity: 'error',
    path,
    message: `${path}: ${message}`
  }
}

function listenerProblems(spec: ListenerSpec): Finding[] {
  const path = `listener ${spec.port}`
  const problems: Finding[] = []
  if (spec.protocol !== 'HTTP' && spec.protocol !== 'HTTPS') {
    problems.push(
      problem('PROTOCOL_UNSUPPORTED', path, `Listener protocol '${spec.protocol}' must be one of 'HTTP, HTTPS'`)
    )
  }
  if (spec.protocol !== 'HTTPS') {
    return problems
  }
  if ((spec.certificates ?? []).length === 0) {
    problems.push({
      ...problem('CERTIFICATE_MISSING', path, 'A certificate must be specified for HTTPS listeners'),
      hint: 'name a certificate ARN for the listener'
    })
  }
  if (spec.sslPolicy !== undefined && !isSSLPolicy(spec.sslPolicy)) {
    problems.push(problem('SSL_POLICY_UNKNOWN', path, `SSL policy '${spec.sslPolicy}' not found`))
  }
  return problems
}

function compileRule(spec: ListenerRuleSpec): Rule {
  return {
    priority: spec.priority,
    conditions: spec.conditions.map(compileCondition),
    action: compileAction(spec.actions as ActionSpec[]),
    transforms: (spec.transforms ?? []).map(compileTransform)
  }
}

function targetGroup(
  id: string,
  spec: TargetGroupSpec,
  inUse: boolean,
  onProblem: (problem: AttributeProblem) => void
): TargetGroupConfiguration {
  return {
    id,
    arn: arnOf(spec.name),
    name: spec.name,
    targetType: spec.targetType,
    protocol: spec.protocol === 'HTTPS' ? 'HTTPS' : 'HTTP',
    protocolVersion: spec.protocolVersion ?? 'HTTP1',
    healthCheck: spec.healthCheckConfig,
    attributes: targetGroupAttributes(spec.targetGroupAttributes ?? [], onProblem),
    inUse
  }
}

function foreignTargetGroup(arn: string): TargetGroupConfiguration {
  return {
    id: arn,
    arn,
    // `…:targetgroup/<name>/<16 hex digits>`
    name: arn.split('/').at(-2) ?? arn,
    targetType: 'instance',
    protocol: 'HTTP',
    protocolVersion: 'HTTP1',
    healthCheck: defaultHealthCheck,
    attributes: targetGroupAttributes([], () => {}),
    inUse: true
  }
}

/** An ARN in AWS's form for access logs: region and account are not known here. */
function arnOf(name: string): string {
  return `arn:aws:elasticloadbalancing:local:000000000000:targetgroup/${name}/${hash(name)}`
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
