import type { StackPlan } from '../../model/index.ts'
import { annotationName } from '../../resources/index.ts'
import {
  followRequest,
  hasUnknownTargets,
  readRequest,
  type Trace,
  type TracedAnswer,
  type TracedDestination,
  type TracedLoadBalancer,
  type Tracer
} from '../../trace/index.ts'
import type { Context } from '../context.ts'
import { hintForName } from '../facts/external-name.ts'
import { parsePath } from '../facts/listener-rules.ts'
import { findByName } from '../facts/named-object.ts'
import type { MeantRequest } from '../facts/requests.ts'
import type { Prediction } from './prediction.ts'
import { followRedirects, locationOf } from './redirect.ts'

/**
 * The Ingress, or the route, that a rule of a listener comes from, and where; the default rule is the group's first member's, that
 * of a Gateway nobody's.
 */
function placeOf(
  context: Context,
  group: StackPlan,
  { listener, rule }: MeantRequest
): Pick<Prediction, 'object' | 'path'> | undefined {
  if (group.kind === 'Service') {
    return undefined
  }
  const source = group.ruleSources.get(`${listener.port}:${rule.priority}`)
  if (group.kind === 'Gateway') {
    const route = source && findByName(context.resources, source.object)
    return route && { object: route, path: parsePath(source.path) }
  }
  if (!source) {
    const members = context.membersOf(group)
    const withDefault = members.find(({ spec }) => spec?.defaultBackend) ?? members[0]
    return (
      withDefault && {
        object: withDefault,
        path: ['spec', withDefault.spec?.defaultBackend ? 'defaultBackend' : 'rules']
      }
    )
  }
  const object = context.memberNamed(source.object.slice('Ingress '.length))
  return object && { object, path: parsePath(source.path) }
}

/** 404, or what stands for it in gRPC: UNIMPLEMENTED. */
function isNotFound({ status, headers = [] }: TracedAnswer): boolean {
  return status === 404 || headers.some(([name, value]) => name === 'grpc-status' && value === '12')
}

/** What is wrong with an answer; undefined where it may be meant. */
function verdictOf(trace: Trace, answer: TracedAnswer): Pick<Prediction, 'code' | 'hint'> | undefined {
  // What hands bytes on has no answer of its own: the client's connection ends.
  if (answer.from === 'nobody' && trace.destinations.length > 0) {
    return trace.destinations.every(({ targets }) => targets.length === 0)
      ? { code: 'TARGET_GROUP_EMPTY', hint: 'let the Service select pods that are there, or let nodes be registered' }
      : {
          code: 'TARGET_GIVES_NO_ANSWER',
          hint: answer.hint ?? 'let the port of the load balancer lead to one on which the target answers'
        }
  }
  if (answer.from === 'load balancer' && trace.destinations.length > 0) {
    switch (answer.status) {
      case 502:
        return {
          code: 'TARGET_GIVES_NO_ANSWER',
          hint: answer.hint ?? 'let the port that the Ingress sends to be one on which the target answers'
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
  if (answer.from !== 'gateway') {
    return undefined
  }
  if (answer.unreachable) {
    return {
      code: 'GATEWAY_REACHES_NOTHING',
      hint: answer.hint ?? 'let the route lead to a port and a subset that the Service has, and to pods that are there'
    }
  }
  // That the load balancer's own name has no route is as it should be.
  if (!isNotFound(answer) || trace.request.host === trace.loadBalancer.dnsName) {
    return undefined
  }
  const gateways = trace.destinations.flatMap(({ backend }) => backend?.gateway ?? [])
  if (gateways.some(({ virtualHost }) => virtualHost === undefined)) {
    return {
      code: 'GATEWAY_HAS_NO_HOST',
      hint: 'bind a VirtualService or a route for the host to the Gateway, or leave the host out of the Gateway'
    }
  }
  return gateways.some(({ route }) => route === undefined)
    ? {
        code: 'GATEWAY_HAS_NO_ROUTE',
        hint: 'give a VirtualService of the host a route for the path, or leave the path out of the Ingress'
      }
    : undefined
}

/** The Service, the Gateway and the object of the route that a request comes to. */
function backendsOf({ backend }: Partial<TracedDestination>): string[] {
  const { server, route } = backend?.gateway ?? {}
  const ofRoute = route?.split(' ').slice(0, 2).join(' ')
  return [backend?.service, server?.gateway.split(' listener ')[0], ofRoute].filter(name => name !== undefined)
}

/** A prediction, and what tells its cause from others. */
export type CausedPrediction = Prediction & { cause: string }

/** Of a rule that sends to a name in DNS, what to send to instead. */
function hintAt(
  { backends }: Context,
  { object, path }: Pick<Prediction, 'object' | 'path'>
): { hint: string } | undefined {
  const sent = backends.find(({ ingress, path: own }) => ingress === object && own.join('.').startsWith(path.join('.')))
  const hint = sent && hintForName(sent.service)
  return hint === undefined ? undefined : { hint }
}

/** Of a rule that names hosts, where the one without a route may be left out. */
function hintForHost({ rule }: MeantRequest, { object }: Pick<Prediction, 'object'>): { hint: string } | undefined {
  return rule.conditions.some(({ field }) => field === 'host-header')
    ? {
        hint: `bind a VirtualService or a route for the host to the Gateway, or leave the host out of the ${object.kind}`
      }
    : undefined
}

/** What comes of one request that a rule is there for; undefined where another rule takes it, which other rules tell. */
export function predictRequest(
  context: Context,
  tracer: Tracer,
  loadBalancer: TracedLoadBalancer,
  meant: MeantRequest
): CausedPrediction[] | undefined {
  const place = placeOf(context, loadBalancer.group, meant)
  const trace = followRequest(tracer, meant.request.url, readRequest(meant.request), {
    group: loadBalancer.group.id,
    explain: false
  })
  return place && trace.rule === meant.rule.priority
    ? [...predictAnswers(tracer, loadBalancer.group, trace)].map(prediction => ({
        ...place,
        ...prediction,
        ...(prediction.code === 'TARGET_GROUP_EMPTY' && hintAt(context, place)),
        ...(prediction.code === 'GATEWAY_HAS_NO_HOST' && hintForHost(meant, place))
      }))
    : undefined
}

/** What nobody can want of a request that was followed. */
export function* predictAnswers(
  tracer: Tracer,
  group: StackPlan,
  trace: Trace
): Generator<Omit<CausedPrediction, 'object' | 'path'>> {
  const asked = `${trace.request.method} ${trace.request.url}`
  const known = trace.destinations.filter(destination => !hasUnknownTargets(destination))
  const answers = known.flatMap(({ answer, branches = [], ...destination }) =>
    [answer, ...branches.map(one => one.answer)].map(one => ({ answer: one, about: backendsOf(destination) }))
  )
  for (const { answer, about } of trace.destinations.length > 0 ? answers : [{ answer: trace.answer, about: [] }]) {
    const verdict = verdictOf(trace, answer)
    if (verdict) {
      const message =
        answer.from === 'nobody'
          ? `${asked} gets no answer: ${answer.reason}`
          : `${asked} gets ${answer.status} from the ${answer.from}: ${answer.reason}`
      const { host } = trace.request
      yield {
        ...verdict,
        message,
        about,
        cause: answer.reason,
        ...(verdict.code === 'GATEWAY_HAS_NO_HOST' && { host })
      }
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
      about,
      code: 'REDIRECT_LOOP',
      message: `the ${by}, which is redirected again, for ever: ${trace.answer.reason}${unsure === undefined ? '' : `; assumed: ${unsure}`}`,
      ...(unsure !== undefined && { severity: 'warning' as const }),
      hint: 'let one place redirect: the load balancer, or the gateway, and let that one see the scheme that the client used',
      cause: `loop ${trace.answer.reason}`
    }
  }
  if (lost !== undefined) {
    yield {
      about,
      code: 'REDIRECT_LEADS_NOWHERE',
      message: `the ${by}, where nobody answers: ${lost}`,
      hint: 'open a listener on the port that the redirect leads to',
      cause: `lost ${lost}`
    }
  }
}
