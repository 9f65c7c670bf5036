import type { Resources } from '../resources/index.ts'
import type { Branch, GatewayRequest, Outcome } from './contract.ts'
import { type CorsDecision, decideCors } from './cors.ts'
import { type Destination, destinationsOf } from './destination.ts'
import { parseDuration } from './duration.ts'
import { authorityOf, type FormatFacts, operateOnHeaders, roundsOf, unknownCommands } from './header-operation.ts'
import { type HeaderPairs, isWebSocket, withHeader } from './headers.ts'
import type { HTTPRouteSpec } from './istio.ts'
import { isGRPC, type OwnAnswer, ownResponse } from './own-response.ts'
import { grpcCodes } from './refusal/fault.ts'
import { type Route, redirectLocation, rewritePath } from './route.ts'

export interface RouteFollowing {
  request: GatewayRequest
  facts: FormatFacts
  /** Whether the connection to the gateway is TLS. */
  tls: boolean
  /** Port of the server. */
  port: number
  /** Of the gateway's pods. */
  namespace: string
  resources: Resources
  complete: boolean
}

/** Everything that may become of a request that a route takes; shares add up to 100. */
export interface Followed {
  branches: Branch[]
  /** Where the request may go: those whose policies have a say too. */
  destinations: Destination[]
  notEvaluated: string[]
}

/** Status of HTTP and, where it is told in gRPC's terms, of gRPC with which a fault is injected; undefined without one. */
function abortOf({ fault }: HTTPRouteSpec): (OwnAnswer & { share: number }) | undefined {
  const { abort } = fault ?? {}
  // Without a percentage nothing is aborted.
  const share = abort?.percentage?.value ?? 0
  if (!abort || share === 0 || (abort.httpStatus === undefined && abort.grpcStatus === undefined)) {
    return undefined
  }
  const code = abort.grpcStatus === undefined ? undefined : grpcCodes.indexOf(abort.grpcStatus)
  const told = abort.grpcStatus ?? abort.httpStatus
  return {
    share,
    status: abort.httpStatus ?? 200,
    body: 'fault filter abort',
    reason: `the route injects a fault (${told})`,
    ...(code !== undefined && { grpcStatus: code })
  }
}

function delayText({ fault }: HTTPRouteSpec): string {
  const { fixedDelay, percentage, percent } = fault?.delay ?? {}
  const share = percentage?.value ?? percent ?? 0
  return fixedDelay && share > 0 ? ` (${share} % of them after ${fixedDelay})` : ''
}

function describeDestination({ host, port, subset, problem }: Destination): string {
  return `${host}:${port}${subset ? ` subset ${subset}` : ''}${problem ? ` (${problem.reason})` : ''}`
}

/**
 * The headers of an answer that a filter gives before the route has its turn, a policy's for one: those that the route puts on
 * answers are on it too (Envoy: DownstreamFilterManager::sendLocalReply), unless the route answers by itself.
 */
export function headersOfLocalReply({ spec }: Route, facts: FormatFacts): HeaderPairs {
  const [destination, ...others] = spec.redirect || spec.directResponse ? [] : (spec.route ?? [])
  return destination
    ? operateOnHeaders([], roundsOf(spec.headers, destination.headers, others.length === 0, 'response'), facts)
    : []
}

/** What becomes of a request that a route takes. */
export function followRoute(route: Route, following: RouteFollowing): Followed {
  const { spec } = route
  const { request, facts } = following
  const abort = abortOf(spec)
  const left = 100 - (abort?.share ?? 0)
  // A route that answers by itself has no policy: the filter looks at routes to services alone (Envoy: CorsFilter::decodeHeaders).
  const answersItself = spec.redirect !== undefined || spec.directResponse !== undefined
  const cors = answersItself ? undefined : decideCors(spec.corsPolicy, facts)
  const notEvaluated = unknownCommands([spec.headers, ...(spec.route ?? []).map(({ headers }) => headers)], facts).map(
    command => `the command ${command} in a header's value`
  )
  const aborted: Branch[] = abort
    ? [
        {
          share: abort.share,
          text: `${abort.grpcStatus === undefined || !isGRPC(request.headers) ? abort.status : `gRPC ${abort.grpcStatus}`}, ${abort.reason}`,
          outcome: ownResponse(request, { ...abort, headers: headersOfLocalReply(route, facts) })
        }
      ]
    : []
  if (left <= 0) {
    return { branches: aborted, destinations: [], notEvaluated }
  }
  const own = ownAnswer(route, following, cors)
  if (own) {
    const text = own.kind === 'response' ? `${own.status}, ${own.reason}` : ''
    return { branches: [...aborted, { share: left, text, outcome: own }], destinations: [], notEvaluated }
  }
  const { resources, port, namespace, complete } = following
  const destinations = destinationsOf(spec.route, { resources, namespace, port, complete })
  const delay = delayText(spec)
  const reached = destinations.map(destination => ({
    share: (destination.share * left) / 100,
    text: describeDestination(destination) + delay,
    outcome: followTo(destination, destinations, route, following, cors)
  }))
  return { branches: [...aborted, ...reached], destinations, notEvaluated }
}

/** Preflights, redirects and direct responses: no destination is asked. */
function ownAnswer(route: Route, following: RouteFollowing, cors: CorsDecision | undefined): Outcome | undefined {
  const { spec } = route
  const { request, facts, port, tls } = following
  if (cors?.preflight) {
    return ownResponse(request, {
      status: 200,
      reason: "the route's corsPolicy answers a preflight",
      headers: cors.preflight
    })
  }
  function answer(own: OwnAnswer): Outcome {
    const headers = operateOnHeaders(own.headers ?? [], roundsOf(spec.headers, undefined, true, 'response'), facts)
    return ownResponse(request, { ...own, headers: cors ? cors.headers(headers) : headers })
  }
  if (spec.redirect) {
    return answer({
      status: spec.redirect.redirectCode || 301,
      reason: 'the route redirects',
      headers: [['location', redirectLocation(route, facts, port, tls)]]
    })
  }
  if (spec.directResponse) {
    const { status, body } = spec.directResponse
    const text = body?.string ?? Buffer.from(body?.bytes ?? '', 'base64').toString()
    return answer({ status, reason: 'the route answers directly', body: text })
  }
  return (spec.route?.length ?? 0) === 0 ? answer({ status: 503, reason: 'the route has no destination' }) : undefined
}

/** The time in which a Service is expected to answer, of which Envoy tells it (Envoy: setTimeoutHeaders); undefined without end. */
function expectedMilliseconds({ timeout, retries }: HTTPRouteSpec): number | undefined {
  const whole = parseDuration(timeout ?? '') ?? 0
  const one = parseDuration(retries?.perTryTimeout ?? '') ?? 0
  const expected = one > 0 && (whole === 0 || one < whole) ? one : whole
  return expected > 0 ? Math.round(expected * 1000) : undefined
}

/** The headers by which Envoy tells a Service what it did (Envoy: finalizeRequestHeaders, since 1.35 the host too). */
function told(
  headers: HeaderPairs,
  spec: HTTPRouteSpec,
  { authority: written, path }: FormatFacts,
  authority: string | undefined
): HeaderPairs {
  const { rewrite } = spec
  const expected = expectedMilliseconds(spec)
  const added: [name: string, value: string | undefined][] = [
    ['x-envoy-attempt-count', '1'],
    ['x-envoy-expected-rq-timeout-ms', expected === undefined ? undefined : String(expected)],
    ['x-envoy-original-host', authority ? written : undefined],
    ['x-envoy-original-path', rewrite?.uri || rewrite?.uriRegexRewrite ? path : undefined],
    ['host', authority]
  ]
  return added.reduce((all, [name, value]) => (value ? withHeader(all, name, value) : all), headers)
}

/** What becomes of a request that goes to a destination. */
function followTo(
  destination: Destination,
  destinations: Destination[],
  route: Route,
  { request, facts }: RouteFollowing,
  cors: CorsDecision | undefined
): Outcome {
  const { spec } = route
  const ofDestination = spec.route?.[destination.place]?.headers
  const isSingle = spec.route?.length === 1
  function answerHeaders(given: HeaderPairs): HeaderPairs {
    const headers = operateOnHeaders(given, roundsOf(spec.headers, ofDestination, isSingle, 'response'), facts)
    return cors ? cors.headers(headers) : headers
  }
  const { problem } = destination
  if (problem) {
    const { reason, body, unknown, hint } = problem
    // The Gateway API wants an error of the server's where a backend is none.
    const status = unknown && route.semantics === 'gateway' ? 500 : 503
    return ownResponse(request, {
      status,
      reason,
      body,
      headers: answerHeaders([]),
      unreachable: true,
      ...(hint !== undefined && { hint })
    })
  }
  const operated = operateOnHeaders(facts.headers, roundsOf(spec.headers, ofDestination, isSingle, 'request'), facts)
  const authority = spec.rewrite?.authority || authorityOf(spec.headers) || authorityOf(ofDestination)
  return {
    kind: 'service',
    destinations,
    destination,
    request: {
      method: request.method,
      path: rewritePath(route, facts.path),
      headers: told(operated, spec, facts, authority)
    },
    answerHeaders,
    ...(isWebSocket(request.headers) && { upgrade: 'websocket' as const })
  }
}
