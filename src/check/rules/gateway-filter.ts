import { customPolicies, opaqueFor } from '../../istio/index.ts'
import { nearestName } from '../../nearest-name.ts'
import { objectName } from '../../resources/index.ts'
import { podsOf, reachedGateways } from '../facts/gateway-pods.ts'
import type { Problem, Rule } from '../rule.ts'

type CustomPolicy = ReturnType<typeof customPolicies>[number]

/** A policy by which somebody else decides: nobody here can ask, and without a definition Istio denies what meets its rules. */
function problemOf({ policy, provider, definition, providers, does }: CustomPolicy, behind: string): Problem {
  const place = { object: policy, path: ['spec', 'provider', 'name'] }
  const whose = `${objectName(policy)}, which is for the pods of ${behind}, ${does}`
  if (definition !== 'missing') {
    return {
      ...place,
      message: `${whose}: what is said of the gateway holds where it lets requests pass`,
      hint: 'try what it does in a cluster: istio-alb up'
    }
  }
  const meant = nearestName(provider, providers)
  return {
    ...place,
    severity: 'error',
    message: `${whose}: every request that meets its rules gets 403`,
    expected: providers.join(' or ') || 'a provider with envoyExtAuthzHttp or envoyExtAuthzGrpc',
    actual: provider,
    hint:
      meant === undefined
        ? `define ${provider} in meshConfig.extensionProviders, with envoyExtAuthzHttp or envoyExtAuthzGrpc`
        : `did you mean ${meant}?`
  }
}

/** What changes the gateway's Envoy is named, so that nobody takes silence for approval. */
export const gatewayFilter: Rule = {
  code: 'GATEWAY_FILTER_NOT_EVALUATED',
  severity: 'info',
  *find(context) {
    const seen = new Set<unknown>()
    for (const { service } of reachedGateways(context)) {
      const pods = podsOf(context, service)
      for (const custom of customPolicies(pods, context.resources)) {
        if (!seen.has(custom.policy)) {
          seen.add(custom.policy)
          yield problemOf(custom, objectName(service))
        }
      }
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
