import { objectName } from '../../resources/index.ts'
import { frontsOf } from '../../trace/index.ts'
import type { Context } from '../context.ts'
import { ownGateways } from '../facts/own-gateways.ts'
import { isServed, ownProxyHint } from '../facts/proxy-header.ts'
import type { Problem } from '../rule.ts'

/** A Gateway of the controller whose Network Load Balancer puts a PROXY header before the bytes that nothing behind it takes off. */
export function* unreadBehindGateways(context: Context): Generator<Problem> {
  const { backends } = context.tracer
  for (const { plan, gateway } of ownGateways(context)) {
    const seen = new Set<unknown>()
    for (const { port, destinations } of frontsOf(context.tracer, plan)) {
      for (const { proxyVersion, targetType, targets } of destinations) {
        const [target] = proxyVersion > 0 ? targets : []
        const found = target && backends.gatewayAt({ ...target, targetType })
        if (!found || !isServed(found.gateway, found.port) || found.gateway.proxyProtocolOn(found.port) !== undefined) {
          continue
        }
        const { service } = found.gateway
        if (seen.has(service)) {
          continue
        }
        seen.add(service)
        const isSure = !found.gateway.mayReadProxyHeader(found.port)
        const listeners = gateway.spec?.listeners ?? []
        yield {
          object: gateway,
          ...(!isSure && { severity: 'warning' as const }),
          path: [
            'spec',
            'listeners',
            Math.max(
              0,
              listeners.findIndex(one => one.port === port)
            )
          ],
          message: `the load balancer of ${objectName(gateway)} puts a PROXY header before the bytes of ${port} to ${objectName(service)}, and nothing ${isSure ? 'there' : 'in the objects'} takes it off: HTTP gets 400, TLS handshakes fail${isSure ? '' : '; what makes the pods of the gateway, which may do it, is not among them'}`,
          expected: 'gatewayTopology.proxyProtocol: {} in the gateway',
          actual: 'PROXY protocol on the load balancer alone',
          hint: ownProxyHint(
            context,
            service,
            isSure,
            'take proxy_protocol_v2.enabled out of its TargetGroupConfiguration'
          )
        }
      }
    }
  }
}
