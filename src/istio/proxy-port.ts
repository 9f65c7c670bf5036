/**
 * The ports that every pod with Istio's proxy has besides those of its traffic (Istio: pilot/cmd/pilot-agent/status/server.go,
 * tools/packaging/common/envoy_bootstrap.json).
 *
 * @module
 */

import type { Resources } from '../resources/index.ts'
import type { GatewayRequest, Outcome } from './contract.ts'
import { answerStatus, ownResponse } from './own-response.ts'
import { type ProxyProtocol, statusPortReadsProxyHeader } from './proxy-protocol.ts'

/** Envoy's readiness, its agent, Envoy's own metrics. */
export type ProxyPort = 'status' | 'agent' | 'metrics'

const metricsPaths = new Set(['/metrics', '/stats/prometheus'])

/** Go's answer to a path that its router does not know. */
const unknownToAgent: Outcome = {
  kind: 'response',
  status: 404,
  headers: [
    ['content-type', 'text/plain; charset=utf-8'],
    ['x-content-type-options', 'nosniff']
  ],
  body: '404 page not found\n',
  reason: "Istio's agent answers /healthz/ready and metrics, and this path not"
}

function answerAgent(path: string): Outcome {
  if (path === '/healthz/ready') {
    return { kind: 'response', status: 200, headers: [], body: '', reason: 'the proxy is ready' }
  }
  return metricsPaths.has(path)
    ? { kind: 'response', status: 200, headers: [], body: '', reason: "Istio's agent tells metrics" }
    : unknownToAgent
}

/** What one of the proxy's own ports makes of a PROXY header: the status port alone can be told to take it off. */
export function proxyProtocolAt(port: ProxyPort, resources: Resources): ProxyProtocol {
  return port === 'status' && statusPortReadsProxyHeader(resources) ? 'taken' : undefined
}

/** How a connection to one of the proxy's own ports begins. */
export interface ProxyPortOpening {
  tls: boolean
  /** With a PROXY header that the port does not take off ({@link proxyProtocolAt}). */
  unreadHeader?: boolean
}

/** What becomes of a request over a plain or a TLS connection to one of the proxy's own ports. */
export function answerProxyPort(
  port: ProxyPort,
  { tls, unreadHeader = false }: ProxyPortOpening,
  request: GatewayRequest
): Outcome {
  if (tls) {
    return { kind: 'reset', reason: `the ${port} port speaks plain HTTP only` }
  }
  if (unreadHeader) {
    const reason = `a PROXY header comes before the bytes, which the ${port} port is not told to take off`
    return { kind: 'response', status: 400, headers: [], body: '', reason }
  }
  const [path = '/'] = request.path.split('?')
  switch (port) {
    case 'status':
      return answerStatus(request)
    case 'agent':
      return request.version === '2.0'
        ? { kind: 'reset', reason: "Istio's agent speaks HTTP/1.1 only" }
        : answerAgent(path)
    case 'metrics':
      return path === '/stats/prometheus'
        ? ownResponse(request, { status: 200, reason: 'Envoy tells its metrics' })
        : ownResponse(request, { status: 404, reason: 'the metrics port answers /stats/prometheus only' })
  }
}
