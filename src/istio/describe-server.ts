import { objectName } from '../resources/index.ts'
import type { GatewayAnswer } from './contract.ts'
import { parentAnnotation } from './gateway-api/listener.ts'
import type { MergedServers, Server } from './server.ts'

function nameOf({ gateway }: Server): string {
  return gateway.metadata.annotations?.[parentAnnotation] ?? objectName(gateway)
}

export function describeServer(server: Server): NonNullable<GatewayAnswer['server']> {
  const { spec } = server
  return {
    gateway: nameOf(server),
    port: spec.port.number,
    protocol: spec.port.protocol,
    hosts: spec.hosts,
    ...(spec.tls?.mode && { tlsMode: spec.tls.mode })
  }
}

/** The servers that were left out, each with its reason, as the end of a sentence. */
export function describeSkipped({ skipped }: Pick<MergedServers, 'skipped'>): string {
  return skipped.map(({ server, reason }) => `; the server of ${nameOf(server)} does not count: ${reason}`).join('')
}
