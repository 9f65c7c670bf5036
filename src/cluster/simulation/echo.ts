/**
 * The application that the embedded cluster has behind every Service: it tells the request as it saw it, in gRPC what gRPC has
 * words for, and passes the health checks of the load balancer, as `trace` takes every application to do.
 *
 * @module
 */

import type { HeaderPairs } from '../../istio/index.ts'
import type { StandInAnswer, StandInRequest } from './stand-in.ts'

/** What a health check at a place, `address:port`, wants to hear of a path; undefined where none asks. */
export type ExpectedCode = (place: string, path: string) => number | undefined

/** gRPC's UNIMPLEMENTED: no method is known. */
const unimplemented = 12

/** What every gRPC server knows that can be asked for its health. */
const healthMethod = '/grpc.health.v1.Health/Check'

function header(headers: HeaderPairs, wanted: string): string {
  return headers.find(([name]) => name.toLowerCase() === wanted)?.[1] ?? ''
}

function isGRPC(headers: HeaderPairs): boolean {
  return /^application\/grpc($|[+;])/.test(header(headers, 'content-type'))
}

type SeenRequest = Pick<StandInRequest, 'method' | 'path' | 'headers' | 'place'>

export function echo(service: string, request: SeenRequest, expected: ExpectedCode): StandInAnswer {
  const { method, path, headers, place } = request
  const checks = header(headers, 'user-agent').startsWith('ELB-HealthChecker/')
  const code = checks ? expected(place, path) : undefined
  if (isGRPC(headers)) {
    const status = code ?? (path === healthMethod ? 0 : unimplemented)
    return {
      status: 200,
      headers: [
        ['content-type', 'application/grpc'],
        ['grpc-status', String(status)],
        ['grpc-message', `stand-in for ${service}`]
      ],
      body: ''
    }
  }
  const seen = Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]))
  return {
    status: code ?? 200,
    headers: [['content-type', 'application/json']],
    body: `${JSON.stringify({ service, method, path, headers: seen }, undefined, 2)}\n`
  }
}
