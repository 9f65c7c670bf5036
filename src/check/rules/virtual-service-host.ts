import { hasHostFor, istioGateways, virtualServices } from '../../istio/index.ts'
import { objectName } from '../../resources/index.ts'
import type { Rule } from '../rule.ts'

/** A Gateway that a VirtualService names; without a namespace it is of the VirtualService's own. */
function keyOf(reference: string, namespace: string): string {
  return reference.includes('/') ? reference : `${namespace}/${reference}`
}

/**
 * A VirtualService with no host that its Gateways have: nothing of it is ever routed (istioctl analyze: IST0132;
 * istio/istio#11828). Told where all of the Gateways are among the objects.
 */
export const virtualServiceHost: Rule = {
  code: 'VIRTUAL_SERVICE_HOST_NOT_SERVED',
  severity: 'warning',
  explains: ['GATEWAY_HAS_NO_HOST'],
  *find({ resources }) {
    const gateways = istioGateways(resources).map(gateway => ({
      gateway,
      key: `${gateway.metadata.namespace ?? 'default'}/${gateway.metadata.name}`
    }))
    for (const virtualService of virtualServices(resources)) {
      const { hosts = [], gateways: named = [] } = virtualService.spec ?? {}
      const own = virtualService.metadata.namespace ?? 'default'
      const bound = named.map(reference => gateways.find(({ key }) => key === keyOf(reference, own))?.gateway)
      if (hosts.length === 0 || bound.length === 0 || bound.some(one => !one || hasHostFor(one, virtualService))) {
        continue
      }
      const theirs = [...new Set(bound.flatMap(one => one!.spec?.servers?.flatMap(server => server.hosts) ?? []))]
      yield {
        object: virtualService,
        path: ['spec', 'hosts'],
        message: `${objectName(virtualService)} is for ${hosts.join(', ')}, and ${bound.map(one => objectName(one!)).join(' and ')} has servers for ${theirs.join(', ')} alone: nothing of it is ever routed`,
        expected: theirs.join(' or '),
        actual: hosts.join(', '),
        hint: 'add the host to the Gateway’s servers, with a namespace before the slash only if it is this one, or bind the VirtualService to the right Gateway'
      }
    }
  }
}
