import {
  gatewayName,
  hasHostFor,
  isGatewayFor,
  istioGateways,
  virtualServices,
  visibleTo,
  whyRefused
} from '../../istio/index.ts'
import { objectName } from '../../resources/index.ts'
import type { Context } from '../context.ts'
import type { Problem, Rule } from '../rule.ts'
import { unfitParts } from './virtual-service-fit.ts'

type IstioGateway = ReturnType<typeof istioGateways>[number]
type VirtualService = ReturnType<typeof virtualServices>[number]

/** The namespaces of the pods that a Gateway is for. */
function podNamespaces({ resources, tracer }: Context, gateway: IstioGateway): string[] {
  return resources
    .list('Service')
    .filter(service => tracer.backends.gatewayOf(service) && isGatewayFor(gateway, service, resources))
    .map(({ metadata }) => metadata.namespace ?? 'default')
}

/** A VirtualService that none of its Gateways' pods get, as it is exported to other namespaces (istio.io: VirtualService, exportTo). */
function notExported(
  context: Context,
  virtualService: VirtualService,
  bound: readonly IstioGateway[]
): Problem | undefined {
  const { exportTo, hosts = [] } = virtualService.spec ?? {}
  const own = virtualService.metadata.namespace ?? 'default'
  const namespaces = [...new Set(bound.flatMap(gateway => podNamespaces(context, gateway)))]
  const seen = visibleTo(exportTo, own)
  if (namespaces.length === 0 || seen.some(to => to === '*' || namespaces.includes(to))) {
    return undefined
  }
  return {
    object: virtualService,
    path: ['spec', 'exportTo'],
    message: `${objectName(virtualService)} is exported to ${seen.join(', ') || '~'} alone, and the pods of ${bound.map(objectName).join(' and ')} are in ${namespaces.join(' and ')}: ${hosts.join(', ')} gets 404 from the gateway`,
    expected: namespaces.join(' or '),
    actual: exportTo!.join(', '),
    hint: `add ${namespaces.join(' and ')} to spec.exportTo`,
    changes: [{ path: ['spec', 'exportTo'], value: [...exportTo!.filter(to => to !== '~'), ...namespaces] }]
  }
}

/**
 * A VirtualService with no host that its Gateways have: nothing of it is ever routed (istioctl analyze: IST0132;
 * istio/istio#11828). Told where all of the Gateways are among the objects.
 */
export const virtualServiceHost: Rule = {
  code: 'VIRTUAL_SERVICE_HOST_NOT_SERVED',
  severity: 'warning',
  explains: ['GATEWAY_HAS_NO_HOST', 'GATEWAY_HAS_NO_ROUTE', 'TARGET_GIVES_NO_ANSWER', 'HEALTH_CHECK_FAILS'],
  *find(context) {
    const { resources } = context
    const gateways = istioGateways(resources).map(gateway => ({
      gateway,
      key: `${gateway.metadata.namespace ?? 'default'}/${gateway.metadata.name}`
    }))
    for (const virtualService of virtualServices(resources)) {
      const { hosts = [], gateways: named = [] } = virtualService.spec ?? {}
      const own = virtualService.metadata.namespace ?? 'default'
      const bound = named.map(reference => gateways.find(({ key }) => key === gatewayName(reference, own))?.gateway)
      if (hosts.length === 0 || bound.length === 0 || !bound.every(one => one !== undefined)) {
        continue
      }
      if (bound.some(one => hasHostFor(one, virtualService))) {
        const problem = notExported(context, virtualService, bound)
        if (problem) {
          yield problem
        } else if (whyRefused(virtualService).length === 0) {
          yield* unfitParts(virtualService, bound)
        }
        continue
      }
      const theirs = [...new Set(bound.flatMap(one => one.spec?.servers?.flatMap(server => server.hosts) ?? []))]
      yield {
        object: virtualService,
        path: ['spec', 'hosts'],
        message: `${objectName(virtualService)} is for ${hosts.join(', ')}, and ${bound.map(objectName).join(' and ')} has servers for ${theirs.join(', ')} alone: nothing of it is ever routed`,
        expected: theirs.join(' or '),
        actual: hosts.join(', '),
        hint: 'add the host to the Gateway’s servers, with a namespace before the slash only if it is this one, or bind the VirtualService to the right Gateway'
      }
    }
  }
}
