import { type GroupPlan, keyOf } from '../../model/index.ts'
import { annotationName, type Ingress, type Path } from '../../resources/index.ts'
import {
  followRequest,
  readRequest,
  type Trace,
  type TracedAnswer,
  type TracedLoadBalancer,
  type Tracer
} from '../../trace/index.ts'
import type { Context } from '../context.ts'
import type { MeantRequest } from '../facts/requests.ts'
import type { Prediction } from './prediction.ts'
import { followRedirects, locationOf } from './redirect.ts'

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

/** 404, or what stands for it in gRPC: UNIMPLEMENTED. */
function isNotFound({ status, headers = [] }: TracedAnswer): boolean {
  return status === 404 || headers.some(([name, value]) => name === 'grpc-status' && value === '12')
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
  if (answer.from !== 'gateway') {
    return undefined
  }
  if (answer.unreachable) {
    return {
      code: 'GATEWAY_REACHES_NOTHING',
      hint: 'let the route of the VirtualService lead to a port and a subset that the Service has, and to pods that are there'
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
      hint: 'bind a VirtualService for the host to the Gateway, or leave the host out of the Ingress'
    }
  }
  return gateways.some(({ route }) => route === undefined)
    ? {
        code: 'GATEWAY_HAS_NO_ROUTE',
        hint: 'give a VirtualService of the host a route for the path, or leave the path out of the Ingress'
      }
    : undefined
}

/** A prediction, and what tells its cause from others. */
export type CausedPrediction = Prediction & { cause: string }

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
    ? [...predictAnswers(tracer, loadBalancer, meant, trace)].map(prediction => ({ ...place, ...prediction }))
    : undefined
}

function* predictAnswers(
  tracer: Tracer,
  { group }: TracedLoadBalancer,
  meant: MeantRequest,
  trace: Trace
): Generator<Omit<CausedPrediction, 'object' | 'path'>> {
  const asked = `${trace.request.method} ${meant.request.url}`
  const answers = trace.destinations.flatMap(({ answer, branches = [] }) => [
    answer,
    ...branches.map(one => one.answer)
  ])
  for (const answer of answers.length > 0 ? answers : [trace.answer]) {
    const verdict = verdictOf(trace, answer)
    if (verdict) {
      const message = `${asked} gets ${answer.status} from the ${answer.from}: ${answer.reason}`
      yield { ...verdict, message, cause: answer.reason }
    }
  }
  if (locationOf(trace.answer) === undefined) {
    return
  }
  const { loops, lost } = followRedirects(tracer, group, trace)
  const by = `${trace.answer.from} redirects ${asked} to ${locationOf(trace.answer)}`
  if (loops) {
    yield {
      code: 'REDIRECT_LOOP',
      message: `the ${by}, which is redirected again, for ever: ${trace.answer.reason}`,
      hint: 'let one place redirect: the load balancer, or the gateway, and let that one see the scheme that the client used',
      cause: `loop ${trace.answer.reason}`
    }
  }
  if (lost !== undefined) {
    yield {
      code: 'REDIRECT_LEADS_NOWHERE',
      message: `the ${by}, where nobody answers: ${lost}`,
      hint: 'open a listener on the port that the redirect leads to',
      cause: `lost ${lost}`
    }
  }
}
