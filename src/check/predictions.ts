/**
 * What comes of the requests that the rules are there for: each is followed by the functions of `trace`, and an answer that
 * nobody can want is a finding, once a cause. Rules that know the mistake itself say more, so they come first.
 *
 * @module
 */

import type { Finding } from '../failure.ts'
import { type GroupPlan, keyOf } from '../model/index.ts'
import { annotationName, type Ingress, objectName, type Path } from '../resources/index.ts'
import {
  followRequest,
  predictTargetsOf,
  readRequest,
  type Trace,
  type TracedAnswer,
  type TracedDestination,
  type TracedLoadBalancer,
  type Tracer
} from '../trace/index.ts'
import type { Context } from './context.ts'
import { serversBehind } from './facts/gateway.ts'
import { loadBalancerOf } from './facts/load-balancer.ts'
import { type MeantRequest, meantRequests } from './facts/requests.ts'
import type { Problem, Rule } from './rule.ts'

/** A problem with the code of its rule. */
export type Prediction = Problem & {
  code: string
  /** Objects behind the load balancer that it comes of, as `Kind namespace/name`. */
  about: string[]
}

/** Codes of rules that tell why a target gives no answer. */
const noAnswer = [
  'PLAIN_HTTP_TO_TLS_PORT',
  'TLS_TO_PLAIN_HTTP_PORT',
  'GATEWAY_HOSTS_NEED_SNI',
  'GATEWAY_CREDENTIAL_MISSING',
  'GATEWAY_WANTS_CLIENT_CERTIFICATE',
  'GATEWAY_WANTS_PROXY_PROTOCOL',
  'GATEWAY_NEEDS_NEWER_TLS',
  'GATEWAY_SELECTS_NO_POD',
  'GATEWAY_SERVER_MISSING',
  'PODS_DEMAND_MUTUAL_TLS',
  'SERVICE_WITHOUT_PODS',
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
  HEALTH_CHECK_ASKS_ROUTES: ['STATUS_PORT_MISSING', 'HEALTH_CHECK_PATH_NOT_SERVED'],
  TARGET_GIVES_NO_ANSWER: noAnswer,
  TARGET_GROUP_EMPTY: [
    'SERVICE_WITHOUT_NODE_PORT',
    'SERVICE_WITHOUT_PODS',
    'BACKEND_SERVICE_NOT_THERE',
    'TRAFFIC_POLICY_LOCAL',
    'ACTION_MISSING'
  ],
  PROTOCOL_VERSION_UNFIT: ['PROTOCOL_VERSION_NEEDS_HTTPS_LISTENER'],
  GATEWAY_HAS_NO_HOST: ['GATEWAY_HOSTS_NEED_SNI', 'GATEWAY_SERVER_LEFT_OUT', 'ROUTE_NOT_ATTACHED'],
  REDIRECT_LOOP: ['GATEWAY_REDIRECT_LOOP', 'SSL_REDIRECT_REMOVES_ROUTES', 'RULE_TAKEN_BY_REDIRECT'],
  REDIRECT_LEADS_NOWHERE: ['SSL_REDIRECT_IS_NO_ACTION']
}

/** Redirects that are followed before they count as a loop of their own. */
const mostRedirects = 5

/** The Ingress that a rule of a listener comes from, and where; the default rule is the group's first member's. */
function placeOf(
  context: Context,
  group: GroupPlan,
  { listener, rule }: MeantRequest
): { object: Ingress; path: Path } | undefined {
  const source = group.ruleSources.get(`${listener.port}:${rule.priority}`)
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
  const object = members.find(member => keyOf(member) === source.ingress)
  const path = source.path.split('.').map(step => (/^\d+$/.test(step) ? Number(step) : step))
  return object && { object, path }
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
function followRedirects(tracer: Tracer, group: GroupPlan, first: Trace): { loops: boolean; lost?: string } {
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

/** The Service and the Gateway that a request comes to. */
function backendsOf({ backend }: Partial<TracedDestination>): string[] {
  const gateway = backend?.gateway?.server?.gateway.split(' listener ')[0]
  return [backend?.service, gateway].filter(name => name !== undefined)
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
  const answers = trace.destinations.length > 0 ? trace.destinations : [{ answer: trace.answer }]
  for (const { answer, ...destination } of answers) {
    const verdict = verdictOf(trace, answer)
    if (verdict) {
      const message = `${asked} gets ${answer.status} from the ${answer.from}: ${answer.reason}`
      yield { ...place, ...verdict, message, about: backendsOf(destination), cause: answer.reason }
    }
  }
  if (locationOf(trace.answer) === undefined) {
    return
  }
  const { loops, lost } = followRedirects(tracer, group, trace)
  const by = `${trace.answer.from} redirects ${asked} to ${locationOf(trace.answer)}`
  const unsure = trace.destinations.find(({ backend }) => backend?.unsure !== undefined)?.backend?.unsure
  const about = trace.destinations.flatMap(backendsOf)
  if (loops) {
    yield {
      ...place,
      code: 'REDIRECT_LOOP',
      message: `the ${by}, which is redirected again, for ever: ${trace.answer.reason}${unsure === undefined ? '' : `; assumed: ${unsure}`}`,
      ...(unsure !== undefined && { severity: 'warning' as const }),
      hint: 'let one place redirect: the load balancer, or the gateway, and let that one see the scheme that the client used',
      about,
      cause: `loop ${trace.answer.reason}`
    }
  }
  if (lost !== undefined) {
    yield {
      ...place,
      code: 'REDIRECT_LEADS_NOWHERE',
      message: `the ${by}, where nobody answers: ${lost}`,
      hint: 'open a listener on the port that the redirect leads to',
      about,
      cause: `lost ${lost}`
    }
  }
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
    const backend = context.backends.find(
      ({ ingress, service }) =>
        context.groupOf(ingress) === group && targetGroup.id.startsWith(`${keyOf(ingress)}-${service.metadata.name}:`)
    )
    if (!backend) {
      continue
    }
    const gateways = new Set(serversBehind(context, backend).map(({ gateway }) => gateway))
    const place = { object: backend.ingress, path: backend.path, about: [backend.service, ...gateways].map(objectName) }
    if (!fails) {
      const { port, path = '/' } = targetGroup.healthCheck
      yield {
        code: 'HEALTH_CHECK_ASKS_ROUTES',
        ...place,
        message: `the health check of ${objectName(backend.service)} asks for ${path} on ${port === 'traffic-port' ? 'the traffic port' : `port ${port}`}, where the gateway answers 404 unless a VirtualService for every host, which is not among the objects, takes it`,
        expected: 'healthcheck-port: status-port and healthcheck-path: /healthz/ready',
        actual: `${first.healthCheckPort}${path}`,
        hint: `set ${annotationName('healthcheck-port')}: status-port and ${annotationName('healthcheck-path')}: /healthz/ready`
      }
      continue
    }
    yield {
      code: 'HEALTH_CHECK_FAILS',
      ...place,
      message: `the health check of ${objectName(backend.service)} never passes: ${first.because}; while no target is healthy, requests go to all of them`,
      expected: targetGroup.healthCheck.matcher?.httpCode ?? targetGroup.healthCheck.matcher?.grpcCode ?? '200',
      actual: first.reason ?? first.state,
      hint: 'let the health check ask a port and a path that answer it: of a gateway status-port and /healthz/ready'
    }
  }
}

/** Whether a text names an object, and not one whose name goes on. */
function mentions(text: string, name: string): boolean {
  return text
    .split(name)
    .slice(1)
    .some(after => !/^\.?[\w-]/.test(after))
}

/** Whether a finding tells the cause of a prediction: one of its causes, of the same backend; where it names none, of the Ingress. */
function explains({ code, object, message }: Finding, { about, ...prediction }: Prediction): boolean {
  if (!causes[prediction.code]!.includes(code)) {
    return false
  }
  const text = `${object} ${message}`
  return (
    about.some(name => mentions(text, name)) ||
    (!/\b(Service|Gateway) [\w.-]+\//.test(text) && mentions(text, objectName(prediction.object)))
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
  for (const group of context.plan.groups) {
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
