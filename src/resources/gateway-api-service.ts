/**
 * The Services that Istio makes of Gateways of the Gateway API: manifests hold the Gateway and its parameters, the load balancer's
 * plan needs the Service.
 *
 * @module
 */

import { parse } from 'yaml'
import { type Gateway, isGateway, isOfIstio } from './gateway-api.ts'
import type { GatewayService } from './gateway-service.ts'
import type { KubernetesObject, Service, ServicePort } from './kubernetes.ts'
import type { Resources } from './resources.ts'
import { describeShape } from './shape.ts'

/** The Gateway of the Gateway API that Istio makes a Service of; undefined for one that somebody wrote. */
export function gatewayOfService(
  { metadata: { namespace }, spec }: Service,
  resources: Resources
): KubernetesObject | undefined {
  const name = spec?.selector?.['gateway.networking.k8s.io/gateway-name']
  return resources
    .list('Gateway')
    .find(one => isGateway(one) && one.metadata.name === name && one.metadata.namespace === namespace)
}

/** The part of a parameters ConfigMap that is laid over the Service. */
interface ServiceOverlay {
  metadata?: { annotations?: Record<string, string> }
  spec?: Service['spec']
}

function overlayOf(resources: Resources, { metadata, spec }: Gateway): ServiceOverlay {
  const { kind, name } = spec?.infrastructure?.parametersRef ?? {}
  if (kind !== 'ConfigMap' || name === undefined) {
    return {}
  }
  const text = (resources.find('ConfigMap', name, metadata.namespace)?.data as Record<string, string> | undefined)
    ?.service
  try {
    const overlay = text ? (parse(text) as ServiceOverlay | null) : undefined
    const service = { apiVersion: 'v1', kind: 'Service', ...overlay, metadata: { ...overlay?.metadata, name } }
    // istiod would refuse what is no part of a Service, as what is no YAML, and say so in the Gateway's status.
    return describeShape(service).length === 0 ? (service as ServiceOverlay) : {}
  } catch {
    return {}
  }
}

/** Ports merge by their number, as the API server's strategic merge does for a Service (Istio: applyOverlay). */
function mergePorts(below: ServicePort[], above: ServicePort[] = []): ServicePort[] {
  const merged = below.map(port => ({ ...port, ...above.find(other => other.port === port.port) }))
  return [...merged, ...above.filter(({ port }) => !below.some(other => other.port === port))]
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
      const overlay = overlayOf(resources, gateway)
      const name = metadata.annotations?.['gateway.istio.io/name-override'] ?? `${metadata.name}-istio`
      // Listeners of one port share it, under the name of the first.
      const listeners = new Map((spec?.listeners ?? []).toReversed().map(({ name, port }) => [port, { name, port }]))
      const ports = [{ name: 'status-port', port: 15021 }, ...[...listeners.values()].toReversed()].map(port => ({
        ...port,
        protocol: 'TCP',
        targetPort: port.port
      }))
      const annotations = { ...spec?.infrastructure?.annotations, ...overlay.metadata?.annotations }
      const service: Service = {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name, ...(metadata.namespace !== undefined && { namespace: metadata.namespace }), annotations },
        spec: {
          type: metadata.annotations?.['networking.istio.io/service-type'] ?? 'LoadBalancer',
          ...overlay.spec,
          selector: { 'gateway.networking.k8s.io/gateway-name': metadata.name },
          ports: mergePorts(ports, overlay.spec?.ports)
        }
      }
      return { service, origin: resources.originOf(gateway) }
    })
}
