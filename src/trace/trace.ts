/**
 * Follows one request from the client to what answers it: listener, rules, action, target group, targets and their health, node
 * port, the gateway's server and route. Pure.
 *
 * @module
 */

import { coversHost, type ListenerConfiguration, type LoadBalancerDescription, type Target } from '../elbv2/index.ts'
import { Failure, usageFailure } from '../failure.ts'
import {
  applicationLoadBalancer,
  buildPlan,
  classicLoadBalancer,
  type Environment,
  hasLoadBalancer,
  noLoadBalancer,
  planFailed,
  type StackPlan,
  specOf,
  specsOf,
  stackPlansOf
} from '../model/index.ts'
import type { Resources } from '../resources/index.ts'
import { dnsNameOf } from '../targets/index.ts'
import type { BackendAnswer, BackendOutcome, Backends, Connection } from './backend.ts'
import type { Trace, TracedAnswer, TracedDestination } from './contract.ts'
import { hasUnknownTargets, type TracedTargetGroup, traceLoadBalancer } from './load-balancer.ts'
import { traceNetwork } from './network/network.ts'
import { observedTargets } from './observed.ts'
import { type ReadRequest, readRequest, type TraceRequest } from './request.ts'
import { refusalOfListener, Tracer } from './tracer.ts'

export interface TraceOptions {
  /** The group of the load balancer; default: the one whose DNS name or rules the host is for. */
  group?: string
  /** What a running load balancer tells of its targets; default: their health is predicted. */
  observed?: LoadBalancerDescription
  /** False leaves out the rules that were looked at; default true. */
  explain?: boolean
}

/**
 * Follows a request through the load balancers of a set of objects.
 *
 * @throws Failure exit 1 `PLAN_FAILED` with the controller's error where a group has no plan, `LOAD_BALANCER_NONE` without any
 * Ingress of the controller's; exit 2 `GROUP_UNKNOWN` and what {@link readRequest} throws.
 */
export function trace(
  resources: Resources,
  environment: Environment,
  request: TraceRequest,
  options: TraceOptions = {}
): Trace {
  const read = readRequest(request)
  return followRequest(
    new Tracer(resources, environment, buildPlan(resources, environment)),
    request.url,
    read,
    options
  )
}

/** Follows a request with what other requests have found already. @throws Failure as {@link trace}. */
export function followRequest(tracer: Tracer, url: string, read: ReadRequest, options: TraceOptions = {}): Trace {
  const { environment, backends, assumptions, findings } = tracer
  const { group, assumption } = choosePlan(stackPlansOf(tracer.plan), read, environment, options.group)
  if (applicationLoadBalancer(group.stack)?.type !== 'application') {
    const traced = traceNetwork(tracer, group, url, read, { environment, observed: options.observed })
    return { ...traced, assumptions: [...assumption, ...traced.assumptions] }
  }
  const { configuration, dnsName, from, targetsOf, assumptions: ofTargets } = tracer.loadBalancerOf(group)
  const { head, client, port, scheme } = read
  const found = {
    request: { method: head.method, url, host: read.host, headers: head.headers, client },
    loadBalancer: { group: group.id, name: configuration.name, scheme: configuration.scheme, dnsName },
    assumptions: [...assumption, ...assumptions, ...ofTargets],
    notEvaluated: [],
    findings
  }
  const listener = configuration.listeners.find(one => one.port === port)
  if (!listener) {
    const ports = configuration.listeners.map(one => `${one.protocol}:${one.port}`).join(', ')
    const reason = `${configuration.name} has no listener on port ${port} (it has ${ports || 'none'}), so the connection is not accepted`
    return { ...found, rules: [], destinations: [], answer: { from: 'nobody', reason } }
  }
  const described = { ...found, listener: { port: listener.port, protocol: listener.protocol } }
  const refused = refusalOfListener(listener, scheme)
  if (refused !== undefined) {
    return { ...described, rules: [], destinations: [], answer: { from: 'nobody', reason: refused } }
  }
  const certificate = presentedTo(read.host, listener, environment)
  const traced = traceLoadBalancer({
    configuration,
    listener,
    head,
    client,
    dnsName,
    ...(options.explain !== undefined && { explain: options.explain }),
    targetsOf: targetGroup => observedTargets(options.observed, targetGroup.id) ?? targetsOf(targetGroup)
  })
  const followed = traced.targetGroups.map(one => followTo(one, read, backends, from))
  const destinations = followed.map(({ destination }) => destination).sort((one, other) => other.share - one.share)
  const { considered, rule, passes, action, own, reason } = traced
  const result = {
    ...described,
    ...(certificate && { certificate }),
    rules: considered,
    ...(rule !== undefined && { rule }),
    ...(passes !== undefined && { passes }),
    ...(action !== undefined && { action }),
    destinations,
    assumptions: [...new Set([...found.assumptions, ...followed.flatMap(one => one.assumptions)])],
    notEvaluated: [...new Set(followed.flatMap(one => one.notEvaluated))]
  }
  return { ...result, answer: own ? ownAnswer(own, reason ?? '') : destinations[0]!.answer }
}

/** The certificate for a server name: the first that covers it, else the default one, with which the handshake succeeds too. */
function presentedTo(
  host: string,
  { certificateARNs }: ListenerConfiguration,
  { certificates = [] }: Environment
): Trace['certificate'] {
  const listed = certificateARNs.map(arn => ({ arn, domains: certificates.find(one => one.arn === arn)?.domains }))
  const covering = listed.find(({ domains }) => domains?.some(domain => coversHost(domain.toLowerCase(), host)))
  if (covering) {
    return { arn: covering.arn, covers: true }
  }
  const [first] = listed
  return first && { arn: first.arn, ...(listed.every(({ domains }) => domains) && { covers: false }) }
}

function ownAnswer(own: NonNullable<TracedTargetGroup['own']>, reason: string): TracedAnswer {
  return {
    from: 'load balancer',
    status: own.status,
    headers: own.headers,
    body: own.body,
    reason
  }
}

interface Followed extends Pick<BackendAnswer, 'assumptions' | 'notEvaluated'> {
  destination: TracedDestination
}

/** What comes of a request at a target that may get it. */
function followTo(
  { own, ...group }: TracedTargetGroup,
  { host }: ReadRequest,
  backends: Backends,
  from: Pick<Connection, 'peer' | 'maxVersion'>
): Followed {
  if (own) {
    const notEvaluated = hasUnknownTargets(group) ? [`the targets of ${group.id}, which its account knows alone`] : []
    return { destination: { ...group, answer: ownAnswer(own, own.cause ?? '') }, assumptions: [], notEvaluated }
  }
  const target: Target = group.targets.find(({ candidate }) => candidate)!.target
  const { method, path, headers } = group.request!
  const authority = headers.find(([name]) => name === 'Host')?.[1] ?? host
  const { answer, branches, assumptions, notEvaluated, ...backend } = backends.answer(
    {
      ...target,
      targetType: group.targetType,
      protocol: group.protocol === 'HTTPS' ? 'HTTPS' : 'HTTP',
      ...from
    },
    { method, path, headers, authority, version: group.protocolVersion === 'HTTP1' ? '1.1' : '2.0' }
  )
  const traced = branches?.map(branch => ({ ...branch, answer: throughLoadBalancer(branch.answer) }))
  return {
    destination: { ...group, backend, ...(traced && { branches: traced }), answer: throughLoadBalancer(answer) },
    assumptions,
    notEvaluated
  }
}

/** Refused, cut or without a handshake: the load balancer answers in the target's place. */
function throughLoadBalancer(answer: BackendOutcome): TracedAnswer {
  return answer.from === 'nobody'
    ? {
        from: 'load balancer',
        status: 502,
        reason: `the target gives no answer: ${answer.reason}`,
        ...(answer.hint !== undefined && { hint: answer.hint })
      }
    : answer
}

function notFound(group: string, groups: StackPlan[]): Failure {
  return usageFailure({
    code: 'GROUP_UNKNOWN',
    message: `there is no load balancer of a group ${group}`,
    path: '--group',
    expected: groups.map(({ id }) => id).join(' or '),
    actual: group,
    hint: 'name one of the groups'
  })
}

/** The plan of the load balancer that a client that asks for the host gets: DNS would say, which is not among the objects. */
function choosePlan(
  groups: StackPlan[],
  { host, port }: ReadRequest,
  { region }: Environment,
  wanted?: string
): { group: StackPlan; assumption: string[] } {
  const named = wanted === undefined ? groups : groups.filter(({ id }) => id === wanted)
  if (wanted !== undefined && named.length === 0) {
    throw notFound(wanted, groups)
  }
  const failed = named.find(({ stack }) => !stack)
  const planned = named.filter(hasLoadBalancer)
  if (planned.length === 0) {
    throw new Failure(1, failed?.error === undefined ? noLoadBalancer : planFailed(failed.error))
  }
  if (planned.length === 1) {
    return { group: planned[0]!, assumption: [] }
  }
  function listensAt({ stack }: StackPlan): boolean {
    const isClassic = classicLoadBalancer(stack)?.listeners.some(({ loadBalancerPort }) => loadBalancerPort === port)
    return specOf(stack, 'listener', String(port)) !== undefined || (isClassic ?? false)
  }
  function isNamed({ stack }: StackPlan): boolean {
    const spec = applicationLoadBalancer(stack) ?? classicLoadBalancer(stack)
    return spec !== undefined && dnsNameOf(spec, region) === host
  }
  function hasHost({ stack }: StackPlan): boolean {
    return specsOf(stack, 'rule').some(({ conditions }) =>
      conditions.some(({ hostHeaderConfig }) => hostHeaderConfig?.values?.some(value => value.toLowerCase() === host))
    )
  }
  const likely = [
    planned.filter(isNamed),
    planned.filter(group => listensAt(group) && hasHost(group)),
    planned.filter(listensAt),
    planned
  ]
  const [group, ...others] = likely.find(all => all.length > 0) as [StackPlan, ...StackPlan[]]
  const names = others
    .slice(0, 3)
    .map(({ id }) => id)
    .join(', ')
  const more = others.length > 3 ? ` and ${others.length - 3} more` : ''
  return {
    group,
    assumption:
      others.length > 0
        ? [
            `DNS leads ${host} to the load balancer of ${group.id}, not to ${names}${more}, which would take it too (--group)`
          ]
        : []
  }
}
