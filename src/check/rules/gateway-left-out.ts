/**
 * Servers of Gateways that istiod leaves out, since another one before them has their place.
 *
 * @module
 */

import { gatewayName, hasHostFor, type IstioServer, virtualServices } from '../../istio/index.ts'
import { keyOf } from '../../model/index.ts'
import { objectName } from '../../resources/index.ts'
import type { Context } from '../context.ts'
import { placeOfServer } from '../facts/gateway.ts'
import { type Led, ledPorts } from '../facts/reached-port.ts'
import type { Rule } from '../rule.ts'

type LeftOut = ReturnType<Led['gateway']['serversOn']>['skipped'][number]

/** What hosts of VirtualServices get that the server which is left out is there for, and no other one that they are bound to. */
function lostHosts({ resources }: Context, lost: IstioServer, kept: readonly IstioServer[]): Map<string, string> {
  const found = virtualServices(resources).flatMap(virtualService => {
    const { metadata, spec } = virtualService
    const named = (spec?.gateways ?? []).map(name => gatewayName(name, metadata.namespace ?? 'default'))
    return (spec?.hosts ?? []).flatMap((host): [string, string][] => {
      const own = { ...virtualService, spec: { ...spec, hosts: [host] } }
      function isOf({ gateway, spec: server }: IstioServer): boolean {
        return hasHostFor({ ...gateway, spec: { ...gateway.spec, servers: [server] } }, own)
      }
      const others = kept.filter(isOf)
      const isLost = named.includes(keyOf(lost.gateway)) && isOf(lost)
      return isLost && !others.some(({ gateway }) => named.includes(keyOf(gateway)))
        ? [[host, others.length > 0 ? 'gets 404' : 'gets no answer']]
        : []
    })
  })
  return new Map(found)
}

function hintFor({ by, server }: LeftOut, kept: readonly IstioServer[], context: Context): string {
  const hosts = server.spec.hosts.join(', ')
  const owners = new Set(kept.map(one => objectName(placeOfServer(one, context).object)))
  switch (by) {
    case 'protocol':
      return 'give one of the two servers another port'
    case 'port name':
      return `give its port another name than ${server.spec.port.name}`
    default:
      return kept.some(({ gateway }) => gateway === server.gateway)
        ? 'give each host to one server of the port'
        : `keep one server for ${hosts}, of ${[...owners].join(' or ')}, and bind the VirtualServices to it`
  }
}

/**
 * Of two servers of a port for one host Istio leaves the younger out as a whole, and the routes that are bound to its Gateway with
 * it (istiod: mergeGateways).
 */
export const gatewayLeftOut: Rule = {
  code: 'GATEWAY_SERVER_LEFT_OUT',
  severity: 'error',
  explains: ['GATEWAY_HAS_NO_HOST', 'TARGET_GIVES_NO_ANSWER', 'HEALTH_CHECK_FAILS'],
  *find(context) {
    for (const { gateway, port, from } of ledPorts(context)) {
      const { plain, tls, skipped, conflict } = gateway.serversOn(port)
      if (conflict) {
        const { object, path } = placeOfServer(conflict.server, context)
        yield {
          object,
          path,
          message: `${conflict.reason}; nothing on port ${port.port} of ${objectName(gateway.service)} answers behind ${objectName(from)}`,
          expected: 'one server for each server name of a port',
          actual: `one more for ${conflict.serverName}`,
          hint: `leave ${conflict.serverName} to one server, or one tls route, of the port`
        }
      }
      const kept = [...plain, ...tls]
      for (const leftOut of skipped) {
        const { server, reason } = leftOut
        const { object, path } = placeOfServer(server, context)
        const hosts = server.spec.hosts.join(', ')
        const lost = lostHosts(context, server, kept)
        const byAnswer = [...Map.groupBy(lost.keys(), host => lost.get(host)!)]
        const what = byAnswer.map(([answer, all]) => `${all.join(', ')} ${answer} behind ${objectName(from)}`)
        yield {
          object,
          path,
          message: `the server for ${hosts} on port ${server.spec.port.number} of ${objectName(object)} is left out: ${reason}; ${what.length > 0 ? what.join(', ') : 'no VirtualService is bound to it alone'}`,
          expected: 'one server for each host of a port',
          actual: `one more for ${hosts}`,
          hint: hintFor(leftOut, kept, context),
          ...(lost.size === 0 && { severity: 'warning' as const })
        }
      }
    }
  }
}
