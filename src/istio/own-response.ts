import type { GatewayRequest, Outcome } from './contract.ts'
import { type HeaderPairs, headerValue } from './headers.ts'

const serverName = 'istio-envoy'

/** gRPC status for an answer of the gateway's own (Envoy: httpToGrpcStatus). */
const grpcStatus: Record<number, number> = { 400: 13, 401: 16, 403: 7, 404: 12, 429: 14, 502: 14, 503: 14, 504: 14 }

/** An answer of the gateway's own; a gRPC call gets it in its own words. */
export function ownResponse(
  request: GatewayRequest,
  status: number,
  reason: string,
  headers: HeaderPairs = [],
  body = ''
): Outcome {
  const isGRPC = /^application\/grpc($|[+;])/.test(headerValue(request.headers, 'content-type') ?? '')
  const server: HeaderPairs = [['server', serverName]]
  if (isGRPC) {
    return {
      kind: 'response',
      status: 200,
      headers: [
        ...server,
        ['content-type', 'application/grpc'],
        ['grpc-status', String(grpcStatus[status] ?? 2)],
        ...headers
      ],
      body: '',
      reason
    }
  }
  return {
    kind: 'response',
    status,
    headers: [...(body ? ([['content-type', 'text/plain']] as HeaderPairs) : []), ...headers, ...server],
    body,
    reason
  }
}

/** As Envoy's bootstrap routes the status port: the readiness path, and nothing else. */
export function answerStatus(request: GatewayRequest): Outcome {
  return request.path.startsWith('/healthz/ready')
    ? ownResponse(request, 200, 'the gateway is ready')
    : ownResponse(request, 404, 'the status port answers /healthz/ready only')
}
