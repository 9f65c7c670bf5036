/**
 * What comes of the requests that the rules are there for: each is followed by the functions of `trace`, and an answer that
 * nobody can want is a finding, once a cause. Rules that know the mistake itself say more, so they come first.
 *
 * @module
 */

import { Failure, type Finding } from '../failure.ts'
import { applicationLoadBalancer, keyOf, type StackPlan, specOf, stackPlansOf } from '../model/index.ts'
import { annotationName, annotationPrefix, type KubernetesObject, objectName, type Path } from '../resources/index.ts'
import {
  followRequest,
  predictTargetsOf,
  readRequest,
  type Trace,
  type TracedAnswer,
  type TracedLoadBalancer,
  type Tracer
} from '../trace/index.ts'
import type { Context } from './context.ts'
import { parsePath } from './facts/listener-rules.ts'
import { findByName } from './facts/named-object.ts'
import { type MeantRequest, meantRequests } from './facts/requests.ts'
import type { Problem, Rule } from './rule.ts'

/** A problem with the code of its rule. */
export type Prediction = Problem & { code: string }

/** Codes of rules that tell why a target gives no answer. */
const noAnswer = [
  'PLAIN_HTTP_TO_TLS_PORT',
  'TLS_TO_PLAIN_HTTP_PORT',
  'GATEWAY_HOSTS_NEED_SNI',
  'GATEWAY_CREDENTIAL_MISSING',
  'GATEWAY_WANTS_CLIENT_CERTIFICATE',
  'GATEWAY_WANTS_PROXY_PROTOCOL',
  'SERVICE_WITHOUT_NODE_PORT'
]

/** Codes of rules that tell why a request fails, by what it comes to: the same cause is not told twice. */
const causes: Record<string, readonly string[]> = {
  HEALTH_CHECK_FAILS: [
    'HEALTH_CHECK_PORT_NOT_A_NODE_PORT',
    'HEALTH_CHECK_PORT_NOT_A_POD_PORT',
    'HEALTH_CHECK_TLS_TO_STATUS_PORT',
    'HEALTH_CHECK_PATH_NOT_SERVED',
    'GRPC_WITH_HTTP_HEALTH_CHECK',
    'STATUS_PORT_MISSING',
    ...noAnswer
  ],
  HEALTH_CHECK_ASKS_ROUTES: ['STATUS_PORT_MISSING'],
  TARGET_GIVES_NO_ANSWER: noAnswer,
  TARGET_GROUP_EMPTY: [
    'SERVICE_WITHOUT_NODE_PORT',
    'BACKEND_SERVICE_NOT_THERE',
    'TRAFFIC_POLICY_LOCAL',
    'ACTION_MISSING'
  ],
  PROTOCOL_VERSION_UNFIT: ['PROTOCOL_VERSION_NEEDS_HTTPS_LISTENER'],
  GATEWAY_HAS_NO_HOST: ['GATEWAY_HOSTS_NEED_SNI'],
  REDIRECT_LOOP: ['GATEWAY_REDIRECT_LOOP', 'SSL_REDIRECT_REMOVES_ROUTES', 'RULE_TAKEN_BY_REDIRECT'],
  REDIRECT_LEADS_NOWHERE: ['SSL_REDIRECT_IS_NO_ACTION']
}

/** Redirects that are followed before they count as a loop of their own. */
const mostRedirects = 5

/** An object and the part of it that a prediction is about. */
interface Place {
  object: KubernetesObject
  path: Path
}

/**
 * The Ingress, or the route, that a rule of a listener comes from, and where; the default rule is the group's first member's. That
 * of a Gateway is nobody's.
 */
function placeOf(context: Context, group: StackPlan, { listener, rule }: MeantRequest): Place | undefined {
  if (group.kind === 'Service') {
    return undefined
  }
  const source = group.ruleSources.get(`${listener.port}:${rule.priority}`)
  if (group.kind === 'Gateway') {
    const object = source && findByName(context.resources, source.object)
    return object && { object, path: parsePath(source.path) }
  }
  const members = context.membersOf(group)
  if (!source) {
    const withDefault = members.find(({ spec }) => spec?.defaultBackend) ?? members[0]
    return (
      withDefault && {
        object: withDefault,
        path: ['spec', withDefault.spec?.defaultBackend ? 'defaultBackend' : 'rules']
      }
    )
  }
  const object = members.find(member => `Ingress ${keyOf(member)}` === source.object)
  return object && { object, path: parsePath(source.path) }
}

/** What is wrong with an answer; undefined where it may be meant. */
function verdictOf(trace: Trace, answer: TracedAnswer): { code: string; hint: string } | undefined {
  if (answer.from === 'load balancer' && trace.destinations.length > 0) {
    switch (answer.status) {
      case 502:
        return {
          code: 'TARGET_GIVES_NO_ANSWER',
          hint: 'let the port that the Ingress sends to be one on which the target answers'
        }
      case 503:
        return { code: 'TARGET_GROUP_EMPTY', hint: 'send to a Service that has pods, or nodes, that can be registered' }
      case 464:
        return {
          code: 'PROTOCOL_VERSION_UNFIT',
          hint: `set ${annotationName('backend-protocol-version')} to what clients speak`
        }
      default:
        return undefined
    }
  }
  // That the load balancer's own name has no route is as it should be.
  const isHost =
    trace.request.host !== trace.loadBalancer.dnsName &&
    trace.destinations.some(({ backend }) => backend?.gateway && backend.gateway.virtualHost === undefined)
  return answer.from === 'gateway' && answer.status === 404 && isHost
    ? {
        code: 'GATEWAY_HAS_NO_HOST',
        hint: 'bind a VirtualService for the host to the Gateway, or leave the host out of the Ingress'
      }
    : undefined
}

function locationOf({ headers = [] }: TracedAnswer): string | undefined {
  return headers.find(([name]) => name.toLowerCase() === 'location')?.[1]
}

/** Follows a redirect as a browser would: where it ends, as far as it is this load balancer's. */
function followRedirects(tracer: Tracer, group: StackPlan, first: Trace): { loops: boolean; lost?: string } {
  const seen = new Set([first.request.url])
  let url = first.request.url
  let answer = first.answer
  for (let count = 0; count < mostRedirects; count++) {
    const location = locationOf(answer)
    const next = location !== undefined && URL.canParse(location, url) ? new URL(location, url) : undefined
    if (!next || next.hostname !== new URL(url).hostname) {
      return { loops: false }
    }
    if (seen.has(next.href)) {
      return { loops: true }
    }
    seen.add(next.href)
    url = next.href
    const trace = followRequest(tracer, url, readRequest({ url, version: '1.1' }), { group: group.id, explain: false })
    if (!trace.listener) {
      return { loops: false, lost: trace.answer.reason }
    }
    answer = trace.answer
  }
  return { loops: locationOf(answer) !== undefined }
}

/** What comes of one request that a rule is there for. */
function* predictRequest(
  context: Context,
  tracer: Tracer,
  { group }: TracedLoadBalancer,
  meant: MeantRequest
): Generator<Prediction & { cause: string }> {
  const place = placeOf(context, group, meant)
  const trace = followRequest(tracer, meant.request.url, readRequest(meant.request), {
    group: group.id,
    explain: false
  })
  // Another rule takes it: rules about the order of rules say so.
  if (!place || trace.rule !== meant.rule.priority) {
    return
  }
  const asked = `${trace.request.method} ${meant.request.url}`
  const answers = trace.destinations.length > 0 ? trace.destinations.map(({ answer }) => answer) : [trace.answer]
  for (const answer of answers) {
    const verdict = verdictOf(trace, answer)
    if (verdict) {
      const message = `${asked} gets ${answer.status} from the ${answer.from}: ${answer.reason}`
      yield { ...place, ...verdict, message, cause: answer.reason }
    }
  }
  if (locationOf(trace.answer) === undefined) {
    return
  }
  const { loops, lost } = followRedirects(tracer, group, trace)
  const by = `${trace.answer.from} redirects ${asked} to ${locationOf(trace.answer)}`
  if (loops) {
    yield {
      ...place,
      code: 'REDIRECT_LOOP',
      message: `the ${by}, which is redirected again, for ever: ${trace.answer.reason}`,
      hint: 'let one place redirect: the load balancer, or the gateway, and let that one see the scheme that the client used',
      cause: `loop ${trace.answer.reason}`
    }
  }
  if (lost !== undefined) {
    yield {
      ...place,
      code: 'REDIRECT_LEADS_NOWHERE',
      message: `the ${by}, where nobody answers: ${lost}`,
      hint: 'open a listener on the port that the redirect leads to',
      cause: `lost ${lost}`
    }
  }
}

/** What a target group of a stack checks, with the words for what it should ask of a gateway. */
function backendOf(
  context: Context,
  group: StackPlan,
  id: string
): (Place & { service: string; asked: string }) | undefined {
  if (group.kind === 'Gateway') {
    const binding = specOf(group.stack, 'targetGroupBinding', id)?.template
    const [, ofRoute = ''] = id.split(`${group.id}:`)
    const route = ['HTTPRoute', 'GRPCRoute']
      .flatMap(kind => context.resources.list(kind))
      .find(one => ofRoute.startsWith(`${keyOf(one).replace('/', '-')}:${one.kind}-`))
    return (
      route &&
      binding && {
        object: route,
        path: ['spec', 'rules'],
        service: `Service ${binding.metadata.namespace}/${binding.spec.serviceRef.name}`,
        asked:
          'healthCheckPort: status-port and healthCheckPath: /healthz/ready in healthCheckConfig of a TargetGroupConfiguration'
      }
    )
  }
  const backend = context.backends.find(
    ({ ingress, service }) =>
      context.groupOf(ingress) === group && id.startsWith(`${keyOf(ingress)}-${service.metadata.name}:`)
  )
  return (
    backend && {
      object: backend.ingress,
      path: backend.path,
      service: objectName(backend.service),
      asked: `${annotationName('healthcheck-port')}: status-port and ${annotationName('healthcheck-path')}: /healthz/ready`
    }
  )
}

/** Target groups all of whose targets fail their health check. */
function* predictHealthChecks(
  context: Context,
  tracer: Tracer,
  { group, configuration }: TracedLoadBalancer
): Generator<Prediction> {
  const byTargetGroup = Map.groupBy(predictTargetsOf(tracer, group), ({ targetGroup }) => targetGroup)
  for (const [name, targets] of byTargetGroup) {
    const [first] = targets
    const targetGroup = [...configuration.targetGroups.values()].find(one => one.name === name)
    const fails = targets.every(({ state }) => state === 'unhealthy')
    if (
      !first ||
      !targetGroup ||
      !(
        fails ||
        tracer.backends.healthNeedsRoutes({
          targetType: targetGroup.targetType,
          address: first.target.address,
          port: Number(first.healthCheckPort)
        })
      )
    ) {
      continue
    }
    const backend = backendOf(context, group, targetGroup.id)
    if (!backend) {
      continue
    }
    const { service, asked, ...place } = backend
    if (!fails) {
      const { port, path = '/' } = targetGroup.healthCheck
      yield {
        code: 'HEALTH_CHECK_ASKS_ROUTES',
        ...place,
        message: `the health check of ${service} asks for ${path} on ${port === 'traffic-port' ? 'the traffic port' : `port ${port}`}, where the gateway answers 404 unless a VirtualService for every host, which is not among the objects, takes it`,
        expected: asked.replaceAll(annotationPrefix, ''),
        actual: `${first.healthCheckPort}${path}`,
        hint: `set ${asked}`
      }
      continue
    }
    yield {
      code: 'HEALTH_CHECK_FAILS',
      ...place,
      message: `the health check of ${service} never passes: ${first.because}; while no target is healthy, requests go to all of them`,
      expected: targetGroup.healthCheck.matcher?.httpCode ?? targetGroup.healthCheck.matcher?.grpcCode ?? '200',
      actual: first.reason ?? first.state,
      hint: 'let the health check ask a port and a path that answer it: of a gateway status-port and /healthz/ready'
    }
  }
}

/** Whether a finding tells the cause of a prediction: one of its causes, at its Ingress, a Service or a Gateway. */
function explains({ code, object }: Finding, prediction: Prediction): boolean {
  return (
    causes[prediction.code]!.includes(code) &&
    (object === objectName(prediction.object) || !object?.startsWith(`${prediction.object.kind} `))
  )
}

/** What the plan comes to when it is asked. @param known what rules found already. */
export function predict(context: Context, known: readonly Finding[]): Prediction[] {
  const { tracer } = context
  const predictions = new Map<string, Prediction>()
  function add(prediction: Prediction, cause: string): void {
    const key = `${prediction.code} ${objectName(prediction.object)} ${cause}`
    if (!predictions.has(key) && !known.some(finding => explains(finding, prediction))) {
      predictions.set(key, prediction)
    }
  }
  for (const group of stackPlansOf(context.plan)) {
    const loadBalancer = loadBalancerOf(tracer, group)
    if (!loadBalancer) {
      continue
    }
    for (const prediction of predictHealthChecks(context, tracer, loadBalancer)) {
      add(prediction, prediction.message)
    }
    for (const meant of meantRequests(tracer, loadBalancer)) {
      for (const { cause, ...prediction } of predictRequest(context, tracer, loadBalancer, meant)) {
        add(prediction, cause)
      }
    }
  }
  return [...predictions.values()]
}

/** The load balancer of a group; undefined where the controller makes none, or AWS refuses it, which rules tell. */
function loadBalancerOf(tracer: Tracer, group: StackPlan): TracedLoadBalancer | undefined {
  if (applicationLoadBalancer(group.stack)?.type !== 'application') {
    return undefined
  }
  try {
    return tracer.loadBalancerOf(group)
  } catch (error) {
    if (error instanceof Failure) {
      return undefined
    }
    throw error
  }
}

function ruleOf(code: string, severity: Rule['severity']): Rule {
  return { code, severity, find: () => [] }
}

/** The codes of predictions, as rules for whoever lists them; what they find comes of {@link predict}. */
export const predictionRules: readonly Rule[] = [
  ruleOf('HEALTH_CHECK_FAILS', 'error'),
  ruleOf('HEALTH_CHECK_ASKS_ROUTES', 'warning'),
  ruleOf('TARGET_GIVES_NO_ANSWER', 'error'),
  ruleOf('TARGET_GROUP_EMPTY', 'error'),
  ruleOf('PROTOCOL_VERSION_UNFIT', 'warning'),
  ruleOf('GATEWAY_HAS_NO_HOST', 'warning'),
  ruleOf('REDIRECT_LOOP', 'error'),
  ruleOf('REDIRECT_LEADS_NOWHERE', 'error')
]
