import { isIP } from 'node:net'
import type { Path } from '../../resources/index.ts'
import type { IstioGateway, ServerSpec, ServerTLS } from '../istio.ts'
import { isLabel, refusePort, refuseServerHost } from './name.ts'
import { type Refusal, refuseEach, refuseIf } from './refusal.ts'

const httpProtocols = ['HTTP', 'HTTP2', 'HTTP_PROXY', 'GRPC', 'GRPC-WEB']
const tlsProtocols = ['HTTPS', 'TLS']
const otherProtocols = ['TCP', 'UDP', 'MONGO', 'REDIS', 'MYSQL']

/** Why the webhook refuses a Gateway (Istio: ValidateGateway). */
export function refusalOfGateway({ metadata, spec = {} }: IstioGateway): Refusal[] {
  const { servers = [] } = spec
  const names = servers.map(({ port }) => port.name ?? '')
  return [
    ...refuseIf(!isLabel(metadata.name), {
      path: ['metadata', 'name'],
      message: `a Gateway cannot have the name ${metadata.name}`,
      expected: 'letters, digits and dashes, at most 63',
      actual: metadata.name,
      hint: metadata.name.includes('.')
        ? 'take the dots out, by which VirtualServices tell the namespace'
        : 'rename it, and in the VirtualServices that name it'
    }),
    ...refuseIf(servers.length === 0, {
      path: ['spec', 'servers'],
      message: 'it has no servers',
      hint: 'add a server with port and hosts'
    }),
    ...refuseEach(names, ['spec', 'servers'], (name, at) => [
      ...refuseIf(name === '', {
        path: [...at, 'port', 'name'],
        message: 'the port of a server has no name',
        hint: 'name it'
      }),
      ...refuseIf(names.indexOf(name) < Number(at.at(-1)), {
        path: [...at, 'port', 'name'],
        message: `two servers have a port of the name ${name}`,
        actual: name,
        hint: 'name the ports of all servers differently'
      })
    ]),
    ...refuseEach(servers, ['spec', 'servers'], refuseServer)
  ]
}

function refuseServer({ port, hosts, tls, bind = '' }: ServerSpec, at: Path): Refusal[] {
  const protocol = port.protocol.toUpperCase()
  const isUnix = bind.startsWith('unix://')
  const protocols = [...httpProtocols, ...tlsProtocols, ...otherProtocols]
  return [
    ...refuseIf(hosts.length === 0, {
      path: [...at, 'hosts'],
      message: 'a server has no hosts',
      hint: "add a host, or '*' for all"
    }),
    ...refuseEach(hosts, [...at, 'hosts'], refuseServerHost),
    ...refuseIf(!protocols.includes(protocol), {
      path: [...at, 'port', 'protocol'],
      message: `${port.protocol} is no protocol of a server`,
      expected: protocols.join(', '),
      actual: port.protocol,
      hint: 'use one of them'
    }),
    ...(isUnix && port.number === 0 ? [] : refusePort(port.number, [...at, 'port', 'number'])),
    ...refuseIf(bind !== '' && !isUnix && isIP(bind) === 0, {
      path: [...at, 'bind'],
      message: `${bind} is no address`,
      actual: bind,
      hint: 'leave bind out to listen on all addresses'
    }),
    ...refuseProtocolTLS(protocol, tls, at),
    ...(tls ? refuseTLS(tls, [...at, 'tls']) : [])
  ]
}

/** Whether a server's protocol and its TLS settings can stand beside each other. */
function refuseProtocolTLS(protocol: string, tls: ServerTLS | undefined, at: Path): Refusal[] {
  if (tlsProtocols.includes(protocol)) {
    return refuseIf(!tls, {
      path: [...at, 'tls'],
      message: `a server for ${protocol} says nothing of TLS`,
      hint: 'add tls with mode and credentialName'
    })
  }
  const { mode = 'PASSTHROUGH' } = tls ?? {}
  const isRedirect = httpProtocols.includes(protocol) && /PASSTHROUGH$/.test(mode) && !tls?.serverCertificate
  return refuseIf(tls && !isRedirect, {
    path: [...at, 'tls', 'mode'],
    message: `a server for ${protocol} cannot have TLS of mode ${mode}`,
    hint: 'make the protocol HTTPS or TLS, or leave tls.mode out'
  })
}

/** TLS settings by themselves (Istio: validateTLSOptions). */
function refuseTLS(tls: ServerTLS, path: Path): Refusal[] {
  const { mode = 'PASSTHROUGH', credentialName, credentialNames, serverCertificate, privateKey, caCertificates } = tls
  const secrets = [credentialName, credentialNames?.length].filter(Boolean).length
  const files = serverCertificate && privateKey ? 1 : 0
  if (mode === 'ISTIO_MUTUAL') {
    return refuseIf(secrets > 0 || serverCertificate || privateKey || caCertificates, {
      path,
      message: 'mode ISTIO_MUTUAL takes the certificates of the mesh, and others are named',
      hint: 'leave them out, or use mode MUTUAL'
    })
  }
  if (!['SIMPLE', 'MUTUAL', 'OPTIONAL_MUTUAL'].includes(mode)) {
    return []
  }
  return [
    ...refuseIf(secrets + files > 1, {
      path,
      message: 'the certificate is named in more than one way',
      hint: 'leave one of credentialName, credentialNames, serverCertificate'
    }),
    ...refuseIf(secrets === 0 && files === 0, {
      path,
      message: `mode ${mode} needs a certificate`,
      hint: 'add credentialName with the name of a Secret'
    }),
    ...refuseIf(secrets === 0 && mode !== 'SIMPLE' && !caCertificates, {
      path,
      message: `mode ${mode} needs the authority of the clients' certificates`,
      hint: 'add credentialName with the name of a Secret, or caCertificates'
    })
  ]
}
