import { istioGateways, virtualServices } from '../../istio/index.ts'
import { nearestName } from '../../nearest-name.ts'
import { objectKey, objectName } from '../../resources/index.ts'
import type { Rule } from '../rule.ts'

/** `namespace/name` of a Gateway that a VirtualService names; without a namespace it is the VirtualService's own. */
function keyOfReference(reference: string, namespace: string): string {
  return reference.includes('/') ? reference : `${namespace}/${reference}`
}

/**
 * A VirtualService of Gateways that are not there: its hosts get 404. Gateways may stand in other files, so only where some are
 * among the objects, and none of those that it names.
 */
export const virtualServiceUnbound: Rule = {
  code: 'VIRTUAL_SERVICE_WITHOUT_GATEWAY',
  severity: 'warning',
  *find({ resources }) {
    const known = istioGateways(resources).map(
      ({ metadata: { name, namespace = 'default' } }) => `${namespace}/${name}`
    )
    if (known.length === 0) {
      return
    }
    for (const virtualService of virtualServices(resources)) {
      const { hosts, gateways } = virtualService.spec ?? {}
      const named = (Array.isArray(gateways) ? gateways : []).filter(
        name => typeof name === 'string' && name !== 'mesh'
      )
      const keys = named.map(name => keyOfReference(name, virtualService.metadata.namespace ?? 'default'))
      if (keys.length === 0 || keys.some(key => known.includes(key))) {
        continue
      }
      const sameName = known.find(key => key.split('/')[1] === keys[0]!.split('/')[1])
      const similar = nearestName(keys[0]!, known)
      const nearest = sameName ?? similar ?? known[0]!
      const path = ['spec', 'gateways', gateways!.indexOf(named[0]!)]
      yield {
        object: virtualService,
        path,
        message: `${objectName(virtualService)} is bound to ${keys.join(', ')}, and no such Gateway is among the objects: ${(hosts ?? []).join(', ')} gets 404 from the gateway`,
        expected: known.join(' or '),
        actual: named.join(', '),
        ...((sameName ?? similar) && { changes: [{ path, value: sameName ?? similar }] }),
        hint: `bind it to a Gateway that is there: ${nearest}${sameName ? `, which is in another namespace than ${objectKey(virtualService)}` : ''}`
      }
    }
  }
}
