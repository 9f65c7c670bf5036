/**
 * The Gateways and VirtualServices that istiod makes of the Gateway API's objects of its own class
 * (Istio: pilot/pkg/config/kube/gateway).
 *
 * @module
 */

import { isOfIstio, type Resources } from '../resources/index.ts'
import { bind, type GatewayObject } from './gateway-api/listener.ts'
import { ofGroup } from './gateway-api/object.ts'
import { httpServices, layer4Services } from './gateway-api/route.ts'
import type { Configuration } from './virtual-service.ts'

/** Listeners and routes of the Gateways of Istio's class. */
export function gatewayAPIConfiguration(resources: Resources): Configuration {
  const bound = ofGroup<GatewayObject>(resources, 'Gateway')
    .filter(({ spec }) => isOfIstio({ spec: { gatewayClassName: spec?.gatewayClassName ?? '' } }, resources))
    .flatMap(gateway => (gateway.spec?.listeners ?? []).flatMap(listener => bind(gateway, listener, resources)))
  return {
    gateways: bound.map(({ object }) => object),
    virtualServices: bound.flatMap(one => [...httpServices(one, resources), ...layer4Services(one, resources)])
  }
}
