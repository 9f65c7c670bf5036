/**
 * The Services that Istio makes of Gateways of the Gateway API: manifests hold the Gateway and its parameters, the load balancer's
 * plan needs the Service.
 *
 * @module
 */

import { type Gateway, isGateway, isOfIstio } from './gateway-api.ts'
import { madeName, type Overlay, overlaysOf } from './gateway-parameters.ts'
import type { GatewayService } from './gateway-service.ts'
import type { Service, ServicePort } from './kubernetes.ts'
import type { Resources } from './resources.ts'

/** The Gateway of the Gateway API that Istio makes a Service of; undefined for one that somebody wrote. */
export function gatewayOfService(
  { metadata: { namespace }, spec }: Service,
  resources: Resources
): Gateway | undefined {
  const name = spec?.selector?.['gateway.networking.k8s.io/gateway-name']
  return (resources.list('Gateway') as Gateway[]).find(
    one => isGateway(one) && one.metadata.name === name && one.metadata.namespace === namespace
  )
}

/** Ports merge by their number, as the API server's strategic merge does for a Service (Istio: applyOverlay). */
function mergePorts(below: ServicePort[], above: ServicePort[] = []): ServicePort[] {
  const merged = below.map(port => ({ ...port, ...above.find(other => other.port === port.port) }))
  return [...merged, ...above.filter(({ port }) => !below.some(other => other.port === port))]
}

/** A Service with a part of its parameters laid over; whose pods it has stays as it is. */
function lay(service: Service, { metadata, spec }: Overlay): Service {
  const above = (spec ?? {}) as NonNullable<Service['spec']>
  const annotations = { ...service.metadata.annotations, ...metadata?.annotations }
  return {
    ...service,
    metadata: { ...service.metadata, annotations },
    spec: {
      ...service.spec,
      ...above,
      selector: service.spec!.selector!,
      ports: mergePorts(service.spec!.ports!, above.ports)
    }
  }
}

/**
 * One Service for each Gateway of Istio's class: the status port and the listeners' ports, with the `service` of its
 * parameters laid over (Istio: pilot/pkg/config/kube/gateway/deploymentcontroller.go).
 */
export function gatewayAPIServices(resources: Resources): GatewayService[] {
  return (resources.all().filter(isGateway) as Gateway[])
    .filter(gateway => isOfIstio(gateway, resources))
    .map(gateway => {
      const { metadata, spec } = gateway
      // Listeners of one port share it, under the name of the first.
      const listeners = new Map((spec?.listeners ?? []).toReversed().map(({ name, port }) => [port, { name, port }]))
      const ports = [{ name: 'status-port', port: 15021 }, ...[...listeners.values()].toReversed()].map(port => ({
        ...port,
        protocol: 'TCP',
        targetPort: port.port
      }))
      const made: Service = {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: {
          name: madeName(gateway),
          ...(metadata.namespace !== undefined && { namespace: metadata.namespace }),
          annotations: { ...spec?.infrastructure?.annotations }
        },
        spec: {
          type: metadata.annotations?.['networking.istio.io/service-type'] ?? 'LoadBalancer',
          selector: { 'gateway.networking.k8s.io/gateway-name': metadata.name },
          ports
        }
      }
      const service = overlaysOf(gateway, 'service', resources).reduce(lay, made)
      return { service, origin: resources.originOf(gateway) }
    })
}
