import { objectName, type ServicePort } from '../../resources/index.ts'
import { protocolOf } from '../../targets/index.ts'
import type { Context } from '../context.ts'
import { type Backend, backendProtocol } from './backend.ts'
import { type GatewayServer, serversBehind } from './gateway.ts'
import { statusPortOf } from './health-check.ts'

/** Whether a Service port expects TLS, and what says so. */
export interface Expectation {
  tls: boolean
  because: string
  /** Whether only names and numbers of a Service that is no gateway say so. */
  guessed?: boolean
}

const tlsServerProtocols = new Set(['HTTPS', 'TLS'])

function describeServer({ gateway, index }: GatewayServer): string {
  return `servers[${index}] of ${objectName(gateway)}`
}

/** By the Istio Gateways that serve the port; undefined where none does or where they disagree. */
function byServers(servers: GatewayServer[]): Expectation | undefined {
  const [first] = servers
  if (!first) {
    return undefined
  }
  const tls = tlsServerProtocols.has(first.server.port?.protocol?.toUpperCase() ?? '')
  const agree = servers.every(
    ({ server }) => tlsServerProtocols.has(server.port?.protocol?.toUpperCase() ?? '') === tls
  )
  return agree ? { tls, because: `${describeServer(first)} speaks ${first.server.port?.protocol} there` } : undefined
}

function isHTTPSName({ name = '' }: ServicePort): boolean {
  return /^https(-|$)/.test(name)
}

/**
 * Whether the port that a backend leads to expects TLS: by the Gateway that serves it, by its appProtocol, or, on an Istio
 * gateway, by name and number. Of other Services a port 443 alone says nothing: many end TLS at the load balancer.
 */
export function expectationOf(context: Context, backend: Backend): Expectation | undefined {
  const { port, service } = backend
  const served = byServers(serversBehind(context, backend))
  if (served) {
    return served
  }
  // As the application's stand-in has it, which `trace` and `simulate` ask.
  const known = protocolOf(service, port, context.resources)
  if (known) {
    return known
  }
  const targetPort = port.targetPort ?? port.port
  const numbers = `${port.port}, target port ${targetPort}`
  if (statusPortOf({ service })) {
    if (isHTTPSName(port) || port.port === 443 || targetPort === 8443) {
      return { tls: true, because: `it is the gateway's ${port.name ?? 'TLS port'} (${numbers})` }
    }
    if (/^http2?(-|$)/.test(port.name ?? '')) {
      return { tls: false, because: `it is the gateway's ${port.name} (${numbers})` }
    }
    return undefined
  }
  if (isHTTPSName(port) && [443, 8443, 'https'].includes(targetPort)) {
    return { tls: true, because: `it is named ${port.name} and leads to ${targetPort}`, guessed: true }
  }
  return undefined
}

/** Whether targets are, or must be, spoken to over TLS. */
export function needsTLS(context: Context, backend: Backend): boolean {
  return backendProtocol(backend) === 'HTTPS' || expectationOf(context, backend)?.tls === true
}
