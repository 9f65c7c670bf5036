/**
 * The Services that Istio makes of Gateways of the Gateway API: manifests hold the Gateway and its parameters, the load balancer's
 * plan needs the Service.
 *
 * @module
 */

import { type Gateway, isGateway, isOfIstio, listenerSetsOfGateway } from './gateway-api.ts'
import {
  isRefusedForParameters,
  madeAnnotations,
  madeAnnotationsPath,
  madeName,
  type Overlay,
  overlaysOf
} from './gateway-parameters.ts'
import { GatewayOrigin, type GatewayService } from './gateway-service.ts'
import type { Service, ServicePort } from './kubernetes.ts'
import type { Origin, Path } from './origin.ts'
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

/** The Gateway that Istio made a Service for, as its name tells; undefined for one that somebody wrote for a Gateway's pods. */
export function makerOfService(service: Service, resources: Resources): Gateway | undefined {
  const gateway = gatewayOfService(service, resources)
  return gateway && madeName(gateway) === service.metadata.name ? gateway : undefined
}

/** A port of a part that is laid over, with the directive of a strategic merge. */
interface PortPatch extends ServicePort {
  $patch?: string
}

/** Ports merge by their number, as the API server's strategic merge does for a Service, with its directives (Istio: applyOverlay). */
function mergePorts(below: ServicePort[], above: PortPatch[] = []): ServicePort[] {
  const replaces = above.some(({ $patch }) => $patch === 'replace')
  const removed = above.flatMap(({ $patch, port }) => ($patch === 'delete' ? [port] : []))
  const written = above.flatMap(({ $patch, ...port }): ServicePort[] => ($patch === undefined ? [port] : []))
  const kept = replaces ? [] : below.filter(({ port }) => !removed.includes(port))
  const merged = kept.map(port => ({ ...port, ...written.find(other => other.port === port.port) }))
  return [...merged, ...written.filter(({ port }) => !kept.some(other => other.port === port))]
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
 * One Service for each Gateway of Istio's class: the status port and the ports of its listeners and its ListenerSets', with the `service` of its
 * parameters laid over (Istio: pilot/pkg/config/kube/gateway/deploymentcontroller.go). Of a Gateway whose parameters it refuses there is
 * none.
 */
export function gatewayAPIServices(resources: Resources): GatewayService[] {
  return (resources.all().filter(isGateway) as Gateway[])
    .filter(gateway => isOfIstio(gateway, resources) && !isRefusedForParameters(gateway, resources))
    .map(gateway => {
      const { metadata, spec } = gateway
      const sets = listenerSetsOfGateway(gateway, resources).allowed.flatMap(set => set.spec?.listeners ?? [])
      // Listeners of one port share it, under the name of the first.
      const all = [...(spec?.listeners ?? []), ...sets]
      const listeners = new Map(all.toReversed().map(({ name, port }) => [port, { name, port }]))
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
          annotations: madeAnnotations(gateway)
        },
        spec: {
          type: metadata.annotations?.['networking.istio.io/service-type'] ?? 'LoadBalancer',
          selector: { 'gateway.networking.k8s.io/gateway-name': metadata.name },
          ports
        }
      }
      const overlays = overlaysOf(gateway, 'service', resources)
      const laid = new Set(overlays.flatMap(({ metadata }) => Object.keys(metadata?.annotations ?? {})))
      return { service: overlays.reduce(lay, made), origin: originOf(gateway, laid, resources.originOf(gateway)) }
    })
}

/** Where a part of the Service stands in its Gateway: annotations alone are written there as they are. */
function originOf(gateway: Gateway, laid: ReadonlySet<string>, origin: Origin | undefined): Origin | undefined {
  function isAnnotation([top, field, name]: Path): boolean {
    return top === 'metadata' && field === 'annotations' && name !== undefined && !laid.has(String(name))
  }
  const made =
    origin &&
    new GatewayOrigin(origin, path => (isAnnotation(path) ? [...madeAnnotationsPath(gateway), ...path.slice(2)] : path))
  return (
    made && {
      file: made.file,
      positionOf: path => made.positionOf(path),
      editOf: changes => (changes.every(({ path }) => isAnnotation(path)) ? made.editOf(changes) : undefined)
    }
  )
}
