/**
 * The ports of gateways that load balancers lead to.
 *
 * @module
 */
import type { KubernetesObject, ServicePort } from '../../resources/index.ts'
import type { GatewayPlace } from '../../trace/index.ts'
import type { Context } from '../context.ts'
import type { Backend } from './backend.ts'
import { frontDoors } from './front-door.ts'
import { isStatusPort } from './health-check.ts'

/** A gateway behind a backend whose routes are among the objects. */
export interface Reached extends GatewayPlace {
  backend: Backend
}

/** The ports of gateways that load balancers send to, each once; none where the routes are assumed. */
export function* reachedPorts({ backends, tracer }: Context): Generator<Reached> {
  const seen = new Set<ServicePort>()
  for (const backend of tracer.backends.assumptions.length > 0 ? [] : backends) {
    const gateway = seen.has(backend.port) ? undefined : tracer.backends.gatewayOf(backend.service)
    seen.add(backend.port)
    if (gateway && !isStatusPort(backend.port)) {
      yield { backend, gateway, port: backend.port }
    }
  }
}

/** A port of a gateway, and the Ingress or the Service whose load balancer leads there. */
export interface Led extends GatewayPlace {
  from: KubernetesObject
}

/** The ports of gateways that load balancers lead to, each once; none where the routes are assumed. */
export function* ledPorts(context: Context): Generator<Led> {
  const seen = new Set<ServicePort>()
  for (const { backend, gateway, port } of reachedPorts(context)) {
    seen.add(port)
    yield { gateway, port, from: backend.ingress }
  }
  const { backends } = context.tracer
  for (const { service, listeners } of backends.assumptions.length > 0 ? [] : frontDoors(context)) {
    const gateway = backends.gatewayOf(service)
    for (const { servicePort: port } of gateway ? listeners : []) {
      if (!(seen.has(port) || isStatusPort(port))) {
        seen.add(port)
        yield { gateway: gateway!, port, from: service }
      }
    }
  }
}
