import { shadowedRoutes } from '../../istio/index.ts'
import type { Resources } from '../../resources/index.ts'
import { findByName } from '../facts/named-object.ts'
import type { Problem } from '../rule.ts'

/** Routes of VirtualServices that another one before them leaves nothing: Istio takes the first that fits, whichever asks for more. */
export function* shadowedByRoutes(resources: Resources): Generator<Problem> {
  for (const { name, asks, by, isSame, host } of shadowedRoutes(resources)) {
    const [, owner = '', index] = /(VirtualService \S+) http\[(\d+)\]$/.exec(name) ?? []
    const object = findByName(resources, owner)
    if (!object) {
      continue
    }
    yield {
      object,
      path: ['spec', 'http', Number(index)],
      message:
        host === undefined
          ? `${name} (${asks}) never gets a request: ${by.name} (${by.asks}) before it takes them all`
          : `${name} (${asks}) and ${by.name} (${by.asks}) take the same requests for ${host}: the route of the older VirtualService gets them all, the other one none`,
      expected: host === undefined ? `a place before ${by.name}` : 'one route for the same requests',
      actual: name,
      hint: isSame
        ? 'remove one of the two, or let their matches differ: they take the same requests'
        : `move it before ${by.name}: Istio tries routes in their order, the more specific one has to come first`
    }
  }
}
