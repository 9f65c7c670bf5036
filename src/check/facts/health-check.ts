import type { Annotation } from '../../model/index.ts'
import type { ServicePort } from '../../resources/index.ts'
import type { Backend } from './backend.ts'

/** What the annotation `healthcheck-port` means for a backend (LBC: buildTargetGroupHealthCheckPort). */
export interface HealthCheckPort {
  annotation: Annotation<string> | undefined
  /** `traffic` is also what nothing said means; a number is used as it is; a name leads to the Service's port. */
  by: 'traffic' | 'number' | 'name'
  /** The port of the Service that is probed in the end; undefined where none of it is. */
  port: ServicePort | undefined
}

/** The number that a load balancer reaches a Service port by. */
function reachedBy({ targetType }: Backend, port: ServicePort): number | undefined {
  if (targetType === 'instance') {
    return port.nodePort
  }
  return typeof port.targetPort === 'string' ? undefined : (port.targetPort ?? port.port)
}

export function healthCheckPortOf(backend: Backend): HealthCheckPort {
  const annotation = backend.setting('healthcheck-port')
  const ports = backend.service.spec?.ports ?? []
  if (annotation === undefined || annotation.value === 'traffic-port') {
    return { annotation, by: 'traffic', port: backend.port }
  }
  if (/^-?\d+$/.test(annotation.value)) {
    const number = Number(annotation.value)
    return { annotation, by: 'number', port: ports.find(port => reachedBy(backend, port) === number) }
  }
  return { annotation, by: 'name', port: ports.find(({ name }) => name === annotation.value) }
}

/** Where Istio's proxies answer `/healthz/ready`, in plain HTTP. */
export const statusPortNumber = 15021

/** The one path that the status port routes; everything below it is the same to Envoy. */
export const readyPath = '/healthz/ready'

export function isStatusPort({ name, port, targetPort }: ServicePort): boolean {
  return name === 'status-port' || (targetPort ?? port) === statusPortNumber
}

/** The status port of a Service; a Service that has one leads to an Istio gateway. */
export function statusPortOf({ service }: Pick<Backend, 'service'>): ServicePort | undefined {
  return service.spec?.ports?.find(isStatusPort)
}
