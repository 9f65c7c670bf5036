/**
 * Parts of a VirtualService that no server of its Gateways can take: a host, a kind of route, a port.
 *
 * @module
 */

import { hasHostFor, type istioGateways, takesRoutes, type VirtualService } from '../../istio/index.ts'
import { objectName } from '../../resources/index.ts'
import type { Problem } from '../rule.ts'

type IstioGateway = ReturnType<typeof istioGateways>[number]
type Server = NonNullable<NonNullable<IstioGateway['spec']>['servers']>[number]

/** Names that only sidecars ask for. */
export function isOfTheMesh(host: string): boolean {
  return !host.includes('.') || /\.(svc|local)$/.test(host) || /\.svc\./.test(host)
}

/** The servers of Gateways that have a host of a VirtualService. */
function serversFor(virtualService: VirtualService, gateways: readonly IstioGateway[]): Server[] {
  return gateways.flatMap(gateway =>
    (gateway.spec?.servers ?? []).filter(server =>
      hasHostFor({ ...gateway, spec: { ...gateway.spec, servers: [server] } }, virtualService)
    )
  )
}

function describe(servers: readonly Server[]): string {
  const all = servers.map(({ port, tls }) => `${port.protocol}:${port.number}${tls?.mode ? ` (${tls.mode})` : ''}`)
  return [...new Set(all)].join(', ')
}

const kinds = {
  http: 'servers of protocol HTTP, and of HTTPS with TLS that ends there',
  tls: 'servers that pass TLS through (tls.mode: PASSTHROUGH)',
  tcp: 'servers of protocol TCP, and of TLS that ends there'
} as const

/** Hosts that none of the Gateways has, beside others that they have. */
function* strayHosts(virtualService: VirtualService, gateways: readonly IstioGateway[]): Generator<Problem> {
  const { hosts = [] } = virtualService.spec ?? {}
  for (const [index, host] of hosts.entries()) {
    const own = { ...virtualService, spec: { ...virtualService.spec, hosts: [host] } }
    if (isOfTheMesh(host) || gateways.some(gateway => hasHostFor(gateway, own))) {
      continue
    }
    const theirs = [...new Set(gateways.flatMap(({ spec }) => spec?.servers?.flatMap(server => server.hosts) ?? []))]
    yield {
      object: virtualService,
      path: ['spec', 'hosts', index],
      message: `${objectName(virtualService)} is for ${host} too, and ${gateways.map(objectName).join(' and ')} has servers for ${theirs.join(', ')} alone: ${host} gets 404 from the gateway`,
      expected: theirs.join(' or '),
      actual: host,
      hint: `add ${host} to the hosts of a server of ${gateways.map(objectName).join(' or ')}, or leave it out of the VirtualService`
    }
  }
}

/** Matches for a port that no server for the hosts has. */
function* strayPorts(
  virtualService: VirtualService,
  field: keyof typeof kinds,
  servers: readonly Server[]
): Generator<Problem> {
  const numbers = [...new Set(servers.map(({ port }) => port.number))]
  for (const [index, { match = [] }] of (virtualService.spec?.[field] ?? []).entries()) {
    for (const [place, { port, gateways }] of match.entries()) {
      if (port === undefined || numbers.includes(port) || gateways?.includes('mesh')) {
        continue
      }
      yield {
        object: virtualService,
        path: ['spec', field, index, 'match', place, 'port'],
        message: `${objectName(virtualService)} ${field}[${index}].match[${place}] asks for port ${port}, and the servers of its Gateways for ${virtualService.spec?.hosts?.join(', ')} are on ${numbers.join(', ')} alone: nothing ever meets it, and what has no other route gets 404`,
        expected: numbers.join(' or '),
        actual: String(port),
        hint: `set it to the port.number of a server, ${numbers.join(' or ')}, or leave it out: of a Gateway it is the port that the server names`
      }
    }
  }
}

/** What of a VirtualService no server of its Gateways takes, all of which are among the objects. */
export function* unfitParts(virtualService: VirtualService, gateways: readonly IstioGateway[]): Generator<Problem> {
  const servers = serversFor(virtualService, gateways)
  yield* strayHosts(virtualService, gateways)
  for (const field of ['http', 'tls', 'tcp'] as const) {
    if (!virtualService.spec?.[field]?.length) {
      continue
    }
    const fitting = servers.filter(server => takesRoutes(server, field))
    if (fitting.length > 0) {
      yield* strayPorts(virtualService, field, fitting)
      continue
    }
    yield {
      object: virtualService,
      path: ['spec', field],
      message: `the ${field} routes of ${objectName(virtualService)} are never used: those are for ${kinds[field]}, and ${gateways.map(objectName).join(' and ')} has ${describe(servers)} for ${virtualService.spec.hosts?.join(', ')}`,
      expected: kinds[field],
      actual: describe(servers),
      hint: hintFor(field, servers)
    }
  }
}

function hintFor(field: keyof typeof kinds, servers: readonly Server[]): string {
  const other = (['http', 'tls', 'tcp'] as const).find(one => servers.some(server => takesRoutes(server, one)))
  const written = other === undefined ? '' : `write them under spec.${other}, or `
  return `${written}${field === 'http' ? 'let the server end TLS (protocol: HTTPS, tls.mode: SIMPLE with a credentialName)' : `bind them to ${kinds[field]}`}`
}
