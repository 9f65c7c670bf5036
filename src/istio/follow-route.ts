import type { Resources } from '../resources/index.ts'
import type { GatewayRequest, Outcome } from './contract.ts'
import { chooseDestination, destinationsOf } from './destination.ts'
import { operateOnHeaders } from './headers.ts'
import type { Headers } from './istio.ts'
import { ownResponse } from './own-response.ts'
import { type Route, type RouteFacts, redirectLocation, rewritePath } from './route.ts'

export interface RouteFollowing {
  request: GatewayRequest
  /** Whether the connection to the gateway is TLS. */
  tls: boolean
  /** Port of the server. */
  port: number
  resources: Resources
  complete: boolean
  random(): number
}

/** What becomes of a request that a route takes. */
export function followRoute(
  route: Route,
  facts: RouteFacts,
  { request, tls, port, resources, complete, random }: RouteFollowing
): Outcome {
  const { spec, virtualService } = route
  const abort = spec.fault?.abort
  if (abort?.httpStatus && random() * 100 < (abort.percentage?.value ?? 100)) {
    return ownResponse(request, abort.httpStatus, 'the route injects a fault', [], 'fault filter abort')
  }
  if (spec.redirect) {
    return ownResponse(request, spec.redirect.redirectCode || 301, 'the route redirects', [
      ['location', redirectLocation(route, facts, port, tls)]
    ])
  }
  if (spec.directResponse) {
    const { status, body } = spec.directResponse
    const text = body?.string ?? Buffer.from(body?.bytes ?? '', 'base64').toString()
    return ownResponse(request, status, 'the route answers directly', [], text)
  }
  const destinations = destinationsOf(spec, { resources, virtualService, port, complete })
  const destination = chooseDestination(destinations, random())
  if (!destination) {
    return ownResponse(request, 503, 'the route has no destination')
  }
  if (destination.problem) {
    return ownResponse(request, 503, destination.problem)
  }
  // The destination's operations come before the route's (Envoy: the most specific first).
  const operations = [spec.route?.[destination.place]?.headers, spec.headers]
  const authority =
    spec.rewrite?.authority ?? authorityOf(spec.headers) ?? authorityOf(operations[0]) ?? request.authority
  return {
    kind: 'service',
    destinations,
    destination,
    request: {
      method: request.method,
      path: rewritePath(route, request.path),
      headers: operateOnHeaders(
        facts.headers.map(([name, value]) => [name, name.toLowerCase() === 'host' ? authority : value]),
        operations.map(operation => operation?.request)
      )
    },
    answerHeaders: given =>
      operateOnHeaders(
        given,
        operations.map(operation => operation?.response)
      )
  }
}

/** A host among the headers to set rewrites the authority (Istio: TranslateHeadersOperations). */
function authorityOf(headers: Headers | undefined): string | undefined {
  return Object.entries({ ...headers?.request?.add, ...headers?.request?.set }).find(([name]) =>
    /^(host|:authority)$/i.test(name)
  )?.[1]
}
