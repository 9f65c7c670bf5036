import { isGatewayFor, istioGateways, parseDuration, virtualServices } from '../../istio/index.ts'
import { annotationName, objectName } from '../../resources/index.ts'
import type { Context } from '../context.ts'
import type { Backend } from '../facts/backend.ts'
import { gatewayBackends } from '../facts/gateway-pods.ts'
import type { Rule } from '../rule.ts'

const attribute = 'idle_timeout.timeout_seconds'

/** AWS: Application Load Balancer attributes. */
const defaultIdleSeconds = 60

/** The idle time-out of an Ingress's load balancer. */
function idleSeconds(context: Context, { ingress }: Backend): number {
  const name = annotationName('load-balancer-attributes')
  const members = context.membersOf(context.groupOf(ingress))
  const written = members.flatMap(({ metadata }) =>
    (metadata.annotations?.[name] ?? '').split(',').flatMap(pair => {
      const [key, value] = pair.split('=').map(part => part.trim())
      return key === attribute && value !== undefined ? [Number(value)] : []
    })
  )
  return written[0] ?? defaultIdleSeconds
}

/**
 * A route that waits longer for an answer than the load balancer keeps an idle connection: the load balancer answers 504 before
 * (AWS: Application Load Balancer attributes; kyma-project/kyma#17496).
 */
export const routeTimeout: Rule = {
  code: 'ROUTE_TIMEOUT_ABOVE_IDLE_TIMEOUT',
  severity: 'warning',
  *find(context) {
    const { resources } = context
    const seen = new Set<unknown>()
    for (const backend of gatewayBackends(context)) {
      const idle = idleSeconds(context, backend)
      const bound = istioGateways(resources)
        .filter(gateway => isGatewayFor(gateway, backend.service, resources))
        .map(({ metadata: { name, namespace = 'default' } }) => `${namespace}/${name}`)
      for (const virtualService of virtualServices(resources)) {
        const { gateways = [], http = [] } = virtualService.spec ?? {}
        const own = virtualService.metadata.namespace ?? 'default'
        if (!gateways.some(name => bound.includes(name.includes('/') ? name : `${own}/${name}`))) {
          continue
        }
        for (const [index, route] of http.entries()) {
          const seconds = parseDuration(route.timeout ?? '') ?? 0
          if (seconds <= idle || seen.has(route)) {
            continue
          }
          seen.add(route)
          yield {
            object: virtualService,
            path: ['spec', 'http', index, 'timeout'],
            message: `http[${index}] of ${objectName(virtualService)} waits ${route.timeout} for an answer, and the load balancer of ${objectName(backend.ingress)} answers 504 after ${idle} s without a byte`,
            expected: `at most ${idle}s`,
            actual: route.timeout!,
            hint: `set ${attribute}=${Math.ceil(seconds) + 1} in ${annotationName('load-balancer-attributes')}, or shorten the time-out`
          }
        }
      }
    }
  }
}
