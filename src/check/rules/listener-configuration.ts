/**
 * What LoadBalancerConfigurations say of listeners that no Gateway which names them has (LBC: mapLoadBalancerListenerConfigsByPort).
 *
 * @module
 */

import { type LoadBalancerConfiguration, objectName } from '../../resources/index.ts'
import type { Context } from '../context.ts'
import { findByName } from '../facts/named-object.ts'
import { listenerOwners, ownGateways } from '../facts/own-gateways.ts'
import type { Problem } from '../rule.ts'

const applicationProtocols = new Set(['HTTP', 'HTTPS'])

/** Whether an entry is for a listener. Ports of TCP and of UDP become one of both, of which the port alone is told apart here. */
function isFor(protocolPort: string, { protocol, port }: { protocol: string; port: number }): boolean {
  const [own = '', number] = protocolPort.toUpperCase().split(':')
  const areOfHTTP = applicationProtocols.has(own) && applicationProtocols.has(protocol)
  return Number(number) === port && (!areOfHTTP || own === protocol)
}

interface Use {
  configuration: LoadBalancerConfiguration
  gateways: string[]
  listeners: { protocol: string; port: number }[]
}

/** The configurations that Gateways name themselves; one of a class may be there for Gateways of other files. */
function usesOf(context: Context): Use[] {
  const uses = new Map<string, Use>()
  for (const own of ownGateways(context)) {
    const { kind, name = '' } = own.gateway.spec?.infrastructure?.parametersRef ?? {}
    const key = `LoadBalancerConfiguration ${own.gateway.metadata.namespace ?? 'default'}/${name}`
    const configuration = findByName(context.resources, key) as LoadBalancerConfiguration | undefined
    if (kind !== 'LoadBalancerConfiguration' || !configuration || !own.plan.stack) {
      continue
    }
    const use = uses.get(key) ?? { configuration, gateways: [], listeners: [] }
    uses.set(key, use)
    use.gateways.push(objectName(own.gateway))
    use.listeners.push(...listenerOwners(own, context.resources).flatMap(({ object }) => object.spec?.listeners ?? []))
  }
  return [...uses.values()]
}

/** Entries without a listener. */
export function* unusedListenerConfigurations(context: Context): Generator<Problem> {
  for (const { configuration, gateways, listeners } of usesOf(context)) {
    const names = [...new Set(listeners.map(({ protocol, port }) => `${protocol}:${port}`))]
    for (const [index, { protocolPort }] of (configuration.spec?.listenerConfigurations ?? []).entries()) {
      if (typeof protocolPort !== 'string' || listeners.some(listener => isFor(protocolPort, listener))) {
        continue
      }
      yield {
        object: configuration,
        path: ['spec', 'listenerConfigurations', index, 'protocolPort'],
        message: `${protocolPort} of ${objectName(configuration)} has no effect: ${gateways.join(', ')} listens on ${names.join(', ')}`,
        expected: names.join(', '),
        actual: protocolPort,
        hint: 'name a listener of the Gateway, or remove the entry'
      }
    }
  }
}
