import type { IstioGateway, ServerSpec } from '../istio.ts'
import type { Refusal } from './refusal.ts'

const plainProtocols = ['HTTP', 'HTTP2', 'GRPC', 'GRPC-WEB', 'MONGO', 'REDIS', 'MYSQL', 'TCP']
const protocols = [...plainProtocols, 'HTTPS', 'TLS']

/** Why the webhook refuses a Gateway (Istio: ValidateGateway). */
export function refusalOfGateway({ spec = {} }: IstioGateway): Refusal[] {
  const { servers = [] } = spec
  if (servers.length === 0) {
    return [{ path: ['spec', 'servers'], message: 'it has no servers', hint: 'add a server with port and hosts' }]
  }
  const names = new Set<string>()
  return servers.flatMap((server, index) => {
    const { name = '' } = server.port
    const repeated = names.has(name)
    names.add(name)
    return [
      ...(repeated
        ? [
            {
              path: ['spec', 'servers', index, 'port', 'name'],
              message: `two servers have a port of the name ${name}`,
              actual: name,
              hint: 'name the ports of all servers differently'
            }
          ]
        : []),
      ...refusalOfServer(server, index)
    ]
  })
}

function refusalOfServer({ port, hosts, tls }: ServerSpec, index: number): Refusal[] {
  const at = ['spec', 'servers', index]
  const protocol = port.protocol.toUpperCase()
  const isTLS = protocol === 'HTTPS' || protocol === 'TLS'
  const refused: Refusal[] = []
  if (hosts.length === 0) {
    refused.push({ path: [...at, 'hosts'], message: 'a server has no hosts', hint: "add a host, or '*' for all" })
  }
  if (!protocols.includes(protocol)) {
    refused.push({
      path: [...at, 'port', 'protocol'],
      message: `${port.protocol} is no protocol of a server`,
      expected: protocols.join(', '),
      actual: port.protocol,
      hint: 'use one of them'
    })
  }
  if (isTLS && !tls) {
    refused.push({
      path: [...at, 'tls'],
      message: `a server for ${port.protocol} says nothing of TLS`,
      hint: 'add tls with mode and credentialName'
    })
  }
  if (!isTLS && tls && (tls.mode ?? 'PASSTHROUGH') !== 'PASSTHROUGH') {
    refused.push({
      path: [...at, 'tls', 'mode'],
      message: `a server for ${port.protocol} cannot have TLS of mode ${tls.mode}`,
      hint: 'make the protocol HTTPS or TLS, or leave tls.mode out'
    })
  }
  const needsCertificate = tls && ['SIMPLE', 'MUTUAL', 'OPTIONAL_MUTUAL'].includes(tls.mode ?? '')
  if (needsCertificate && !tls.credentialName && !tls.credentialNames?.length && !tls.serverCertificate) {
    refused.push({
      path: [...at, 'tls'],
      message: `mode ${tls.mode} needs a certificate`,
      hint: 'add credentialName with the name of a Secret'
    })
  }
  return refused
}
