import { policiesFor } from '../../istio/index.ts'
import { type KubernetesObject, objectName } from '../../resources/index.ts'
import { gatewayBackends, podsOf } from '../facts/gateway-pods.ts'
import type { Rule } from '../rule.ts'

/** Kinds that change what Envoy does in ways that only Envoy can tell. */
const kinds = ['EnvoyFilter', 'WasmPlugin'] as const

/** Whether every patch of an EnvoyFilter is for sidecars alone. */
function isForSidecars({ spec }: KubernetesObject): boolean {
  const { configPatches } = (spec ?? {}) as { configPatches?: { match?: { context?: string } }[] }
  return (
    Array.isArray(configPatches) &&
    configPatches.length > 0 &&
    configPatches.every(patch => patch.match?.context?.startsWith('SIDECAR_'))
  )
}

/** What changes the gateway's Envoy is named, so that nobody takes silence for approval. */
export const gatewayFilter: Rule = {
  code: 'GATEWAY_FILTER_NOT_EVALUATED',
  severity: 'info',
  *find(context) {
    const seen = new Set<unknown>()
    for (const { service } of gatewayBackends(context)) {
      const pods = podsOf(context, service)
      for (const filter of kinds.flatMap(kind => policiesFor(kind, pods, context.resources))) {
        if (seen.has(filter) || isForSidecars(filter)) {
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
