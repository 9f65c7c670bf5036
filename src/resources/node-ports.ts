/**
 * The node ports that nobody set. The API server draws them when a Service is applied; here they follow from names, so that a plan
 * repeats.
 *
 * @module
 */

import { createHash } from 'node:crypto'
import type { Service, ServicePort } from './kubernetes.ts'
import { objectKey } from './resources.ts'

const first = 30_000
const last = 32_767

const drawn = new WeakSet<ServicePort | Service>()

/** Whether nobody set the node port, so that it is only one which the API server might draw. */
export function isNodePortDrawn(port: ServicePort): boolean {
  return drawn.has(port)
}

/** The same of `spec.healthCheckNodePort`. */
export function isHealthCheckNodePortDrawn(service: Service): boolean {
  return drawn.has(service)
}

function hasNodePorts({ spec }: Service): boolean {
  return spec?.type === 'NodePort' || spec?.type === 'LoadBalancer'
}

/** Draws node ports for the Services of a cluster: no two Services get the same one. */
export class NodePorts {
  /** By number, the Service that has it. Definitions of one Service are alternatives, of which a cluster has one. */
  readonly #owners = new Map<number, string>()
  readonly #completed = new Map<Service, Service>()

  /** @param services all there are: what they ask for themselves is drawn for none. */
  constructor(services: readonly Service[]) {
    for (const service of services) {
      for (const port of [...portsOf(service).map(({ nodePort }) => nodePort), service.spec?.healthCheckNodePort]) {
        if (port) {
          this.#owners.set(port, objectKey(service))
        }
      }
    }
    // In the order of their names: that of files says nothing.
    for (const service of services.toSorted((one, other) => (objectKey(one) < objectKey(other) ? -1 : 1))) {
      this.complete(service)
    }
  }

  /** The Service with what it lacks, the same one each time; itself where it lacks nothing. */
  complete(service: Service): Service {
    const known = this.#completed.get(service) ?? this.#withHealthCheckPort(this.#withNodePorts(service))
    this.#completed.set(service, known)
    return known
  }

  #withNodePorts(service: Service): Service {
    const { spec } = service
    if (!hasNodePorts(service) || spec?.allocateLoadBalancerNodePorts === false) {
      return service
    }
    const ports = portsOf(service)
    if (ports.every(({ nodePort }) => nodePort)) {
      return service
    }
    const own = new Set(ports.flatMap(({ nodePort }) => nodePort ?? []))
    // What one port number has for TCP it has for UDP too (Kubernetes: initNodePorts).
    const byNumber = new Map(ports.flatMap(({ port, nodePort }) => (nodePort ? [[port, nodePort] as const] : [])))
    const completed = ports.map(port => {
      if (port.nodePort) {
        return port
      }
      const nodePort = byNumber.get(port.port) ?? this.#draw(service, port.name ?? String(port.port), own)
      byNumber.set(port.port, nodePort)
      const one = { ...port, nodePort }
      drawn.add(one)
      return one
    })
    return { ...service, spec: { ...spec, ports: completed } }
  }

  /** Nodes are asked there whether they have a pod (Kubernetes: allocHealthCheckNodePort). */
  #withHealthCheckPort(service: Service): Service {
    const { spec } = service
    if (spec?.type !== 'LoadBalancer' || spec.externalTrafficPolicy !== 'Local' || spec.healthCheckNodePort) {
      return service
    }
    const own = new Set(portsOf(service).flatMap(({ nodePort }) => nodePort ?? []))
    const healthCheckNodePort = this.#draw(service, 'healthCheckNodePort', own)
    const completed = { ...service, spec: { ...spec, healthCheckNodePort } }
    drawn.add(completed)
    return completed
  }

  #draw(service: Service, name: string, own: Set<number>): number {
    const key = objectKey(service)
    const hash = createHash('sha256').update(`${service.metadata.name}/${name}`).digest().readUInt16BE()
    let nodePort = first + (hash % (last - first + 1))
    while (own.has(nodePort) || (this.#owners.get(nodePort) ?? key) !== key) {
      nodePort = nodePort === last ? first : nodePort + 1
    }
    own.add(nodePort)
    this.#owners.set(nodePort, key)
    return nodePort
  }
}

function portsOf({ spec }: Service): ServicePort[] {
  return spec?.ports ?? []
}
