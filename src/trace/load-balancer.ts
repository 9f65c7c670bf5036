/**
 * What a load balancer does with a request: asked of the functions that serve requests, so that both say the same.
 *
 * @module
 */

import {
  answerOfAction,
  type Configuration,
  candidatesOf,
  decide,
  describeRule,
  type HeaderList,
  handOver,
  headersForTarget,
  type ListenerConfiguration,
  type OwnResponse,
  type RequestHead,
  type RoutingAction,
  type Rule,
  requestFacts,
  type Target,
  type TargetGroupConfiguration,
  type TargetHealth,
  targetlessAnswer,
  weightlessAnswer
} from '../elbv2/index.ts'

/** A rule that was looked at. */
export interface ConsideredRule {
  priority: number | 'default'
  conditions: { text: string; holds: boolean }[]
  /** The rule that takes the request; it is the last one. */
  matched: boolean
  /** What the rule would do, in words. */
  action: string
}

export type HealthState = Pick<TargetHealth, 'state' | 'reason' | 'description'>

/** A target and what is known of its health. */
export interface TracedTarget {
  target: Target
  /** A string, as AWS prints it. */
  healthCheckPort: string
  health: HealthState
  /** Where the health is predicted: what answers the health check, and how. */
  because?: string
  /** Whether requests may go to it now. */
  candidate: boolean
}

/** A target group that the request may go to. */
export interface TracedTargetGroup {
  /** Resource ID in the stack, or the literal ARN. */
  id: string
  name: string
  targetType: string
  /** What targets are spoken to: `HTTP`, `TLS`. */
  protocol: string
  /** Empty where the load balancer does not read what it hands on. */
  protocolVersion: string
  /** Share of the rule's requests, in percent. */
  share: number
  targets: TracedTarget[]
  /** No target is healthy, so that all of them get requests. */
  failOpen: boolean
  /** The load balancer's own answer where no target can be asked. */
  own?: OwnResponse
  /** The request as a target gets it. */
  request?: { method: string; path: string; headers: HeaderList }
}

/** A target group that is given by its ARN, or what stands for one: which targets it has, its account knows alone. Others have IDs with a slash. */
export function hasUnknownTargets({ id, targets }: Pick<TracedTargetGroup, 'id' | 'targets'>): boolean {
  return (id.startsWith('arn:') || !id.includes('/')) && targets.length === 0
}

/** The answer of a load balancer, or the target groups that give it. */
export interface LoadBalancerTrace {
  considered: ConsideredRule[]
  rule?: number | 'default'
  /** What has to be passed before the rule's action; it is not carried out here. */
  passes?: string
  action?: string
  own?: OwnResponse
  /** Why the load balancer answers by itself. */
  reason?: string
  targetGroups: TracedTargetGroup[]
}

export interface LoadBalancerTraceOptions {
  configuration: Configuration
  listener: ListenerConfiguration
  head: RequestHead
  client: string
  dnsName: string
  /** False: the rules that were looked at are not told; of many requests that would cost the most. Default true. */
  explain?: boolean
  /** The targets of a target group with their health. */
  targetsOf(group: TargetGroupConfiguration): Omit<TracedTarget, 'candidate'>[]
}

/** Follows a request through a listener. */
export function traceLoadBalancer(options: LoadBalancerTraceOptions): LoadBalancerTrace {
  const { configuration, listener, client } = options
  const decision = decide(options, listener, options.head, client)
  if ('own' in decision) {
    return { considered: [], own: decision.own, reason: decision.own.cause ?? 'refused', targetGroups: [] }
  }
  const { head, rule } = decision
  const { routing, preRouting } = rule.action
  const found = {
    considered: options.explain === false ? [] : consider(listener, rule, head, client),
    rule: rule.priority,
    action: describeRule(rule),
    ...(preRouting && { passes: preRouting.kind })
  }
  if (routing.kind !== 'forward') {
    const own = answerOfAction(routing, head, listener, options)
    return { ...found, own, reason: own.cause ?? reasonOf(routing), targetGroups: [] }
  }
  const used = routing.targetGroups.filter(({ weight }) => weight > 0)
  const total = used.reduce((sum, { weight }) => sum + weight, 0)
  const targetGroups = used.flatMap(({ id, weight }) => {
    const group = configuration.targetGroups.get(id)
    return group ? [traceTargetGroup(group, (weight / total) * 100, head, rule, options)] : []
  })
  if (targetGroups.length > 0) {
    return { ...found, targetGroups }
  }
  const own = weightlessAnswer()
  return { ...found, own, reason: own.cause!, targetGroups }
}

/** The rules up to the one that takes the request. */
function consider({ rules }: ListenerConfiguration, rule: Rule, head: RequestHead, client: string): ConsideredRule[] {
  const facts = requestFacts(head, client)
  return rules.slice(0, rules.indexOf(rule) + 1).map(
    (one): ConsideredRule => ({
      priority: one.priority,
      conditions: one.conditions.map(condition => ({ text: condition.text, holds: condition.holds(facts) })),
      matched: one === rule,
      action: describeRule(one)
    })
  )
}

function reasonOf(routing: Exclude<RoutingAction, { kind: 'forward' }>): string {
  if (routing.kind === 'redirect') {
    return 'the rule redirects'
  }
  const { messageBody } = routing.fixedResponse
  return `the rule answers by itself${messageBody ? `: ${messageBody}` : ''}`
}

function traceTargetGroup(
  group: TargetGroupConfiguration,
  share: number,
  head: RequestHead,
  rule: Rule,
  options: LoadBalancerTraceOptions
): TracedTargetGroup {
  const registered = options.targetsOf(group).filter(({ health }) => health.state !== 'draining')
  const candidates = new Set(candidatesOf(registered, group.attributes))
  const states = registered.map(({ health }) => health.state)
  const described = {
    id: group.id,
    name: group.name,
    targetType: group.targetType,
    protocol: group.protocol,
    protocolVersion: group.protocolVersion,
    share,
    targets: registered.map(target => ({ ...target, candidate: candidates.has(target) })),
    failOpen: !states.includes('healthy') && states.includes('unhealthy')
  }
  const handover = handOver(group, head, rule)
  if ('own' in handover) {
    return { ...described, own: handover.own }
  }
  if (candidates.size === 0) {
    return { ...described, own: targetlessAnswer() }
  }
  const headers = headersForTarget(head, options.listener, options, {
    client: { address: options.client, port: 0 },
    traceID: 'Root=1-…',
    ...(handover.host !== undefined && { rewrittenHost: handover.host })
  })
  return { ...described, request: { method: head.method, path: handover.path, headers } }
}
