import { opaqueFor } from '../../istio/index.ts'
import { objectName } from '../../resources/index.ts'
import { gatewayBackends, podsOf } from '../facts/gateway-pods.ts'
import type { Rule } from '../rule.ts'

/** What changes the gateway's Envoy is named, so that nobody takes silence for approval. */
export const gatewayFilter: Rule = {
  code: 'GATEWAY_FILTER_NOT_EVALUATED',
  severity: 'info',
  *find(context) {
    const seen = new Set<unknown>()
    for (const { service } of gatewayBackends(context)) {
      const pods = podsOf(context, service)
      for (const { object: filter } of opaqueFor(pods, 'gateway', context.resources)) {
        // Headers of tracing decide on nothing that is said here.
        if (seen.has(filter) || filter.kind === 'Telemetry') {
          continue
        }
        seen.add(filter)
        yield {
          object: filter,
          path: ['metadata', 'name'],
          message: `${objectName(filter)} changes the Envoy behind ${objectName(service)} and is not evaluated: what is said of the gateway holds without it`,
          hint: 'try what it does in a cluster: istio-alb up'
        }
      }
    }
  }
}
