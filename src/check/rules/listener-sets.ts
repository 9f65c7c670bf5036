import { gatewaysOf, unservedListeners } from '../../istio/index.ts'
import { type Gateway, listenerSetsOfGateway, objectName } from '../../resources/index.ts'
import type { Context } from '../context.ts'
import type { Problem } from '../rule.ts'

/** ListenerSets that a Gateway of Istio's does not take, and listeners of others that do not count: nothing listens for them. */
export function* listenersOutsideOfGateways({ resources }: Context): Generator<Problem> {
  for (const gateway of gatewaysOf(resources)) {
    for (const set of listenerSetsOfGateway(gateway as Gateway, resources).refused) {
      const { from = 'None' } = (gateway as Gateway).spec?.allowedListeners?.namespaces ?? {}
      const isOwn = (set.metadata.namespace ?? 'default') === (gateway.metadata.namespace ?? 'default')
      const wanted = isOwn ? 'Same' : 'All'
      const path = ['spec', 'allowedListeners', 'namespaces', 'from']
      yield {
        object: set,
        path: ['spec', 'parentRef'],
        message: `${objectName(gateway)} does not take ${objectName(set)} (allowedListeners.namespaces.from: ${from}): nothing listens for ${(set.spec?.listeners ?? []).map(({ name, port }) => `${name} on port ${port}`).join(', ')}, and its routes get nothing`,
        expected: `from: ${wanted}`,
        actual: `from: ${from}`,
        hint: `set ${path.join('.')}: ${wanted} on ${objectName(gateway)}${isOwn ? '' : ', or Selector with the labels of the namespace'}`,
        ...(from !== 'Selector' && { changed: gateway, changes: [{ path, value: wanted }] })
      }
    }
  }
  for (const { owner, listener, place, reason, isConflict } of unservedListeners(resources)) {
    if (isConflict) {
      yield {
        object: owner,
        path: ['spec', 'listeners', place],
        message: `listener ${listener.name} of ${objectName(owner)} is left out, and its routes with it: ${reason}`,
        actual: 'Conflicted',
        hint: 'give the listener a port or a hostname that no listener before it has'
      }
    }
  }
}
