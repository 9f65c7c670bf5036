import type { GatewayRequest, Outcome } from './contract.ts'
import { type HeaderPairs, headerValue } from './headers.ts'

const serverName = 'istio-envoy'

/** gRPC status for an answer of the gateway's own (Envoy: httpToGrpcStatus). */
const grpcStatus: Record<number, number> = { 400: 13, 401: 16, 403: 7, 404: 12, 429: 14, 502: 14, 503: 14, 504: 14 }

export interface OwnAnswer {
  status: number
  reason: string
  headers?: HeaderPairs
  body?: string
  /** Of a fault that is told in gRPC's own terms; default: what the status stands for. */
  grpcStatus?: number
  /** The destination of the route cannot be reached. */
  unreachable?: true
  /** What mends that, where it is known. */
  hint?: string
}

/** Whether a request is a call of gRPC. */
export function isGRPC(headers: HeaderPairs): boolean {
  return /^application\/grpc($|[+;])/.test(headerValue(headers, 'content-type') ?? '')
}

/** An answer of the gateway's own; a gRPC call gets it in its own words. */
export function ownResponse(
  request: GatewayRequest,
  { status, reason, headers: given = [], body = '', grpcStatus: told, unreachable, hint }: OwnAnswer
): Outcome {
  const server: HeaderPairs = [['server', serverName]]
  // Whatever a route says, the last word is Envoy's (server_header_transformation OVERWRITE).
  const headers = given.filter(([name]) => name.toLowerCase() !== 'server')
  if (isGRPC(request.headers)) {
    return {
      kind: 'response',
      status: 200,
      headers: [
        ...server,
        ['content-type', 'application/grpc'],
        ['grpc-status', String(told ?? grpcStatus[status] ?? 2)],
        ...(body ? ([['grpc-message', body]] as HeaderPairs) : []),
        ...headers
      ],
      body: '',
      reason,
      ...(unreachable && { unreachable }),
      ...(hint !== undefined && { hint })
    }
  }
  const type: HeaderPairs =
    body && headerValue(headers, 'content-type') === undefined ? [['content-type', 'text/plain']] : []
  return {
    kind: 'response',
    status,
    headers: [...type, ...headers, ...server],
    body,
    reason,
    ...(unreachable && { unreachable }),
    ...(hint !== undefined && { hint })
  }
}

/** As Envoy's bootstrap routes the status port: the readiness path, and nothing else. */
export function answerStatus(request: GatewayRequest): Outcome {
  return request.path.startsWith('/healthz/ready')
    ? ownResponse(request, { status: 200, reason: 'the gateway is ready' })
    : ownResponse(request, { status: 404, reason: 'the status port answers /healthz/ready only' })
}
