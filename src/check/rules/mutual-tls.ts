import { isGateway, strictTLSOf } from '../../istio/index.ts'
import { objectName } from '../../resources/index.ts'
import { podPort } from '../../targets/index.ts'
import type { Rule } from '../rule.ts'

interface Selective {
  spec?: { selector?: { matchLabels?: Record<string, string> } }
}

/**
 * Pods of the mesh that take mutual TLS alone cut what comes straight from a load balancer, its health checks too: it has no
 * certificate of the mesh (istio.io: PeerAuthentication). Only the ingress gateway stands on both sides.
 */
export const mutualTLS: Rule = {
  code: 'PODS_DEMAND_MUTUAL_TLS',
  severity: 'error',
  explains: ['HEALTH_CHECK_FAILS', 'TARGET_GIVES_NO_ANSWER'],
  *find(context) {
    const seen = new Set<unknown>()
    for (const { service, port, ingress } of context.backends) {
      const number = podPort(service, port, context.resources)
      if (seen.has(service) || number === undefined || isGateway(service, context.resources)) {
        continue
      }
      const strict = strictTLSOf(service, number, context.resources)
      if (!strict) {
        continue
      }
      seen.add(service)
      const { policy, path, isSure, proxy } = strict
      const isTheirs = Object.keys((policy as Selective).spec?.selector?.matchLabels ?? {}).length > 0
      yield {
        object: policy,
        path,
        message: `${objectName(ingress)} sends to the pods of ${objectName(service)}, and ${objectName(policy)} lets ${proxy} take mutual TLS of the mesh alone (STRICT), which no load balancer speaks: its requests and health checks are cut${isSure ? '' : '; unless the pods have no sidecar, which no object tells'}`,
        expected: 'PERMISSIVE',
        actual: 'STRICT',
        hint: isTheirs
          ? `let port ${number} be PERMISSIVE (spec.portLevelMtls), or send to the ingress gateway instead`
          : `send to the ingress gateway instead, or let port ${number} be PERMISSIVE (spec.portLevelMtls) in a PeerAuthentication whose selector chooses the pods`,
        ...(isTheirs && {
          changes: [{ path: ['spec', 'portLevelMtls', String(number), 'mode'], value: 'PERMISSIVE' }]
        }),
        ...(!isSure && { severity: 'warning' as const })
      }
    }
  }
}
