import { keyOf, type StackPlan } from '../../model/index.ts'
import { annotationName } from '../../resources/index.ts'
import {
  followRequest,
  readRequest,
  type Trace,
  type TracedAnswer,
  type TracedLoadBalancer,
  type Tracer
} from '../../trace/index.ts'
import type { Context } from '../context.ts'
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
function verdictOf(trace: Trace, answer: TracedAnswer): Pick<Prediction, 'code' | 'hint'> | undefined {
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

/** What comes of one request that a rule is there for. */
export function* predictRequest(
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
