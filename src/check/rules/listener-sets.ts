import { gatewaysOf, unservedListeners } from '../../istio/index.ts'
import { type Gateway, listenerSetsOfGateway, objectName } from '../../resources/index.ts'
import type { Context } from '../context.ts'
import type { Problem } from '../rule.ts'

/** ListenerSets that a Gateway of Istio's does not take, and listeners that do not count: nothing listens for them. */
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
  for (const { owner, listener, place, reason, isConflict, protocol, services } of unservedListeners(resources)) {
    if (protocol) {
      const { written, meant } = protocol
      const path = ['spec', 'listeners', place, 'protocol']
      yield {
        object: owner,
        path,
        message: `listener ${listener.name} of ${objectName(owner)} is left out, and its routes with it: ${reason}; nothing listens on port ${listener.port} of ${services.map(one => `Service ${one}`).join(', ')} for it`,
        expected: meant ?? 'HTTP, HTTPS, TLS or TCP',
        actual: written,
        hint:
          meant === undefined
            ? 'leave the listener to another Gateway, whose controller serves the protocol'
            : `write protocol: ${meant}`,
        ...(meant !== undefined && { changes: [{ path, value: meant }] })
      }
    }
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
