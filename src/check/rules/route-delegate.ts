import { type Delegation, leftOutDelegations, virtualServices } from '../../istio/index.ts'
import { nearestName } from '../../nearest-name.ts'
import { objectKey, objectName, type Resources } from '../../resources/index.ts'
import type { Problem } from '../rule.ts'

/** A delegate that is not among the objects; told only where one is that may be meant, as manifests seldom hold every object. */
function absent({ root, index, name, route }: Delegation, resources: Resources): Problem[] {
  const [namespace, own] = name.slice('VirtualService '.length).split('/') as [string, string]
  const others = virtualServices(resources).filter(one => one !== root && !one.spec?.hosts?.length)
  const elsewhere = others.find(({ metadata }) => metadata.name === own)
  const beside = others.filter(({ metadata }) => (metadata.namespace ?? 'default') === namespace)
  const similar = nearestName(
    own,
    beside.map(({ metadata }) => metadata.name)
  )
  const meant = elsewhere ?? beside.find(({ metadata }) => metadata.name === similar)
  if (!meant) {
    return []
  }
  const path = ['spec', 'http', index, 'delegate', elsewhere ? 'namespace' : 'name']
  const value = elsewhere ? (meant.metadata.namespace ?? 'default') : meant.metadata.name
  return [
    {
      object: root,
      path,
      message: `${route.name} delegates to ${name}, which is not among the objects: the route is left out, and its requests get what comes after it, or 404`,
      expected: objectKey(meant),
      actual: `${namespace}/${own}`,
      hint: `did you mean ${objectKey(meant)}?`,
      changes: [{ path, value }]
    }
  ]
}

const obstacles = {
  hosts: {
    path: ['spec', 'hosts'],
    why: 'has hosts of its own, as no delegate has',
    hint: 'leave spec.hosts and spec.gateways out of it: a delegate has those of the VirtualService that delegates to it'
  },
  exportTo: {
    path: ['spec', 'exportTo'],
    why: 'is not exported to its namespace',
    hint: 'export it to the namespace of the VirtualService that delegates to it'
  },
  conflict: {
    path: ['spec', 'http'],
    why: 'has no route whose match lies inside the one of the route that delegates',
    hint: 'let its matches ask for more of the same: a path that begins with the prefix of the route that delegates, and beside a regular expression nothing of that part of the request'
  }
}

/** Routes that delegate to a VirtualService that cannot take their requests. */
export function* unusableDelegates(resources: Resources): Generator<Problem> {
  for (const delegation of leftOutDelegations(resources)) {
    const { root, route, delegate, name, obstacle } = delegation
    if (root.spec?.gateways?.every(gateway => gateway === 'mesh') ?? true) {
      continue
    }
    if (obstacle === 'absent') {
      yield* absent(delegation, resources)
    }
    // That it is refused is told of the delegate itself.
    if (!delegate || obstacle === 'absent' || obstacle === 'refused') {
      continue
    }
    const { path, why, hint } = obstacles[obstacle]
    yield {
      object: delegate,
      path,
      message: `${objectName(delegate)} takes nothing of ${route.name}, which delegates to it: it ${why}; the route is left out, and its requests of ${root.spec?.hosts?.join(', ')} get what comes after it, or 404`,
      actual: name,
      hint
    }
  }
}
