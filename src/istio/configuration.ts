import type { Resources } from '../resources/index.ts'
import { gatewayAPIConfiguration } from './gateway-api.ts'
import { ingressConfiguration } from './ingress.ts'
import { byAge, istioGateways } from './istio.ts'
import { whyRefused } from './refusal.ts'
import { type Configuration, resolvedVirtualServices } from './virtual-service.ts'

const known = new WeakMap<Resources, Configuration>()

function readConfiguration(resources: Resources): Configuration {
  const derived = [ingressConfiguration(resources), gatewayAPIConfiguration(resources)]
  return {
    gateways: [
      ...istioGateways(resources).filter(object => whyRefused(object).length === 0),
      ...derived.flatMap(({ gateways }) => gateways)
    ].sort(byAge),
    virtualServices: [
      ...resolvedVirtualServices(resources),
      ...derived.flatMap(({ virtualServices }) => virtualServices)
    ].sort(byAge)
  }
}

/** The Gateways and VirtualServices that count, with those that istiod makes of Ingresses of its own class and of the Gateway API. */
export function configurationOf(resources: Resources): Configuration {
  const found = known.get(resources) ?? readConfiguration(resources)
  known.set(resources, found)
  return found
}
