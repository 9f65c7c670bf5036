/**
 * What a load balancer does with a request: asked of the functions that serve requests, so that both say the same.
 *
 * @module
 */

import {
  admitted,
  type Configuration,
  candidatesOf,
  fixedResponse,
  forwardedHeaders,
  type HeaderList,
  type ListenerConfiguration,
  matchRule,
  type OwnResponse,
  ownPage,
  parseTarget,
  type RequestHead,
  type RoutingAction,
  type Rule,
  redirectResponse,
  refusalOf,
  requestFacts,
  sendablePath,
  type Target,
  type TargetGroupConfiguration,
  type TargetHealth,
  takesProtocol,
  transform
} from '../alb/index.ts'

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
  protocol: 'HTTP' | 'HTTPS'
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
  /** The targets of a target group with their health. */
  targetsOf(group: TargetGroupConfiguration): Omit<TracedTarget, 'candidate'>[]
}

function describeAction(action: RoutingAction): string {
  switch (action.kind) {
    case 'forward':
      return `forward to ${action.targetGroups.map(({ id, weight }) => (action.targetGroups.length > 1 ? `${id} (weight ${weight})` : id)).join(', ') || 'no target group'}`
    case 'redirect': {
      const {
        protocol = '#{protocol}',
        host = '#{host}',
        port = '#{port}',
        path = '/#{path}',
        query = '#{query}'
      } = action.redirect
      return `redirect to ${protocol}://${host}:${port}${path}?${query} (${action.redirect.statusCode})`
    }
    case 'fixed-response':
      return `answer ${action.fixedResponse.statusCode}`
  }
}

const describeRule = ({ action: { preRouting, routing } }: Rule): string =>
  `${preRouting ? `${preRouting.kind}, then ` : ''}${describeAction(routing)}`

/** Follows a request through a listener. */
export function traceLoadBalancer(options: LoadBalancerTraceOptions): LoadBalancerTrace {
  const { configuration, listener, dnsName, client } = options
  const refused = refusalOf(options.head)
  if (refused) return { considered: [], own: refused, reason: refused.cause ?? 'refused', targetGroups: [] }
  const head = admitted(options.head, { configuration, dnsName })
  const facts = requestFacts(head, client)
  const rule = matchRule(listener.rules, facts)
  const considered = listener.rules.slice(0, listener.rules.indexOf(rule) + 1).map(
    (one): ConsideredRule => ({
      priority: one.priority,
      conditions: one.conditions.map(condition => ({ text: condition.text, holds: condition.holds(facts) })),
      matched: one === rule,
      action: describeRule(one)
    })
  )
  const { routing, preRouting } = rule.action
  const found = {
    considered,
    rule: rule.priority,
    action: describeRule(rule),
    ...(preRouting && { passes: preRouting.kind })
  }
  switch (routing.kind) {
    case 'fixed-response':
      return {
        ...found,
        own: fixedResponse(routing.fixedResponse),
        reason: `the rule answers by itself${routing.fixedResponse.messageBody ? `: ${routing.fixedResponse.messageBody}` : ''}`,
        targetGroups: []
      }
    case 'redirect': {
      const host =
        parseTarget(head.target).authority ?? head.headers.find(([name]) => /^host$/i.test(name))?.[1] ?? dnsName
      const protocol = listener.protocol === 'HTTPS' ? 'https' : 'http'
      const own = redirectResponse(routing.redirect, { protocol, port: listener.port, host, target: head.target })
      return { ...found, own, reason: own.cause ?? 'the rule redirects', targetGroups: [] }
    }
    case 'forward': {
      const used = routing.targetGroups.filter(({ weight }) => weight > 0)
      const total = used.reduce((sum, { weight }) => sum + weight, 0)
      const targetGroups = used.flatMap(({ id, weight }) => {
        const group = configuration.targetGroups.get(id)
        return group ? [traceTargetGroup(group, (weight / total) * 100, head, rule, options)] : []
      })
      if (targetGroups.length > 0) return { ...found, targetGroups }
      const own = ownPage(503, 'all target groups of the action have the weight 0')
      return { ...found, own, reason: own.cause!, targetGroups }
    }
  }
}

function traceTargetGroup(
  group: TargetGroupConfiguration,
  share: number,
  head: RequestHead,
  rule: Rule,
  { configuration, listener, client, dnsName, targetsOf }: LoadBalancerTraceOptions
): TracedTargetGroup {
  const registered = targetsOf(group).filter(({ health }) => health.state !== 'draining')
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
  if (!takesProtocol({ head }, group))
    return {
      ...described,
      own: ownPage(464, `the target group speaks ${group.protocolVersion}, which the request does not fit`)
    }
  const record: Parameters<typeof transform>[2] = {}
  const transformed = transform(head, rule, record)
  if (!transformed) return { ...described, own: ownPage(500, record.cause ?? 'a transform failed') }
  if (candidates.size === 0)
    return { ...described, own: ownPage(503, 'the target group has no registered targets that could be asked') }
  const headers = forwardedHeaders(head, {
    attributes: configuration.attributes,
    listener,
    client: { address: client, port: 0 },
    traceID: 'Root=1-…',
    dnsName,
    ...(transformed.host !== undefined && { rewrittenHost: transformed.host })
  })
  return { ...described, request: { method: head.method, path: sendablePath(transformed.uri), headers } }
}
