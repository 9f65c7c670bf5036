import { IngressGateway } from '../../istio/index.ts'
import { objectName } from '../../resources/index.ts'
import { gatewayBackends } from '../facts/gateway-pods.ts'
import type { Rule } from '../rule.ts'

/**
 * A server that cannot stand beside those before it is left out as a whole, and said nowhere but in istiod's log (Istio:
 * mergeGateways; istio/istio#16107).
 */
export const gatewayLeftOut: Rule = {
  code: 'GATEWAY_SERVER_LEFT_OUT',
  severity: 'error',
  explains: ['TARGET_GIVES_NO_ANSWER', 'GATEWAY_HAS_NO_HOST'],
  *find(context) {
    const { resources } = context
    const seen = new Set<unknown>()
    for (const { service } of gatewayBackends(context)) {
      const running = new IngressGateway(service, resources)
      for (const port of service.spec?.ports ?? []) {
        for (const { gateway, index, reason } of running.leftOutOn(port)) {
          const server = gateway.spec!.servers![index]!
          if (seen.has(server) || resources.originOf(gateway) === undefined) {
            continue
          }
          seen.add(server)
          yield {
            object: gateway,
            path: ['spec', 'servers', index],
            message: `server ${server.port.name ?? index} of ${objectName(gateway)} for ${server.hosts.join(', ')} is left out of ${objectName(service)}: ${reason}`,
            hint: 'give the hosts of one port to one Gateway, and bind the VirtualServices to it'
          }
        }
      }
    }
  }
}
