/**
 * Compiles a stack into what the load balancer runs on. The result never changes; a new stack gives a new one.
 *
 * @module
 */

import {
  type Account,
  type Action as ActionSpec,
  type HealthCheckConfig,
  type ListenerRuleSpec,
  type ListenerSpec,
  type MutualAuthentication,
  type Stack,
  type TargetGroupSpec,
  targetGroupARN,
  targetGroupNameOf
} from '../model/index.ts'
import { compileAction } from './action.ts'
import {
  type ListenerAttributes,
  type LoadBalancerAttributes,
  listenerAttributes,
  loadBalancerAttributes,
  targetGroupAttributes
} from './attributes.ts'
import { compileCondition } from './condition.ts'
import { applicationViolations, isOfNetwork, listenersOf, loadBalancerIn, rulesOf } from './limits/stack.ts'
import type { StackViolation } from './limits/violation.ts'
import { refusedStack, unknownAccount } from './refused-stack.ts'
import type { Rule } from './rule.ts'
import { defaultSSLPolicy } from './ssl-policy.ts'
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

/** What reads requests: an Application Load Balancer, or a Classic one at its ports of HTTP and HTTPS. */
export type RequestKind = 'application' | 'classic'

export interface Configuration {
  id: string
  kind: RequestKind
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

/**
 * Compiles a stack. The account is the one that the ARNs of its target groups name.
 *
 * @param violations what AWS refuses in the Application Load Balancer, where that is known.
 * @throws {Failure} with everything in the stack that AWS would refuse as a load balancer's configuration.
 */
export function compileConfiguration(
  stack: Stack,
  account: Account = unknownAccount,
  violations: readonly StackViolation[] = applicationViolations(stack)
): Configuration {
  const found = loadBalancerIn(stack, 'application')
  if (!found || violations.length > 0) {
    throw refusedStack(stack, 'Application', violations)
  }
  const [id, loadBalancer] = found
  const listeners = listenersOf(stack, id).map(([, spec]) => compileListener(stack, spec))
  const webACL = Object.values(stack.resources['AWS::WAFv2::WebACLAssociation'] ?? {})[0]?.spec.webACLARN
  return {
    id: stack.id,
    kind: 'application',
    name: loadBalancer.name,
    scheme: loadBalancer.scheme,
    attributes: loadBalancerAttributes(loadBalancer.loadBalancerAttributes ?? []),
    listeners,
    targetGroups: compileTargetGroups(stack, listeners, account),
    ...(webACL === undefined ? {} : { webACL })
  }
}

function compileListener(stack: Stack, spec: ListenerSpec): ListenerConfiguration {
  const { port, protocol, certificates = [], sslPolicy = defaultSSLPolicy, mutualAuthentication } = spec
  const action = compileAction(spec.defaultActions)
  const attributes = (spec.listenerAttributes ?? []).map(({ Key, Value }) => ({ key: Key, value: Value }))
  return {
    port,
    protocol: protocol === 'HTTPS' ? 'HTTPS' : 'HTTP',
    rules: [
      ...rulesOf(stack, port).map(([, rule]) => compileRule(rule)),
      { priority: 'default', conditions: [], transforms: [], action }
    ],
    certificateARNs: protocol === 'HTTPS' ? certificates.map(({ certificateARN }) => certificateARN) : [],
    sslPolicy,
    ...(mutualAuthentication ? { mutualAuthentication } : {}),
    attributes: listenerAttributes(attributes)
  }
}

function compileTargetGroups(
  { resources }: Stack,
  listeners: readonly ListenerConfiguration[],
  account: Account
): Map<string, TargetGroupConfiguration> {
  const inUse = new Set(
    listeners.flatMap(listener =>
      listener.rules.flatMap(({ action: { routing } }) =>
        routing.kind === 'forward' ? routing.targetGroups.map(({ id }) => id) : []
      )
    )
  )
  const targetGroups = new Map<string, TargetGroupConfiguration>()
  for (const [id, { spec }] of Object.entries(resources['AWS::ElasticLoadBalancingV2::TargetGroup'] ?? {})) {
    if (!isOfNetwork(spec)) {
      // An account knows its target groups by their ARNs.
      const arn = id.startsWith('arn:') ? id : targetGroupARN(spec.name, account)
      targetGroups.set(id, targetGroup(id, spec, inUse.has(id), arn))
    }
  }
  // A literal ARN names a target group that exists apart from the stack; what it is like is not known here.
  for (const id of inUse) {
    if (!targetGroups.has(id)) {
      targetGroups.set(id, foreignTargetGroup(id))
    }
  }
  return targetGroups
}

function compileRule(spec: ListenerRuleSpec): Rule {
  return {
    priority: spec.priority,
    conditions: spec.conditions.map(compileCondition),
    action: compileAction(spec.actions as ActionSpec[]),
    transforms: (spec.transforms ?? []).map(compileTransform)
  }
}

function targetGroup(id: string, spec: TargetGroupSpec, inUse: boolean, arn: string): TargetGroupConfiguration {
  return {
    id,
    arn,
    name: spec.name,
    targetType: spec.targetType,
    protocol: spec.protocol === 'HTTPS' ? 'HTTPS' : 'HTTP',
    protocolVersion: spec.protocolVersion ?? 'HTTP1',
    healthCheck: spec.healthCheckConfig,
    attributes: targetGroupAttributes(spec.targetGroupAttributes ?? []),
    inUse
  }
}

function foreignTargetGroup(arn: string): TargetGroupConfiguration {
  return {
    id: arn,
    arn,
    name: targetGroupNameOf(arn) ?? arn,
    targetType: 'instance',
    protocol: 'HTTP',
    protocolVersion: 'HTTP1',
    healthCheck: defaultHealthCheck,
    attributes: targetGroupAttributes([]),
    inUse: true
  }
}
